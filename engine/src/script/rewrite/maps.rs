//! Object maps: the order of their keys, and keyword arguments, which become one at the end of a call.

use super::Edits;
use super::strings::inside;
use crate::call::KEYWORDS;
use crate::script::RESERVED;
use crate::script::lexer::TokenKind;
use crate::script::objects::ORDER_KEY;

/// A bracket that is open, and the places of the keyword arguments in it.
struct Open {
    is_call: bool,
    keywords: Vec<usize>,
}

impl Edits<'_> {
    /// `f(a, descending=True)` becomes `f(a, #{ descending: True })`.
    pub(super) fn keyword_arguments(&mut self) {
        let mut open: Vec<Open> = Vec::new();
        for index in 0..self.code.len() {
            match self.code[index].kind {
                TokenKind::Open => open.push(Open { is_call: self.calls(index), keywords: Vec::new() }),
                TokenKind::Close => {
                    if let Some(closed) = open.pop() {
                        self.keywords_become_map(&closed.keywords, index);
                    }
                }
                TokenKind::Word if self.is_keyword_argument(index) => {
                    if let Some(call) = open.last_mut().filter(|open| open.is_call) {
                        call.keywords.push(index);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether this bracket holds the arguments of a call.
    fn calls(&self, index: usize) -> bool {
        const NEVER_CALLED: &[&str] =
            &["if", "while", "until", "for", "in", "switch", "return", "throw", "not", "and", "or", "catch"];
        let Some(before) = index.checked_sub(1).filter(|_| self.text(index) == "(") else { return false };
        let is_defined = before.checked_sub(1).is_some_and(|before| self.text(before) == "fn");
        let name = self.text(before);
        self.code[before].kind == TokenKind::Word
            && !is_defined
            && (self.is_member(before) || !NEVER_CALLED.contains(&name))
    }

    fn is_keyword_argument(&self, index: usize) -> bool {
        index > 0 && self.text(index + 1) == "=" && matches!(self.text(index - 1), "(" | ",")
    }

    fn keywords_become_map(&mut self, keywords: &[usize], close: usize) {
        let Some(first) = keywords.first() else { return };
        let names: Vec<String> = keywords.iter().map(|index| self.text(*index).to_owned()).collect();
        let start = self.code[*first].span.start;
        let order = order_entry(&names).unwrap_or_default();
        self.put(start, start, format!("#{{ \"{}\": (), {order}", written(KEYWORDS)));
        for index in keywords {
            let (name, sign) = (self.code[*index].span.clone(), self.code[index + 1].span.clone());
            if RESERVED.contains(&self.text(*index)) {
                self.put(name.start, name.end, format!("\"{}\"", self.text(*index)));
            }
            self.put(sign.start, sign.end, ":");
        }
        let end = self.code[close].span.start;
        self.put(end, end, " }");
    }

    /// Notes the order of a map literal's keys in a key of its own, where sorting would change it.
    pub(super) fn key_order(&mut self, index: usize) {
        if let Some(entry) = order_entry(&self.keys(index)) {
            let end = self.code[index].span.end;
            self.put(end, end, entry);
        }
    }

    /// Whether this brace opens an object map as Python and JSON write it: a key and a colon follow.
    pub(super) fn is_dictionary(&self, index: usize) -> bool {
        self.text(index) == "{"
            && self.code.get(index + 1).is_some_and(|key| key.kind != TokenKind::Open)
            && self.is_key(index + 1)
    }

    pub(super) fn dictionary(&mut self, index: usize) {
        let start = self.code[index].span.start;
        self.put(start, start, "#");
        self.key_order(index);
    }

    /// The keys of the map literal that opens here, in order.
    fn keys(&self, index: usize) -> Vec<String> {
        let mut keys = Vec::new();
        let mut depth = 0usize;
        for token in index..self.code.len() {
            match self.code[token].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 1 => break,
                TokenKind::Close => depth -= 1,
                TokenKind::Word if depth == 1 && self.is_key(token) => keys.push(self.text(token).to_owned()),
                TokenKind::Text | TokenKind::SingleQuoted if depth == 1 && self.is_key(token) => {
                    keys.push(inside(self.text(token)));
                }
                _ => {}
            }
        }
        keys
    }
}

/// The entry that notes the order of these keys, where sorting would change it. Keys are given as they stand in double
/// quotes.
fn order_entry(keys: &[String]) -> Option<String> {
    let is_sorted = keys.windows(2).all(|pair| pair[0] <= pair[1]);
    if is_sorted && !keys.iter().any(|key| key.contains('\\')) {
        return None;
    }
    Some(format!("\"{}\": \"{}\", ", written(ORDER_KEY), keys.join("\\x01")))
}

/// A hidden key as it stands in double quotes.
fn written(key: &str) -> String {
    key.replace('\u{1}', "\\x01")
}
