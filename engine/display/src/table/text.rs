//! A table as text for terminals and plain-text viewers: a box that fits a width, wide characters counted as two.

use unicode_width::UnicodeWidthStr;

use super::cell::{cell, fitted, heading};
use super::{Column, Table};

/// Columns are cut to no less than this many places so that another one fits; numbers are not cut.
const NARROW: usize = 16;
/// The longest 128-bit integer, with its sign.
const MOST_DIGITS: usize = 40;
/// Places that the lines and spaces around a column take.
const FRAME: usize = 3;

/// A column's texts, ready to be padded.
struct Strip {
    name: String,
    dtype: String,
    cells: Vec<String>,
    right: bool,
    width: usize,
}

impl Table {
    /// The table as lines of at most `width` places (though never less than one narrow column).
    pub fn text(&self, width: usize) -> String {
        let strips = self.fitting_strips(width);
        let mut text = String::new();
        if !strips.is_empty() {
            push_rule(&mut text, &strips, ["┌", "─", "┬", "┐"]);
            push_line(&mut text, &strips, |strip| &strip.name);
            push_line(&mut text, &strips, |strip| &strip.dtype);
            push_rule(&mut text, &strips, ["╞", "═", "╪", "╡"]);
            let rows = self.shown_rows();
            for row in 0..=rows {
                if self.has_gap_before(row) {
                    push_line(&mut text, &strips, |_| "⋮");
                }
                if row < rows {
                    push_line(&mut text, &strips, |strip| strip.cells.get(row).map_or("", String::as_str));
                }
            }
            push_rule(&mut text, &strips, ["└", "─", "┴", "┘"]);
        }
        text + &self.sentences(strips.len()).join("\n")
    }

    /// As many of the first columns as fit, the widest cut until they do.
    fn fitting_strips(&self, width: usize) -> Vec<Strip> {
        let mut strips: Vec<Strip> = Vec::new();
        let mut narrowest = 1;
        for column in &self.columns {
            let strip = strip(column);
            narrowest += strip.least() + FRAME;
            if narrowest > width && !strips.is_empty() {
                break;
            }
            strips.push(strip);
        }
        let room = width.saturating_sub(1 + FRAME * strips.len());
        let widest = widest_that_fits(&strips, room);
        for strip in &mut strips {
            strip.width = strip.width.min(widest.max(strip.least()));
        }
        strips
    }
}

impl Strip {
    /// The width below which the column is rather left out.
    fn least(&self) -> usize {
        if self.right { self.width.min(MOST_DIGITS) } else { self.width.min(NARROW) }
    }
}

fn strip(column: &Column) -> Strip {
    let (name, dtype) = (heading(&column.name).shown, heading(&column.dtype).shown);
    let cells: Vec<String> = column.values.iter().map(|value| cell(value, column).shown).collect();
    let width = cells.iter().chain([&name, &dtype]).map(|text| text.width()).max().unwrap_or(0).max(1);
    Strip { name, dtype, cells, right: column.is_right_aligned(), width }
}

/// The greatest width to which columns can be cut so that together they fit the room.
fn widest_that_fits(strips: &[Strip], room: usize) -> usize {
    let (whole, cut): (Vec<&Strip>, Vec<&Strip>) =
        strips.iter().partition(|strip| strip.width == strip.least());
    let mut widths: Vec<usize> = cut.iter().map(|strip| strip.width).collect();
    widths.sort_unstable();
    let mut left = room.saturating_sub(whole.iter().map(|strip| strip.width).sum());
    for (place, &width) in widths.iter().enumerate() {
        let share = left / (widths.len() - place);
        if width > share {
            return share.max(1);
        }
        left -= width;
    }
    usize::MAX
}

fn push_rule(text: &mut String, strips: &[Strip], [left, line, cross, right]: [&str; 4]) {
    for (place, strip) in strips.iter().enumerate() {
        text.push_str(if place == 0 { left } else { cross });
        text.push_str(&line.repeat(strip.width + 2));
    }
    text.push_str(right);
    text.push('\n');
}

fn push_line<'a>(text: &mut String, strips: &'a [Strip], part: impl Fn(&'a Strip) -> &'a str) {
    for (place, strip) in strips.iter().enumerate() {
        text.push_str(if place == 0 { "│ " } else { " ┆ " });
        let shown = fitted(part(strip), strip.width, false);
        let padding = " ".repeat(strip.width.saturating_sub(shown.width()));
        if strip.right {
            text.push_str(&padding);
        }
        text.push_str(&shown);
        if !strip.right {
            text.push_str(&padding);
        }
    }
    text.push_str(" │\n");
}
