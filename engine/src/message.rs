//! How an error looks: the one file that puts a fault, its place in the cell and its remedy into the lines that users
//! read. What went wrong is decided elsewhere.

use std::ops::Range;

use crate::fault::Fault;

/// Characters of a cell's line shown on either side of the caret at most.
const LINE_ROOM: usize = 100;

/// Why a cell failed, in the form that users see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellError {
    /// The kind of error, as `ColumnNotFound`.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// The line of the cell, its caret and the remedy; without the sentence.
    pub details: Vec<String>,
}

impl CellError {
    /// The error of a fault at a place of a cell's text.
    pub(crate) fn new(fault: &Fault, cell: &str, place: Option<Range<usize>>) -> Self {
        let mut details = Vec::new();
        let hint = fault.hint.as_deref().map(one_line);
        let framed = match &fault.origin {
            Some(origin) => framed(&origin.code, origin.place.clone()),
            None => place.and_then(|place| framed(cell, place)),
        };
        match framed {
            Some((line, caret)) => {
                details.push(format!("  {line}"));
                details.push(match hint {
                    Some(hint) => format!("  {caret} {hint}"),
                    None => format!("  {caret}"),
                });
            }
            None => details.extend(hint.map(|hint| format!("  {hint}"))),
        }
        Self { name: fault.name.to_owned(), message: one_line(&fault.message), details }
    }

    /// The whole error, as it stands under the cell.
    pub fn text(&self) -> String {
        std::iter::once(&self.message).chain(&self.details).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// The cell's line with the place, and a caret line below it.
fn framed(cell: &str, place: Range<usize>) -> Option<(String, String)> {
    let start = floor(cell, place.start);
    let line_start = cell[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = cell[start..].find('\n').map_or(cell.len(), |at| start + at);
    let line = &cell[line_start..line_end];
    if line.trim().is_empty() {
        return None;
    }
    let end = floor(cell, place.end).clamp(start, line_end);
    let before = cell[line_start..start].chars().count();
    let width = cell[start..end].chars().count().max(1);
    let skipped = before.saturating_sub(LINE_ROOM);
    let shown: String = line.chars().skip(skipped).take(LINE_ROOM * 2).collect();
    let lead = if skipped > 0 { "…" } else { "" };
    let tail = if line.chars().count() > skipped + LINE_ROOM * 2 { "…" } else { "" };
    let width = width.min(LINE_ROOM);
    let indent: String =
        shown.chars().take(before - skipped).map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let lead_space = " ".repeat(lead.chars().count());
    Some((clean(&format!("{lead}{shown}{tail}")), format!("{lead_space}{indent}{}", "^".repeat(width))))
}

/// Where the word that begins at this byte ends; what is no word is one character.
pub(crate) fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    start + word.max(first)
}

/// The nearest character border at or before the offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Data may be inside a message: nothing of it moves the cursor or starts a line.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let cut: String = text.chars().take(LONGEST).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    clean(&format!("{cut}{dots}")).replace('\n', " ")
}

fn clean(text: &str) -> String {
    fram_display::visible(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let fault = Fault::new("ColumnNotFound", "column `nam` not found").hint("did you mean \"name\"?");
        let cell = "let a = 1;\npeople.select(\"nam\")";
        let start = cell.find("\"nam\"").unwrap();
        let error = CellError::new(&fault, cell, Some(start..start + 5));
        assert_eq!(
            error.text(),
            "column `nam` not found\n  people.select(\"nam\")\n                ^^^^^ did you mean \"name\"?"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let cell = format!("{}x{}", "a".repeat(5_000), "b".repeat(5_000));
        let error = CellError::new(&Fault::new("E", "m"), &cell, Some(5_000..5_001));
        assert!(error.details[0].chars().count() < 210);
        let caret = error.details[1].chars().position(|letter| letter == '^').unwrap();
        assert_eq!(error.details[0].chars().nth(caret), Some('x'));
    }

    #[test]
    fn broken_places_are_survived() {
        for place in [0..0, 2..2, 1..9_999, 9_999..10_000] {
            let error = CellError::new(&Fault::new("E", "m"), "é\nb", Some(place));
            assert_eq!(error.message, "m");
        }
    }
}
