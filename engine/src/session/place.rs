//! Where in a cell something went wrong: leads places of the rewritten script back to what the user wrote.

use std::ops::Range;

use crate::fault::Fault;
use crate::message::CellError;
use crate::script::{Failure, Rewritten};

/// What went wrong at which bytes of a text.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) fault: Fault,
    pub(crate) place: Option<Range<usize>>,
}

impl Placed {
    /// A fault that has no place.
    pub(crate) fn nowhere(fault: Fault) -> Self {
        Self { fault, place: None }
    }

    /// The same in a text that begins so many bytes earlier.
    pub(crate) fn shifted(self, by: usize) -> Self {
        Self { place: self.place.map(|place| place.start + by..place.end + by), ..self }
    }

    /// The error as users see it.
    pub(crate) fn error(&self, cell: &str) -> CellError {
        CellError::new(&self.fault, cell, self.place.clone())
    }
}

/// Leads a place in the text that was parsed back to the user's. Rhai does not say where a verb was called: then the
/// call is looked for in the statement that failed. The caret goes to what the fault is about, where that is there.
pub(crate) fn placed(failure: Failure, text: &Rewritten, code: &str) -> Placed {
    let original = |(line, column)| text.original(offset(&text.text, line, column));
    let statement = failure.statement.map(original);
    let called = statement.and_then(|start| find_call(code, start, failure.fault.verb?));
    let exact = failure.position.map(original);
    let start = called.or(exact).or(statement);
    let about = failure.fault.about.as_deref().filter(|about| !about.is_empty());
    let place = start.and_then(|start| {
        let about = about.and_then(|about| find_near(code, start, about));
        about.or_else(|| called.or(exact).map(|start| start..word_end(code, start)))
    });
    Placed { fault: failure.fault, place }
}

/// Where the verb is called at or after the place.
fn find_call(code: &str, start: usize, verb: &str) -> Option<usize> {
    let after = code.get(start..)?;
    after.match_indices(verb).map(|(at, _)| at).find_map(|at| {
        let before = after[..at].chars().next_back();
        let is_whole = !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let is_called = after[at + verb.len()..].trim_start().starts_with('(');
        (is_whole && is_called).then_some(start + at)
    })
}

/// The byte offset of a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &text[line_start..];
    line_start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// Where the words stand: after the place, quoted if they are so anywhere there, else before it.
fn find_near(code: &str, start: usize, about: &str) -> Option<Range<usize>> {
    let after = &code[start.min(code.len())..];
    for quoted in [format!("\"{about}\""), format!("'{about}'"), format!("`{about}`")] {
        if let Some(at) = after.find(&quoted) {
            return Some(start + at..start + at + quoted.len());
        }
    }
    let at = whole_word(after, about).map(|at| start + at);
    let at = at
        .or_else(|| after.find(about).map(|at| start + at))
        .or_else(|| code[..start.min(code.len())].rfind(about))?;
    Some(at..at + about.len())
}

/// Where the words stand with no letter beside them.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_letter =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        !is_letter(text[..*at].chars().next_back()) && !is_letter(text[at + word.len()..].chars().next())
    })
}

fn word_end(code: &str, start: usize) -> usize {
    let rest = &code[start.min(code.len())..];
    let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    start + length.max(1)
}
