//! One value of a table's cell, as plain data.

/// One value of a table's cell. Large ones are cut before they come here, with their whole size beside them.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A floating-point number.
    Float(f64),
    /// A decimal number, written with all its digits.
    Decimal(String),
    /// A string.
    Text(String),
    /// The beginning of a long string.
    CutText {
        /// The beginning.
        text: String,
        /// Characters of the whole string.
        characters: usize,
    },
    /// A date, a time or a length of time, already written.
    Time(String),
    /// The first bytes, and how many there are in all.
    Binary(Vec<u8>, usize),
    /// The first elements, and how many there are in all.
    List(Vec<Value>, usize),
    /// Fields with their names.
    Struct(Vec<(String, Value)>),
}
