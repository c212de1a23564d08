//! What the commands say on the terminal: the one file that prints.

use std::fmt;

/// Why a command could not do what it was asked, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    sentence: String,
    remedy: Option<String>,
}

impl Complaint {
    /// A complaint of one sentence, without a full stop.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), remedy: None }
    }

    /// This complaint, with what to do about it.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "fram: {}", self.sentence)?;
        self.remedy.iter().try_for_each(|remedy| write!(formatter, "\n  {remedy}"))
    }
}

/// Says a line on standard output.
#[expect(clippy::print_stdout, reason = "commands talk to the terminal, here alone")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Says a line on standard error.
#[expect(clippy::print_stderr, reason = "commands talk to the terminal, here alone")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Text as it comes, without a line's end.
#[expect(clippy::print_stdout, reason = "commands talk to the terminal, here alone")]
pub(crate) fn write(text: &str) {
    use std::io::Write as _;
    print!("{text}");
    // A closed pipe is no news to the user who closed it.
    drop(std::io::stdout().flush());
}

/// Says why a command failed.
pub(crate) fn complain(complaint: &Complaint) {
    note(&complaint.to_string());
}
