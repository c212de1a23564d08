//! The sentences beneath a table: how much there is and what is not shown, the same for every medium.

use super::cell::grouped;
use super::{RowCount, Table};
use crate::escape::clipped_line;

/// Names of columns not shown that are listed.
const LISTED_NAMES: usize = 8;
/// Characters of each of these names.
const LISTED_CHARACTERS: usize = 40;
/// Characters of a note.
const NOTE_CHARACTERS: usize = 2_000;

impl Table {
    /// How many rows are shown.
    pub(super) fn shown_rows(&self) -> usize {
        self.columns.iter().map(|column| column.values.len()).max().unwrap_or(0)
    }

    /// Whether the rows left out are missing before this shown row, or after the last.
    pub(super) fn has_gap_before(&self, row: usize) -> bool {
        self.gap == Some(row) && !self.columns.is_empty()
    }

    /// Rows and columns of the whole, as `6,383 rows × 186 columns`.
    fn shape(&self) -> String {
        let columns = counted((self.columns.len() + self.hidden.len()) as u64, "column");
        let shown = self.shown_rows() as u64;
        let rows = match self.rows {
            RowCount::Exactly(rows) if self.gap.is_none() && shown < rows && shown > 0 => {
                format!("first {} of {}", grouped(shown), counted(rows, "row"))
            }
            RowCount::Exactly(rows) => counted(rows, "row"),
            RowCount::MoreThan(0) => "rows not counted".to_owned(),
            RowCount::MoreThan(1) => "first row of more".to_owned(),
            RowCount::MoreThan(rows) => format!("first {} rows of more", grouped(rows)),
        };
        format!("{rows} × {columns}")
    }

    /// Every sentence beneath the table, one line each, when this many columns are shown.
    pub(super) fn sentences(&self, shown: usize) -> Vec<String> {
        let notes = self.notes.iter().map(|note| clipped_line(note, NOTE_CHARACTERS));
        std::iter::once(self.shape()).chain(self.hidden_sentence(shown)).chain(notes).collect()
    }

    /// Which columns are not shown from the given one on, and how to see them.
    fn hidden_sentence(&self, shown: usize) -> Option<String> {
        let hidden = self.columns.len() - shown + self.hidden.len();
        if hidden == 0 {
            return None;
        }
        let names = self.columns[shown..].iter().map(|column| &column.name).chain(&self.hidden);
        let listed: Vec<String> =
            names.take(LISTED_NAMES).map(|name| clipped_line(name, LISTED_CHARACTERS)).collect();
        let end = if hidden > LISTED_NAMES { ", …" } else { "." };
        let are = if hidden == 1 { "is" } else { "are" };
        let count = counted(hidden as u64, "more column");
        let first = listed.first().map_or("…", String::as_str);
        Some(format!(
            "{count} {are} not shown: {}{end} Choose with .select(\"{first}\"), or list all with .print_schema().",
            listed.join(", ")
        ))
    }
}

/// A number and its noun, in the plural where it needs one.
fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}
