//! A table as HTML for notebooks: no script, one scoped style, readable where the style is stripped.

use super::cell::{Cell, Look, cell};
use super::{Column, Table};
use crate::escape::{escape_html, visible_line};

const STYLE: &str = include_str!("table.css");
/// Characters of a column's name or type that are shown.
const HEADING_CHARACTERS: usize = 80;

impl Table {
    /// The table as an HTML fragment.
    ///
    /// Everything from data is escaped. The `align` attributes and the `em` around nulls carry the
    /// meaning where a viewer (as GitHub's) removes the style.
    pub fn html(&self) -> String {
        let columns = self.shown_columns();
        let rows = self.shown_rows();
        let mut html = String::with_capacity(2_048 + columns.len() * (rows + 2) * 32);
        html.push_str("<div class=\"fram-table\"><style>");
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
    let (name, name_cut) = heading(&column.name);
    let (dtype, dtype_cut) = heading(&column.dtype);
    if name_cut || dtype_cut {
        push_title(html, &format!("{}\n{}", hover(&column.name), hover(&column.dtype)));
    }
    html.push('>');
    html.push_str(&escape_html(&name));
    html.push_str("<br><small>");
    html.push_str(&escape_html(&dtype));
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

/// A name or type on one line, and whether it was cut.
fn heading(text: &str) -> (String, bool) {
    let Some((end, _)) = text.char_indices().nth(HEADING_CHARACTERS) else {
        return (visible_line(text).into_owned(), false);
    };
    (format!("{}…", visible_line(&text[..end])), true)
}

fn hover(text: &str) -> String {
    text.chars().take(super::cell::HOVER_CHARACTERS).collect()
}
