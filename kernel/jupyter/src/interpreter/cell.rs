//! A cell, its two text streams, and how either goes wrong: plain data; running is left to the language.

/// One cell to run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The source as the user wrote it.
    pub code: String,
    /// The number in `In [n]`; a silent cell keeps the number of the one before.
    pub count: usize,
    /// Nothing is shown, nothing is counted.
    pub silent: bool,
    /// Whether the cell enters the history.
    pub store_history: bool,
}

/// Why a cell failed, already in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellError {
    /// Short name of the kind of error, as `ColumnNotFound`.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// The whole as the user shall read it, line by line: place, reason, remedy; may hold ANSI colours of our own.
    pub traceback: Vec<String>,
}

impl CellError {
    /// An error whose only line is its name and message.
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { name: name.to_owned(), traceback: vec![format!("{name}: {message}")], message }
    }
}

/// Which of the two text streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Why no line could be had from the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The frontend takes no input (nbconvert, a run without a browser).
    #[error("this frontend cannot ask for input")]
    NotAllowed,
    /// The user interrupted instead of answering.
    #[error("interrupted")]
    Interrupted,
    /// The frontend went away.
    #[error("the frontend closed the input")]
    Closed,
}
