//! Receivers that a closure in their own call names too, as `a.map(|x| x / a.len())`: Rhai locks a variable while one
//! of its methods runs, so a copy is made the receiver.

use super::Edits;
use crate::script::lexer::TokenKind;

/// Makes the copy; registered with the engine.
pub(crate) const COPY: &str = "copy_of";

/// Methods that call a closure and change nothing.
const PURE: &[&str] =
    &["pipe", "map", "filter", "some", "all", "find", "find_map", "reduce", "reduce_rev", "for_each"];

impl Edits<'_> {
    pub(super) fn receivers(&mut self) {
        for index in 0..self.code.len() {
            if self.code[index].kind == TokenKind::Word && !self.is_member(index) && self.names_itself(index)
            {
                let span = self.code[index].span.clone();
                self.put(span.start, span.start, format!("{COPY}("));
                self.put(span.end, span.end, ")");
            }
        }
    }

    /// Whether a closure among the arguments of this name's call has the name in it.
    fn names_itself(&self, index: usize) -> bool {
        let is_call = self.text(index + 1) == "." && PURE.contains(&self.text(index + 2));
        if !is_call || self.text(index + 3) != "(" {
            return false;
        }
        let name = self.text(index);
        let (mut depth, mut in_closure) = (0usize, false);
        for token in index + 3..self.code.len() {
            match self.code[token].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                TokenKind::Sign => in_closure |= self.text(token).starts_with('|'),
                TokenKind::Word if in_closure && self.text(token) == name && !self.is_member(token) => {
                    return true;
                }
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }
}
