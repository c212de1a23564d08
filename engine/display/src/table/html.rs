//! A table as HTML: readable without its style too, where a site strips that. No script, no id.

use super::{Column, Kind, Table};
use crate::cell::{self, Shown};
use crate::escape::escape_html;

/// The style of every table; JupyterLab's colours where they are there.
const STYLE: &str = "<style>.fram{--b:var(--jp-border-color2,#8885);--m:var(--jp-ui-font-color2,#777);max-width:100%;\
overflow-x:auto}.fram.fram table{border-collapse:collapse;border:0;font-size:12px;margin:0;width:auto;table-layout:auto}\
.fram.fram table th,.fram.fram table td{padding:3px 10px;text-align:left;white-space:pre;max-width:42em;overflow:hidden;\
text-overflow:ellipsis;border:0;vertical-align:top}.fram.fram table th{font-weight:600;border-bottom:1px solid var(--b)}\
.fram tbody tr:nth-child(even){background:#8881}.fram.fram table .n{text-align:right;font-variant-numeric:tabular-nums}\
.fram small,.fram .u,.fram p{color:var(--m);font-weight:400}.fram .u{font-style:italic}\
.fram p{font-size:11px;margin:4px 10px}</style>";

/// Keeps JupyterLab and nbconvert from setting what stands between two `$` of data as mathematics.
const NO_MATHEMATICS: &str = "mathjax_ignore tex2jax_ignore";

pub(super) fn table(table: &Table) -> String {
    let mut out = format!("<div class=\"fram {NO_MATHEMATICS}\">{STYLE}");
    if table.columns.is_empty() {
        out.push_str("<p>no columns</p>");
    } else {
        out.push_str("<table><thead><tr>");
        table.columns.iter().for_each(|column| head(column, &mut out));
        out.push_str("</tr></thead><tbody>");
        rows(table, &mut out);
        out.push_str("</tbody></table>");
    }
    note(&table.shape(), &mut out);
    table.hidden_note().iter().chain(&table.notes).for_each(|text| note(text, &mut out));
    out.push_str("</div>");
    out
}

fn head(column: &Column, out: &mut String) {
    let name = cell::shown(&crate::Value::Text(column.name.clone()));
    let title =
        name.hover.as_ref().map_or_else(String::new, |hover| format!(" title=\"{}\"", escape_html(hover)));
    let class = class(column, false);
    out.push_str(&format!(
        "<th{class}{title}>{}<br><small>{}</small></th>",
        escape_html(&name.text),
        escape_html(&column.dtype)
    ));
}

fn rows(table: &Table, out: &mut String) {
    let count = table.columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
    for row in 0..count {
        if table.gap == Some(row) {
            gap(table.columns.len(), out);
        }
        out.push_str("<tr>");
        for column in &table.columns {
            let shown = cell::shown(column.values.get(row).unwrap_or(&crate::Value::Null));
            value(column, &shown, out);
        }
        out.push_str("</tr>");
    }
}

fn gap(columns: usize, out: &mut String) {
    out.push_str("<tr>");
    (0..columns).for_each(|_| out.push_str("<td class=\"u\">⋮</td>"));
    out.push_str("</tr>");
}

fn value(column: &Column, shown: &Shown, out: &mut String) {
    let title =
        shown.hover.as_ref().map_or_else(String::new, |hover| format!(" title=\"{}\"", escape_html(hover)));
    let class = class(column, shown.muted);
    let text = escape_html(&shown.text);
    // Where styles are stripped, null must still differ from the text of that name.
    let text = if shown.muted { format!("<i>{text}</i>") } else { text };
    out.push_str(&format!("<td{class}{title}>{text}</td>"));
}

fn class(column: &Column, muted: bool) -> &'static str {
    match (column.kind == Kind::Number, muted) {
        (true, true) => " class=\"n u\" align=\"right\"",
        (true, false) => " class=\"n\" align=\"right\"",
        (false, true) => " class=\"u\"",
        (false, false) => "",
    }
}

fn note(text: &str, out: &mut String) {
    out.push_str(&format!("<p>{}</p>", escape_html(text)));
}
