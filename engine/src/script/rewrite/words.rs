//! Words that mean something else here than in Rhai: `not`, `is`, `null`, and reserved words after a dot or as keys.

use super::Edits;
use crate::script::RESERVED;
use crate::script::lexer::TokenKind;

/// What a `switch` looks at passes through this function.
pub(crate) const ONE_VALUE: &str = "one_value";

impl Edits<'_> {
    pub(super) fn word(&mut self, index: usize) {
        let word = self.text(index);
        let span = self.code[index].span.clone();
        if !self.is_member(index) && !self.is_key(index) {
            match word {
                "not" if self.text(index + 1) == "in" => {
                    self.put(span.start, self.code[index + 1].span.end, "!in")
                }
                // `is not` is taken together.
                "not" if index > 0 && self.text(index - 1) == "is" && self.follows_is(index + 1) => {}
                "not" => self.negation(index),
                "is" => self.comparison(index),
                "switch" => self.subject(index),
                "null" | "nil" => self.put(span.start, span.end, "()"),
                _ => {}
            }
            return;
        }
        // Rhai's names are of ASCII letters; a column's may be of others.
        if !RESERVED.contains(&word) && word.is_ascii() {
            return;
        }
        if self.is_member(index) {
            // A verb is looked up without the underscore again; a map's key is taken by index.
            if self.text(index + 1) == "(" && matches!(word, "call" | "curry") {
                // Rhai's own verbs of closures.
            } else if self.text(index + 1) == "(" {
                self.put(span.end, span.end, "_");
            } else {
                self.put(self.code[index - 1].span.start, span.end, format!("[\"{word}\"]"));
            }
        } else {
            self.put(span.start, span.end, format!("\"{word}\""));
        }
    }

    /// Signs as Python and SQL have them.
    pub(super) fn sign(&mut self, index: usize) {
        let span = self.code[index].span.clone();
        match self.text(index) {
            "~" => self.put(span.start, span.end, "!"),
            "<" if self.text(index + 1) == ">" && self.code[index + 1].span.start == span.end => {
                self.put(span.start, self.code[index + 1].span.end, "!=");
            }
            "<>" => self.put(span.start, span.end, "!="),
            _ => {}
        }
    }

    /// `switch a {` becomes `switch one_value(a) {`, which refuses what Rhai would compare with nothing.
    fn subject(&mut self, index: usize) {
        let mut depth = 0usize;
        for token in index + 1..self.code.len() {
            match self.code[token].kind {
                TokenKind::Open if depth == 0 && self.text(token) == "{" && token > index + 1 => {
                    let (start, end) = (self.code[index + 1].span.start, self.code[token - 1].span.end);
                    self.put(start, start, format!("{ONE_VALUE}("));
                    self.put(end, end, ")");
                    return;
                }
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => return,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
        }
    }

    /// `is` and `is not` as Python and SQL have them.
    fn comparison(&mut self, index: usize) {
        let start = self.code[index].span.start;
        if self.text(index + 1) == "not" && self.follows_is(index + 2) {
            self.put(start, self.code[index + 1].span.end, "!=");
        } else if self.follows_is(index + 1) {
            self.put(start, self.code[index].span.end, "==");
        }
    }

    fn follows_is(&self, index: usize) -> bool {
        matches!(self.text(index), "null" | "nil" | "None" | "true" | "false" | "True" | "False")
    }

    /// `not a == b` becomes `!(a == b)`: up to the next logical word, sign, comma or end.
    fn negation(&mut self, index: usize) {
        let mut depth = 0usize;
        let mut last = index;
        for token in index + 1..self.code.len() {
            match self.code[token].kind {
                // The block of `if not a {`.
                TokenKind::Open if depth == 0 && self.text(token) == "{" => break,
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => break,
                TokenKind::Close => depth -= 1,
                _ if depth > 0 => {}
                TokenKind::Sign if matches!(self.text(token), "&" | "|" | "&&" | "||" | "," | ";" | "=>") => {
                    break;
                }
                TokenKind::Word if matches!(self.text(token), "and" | "or") => break,
                _ => {}
            }
            let next_ends = self
                .code
                .get(token + 1)
                .is_some_and(|next| next.first_on_line && depth == 0 && self.begins(token + 1));
            last = token;
            if next_ends {
                break;
            }
        }
        if last == index {
            return;
        }
        let span = self.code[index].span.clone();
        self.put(span.start, span.end, "!(");
        let end = self.code[last].span.end;
        self.put(end, end, ")");
    }
}
