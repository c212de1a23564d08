//! Statements that end with their line.

use std::collections::BTreeSet;

use super::Edits;
use crate::script::lexer::TokenKind;

/// What a bracket holds, as far as semicolons care.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Statements,
    Other,
}

impl Edits<'_> {
    /// Puts `;` at the end of a line that ends a statement where the next line cannot go on with it, and `let` before
    /// a statement that gives a value to a name that there is not.
    pub(super) fn semicolons(&mut self, names: &BTreeSet<String>) {
        let mut made: BTreeSet<&str> = BTreeSet::new();
        let mut inside = vec![Inside::Statements];
        let mut is_first = true;
        for index in 0..self.code.len() {
            let is_new_line = index > 0 && self.code[index].first_on_line;
            if is_new_line
                && inside.last() == Some(&Inside::Statements)
                && self.ends(index - 1)
                && self.begins(index)
            {
                let end = self.code[index - 1].span.end;
                self.put(end, end, ";");
                is_first = true;
            }
            if inside.len() == 1 && self.code[index].kind == TokenKind::Word {
                let word = self.text(index);
                if matches!(word, "let" | "const") {
                    made.insert(self.text(index + 1));
                } else if is_first
                    && self.text(index + 1) == "="
                    && !names.contains(word)
                    && made.insert(word)
                {
                    let start = self.code[index].span.start;
                    self.put(start, start, "let ");
                }
            }
            is_first = inside.len() == 1 && self.text(index) == ";";
            match self.code[index].kind {
                TokenKind::Open => inside.push(self.opens(index)),
                TokenKind::Close if inside.len() > 1 => {
                    inside.pop();
                }
                _ => {}
            }
        }
    }

    fn opens(&self, index: usize) -> Inside {
        if self.text(index) != "{" || self.is_dictionary(index) {
            return Inside::Other;
        }
        // `switch x { … }` holds arms, not statements.
        let statement_begins = |token: &usize| matches!(self.text(*token), ";" | "{" | "}");
        let head = (0..index).rev().take_while(|token| !statement_begins(token));
        if head.into_iter().any(|token| self.text(token) == "switch") {
            Inside::Other
        } else {
            Inside::Statements
        }
    }

    /// Whether a statement can end with this token.
    fn ends(&self, index: usize) -> bool {
        const NEVER_LAST: &[&str] = &[
            "let", "const", "if", "else", "while", "until", "loop", "for", "in", "do", "switch", "fn",
            "throw", "try", "catch", "not", "and", "or", "private",
        ];
        match self.code[index].kind {
            TokenKind::Word => !NEVER_LAST.contains(&self.text(index)) || self.is_member(index),
            TokenKind::Number | TokenKind::Text | TokenKind::SingleQuoted | TokenKind::Close => true,
            TokenKind::Open | TokenKind::Sign | TokenKind::Comment => false,
        }
    }

    /// Whether a line that begins with this token cannot go on with the statement before.
    pub(super) fn begins(&self, index: usize) -> bool {
        let text = self.text(index);
        match self.code[index].kind {
            TokenKind::Word => match text {
                "else" | "in" | "and" | "or" | "catch" => false,
                "while" | "until" => !self.closes_do(index - 1),
                _ => true,
            },
            TokenKind::Number | TokenKind::Text | TokenKind::SingleQuoted => true,
            TokenKind::Open => text == "#{",
            TokenKind::Sign => text == "!" && self.text(index + 1) != "in",
            TokenKind::Close | TokenKind::Comment => false,
        }
    }

    /// Whether this brace closes the block of a `do`.
    fn closes_do(&self, index: usize) -> bool {
        if self.text(index) != "}" {
            return false;
        }
        let mut depth = 0usize;
        for token in (0..=index).rev() {
            match self.code[token].kind {
                TokenKind::Close => depth += 1,
                TokenKind::Open => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return token > 0 && self.text(token - 1) == "do";
            }
        }
        false
    }
}
