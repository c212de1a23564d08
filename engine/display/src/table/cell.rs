//! One value as a cell's text, the same for every medium: cut, on one line, null told from empty; how it is set is left to the medium.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::number::{full_float, short_float};
use super::{Column, Kind, Value};
use crate::escape::{visible, visible_line};

/// Places that a cell's text takes at most: a wide character takes two.
pub(super) const SHOWN_WIDTH: usize = 80;
/// Code points of a text that are looked at for it, whatever is stacked on its characters.
const SHOWN_CODE_POINTS: usize = 4 * SHOWN_WIDTH;
/// Code points of the full text that are kept for the hover.
pub(super) const HOVER_CHARACTERS: usize = 2_000;
/// Bytes after which nothing more is written of a nested value: more than its hover can hold.
const LONGEST_NESTED: usize = 4 * HOVER_CHARACTERS;
/// Values nested deeper than this are left out.
const DEEPEST: usize = 12;

/// What a cell shows and what stands behind it.
#[derive(Debug, PartialEq)]
pub(super) struct Cell {
    /// One line, visible, at most [`SHOWN_WIDTH`] wide.
    pub(super) shown: String,
    /// The whole, as far as a hover can hold it, where `shown` is not the whole.
    pub(super) whole: Option<String>,
    pub(super) look: Look,
}

/// What must not look like a plain value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    Plain,
    Null,
    EmptyText,
}

/// The cell for a value of a column.
pub(super) fn cell(value: &Value, column: &Column) -> Cell {
    match value {
        Value::Null => Cell { shown: "null".to_owned(), whole: None, look: Look::Null },
        Value::Text(text) if text.is_empty() => {
            Cell { shown: "\"\"".to_owned(), whole: None, look: Look::EmptyText }
        }
        // The text must not be taken for the absence of a value.
        Value::Text(text) if text == "null" => plain("\"null\"".to_owned()),
        Value::Text(text) => text_cell(text, None),
        Value::CutText { text, characters } => text_cell(text, Some(*characters)),
        Value::Float(number) => float_cell(*number, column.dtype == "f32"),
        Value::Boolean(_) | Value::Integer(_) => plain(written(value)),
        Value::Decimal(text) | Value::Time(text) => text_cell(text, None),
        Value::Binary(..) | Value::List(..) | Value::Struct(..) => nested_cell(value),
    }
}

/// A column's name or type as its heading.
pub(super) fn heading(text: &str) -> Cell {
    text_cell(text, None)
}

impl Column {
    /// Whether the values stand at the right edge, so that their digits line up.
    pub(super) fn is_right_aligned(&self) -> bool {
        self.kind == Kind::Number
    }
}

fn plain(shown: String) -> Cell {
    Cell { shown, whole: None, look: Look::Plain }
}

fn float_cell(number: f64, single: bool) -> Cell {
    let shown = short_float(number);
    let whole = full_float(number, single);
    // Another spelling of the same number is no news.
    let differs = number.is_finite() && shown != whole && shown.parse() != Ok(number);
    Cell { shown, whole: differs.then_some(whole), look: Look::Plain }
}

fn text_cell(text: &str, characters: Option<usize>) -> Cell {
    let (start, ends_here) = beginning(text);
    let line = visible_line(start);
    let is_whole = ends_here && characters.is_none() && line.width() <= SHOWN_WIDTH;
    let shown = if is_whole {
        edge_spaces(&line, true)
    } else {
        fitted(&edge_spaces(&line, false), SHOWN_WIDTH, true)
    };
    let whole = (!is_whole || shown != text).then(|| hover(text, characters)).filter(|whole| *whole != shown);
    Cell { shown, whole, look: Look::Plain }
}

fn nested_cell(value: &Value) -> Cell {
    let text = written(value);
    let (start, ends_here) = beginning(&text);
    let is_whole = ends_here && start.width() <= SHOWN_WIDTH;
    let shown = fitted(start, SHOWN_WIDTH, !ends_here);
    Cell { shown, whole: (!is_whole).then(|| hover(&text, None)), look: Look::Plain }
}

/// As much as can be shown of a text at most, and whether that is all.
fn beginning(text: &str) -> (&str, bool) {
    let end = text.char_indices().nth(SHOWN_CODE_POINTS).map_or(text.len(), |(end, _)| end);
    (&text[..end], end == text.len())
}

/// The text cut to a width, with an ellipsis where it is longer or where there is more.
pub(super) fn fitted(text: &str, width: usize, more: bool) -> String {
    if !more && text.width() <= width {
        return text.to_owned();
    }
    let mut end = text.len();
    let mut used = 0;
    for (place, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used >= width {
            end = place;
            break;
        }
    }
    format!("{}…", &text[..end])
}

/// Spaces at the edges, which nobody sees, as dots.
fn edge_spaces(text: &str, whole: bool) -> String {
    let inner = text.trim_start_matches(' ');
    let leading = text.len() - inner.len();
    let kept = if whole { inner.trim_end_matches(' ') } else { inner };
    format!("{}{kept}{}", "·".repeat(leading), "·".repeat(inner.len() - kept.len()))
}

/// The whole text for a hover, cut where it would be too long, with its length then.
fn hover(text: &str, characters: Option<usize>) -> String {
    let end = text.char_indices().nth(HOVER_CHARACTERS).map(|(end, _)| end);
    if end.is_none() && characters.is_none() {
        return visible(text).into_owned();
    }
    let count = characters.unwrap_or_else(|| text.chars().count());
    let start = &text[..end.unwrap_or(text.len())];
    format!("{}… ({} characters)", visible(start), grouped(count as u64))
}

/// A number with a comma at each thousand.
pub fn grouped(number: u64) -> String {
    grouped_digits(&number.to_string())
}

/// Digits with a comma at each thousand.
pub(crate) fn grouped_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The value on one line, texts quoted, as far as a hover can hold it.
fn written(value: &Value) -> String {
    let mut out = String::new();
    push_value(&mut out, value, 0);
    out
}

fn push_value(out: &mut String, value: &Value, depth: usize) {
    if depth > DEEPEST {
        out.push('…');
        return;
    }
    // Writing to a string cannot fail.
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Integer(number) => write!(out, "{number}").unwrap_or_default(),
        Value::Float(number) => out.push_str(&short_float(*number)),
        Value::Decimal(text) | Value::Time(text) => out.push_str(&visible_line(text)),
        Value::Text(text) => push_quoted(out, text, false),
        Value::CutText { text, .. } => push_quoted(out, text, true),
        Value::Binary(bytes, length) => push_bytes(out, bytes, *length),
        Value::List(items, length) => push_list(out, items, *length, depth),
        Value::Struct(fields, length) => push_struct(out, fields, *length, depth),
    }
}

fn push_quoted(out: &mut String, text: &str, more: bool) {
    let end = text.char_indices().nth(HOVER_CHARACTERS).map(|(end, _)| end);
    out.push('"');
    out.push_str(&visible_line(&text[..end.unwrap_or(text.len())]));
    if more || end.is_some() {
        out.push('…');
    }
    out.push('"');
}

fn push_bytes(out: &mut String, bytes: &[u8], length: usize) {
    out.push_str("b\"");
    for byte in bytes.iter().take(HOVER_CHARACTERS) {
        write!(out, "{}", byte.escape_ascii()).unwrap_or_default();
    }
    if bytes.len().min(HOVER_CHARACTERS) < length {
        write!(out, "…\" ({} bytes)", grouped(length as u64)).unwrap_or_default();
    } else {
        out.push('"');
    }
}

fn push_list(out: &mut String, items: &[Value], length: usize, depth: usize) {
    push_series(out, ['[', ']'], items, length, |out, item| push_value(out, item, depth + 1));
}

fn push_struct(out: &mut String, fields: &[(String, Value)], length: usize, depth: usize) {
    push_series(out, ['{', '}'], fields, length, |out, (name, value)| {
        out.push_str(&visible_line(name));
        out.push_str(": ");
        push_value(out, value, depth + 1);
    });
}

/// The first parts, and how many more there are.
fn push_series<P>(
    out: &mut String,
    [open, close]: [char; 2],
    parts: &[P],
    length: usize,
    push_part: impl Fn(&mut String, &P),
) {
    out.push(open);
    let mut written = 0;
    for part in parts {
        if out.len() > LONGEST_NESTED {
            break;
        }
        if written > 0 {
            out.push_str(", ");
        }
        push_part(out, part);
        written += 1;
    }
    match length - written.min(length) {
        0 => {}
        // Nothing of it was handed over: how much there is says little.
        _ if written == 0 => out.push('…'),
        more => {
            out.push_str(", … ");
            out.push_str(&grouped(more as u64));
            out.push_str(" more");
        }
    }
    out.push(close);
}
