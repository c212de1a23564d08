//! What the commands say on the terminal: the one file that prints. What is said is left to the commands.

use std::fmt;
use std::io::{self, IsTerminal, Write};

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
pub(crate) fn say(text: &str) {
    // Whoever closed the pipe does not want to hear it.
    drop(writeln!(io::stdout(), "{text}"));
}

/// Says a line on standard error.
pub(crate) fn note(text: &str) {
    // There is nowhere left to say that standard error is closed.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Says why a command failed.
pub(crate) fn complain(complaint: &Complaint) {
    note(&complaint.to_string());
}

/// Replaces the last line on standard error, where that is a terminal: what is being done now.
pub(crate) fn progress(text: &str) {
    if io::stderr().is_terminal() {
        drop(write!(io::stderr(), "\r\x1b[K{text}"));
    }
}

/// Where a cell's text goes: standard output, or standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipe {
    /// What the cell shows.
    Output,
    /// What it complains of.
    Errors,
}

/// Writes a cell's text as it comes: on a terminal without what would command the terminal, elsewhere exactly, but
/// for the colours of errors.
pub(crate) fn write(pipe: Pipe, text: &str) -> io::Result<()> {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    match pipe {
        Pipe::Output if stdout.is_terminal() => put(stdout.lock(), &harmless(text)),
        Pipe::Output => put(stdout.lock(), text),
        Pipe::Errors if stderr.is_terminal() => put(stderr.lock(), &harmless(text)),
        Pipe::Errors => put(stderr.lock(), &without_colours(text)),
    }
}

fn put(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

/// The text with control characters made visible, colours kept: data may hold what moves the cursor or asks the
/// terminal to type.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = colour(rest).unwrap_or(letter.len_utf8());
        match letter {
            '\n' | '\t' => safe.push(letter),
            '\u{1b}' if taken > 1 => safe.push_str(&rest[..taken]),
            _ if letter.is_control() => safe.extend(letter.escape_default()),
            _ => safe.push(letter),
        }
        rest = &rest[taken..];
    }
    safe
}

fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let coloured = colour(rest);
        if coloured.is_none() {
            plain.push(letter);
        }
        rest = &rest[coloured.unwrap_or(letter.len_utf8())..];
    }
    plain
}

/// The length of the colour sequence that the text begins with: `ESC [`, digits and semicolons, `m`.
fn colour(text: &str) -> Option<usize> {
    let body = text.strip_prefix("\u{1b}[")?;
    let end = body.find(|letter: char| !letter.is_ascii_digit() && letter != ';')?;
    body[end..].starts_with('m').then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_colours_and_no_commands() {
        assert_eq!(harmless("a\u{1b}[31mred\u{1b}[0m\n\tb"), "a\u{1b}[31mred\u{1b}[0m\n\tb");
        assert_eq!(harmless("\u{1b}[2J\u{1b}]0;x\u{7}\r\u{9b}é"), "\\u{1b}[2J\\u{1b}]0;x\\u{7}\\r\\u{9b}é");
    }

    #[test]
    fn errors_lose_their_colours_in_a_pipe() {
        assert_eq!(without_colours("a\u{1b}[1;31mred\u{1b}[0m\r\n\u{1b}[2J"), "ared\r\n\u{1b}[2J");
    }
}
