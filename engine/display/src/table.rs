//! What a shown table is: limited, collected rows as plain values; how they look is left to each medium's file.

mod cell;
mod html;
mod number;
mod shape;
mod text;

pub use cell::grouped;
pub(crate) use cell::grouped_digits;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of any width up to 128 bits.
    Integer(i128),
    /// A floating point number, NaN and infinities included.
    Float(f64),
    /// A decimal number, already written in full.
    Decimal(String),
    /// A string, whole.
    Text(String),
    /// The start of a string that was too long to be handed over whole.
    CutText {
        /// The first characters.
        text: String,
        /// How many characters the whole string has.
        characters: usize,
    },
    /// A date, time, datetime or duration, already written.
    Time(String),
    /// The first bytes, and how many there are in all.
    Binary(Vec<u8>, usize),
    /// The first items, and how many there are in all.
    List(Vec<Value>, usize),
    /// The first fields with their names, and how many there are in all.
    Struct(Vec<(String, Value)>, usize),
}

/// What the values of a column are, as far as their look depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Integers, floats, decimals: set right.
    Number,
    /// True and false.
    Boolean,
    /// Strings and categories.
    Text,
    /// Dates, times, durations.
    Time,
    /// Lists and structs.
    Nested,
    /// Bytes.
    Binary,
    /// Anything else.
    Other,
}

/// One shown column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in Polars' short form, as `i64`, `str`, `list[str]`.
    pub dtype: String,
    /// What its values are.
    pub kind: Kind,
    /// One value for each shown row.
    pub values: Vec<Value>,
}

/// How many rows the whole has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowCount {
    /// All rows were counted.
    Exactly(u64),
    /// A scan was stopped after this many rows; there are more.
    MoreThan(u64),
}

/// Rows that were limited to what is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns that are shown, as far as the medium has room for them.
    pub columns: Vec<Column>,
    /// How many rows there are in all.
    pub rows: RowCount,
    /// Rows are left out before this shown row, counted from 0.
    pub gap: Option<usize>,
    /// Names of the columns that are not shown.
    pub hidden: Vec<String>,
    /// Sentences shown beneath, as warnings.
    pub notes: Vec<String>,
}
