//! What a function, a closure or a block holds under a name of its own: closures that are called, for which Rhai looks for
//! a function of that name and finds none, and frames that SQL names.

use super::Edits;
use crate::registry::{self, Type};
use crate::script::lexer::TokenKind;

/// Names that hold until something ends.
struct Scope<'a> {
    names: Vec<&'a str>,
    /// Whether it is a closure without braces, which ends with its expression.
    is_expression: bool,
    /// Brackets that are open around it.
    depth: usize,
}

/// What is known while the tokens are gone through.
#[derive(Default)]
struct Walk<'a> {
    scopes: Vec<Scope<'a>>,
    /// Names that hold from the next brace on.
    coming: Vec<&'a str>,
    depth: usize,
}

impl<'a> Edits<'a> {
    /// `h(x)` becomes `h.call(x)` where `h` is a parameter or a name of the block.
    pub(super) fn local_closures(&mut self) {
        let mut walk = Walk::default();
        let mut index = 0;
        while index < self.code.len() {
            index = self.step(index, &mut walk);
        }
    }

    /// Looks at one token, and at those that belong to it; where the next one is.
    fn step(&mut self, index: usize, walk: &mut Walk<'a>) -> usize {
        let text = self.text(index);
        match self.code[index].kind {
            TokenKind::Open => {
                walk.depth += 1;
                if text == "{" {
                    let names = std::mem::take(&mut walk.coming);
                    walk.scopes.push(Scope { names, is_expression: false, depth: walk.depth });
                }
            }
            TokenKind::Close => {
                walk.depth = walk.depth.saturating_sub(1);
                walk.scopes.retain(|scope| scope.depth <= walk.depth);
            }
            TokenKind::Sign if matches!(text, "," | ";" | "=>") => walk.end_expressions(),
            TokenKind::Sign if matches!(text, "|" | "||") && self.is_closure(index) => {
                return self.closure(index, walk);
            }
            TokenKind::Word if matches!(text, "fn" | "for" | "catch") && !self.is_member(index) => {
                return self.header(index, walk);
            }
            TokenKind::Word if matches!(text, "let" | "const") => {
                let name = self.text(index + 1);
                if let Some(scope) = walk.scopes.iter_mut().rfind(|scope| !scope.is_expression) {
                    scope.names.push(name);
                }
            }
            TokenKind::Word if text == "sql" && self.text(index + 1) == "(" && !self.is_member(index) => {
                self.own_frames(index, walk);
            }
            TokenKind::Word if self.text(index + 1) == "(" && !self.is_member(index) => {
                let is_local = walk.scopes.iter().any(|scope| scope.names.contains(&text));
                if is_local && registry::find(Type::Cell, text).is_none() {
                    let end = self.code[index].span.end;
                    self.put(end, end, ".call");
                }
            }
            _ => {}
        }
        index + 1
    }

    /// `sql("… FROM t")` becomes `sql("… FROM t", #{ t: t })` where `t` is a name of the function's or the
    /// block's own: the engine hands functions no names but the cell's.
    fn own_frames(&mut self, index: usize, walk: &Walk<'a>) {
        let text = self.text(index + 2);
        let is_alone = self.text(index + 3) == ")"
            && self
                .code
                .get(index + 2)
                .is_some_and(|token| matches!(token.kind, TokenKind::Text | TokenKind::SingleQuoted));
        if !is_alone {
            return;
        }
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let mut own: Vec<&str> = walk.scopes.iter().flat_map(|scope| scope.names.iter().copied()).collect();
        own.sort_unstable();
        own.dedup();
        own.retain(|name| words.clone().any(|word| word.eq_ignore_ascii_case(name)));
        if own.is_empty() {
            return;
        }
        let frames: Vec<String> = own.iter().map(|name| format!("{name}: {name}")).collect();
        let end = self.code[index + 2].span.end;
        self.put(end, end, format!(", #{{ {} }}", frames.join(", ")));
    }

    /// Whether a bar begins a closure's parameters: no operand stands before it.
    fn is_closure(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return true };
        match self.code[before].kind {
            TokenKind::Open | TokenKind::Sign => true,
            TokenKind::Word => matches!(self.text(before), "return" | "and" | "or" | "not" | "in"),
            _ => false,
        }
    }

    fn closure(&self, index: usize, walk: &mut Walk<'a>) -> usize {
        let mut end = index + 1;
        let mut names = Vec::new();
        if self.text(index) == "|" {
            while end < self.code.len() && self.text(end) != "|" {
                names.push(self.text(end));
                end += 1;
            }
            end += 1;
        }
        if self.text(end) == "{" {
            walk.coming.extend(names);
        } else {
            walk.scopes.push(Scope { names, is_expression: true, depth: walk.depth });
        }
        end
    }

    /// The names between `fn`, `for` or `catch` and the brace.
    fn header(&self, index: usize, walk: &mut Walk<'a>) -> usize {
        let is_function = self.text(index) == "fn";
        let mut at = index + 1;
        while at < self.code.len() && !matches!(self.text(at), "{" | "in") {
            let is_name = self.code[at].kind == TokenKind::Word && !(is_function && at == index + 1);
            if is_name {
                walk.coming.push(self.text(at));
            }
            at += 1;
        }
        at
    }
}

impl Walk<'_> {
    /// A closure without braces ends where its expression does.
    fn end_expressions(&mut self) {
        let depth = self.depth;
        self.scopes.retain(|scope| !(scope.is_expression && scope.depth == depth));
    }
}
