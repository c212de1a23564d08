//! A table that is ready to be shown: its columns' values, how many rows there are, and what is left out. How it
//! looks is written one medium to a file.

mod html;
mod text;

use crate::value::Value;

/// A table, limited and collected.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns that are shown, each with one value for each shown row.
    pub columns: Vec<Column>,
    /// How many rows there are.
    pub rows: RowCount,
    /// Before this shown row, rows are left out.
    pub gap: Option<usize>,
    /// Names and types of the columns that are not shown.
    pub hidden: Vec<(String, String)>,
    /// Sentences that are shown beneath.
    pub notes: Vec<String>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in short, as `i64` or `list[str]`.
    pub dtype: String,
    /// What it is, as far as its looks go.
    pub kind: Kind,
    /// Its values.
    pub values: Vec<Value>,
}

/// What a column is, as far as its looks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Set to the right.
    Number,
    /// `true` and `false`.
    Boolean,
    /// Strings.
    Text,
    /// Dates, times, lengths of time.
    Time,
    /// Lists and structs.
    Nested,
    /// Bytes.
    Binary,
    /// Anything else.
    Other,
}

/// How many rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    /// So many.
    Exactly(u64),
    /// More than so many: reading stopped there.
    MoreThan(u64),
}

/// Names of hidden columns that the note lists.
const NAMED: usize = 8;

impl Table {
    /// The table as HTML.
    pub fn html(&self) -> String {
        html::table(self)
    }

    /// The table as text, `width` columns wide at most.
    pub fn text(&self, width: usize) -> String {
        text::table(self, width)
    }

    /// How many rows and columns there are, in words.
    fn shape(&self) -> String {
        let columns = self.columns.len() + self.hidden.len();
        let columns =
            format!("{} {}", grouped(columns as u64), if columns == 1 { "column" } else { "columns" });
        match self.rows {
            RowCount::Exactly(1) => format!("1 row × {columns}"),
            RowCount::Exactly(rows) => format!("{} rows × {columns}", grouped(rows)),
            RowCount::MoreThan(1) => format!("first row of more × {columns}"),
            RowCount::MoreThan(rows) => format!("first {} rows of more × {columns}", grouped(rows)),
        }
    }

    /// What is not shown, in words.
    fn hidden_note(&self) -> Option<String> {
        let first = self.hidden.first()?;
        let names: Vec<&str> = self.hidden.iter().take(NAMED).map(|(name, _)| name.as_str()).collect();
        let dots = if self.hidden.len() > NAMED { ", …" } else { "" };
        let count = grouped(self.hidden.len() as u64);
        let noun = if self.hidden.len() == 1 { "column is" } else { "columns are" };
        let cut: String = names.join(", ").chars().take(200).collect();
        let advice = format!(
            ".select(\"{}\") picks some, .schema() lists all",
            first.0.chars().take(40).collect::<String>()
        );
        Some(format!("{count} more {noun} not shown: {cut}{dots}; {advice}"))
    }
}

/// Thousands parted by commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
