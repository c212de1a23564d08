//! Of what type a value in a script is, and which frame it comes from, as far as that can be told without running it.

use fram_frame::Frame;

use super::script::Script;
use crate::registry::{self, Type};
use crate::script::lexer::{TokenKind, closing, is_dot};

/// How far a chain of names that are bound to names is followed.
const DEEPEST: usize = 20;

impl Script<'_> {
    /// The type of the value before this dot.
    pub(super) fn type_before(&self, dot: usize) -> Type {
        let Some(end) = dot.checked_sub(1) else { return Type::Any };
        match self.code[end].kind {
            TokenKind::Word => {
                let word = self.text(end);
                let before = end.checked_sub(1).filter(|dot| is_dot(self.text(*dot)));
                match (before, Type::namespace(word)) {
                    (Some(_), Some(namespace)) => namespace,
                    // An attribute, as `f.columns`.
                    (Some(dot), None) => {
                        registry::find(self.type_before(dot), word).map_or(Type::Any, |verb| {
                            if verb.parameters.is_empty() { verb.returns } else { Type::Any }
                        })
                    }
                    (None, _) => self.type_of_name(word, 0),
                }
            }
            TokenKind::Close if self.text(end) == ")" => {
                let open = self.enclosing(end);
                match open.and_then(|open| self.called(open)) {
                    Some(called) => called.verb.returns,
                    // Only a bracket around an expression: its first value tells.
                    None => open.map_or(Type::Any, |open| self.type_inside(open)),
                }
            }
            TokenKind::Close if self.text(end) == "]" => match self.enclosing(end) {
                // A part of a frame is a frame.
                Some(open) if self.is_index(open) && self.type_before(open) == Type::Frame => Type::Frame,
                Some(open) if !self.is_index(open) => Type::List,
                _ => Type::Any,
            },
            TokenKind::Text | TokenKind::SingleQuoted => Type::Text,
            TokenKind::Number => {
                if self.text(end).contains('.') {
                    Type::Float
                } else {
                    Type::Integer
                }
            }
            _ => Type::Any,
        }
    }

    fn type_inside(&self, open: usize) -> Type {
        match self.text(open + 1) {
            "col" | "lit" | "len" | "when" => Type::Expression,
            word => self.type_of_name(word, 0),
        }
    }

    fn type_of_name(&self, name: &str, depth: usize) -> Type {
        // A name that this cell binds itself: the type of what it is bound to.
        if let Some(value) = self.binding(name) {
            return self.type_of_chain(value, depth + 1);
        }
        let held = self.snapshot.names.get(name).map(|held| held.kind);
        held.or_else(|| crate::script::constant_type(name)).unwrap_or(Type::Any)
    }

    /// Where the value begins that this cell gives the name, with `let` or without.
    fn binding(&self, name: &str) -> Option<usize> {
        let gives = |index: &usize| {
            let before = index.checked_sub(1).map_or("", |before| self.text(before));
            let begins =
                self.code[*index].first_on_line || matches!(before, "let" | "const" | ";" | "{" | "}" | "");
            self.text(*index) == name && begins && self.text(index + 1) == "="
        };
        (0..self.code.len()).rev().find(gives).map(|index| index + 2).filter(|value| *value < self.code.len())
    }

    /// The type of the chain of calls that begins at this token.
    fn type_of_chain(&self, start: usize, depth: usize) -> Type {
        if depth > DEEPEST {
            return Type::Any;
        }
        let mut at = start;
        let mut kind = match self.text(at + 1) {
            "(" => registry::find(Type::Cell, self.text(at)).map_or(Type::Any, |verb| verb.returns),
            _ => match self.code.get(at).map(|token| token.kind) {
                Some(TokenKind::Text | TokenKind::SingleQuoted) => Type::Text,
                Some(TokenKind::Number) if self.text(at).contains('.') => Type::Float,
                Some(TokenKind::Number) => Type::Integer,
                Some(TokenKind::Open) if self.text(at) == "[" => Type::List,
                Some(TokenKind::Open) if self.text(at) == "#{" => Type::Map,
                _ => self.held_type(self.text(at), start, depth),
            },
        };
        loop {
            at += 1;
            if self.text(at) == "(" {
                at = closing(&self.code, at).unwrap_or(self.code.len()) + 1;
            }
            if self.text(at) != "." {
                return kind;
            }
            at += 1;
            kind = Type::namespace(self.text(at))
                .or_else(|| registry::find(kind, self.text(at)).map(|verb| verb.returns))
                .unwrap_or(Type::Any);
        }
    }

    /// The type of a name whose value another name is bound to at this token.
    fn held_type(&self, name: &str, at: usize, depth: usize) -> Type {
        match self.binding(name).filter(|value| *value < at) {
            Some(value) => self.type_of_chain(value, depth + 1),
            None => self.snapshot.names.get(name).map_or(Type::Any, |held| held.kind),
        }
    }

    /// The frame that the chain before this dot or bracket begins with.
    pub(super) fn frame_before(&self, dot: usize) -> Option<Frame> {
        let end = dot.checked_sub(1)?;
        let leads_on = |index: &usize| is_dot(self.text(*index));
        match self.code[end].kind {
            TokenKind::Word => match end.checked_sub(1).filter(leads_on) {
                Some(dot) => self.frame_before(dot),
                None => self.frame_of_name(self.text(end), 0),
            },
            TokenKind::Close => {
                let open = self.enclosing(end)?;
                if self.is_index(open) {
                    return self.frame_before(open);
                }
                let name = open.checked_sub(1)?;
                let dot = name.checked_sub(1).filter(leads_on)?;
                self.frame_before(dot)
            }
            _ => None,
        }
    }

    /// The frame of a name, or of the name that this cell makes it from.
    fn frame_of_name(&self, name: &str, depth: usize) -> Option<Frame> {
        if depth <= DEEPEST
            && let Some(value) = self.binding(name)
            && self.text(value) != name
        {
            return self.frame_of_name(self.text(value), depth + 1);
        }
        self.snapshot.names.get(name).and_then(|held| held.frame.clone())
    }
}
