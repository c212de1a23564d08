//! A table as HTML for notebooks: no script, one scoped style, readable where the style is stripped.

use super::cell::{Cell, Look, cell, heading};
use super::{Column, Table};
use crate::escape::escape_html;

const STYLE: &str = include_str!("table.css");

impl Table {
    /// The table as an HTML fragment.
    ///
    /// Everything from data is escaped. The `align` attributes and the `em` around nulls carry the
    /// meaning where a viewer (as GitHub's) removes the style. The classes keep MathJax, which notebooks
    /// run over HTML, from taking what stands between two dollar signs for a formula.
    pub fn html(&self) -> String {
        let columns = self.columns.as_slice();
        let rows = self.shown_rows();
        let mut html = String::with_capacity(2_048 + columns.len() * (rows + 2) * 32);
        html.push_str("<div class=\"fram-table tex2jax_ignore mathjax_ignore\"><style>");
        html.extend(STYLE.lines());
        html.push_str("</style>\n");
        if !columns.is_empty() {
            html.push_str("<table>\n<thead><tr>");
            columns.iter().for_each(|column| push_heading(&mut html, column));
            html.push_str("</tr></thead>\n<tbody>\n");
            for row in 0..=rows {
                if self.has_gap_before(row) {
                    push_gap(&mut html, columns);
                }
                if row < rows {
                    push_row(&mut html, columns, row);
                }
            }
            html.push_str("</tbody>\n</table>\n");
        }
        for sentence in self.sentences(columns.len()) {
            html.push_str("<p>");
            html.push_str(&escape_html(&sentence));
            html.push_str("</p>\n");
        }
        html.push_str("</div>\n");
        html
    }
}

fn push_heading(html: &mut String, column: &Column) {
    html.push_str(if column.is_right_aligned() { "<th align=right" } else { "<th" });
    let (name, dtype) = (heading(&column.name), heading(&column.dtype));
    if name.whole.is_some() || dtype.whole.is_some() {
        let wholes = [&name, &dtype].map(|part| part.whole.as_deref().unwrap_or(&part.shown));
        push_title(html, &wholes.join("\n"));
    }
    html.push('>');
    html.push_str(&escape_html(&name.shown));
    html.push_str("<br><small>");
    html.push_str(&escape_html(&dtype.shown));
    html.push_str("</small></th>");
}

fn push_row(html: &mut String, columns: &[Column], row: usize) {
    html.push_str("<tr>");
    for column in columns {
        html.push_str(if column.is_right_aligned() { "<td align=right" } else { "<td" });
        match column.values.get(row) {
            Some(value) => push_cell(html, &cell(value, column)),
            None => html.push('>'),
        }
        html.push_str("</td>");
    }
    html.push_str("</tr>\n");
}

fn push_cell(html: &mut String, cell: &Cell) {
    if let Some(whole) = &cell.whole {
        push_title(html, whole);
    }
    let (open, close) = match cell.look {
        Look::Plain => (">", ""),
        Look::Null => ("><em>", "</em>"),
        Look::EmptyText => ("><i>", "</i>"),
    };
    html.push_str(open);
    html.push_str(&escape_html(&cell.shown));
    html.push_str(close);
}

fn push_gap(html: &mut String, columns: &[Column]) {
    html.push_str("<tr>");
    for column in columns {
        html.push_str(if column.is_right_aligned() { "<td align=right>⋮</td>" } else { "<td>⋮</td>" });
    }
    html.push_str("</tr>\n");
}

fn push_title(html: &mut String, text: &str) {
    html.push_str(" title=\"");
    html.push_str(&escape_html(text));
    html.push('"');
}
