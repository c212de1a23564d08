//! A table as text in a box, for terminals and wherever HTML is not shown.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Kind, Table};
use crate::Value;
use crate::cell;
use crate::escape::on_one_line;

/// Columns of text that one column of the table takes at most.
const WIDEST: usize = 40;

/// One column's lines: name, type, then the values.
struct Lines {
    cells: Vec<String>,
    width: usize,
    to_the_right: bool,
}

pub(super) fn table(table: &Table, width: usize) -> String {
    let columns: Vec<Lines> = table.columns.iter().map(|column| lines(column, table.gap)).collect();
    let fitting = fitting(&columns, width);
    let mut out = String::new();
    if table.columns.is_empty() {
        out.push_str("no columns\n");
    } else {
        boxed(&columns[..fitting], fitting < columns.len(), &mut out);
    }
    out.push_str(&table.shape());
    if fitting < columns.len() {
        out.push_str(&format!(" ({} do not fit)", columns.len() - fitting));
    }
    for note in table.hidden_note().iter().chain(&table.notes) {
        out.push('\n');
        out.push_str(&on_one_line(note));
    }
    out
}

fn lines(column: &super::Column, gap: Option<usize>) -> Lines {
    let mut cells = vec![short(&on_one_line(&column.name)), short(&column.dtype)];
    for (row, value) in column.values.iter().enumerate() {
        if gap == Some(row) {
            cells.push("⋮".into());
        }
        let text = match value {
            // In a box nothing is muted: quotes tell the empty string, and the text "null" from no value.
            Value::Text(text) if text == "null" => "\"null\"".to_owned(),
            other => cell::shown(other).text,
        };
        cells.push(short(&text));
    }
    let width = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
    Lines { cells, width, to_the_right: column.kind == Kind::Number }
}

fn short(text: &str) -> String {
    if text.width() <= WIDEST {
        return text.to_owned();
    }
    let mut width = 0;
    let fits = |letter: &char| {
        width += letter.width().unwrap_or(0);
        width < WIDEST
    };
    text.chars().take_while(fits).chain(std::iter::once('…')).collect()
}

/// How many columns fit; one is always shown.
fn fitting(columns: &[Lines], width: usize) -> usize {
    let mut used = 1;
    let fit = columns.iter().take_while(|column| {
        used += column.width + 3;
        used <= width
    });
    fit.count().max(1).min(columns.len())
}

fn boxed(columns: &[Lines], more: bool, out: &mut String) {
    rule(columns, more, ['┌', '┬', '┐'], out);
    let count = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in 0..count {
        if row == 2 {
            rule(columns, more, ['├', '┼', '┤'], out);
        }
        for column in columns {
            let text = column.cells.get(row).map_or("", String::as_str);
            let pad = " ".repeat(column.width.saturating_sub(text.width()));
            let (left, right) = if column.to_the_right { (pad.as_str(), "") } else { ("", pad.as_str()) };
            out.push_str(&format!("│ {left}{text}{right} "));
        }
        out.push_str(if more { "│ …\n" } else { "│\n" });
    }
    rule(columns, more, ['└', '┴', '┘'], out);
}

fn rule(columns: &[Lines], more: bool, [first, middle, last]: [char; 3], out: &mut String) {
    for (place, column) in columns.iter().enumerate() {
        out.push(if place == 0 { first } else { middle });
        out.push_str(&"─".repeat(column.width + 2));
    }
    out.push(if more { middle } else { last });
    out.push('\n');
}
