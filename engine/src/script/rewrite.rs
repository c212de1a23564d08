//! Forgives newcomers' slips before Rhai's parser sees the text: missing semicolons, single quotes, `not`, keyword
//! arguments, reserved words after a dot; and keeps the order of an object map's keys, which Rhai would sort. Every
//! place of the new text can be led back to the old one.

mod calls;
mod maps;
mod receivers;
mod semicolons;
mod strings;
mod words;

use std::collections::BTreeSet;

use super::lexer::{Token, TokenKind, code_tokens, is_dot, tokens};

pub(super) use receivers::COPY;
pub(super) use words::ONE_VALUE;

/// A rewritten script and the way back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// What Rhai parses.
    pub(crate) text: String,
    /// New offset and old offset of every place where the distance between the two changes.
    marks: Vec<(usize, usize)>,
    /// Where the lines of the new text begin.
    lines: Vec<usize>,
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

    /// The byte offset of a line and column of the new text, both from 1, columns in characters.
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
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

/// What is known of a script beside its text.
#[derive(Default)]
pub(crate) struct Known {
    /// The names that there are; a statement that gives another name a value makes it.
    pub(crate) names: BTreeSet<String>,
    /// Places where statements end too, as the parser has found.
    pub(crate) ends: Vec<usize>,
}

/// Rewrites a script.
pub(crate) fn rewrite(source: &str, known: &Known) -> Rewritten {
    let mut found = edits(source, &known.names);
    found.extend(known.ends.iter().map(|end| Edit { from: *end, to: *end, with: ";".into() }));
    // At one place, a bracket that is closed for `not` comes before that of the keyword arguments around it, and both
    // before the statement's end.
    let rank = |edit: &Edit| match edit.with.as_str() {
        ")" => 0,
        ";" => 2,
        _ => 1,
    };
    found.sort_by_key(|edit| (edit.from, edit.to, rank(edit)));
    let mut out = Rewritten::default();
    let mut at = 0;
    for edit in found {
        if edit.from < at {
            continue;
        }
        out.copy(source, at, edit.from);
        out.insert(edit.from, &edit.with);
        at = edit.to;
    }
    out.copy(source, at, source.len());
    out.lines = std::iter::once(0).chain(out.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    out
}

/// The end of the statement before the line that begins at this place, where one line follows another there.
pub(crate) fn line_before(source: &str, offset: usize) -> Option<usize> {
    let code = code_tokens(source);
    let index = code.iter().position(|token| token.span.start == offset && token.first_on_line)?;
    Some(code[index.checked_sub(1)?].span.end)
}

/// Everything that is to be written otherwise.
fn edits(source: &str, names: &BTreeSet<String>) -> Vec<Edit> {
    let (comments, code): (Vec<Token>, Vec<Token>) =
        tokens(source).into_iter().partition(|token| token.kind == TokenKind::Comment);
    let mut edits = Edits { source, code: &code, found: Vec::new() };
    for comment in comments.iter().filter(|comment| source[comment.span.clone()].starts_with('#')) {
        edits.put(comment.span.start, comment.span.start + 1, "//");
    }
    edits.semicolons(names);
    edits.keyword_arguments();
    edits.local_closures();
    edits.receivers();
    for (index, token) in code.iter().enumerate() {
        match token.kind {
            TokenKind::SingleQuoted | TokenKind::Text => edits.string(index),
            TokenKind::Word => edits.word(index),
            TokenKind::Open if edits.text(index) == "#{" => edits.key_order(index),
            TokenKind::Open if edits.is_dictionary(index) => edits.dictionary(index),
            // Python's sign for a statement that goes on in the next line; here it does so by itself.
            TokenKind::Sign if edits.text(index) == "\\" && edits.ends_line(index) => {
                edits.put(token.span.start, token.span.end, " ");
            }
            TokenKind::Sign => edits.sign(index),
            _ => {}
        }
    }
    edits.found
}

/// Replace `from..to` by this text.
struct Edit {
    from: usize,
    to: usize,
    with: String,
}

/// The edits of a script so far, with its tokens but for comments.
struct Edits<'a> {
    source: &'a str,
    code: &'a [Token],
    found: Vec<Edit>,
}

impl<'a> Edits<'a> {
    fn text(&self, index: usize) -> &'a str {
        self.code.get(index).map_or("", |token| &self.source[token.span.clone()])
    }

    fn put(&mut self, from: usize, to: usize, with: impl Into<String>) {
        self.found.push(Edit { from, to, with: with.into() });
    }

    fn is_member(&self, index: usize) -> bool {
        index > 0 && is_dot(self.text(index - 1))
    }

    fn is_key(&self, index: usize) -> bool {
        index > 0 && self.text(index + 1) == ":" && matches!(self.text(index - 1), "#{" | "{" | ",")
    }

    /// Whether nothing but a line's end follows the token.
    fn ends_line(&self, index: usize) -> bool {
        self.code.get(index + 1).is_none_or(|next| next.first_on_line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(source: &str) -> Rewritten {
        super::rewrite(source, &Known::default())
    }

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
            "switch one_value(a) {\n 1 => b,\n _ => c\n};\nd"
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
        assert_eq!(rewrite("if a and not b { c }").text, "if a and !( b) { c }");
        assert_eq!(rewrite("while not f({a: 1}) { c }").text, "while !( f(#{a: 1})) { c }");
        let keyword = rewrite("f(x=not a)").text;
        assert!(keyword.ends_with("x:!( a) })"), "{keyword}");
    }

    #[test]
    fn reserved_words_work_after_a_dot_and_as_keys() {
        assert_eq!(rewrite("col(a).var()").text, "col(a).var_()");
        assert_eq!(rewrite("m.case + 1").text, "m[\"case\"] + 1");
        assert_eq!(rewrite("#{is: 1}").text, "#{\"is\": 1}");
    }

    #[test]
    fn single_quotes_keep_what_is_escaped() {
        assert_eq!(rewrite(r#"'say \"hi\"' + 'it\'s'"#).text, r#""say \"hi\"" + "it's""#);
        assert_eq!(rewrite(r"'\\' + 'b'").text, r#""\\" + "b""#);
        assert_eq!(rewrite("'ab").text, "\"ab");
        assert_eq!(rewrite("'it''s' + '' + 'a'").text, r#""it's" + "" + "a""#);
        assert_eq!(rewrite("`${f('x')}`").text, "`${f(\"x\")}`");
    }

    #[test]
    fn strings_over_lines_are_strings() {
        assert_eq!(rewrite("\"\"\"a \"b\"\nc\"\"\"").text, r#""a \"b\"\nc""#);
        assert_eq!(rewrite("''''''").text, "\"\"");
    }

    #[test]
    fn keyword_arguments_become_options() {
        assert_eq!(rewrite("f.sort('a', b=True)").text, "f.sort(\"a\", #{ \"\\x01keywords\": (), b:True })");
        let text = rewrite("f.g(z=h(1, in=2), a=[3])").text;
        assert_eq!(
            text,
            [
                "f.g(#{ \"\\x01keywords\": (), \"\\x01order\": \"z\\x01a\", ",
                "z:h(1, #{ \"\\x01keywords\": (), \"in\":2 }), a:[3] })",
            ]
            .concat()
        );
        assert_eq!(rewrite("if (a == 1) { }").text, "if (a == 1) { }");
        assert_eq!(rewrite("fn f(a = 1) { }").text, "fn f(a = 1) { }");
    }

    #[test]
    fn words_of_python_and_sql_are_understood() {
        assert_eq!(rewrite("a is not None and b not in c").text, "a != None and b !in c");
        assert_eq!(rewrite("a is null | b == nil").text, "a == () | b == ()");
        assert_eq!(rewrite("#{null: 1}.null + is").text, "#{\"null\": 1}[\"null\"] + is");
        assert_eq!(rewrite("a # why\n+ 1 \\\n+ 2").text, "a // why\n+ 1  \n+ 2");
        assert_eq!(rewrite("~a <> b").text, "!a != b");
    }

    #[test]
    fn a_value_makes_a_name_where_there_is_none() {
        assert_eq!(rewrite("a = 1\na = 2; b == 3").text, "let a = 1;\na = 2; b == 3");
        assert_eq!(rewrite("let a = 1\na = 2").text, "let a = 1;\na = 2");
        assert_eq!(
            rewrite("if x { a = 1 }\nf(a = 2)\na.b = 3").text,
            "if x { a = 1 };\nf(#{ \"\\x01keywords\": (), a : 2 });\na.b = 3"
        );
        let known = Known { names: ["a".to_owned()].into(), ends: Vec::new() };
        assert_eq!(super::rewrite("a = 1", &known).text, "a = 1");
    }

    #[test]
    fn closures_under_local_names_are_called() {
        let text = |code: &str| rewrite(code).text;
        assert_eq!(text("fn f(h, x) { h(x) + g(x) }\nh(1)"), "fn f(h, x) { h.call(x) + g(x) };\nh(1)");
        assert_eq!(text("a.map(|h| h(1)).b(h(2), |x| h(3))"), "a.map(|h| h.call(1)).b(h(2), |x| h(3))");
        assert_eq!(text("|x| { let y = |z| z; y(x) }; y(1)"), "|x| { let y = |z| z; y.call(x) }; y(1)");
        assert_eq!(text("for f in fs { f(1) }"), "for f in fs { f.call(1) }");
        assert_eq!(text("names.map(|col| col(col))"), "names.map(|col| col(col))");
        assert_eq!(text("a | b | f(1)"), "a | b | f(1)");
    }

    #[test]
    fn sql_is_handed_the_frames_of_a_function() {
        let text = |code: &str| rewrite(code).text;
        assert_eq!(
            text("fn f(t, n) { let u = t; sql('FROM T JOIN u') }"),
            "fn f(t, n) { let u = t; sql(\"FROM T JOIN u\", #{ t: t, u: u }) }"
        );
        assert_eq!(text("{ let a = 1; sql(b); sql(\"a\", c) }"), "{ let a = 1; sql(b); sql(\"a\", c) }");
        assert_eq!(text("let a = 1; sql(\"SELECT a\")"), "let a = 1; sql(\"SELECT a\")");
    }

    #[test]
    fn a_receiver_that_its_closure_names_is_copied() {
        let text = |code: &str| rewrite(code).text;
        assert_eq!(text("a.map(|x| x / a.len())"), "copy_of(a).map(|x| x / a.len())");
        assert_eq!(text("a.map(|x| x.a + 1) + a"), "a.map(|x| x.a + 1) + a");
        assert_eq!(text("a.push(a).filter(|x| b(a))"), "a.push(a).filter(|x| b(a))");
    }

    #[test]
    fn dictionaries_are_object_maps() {
        assert_eq!(rewrite("f({'a': [1], \"b\": {c: 2}})").text, "f(#{\"a\": [1], \"b\": #{c: 2}})");
        assert_eq!(rewrite("if a { b }\n{ c }").text, "if a { b }\n{ c }");
    }

    #[test]
    fn the_order_of_keys_is_noted() {
        let order = |code: &str| rewrite(code).text;
        assert_eq!(order("#{a: 1, b: 2}"), "#{a: 1, b: 2}");
        assert_eq!(order("#{b: 1, 'a': 2}"), "#{\"\\x01order\": \"b\\x01a\", b: 1, \"a\": 2}");
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
