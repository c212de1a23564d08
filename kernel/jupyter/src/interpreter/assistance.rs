//! What a language says of code that is being written: plain data; offsets are counted in bytes here, and turned
//! into code points by the server.

/// Whether code can be run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can.
    Complete,
    /// A further line is wanted, to begin with this indentation.
    Incomplete {
        /// What the next line begins with.
        indent: String,
    },
    /// No further line can mend it.
    Invalid,
    /// Can't be told.
    Unknown,
}

/// What may stand in place of `start..end`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offset where the replaced text begins.
    pub start: usize,
    /// Byte offset where it ends.
    pub end: usize,
    /// Candidates, best first.
    pub matches: Vec<Completion>,
}

/// One candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// What is put in.
    pub text: String,
    /// What it is, shown beside it: `verb`, `column`, `table`, `file`, `option`, `magic`, `name`.
    pub kind: String,
    /// Signature or type, may be empty.
    pub signature: String,
}
