//! Forgives newcomers' slips before Rhai's parser sees the text: missing semicolons, single quotes, `not`, reserved
//! words after a dot; and keeps the order of an object map's keys, which Rhai would sort. Every place of the new text
//! can be led back to the old one.

use super::RESERVED;
use super::lexer::{Token, TokenKind, tokens};
use super::objects::ORDER_KEY;

/// A rewritten script and the way back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// What Rhai parses.
    pub(crate) text: String,
    /// New offset and old offset of every place where the distance between the two changes.
    marks: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The offset in the user's text of an offset in the rewritten one.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let before = self.marks.partition_point(|(new, _)| *new <= offset);
        let Some((new, old)) = before.checked_sub(1).and_then(|index| self.marks.get(index)) else {
            return offset;
        };
        let next_old = self.marks.get(before).map_or(usize::MAX, |(_, old)| *old);
        (old + (offset - new)).min(next_old)
    }

    fn copy(&mut self, source: &str, from: usize, to: usize) {
        self.marks.push((self.text.len(), from));
        self.text.push_str(&source[from..to]);
    }

    fn insert(&mut self, at: usize, text: &str) {
        self.marks.push((self.text.len(), at));
        self.text.push_str(text);
    }
}

/// Rewrites a script.
pub(crate) fn rewrite(source: &str) -> Rewritten {
    let code: Vec<Token> =
        tokens(source).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let edits = Edits { source, code: &code, found: Vec::new() }.collect();
    let mut out = Rewritten::default();
    let mut at = 0;
    for edit in edits {
        if edit.from < at {
            continue;
        }
        out.copy(source, at, edit.from);
        out.insert(edit.from, &edit.with);
        at = edit.to;
    }
    out.copy(source, at, source.len());
    out
}

/// Replace `from..to` by this text.
struct Edit {
    from: usize,
    to: usize,
    with: String,
}

struct Edits<'a> {
    source: &'a str,
    code: &'a [Token],
    found: Vec<Edit>,
}

/// What a bracket holds, as far as semicolons care.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Statements,
    Other,
}

impl<'a> Edits<'a> {
    fn collect(mut self) -> Vec<Edit> {
        self.semicolons();
        for index in 0..self.code.len() {
            match self.code[index].kind {
                TokenKind::SingleQuoted => self.single_quotes(index),
                TokenKind::Word => self.word(index),
                TokenKind::Open if self.text(index) == "#{" => self.key_order(index),
                _ => {}
            }
        }
        // A bracket that is closed for `not` comes before the statement's end.
        self.found.sort_by_key(|edit| (edit.from, edit.to, edit.with == ";"));
        self.found
    }

    fn text(&self, index: usize) -> &'a str {
        self.code.get(index).map_or("", |token| &self.source[token.span.clone()])
    }

    fn put(&mut self, from: usize, to: usize, with: impl Into<String>) {
        self.found.push(Edit { from, to, with: with.into() });
    }

    /// Puts `;` at the end of a line that ends a statement where the next line cannot go on with it.
    fn semicolons(&mut self) {
        let mut inside = vec![Inside::Statements];
        for index in 0..self.code.len() {
            let is_new_line = index > 0 && self.code[index].first_on_line;
            if is_new_line
                && inside.last() == Some(&Inside::Statements)
                && self.ends(index - 1)
                && self.begins(index)
            {
                let end = self.code[index - 1].span.end;
                self.put(end, end, ";");
            }
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
        if self.text(index) != "{" {
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
    fn begins(&self, index: usize) -> bool {
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

    /// A string in single quotes is a string.
    fn single_quotes(&mut self, index: usize) {
        let span = self.code[index].span.clone();
        let text = self.text(index);
        let closed = text.len() > 1 && text.ends_with('\'');
        let inner = &text[1..text.len() - usize::from(closed)];
        let inner = inner.replace("\\'", "'").replace('"', "\\\"").replace('\n', "\\n");
        self.put(span.start, span.end, if closed { format!("\"{inner}\"") } else { format!("\"{inner}") });
    }

    fn is_member(&self, index: usize) -> bool {
        index > 0 && matches!(self.text(index - 1), "." | "?.")
    }

    fn word(&mut self, index: usize) {
        let word = self.text(index);
        let span = self.code[index].span.clone();
        if word == "not" && !self.is_member(index) && !self.is_key(index) {
            return self.negation(index);
        }
        if !RESERVED.contains(&word) {
            return;
        }
        if self.is_member(index) {
            // A verb is looked up without the underscore again; a map's key is taken by index.
            if self.text(index + 1) == "(" {
                self.put(span.end, span.end, "_");
            } else {
                self.put(self.code[index - 1].span.start, span.end, format!("[\"{word}\"]"));
            }
        } else if self.is_key(index) {
            self.put(span.start, span.end, format!("\"{word}\""));
        }
    }

    fn is_key(&self, index: usize) -> bool {
        index > 0 && self.text(index + 1) == ":" && matches!(self.text(index - 1), "#{" | ",")
    }

    /// `not a == b` becomes `!(a == b)`: up to the next logical word, sign, comma or end.
    fn negation(&mut self, index: usize) {
        let mut depth = 0usize;
        let mut last = index;
        for token in index + 1..self.code.len() {
            match self.code[token].kind {
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

    /// Notes the order of a map literal's keys in a key of its own, where sorting would change it.
    fn key_order(&mut self, index: usize) {
        let keys = self.keys(index);
        if keys.windows(2).all(|pair| pair[0] <= pair[1]) {
            return;
        }
        let order: Vec<String> =
            keys.iter().map(|key| rhai_escapes(&key.escape_default().to_string())).collect();
        let end = self.code[index].span.end;
        self.put(
            end,
            end,
            format!(
                "\"{}\": \"{}\", ",
                rhai_escapes(&ORDER_KEY.escape_default().to_string()),
                order.join("\\x01")
            ),
        );
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
                    let text = self.text(token);
                    keys.push(text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        keys
    }
}

/// Rust's `\u{1f}` in Rhai's form `\U0000001f`.
fn rhai_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\\u{") {
        let (before, after) = rest.split_at(start);
        let (digits, tail) = after[3..].split_once('}').unwrap_or((&after[3..], ""));
        out.push_str(before);
        out.push_str(&format!("\\U{digits:0>8}"));
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_end_a_statement_get_their_semicolon() {
        assert_eq!(rewrite("let a = 1\nlet b = 2").text, "let a = 1;\nlet b = 2");
        assert_eq!(
            rewrite("f\n  .filter(x)\n  .select(\n y)\ng").text,
            "f\n  .filter(x)\n  .select(\n y);\ng"
        );
        assert_eq!(rewrite("if a {\n b\n}\nelse { c }\nd").text, "if a {\n b\n}\nelse { c };\nd");
        assert_eq!(rewrite("a +\nb\n- c").text, "a +\nb\n- c");
        assert_eq!(
            rewrite("switch a {\n 1 => b,\n _ => c\n}\nd").text,
            "switch a {\n 1 => b,\n _ => c\n};\nd"
        );
        assert_eq!(rewrite("do {\n a\n} while b\nc").text, "do {\n a\n} while b;\nc");
        assert_eq!(rewrite("a // why\nb").text, "a; // why\nb");
    }

    #[test]
    fn single_quotes_make_strings() {
        assert_eq!(rewrite("col('a') == 'it\"s'").text, "col(\"a\") == \"it\\\"s\"");
    }

    #[test]
    fn not_takes_the_comparison() {
        assert_eq!(rewrite("f(not a == b and c)").text, "f(!( a == b) and c)");
        assert_eq!(rewrite("let x = not a\nlet y = 1").text, "let x = !( a);\nlet y = 1");
    }

    #[test]
    fn reserved_words_work_after_a_dot_and_as_keys() {
        assert_eq!(rewrite("col(a).var()").text, "col(a).var_()");
        assert_eq!(rewrite("m.case + 1").text, "m[\"case\"] + 1");
        assert_eq!(rewrite("#{is: 1}").text, "#{\"is\": 1}");
    }

    #[test]
    fn places_lead_back() {
        let source = "a\nb.var(1)\n'x' + c";
        let new = rewrite(source);
        let place = new.text.find("+ c").unwrap();
        assert_eq!(new.original(place), source.find("+ c").unwrap());
        assert_eq!(new.original(0), 0);
        assert_eq!(new.original(new.text.len()), source.len());
    }
}
