//! Strings in single quotes, strings over several lines in three quotes, and the code inside strings in backticks.

use std::collections::BTreeSet;

use super::{Edit, Edits, edits};
use crate::script::lexer::{TRIPLE, holes};

impl Edits<'_> {
    pub(super) fn string(&mut self, index: usize) {
        let span = self.code[index].span.clone();
        let text = self.text(index);
        if text.starts_with('`') {
            self.template(span.start, text);
        } else if is_rewritten(text) {
            let close = if is_closed(text) { "\"" } else { "" };
            self.put(span.start, span.end, format!("\"{}{close}", inside(text)));
        }
    }

    /// The code in the holes of a string in backticks is written as any other.
    fn template(&mut self, start: usize, text: &str) {
        for hole in holes(text) {
            let base = start + hole.start;
            // A name that is made in a hole would be gone after it.
            let inner = edits(&text[hole], &BTreeSet::new());
            self.found.extend(inner.into_iter().map(|edit| Edit {
                from: edit.from + base,
                to: edit.to + base,
                with: edit.with,
            }));
        }
    }
}

/// Whether Rhai knows strings with these quotes.
fn is_rewritten(text: &str) -> bool {
    text.starts_with('\'') || quotes(text).len() > 1
}

/// What a string begins and ends with.
fn quotes(text: &str) -> &'static str {
    let triple = TRIPLE.iter().find(|quotes| text.starts_with(**quotes));
    triple.copied().unwrap_or(if text.starts_with('\'') { "'" } else { "\"" })
}

fn is_closed(text: &str) -> bool {
    let quotes = quotes(text);
    let before = text.strip_suffix(quotes).unwrap_or_default();
    // A quote after a backslash closes nothing, unless the backslash is one itself.
    let backslashes = before.len() - before.trim_end_matches('\\').len();
    before.len() >= quotes.len() && backslashes.is_multiple_of(2)
}

/// The inside of a string in any quotes, as it stands in double quotes.
pub(super) fn inside(text: &str) -> String {
    let quotes = quotes(text);
    let end = if is_closed(text) { text.len() - quotes.len() } else { text.len() };
    let inner = text.get(quotes.len()..end).unwrap_or_default();
    if is_rewritten(text) { escaped(inner, quotes == "'") } else { inner.to_owned() }
}

/// The inside of a string as it stands in double quotes.
fn escaped(inner: &str, is_single: bool) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            // A quote in single quotes as SQL writes it, twice.
            '\'' if is_single && letters.as_str().starts_with('\'') => {
                letters.next();
                out.push('\'');
            }
            '\\' => match letters.next() {
                Some('\'') => out.push('\''),
                // A line that goes on in the next one.
                Some('\n') => {}
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}
