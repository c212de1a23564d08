//! Cuts a script into tokens with their places, as far as completion and the forgiving of newcomers' slips need it.
//! Takes broken input too: an unclosed string ends at the end of the text. Meaning is left to Rhai's own parser.

use std::ops::Range;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Byte offsets in the text.
    pub(crate) span: Range<usize>,
    /// Whether a line ends between the token before and this one.
    pub(crate) first_on_line: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A string in double quotes, backticks or raw quotes, or over several lines in three quotes as Python has it.
    Text,
    /// Anything in single quotes.
    SingleQuoted,
    /// An opening bracket: `(`, `[`, `{` or `#{`.
    Open,
    /// A closing bracket.
    Close,
    /// An operator or other sign.
    Sign,
    /// A comment.
    Comment,
}

/// Signs of more than one character, longest first.
const SIGNS: &[&str] = &[
    "..=", "**=", "<<=", ">>=", "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "=>", "?.", "?[", "??", "..", "**", "<<", ">>", "::",
];

/// How deep strings in backticks may stand in one another; what is deeper is taken as plain text.
const DEEPEST: usize = 50;
/// What a string over several lines begins and ends with in Python.
pub(crate) const TRIPLE: [&str; 2] = ["\"\"\"", "'''"];

/// The tokens of a script, comments among them.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut first_on_line = true;
    while let Some(letter) = text[at..].chars().next() {
        if letter.is_whitespace() {
            first_on_line |= letter == '\n';
            at += letter.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], letter, 0);
        let span = at..at + length.max(letter.len_utf8());
        at = span.end;
        let is_comment = kind == TokenKind::Comment;
        found.push(Token { kind, span, first_on_line });
        // A comment does not use up the line's beginning: what follows it is still the first code of the line.
        first_on_line = first_on_line && is_comment;
    }
    found
}

/// The tokens of a script but for its comments.
pub(crate) fn code_tokens(text: &str) -> Vec<Token> {
    tokens(text).into_iter().filter(|token| token.kind != TokenKind::Comment).collect()
}

/// Whether a sign leads to a part of what stands before it.
pub(crate) fn is_dot(sign: &str) -> bool {
    matches!(sign, "." | "?.")
}

/// The token that closes the bracket.
pub(crate) fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// The kind and length of the token that the text begins with; `depth` counts the strings in backticks around it.
fn token(rest: &str, letter: char, depth: usize) -> (TokenKind, usize) {
    if rest.starts_with("//") {
        return (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (TokenKind::Comment, block_comment(rest));
    }
    match letter {
        '"' if rest.starts_with(TRIPLE[0]) => (TokenKind::Text, triple_quoted(rest, TRIPLE[0])),
        '\'' if rest.starts_with(TRIPLE[1]) => (TokenKind::Text, triple_quoted(rest, TRIPLE[1])),
        '"' => (TokenKind::Text, quoted(rest, '"')),
        '`' => (TokenKind::Text, template(rest, depth)),
        '\'' => (TokenKind::SingleQuoted, quoted(rest, '\'')),
        '#' => sharp(rest),
        '(' | '[' | '{' => (TokenKind::Open, 1),
        ')' | ']' | '}' => (TokenKind::Close, 1),
        letter if letter.is_ascii_digit() => (TokenKind::Number, number(rest)),
        letter if letter.is_alphanumeric() || letter == '_' => (
            TokenKind::Word,
            rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len()),
        ),
        _ => (
            TokenKind::Sign,
            SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(letter.len_utf8(), |sign| sign.len()),
        ),
    }
}

/// Length of a quoted string with its quotes; a backslash escapes the next character, and a single quote another, as
/// SQL has it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '\'' if quote == '\'' && at > 1 && rest[at + 1..].starts_with('\'') => {
                letters.next();
            }
            letter if letter == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Length of a string in three quotes.
fn triple_quoted(rest: &str, quotes: &str) -> usize {
    let mut at = quotes.len();
    while let Some(letter) = rest[at..].chars().next() {
        if rest[at..].starts_with(quotes) {
            return at + quotes.len();
        }
        at += letter.len_utf8();
        if letter == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    rest.len()
}

/// The code in the holes `${…}` of a string in backticks: places in the string.
pub(crate) fn holes(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 1;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if !text[at..].starts_with("${") {
            at += letter.len_utf8();
            continue;
        }
        let length = hole(&text[at + 2..], 1);
        let is_closed = text[at + 2..at + 2 + length].ends_with('}');
        found.push(at + 2..at + 2 + length - usize::from(is_closed));
        at += 2 + length;
    }
    found
}

/// Length of a string in backticks, with the `${…}` inside it.
fn template(rest: &str, depth: usize) -> usize {
    let mut at = 1;
    while let Some(letter) = rest[at..].chars().next() {
        if letter == '`' {
            return at + 1;
        }
        if rest[at..].starts_with("${") && depth < DEEPEST {
            at += 2 + hole(&rest[at + 2..], depth + 1);
        } else {
            at += letter.len_utf8();
        }
    }
    rest.len()
}

/// Length of the code in a template's hole, with its closing brace.
fn hole(rest: &str, depth: usize) -> usize {
    let mut open = 0usize;
    let mut at = 0;
    while let Some(letter) = rest[at..].chars().next() {
        let (kind, length) = token(&rest[at..], letter, depth);
        let length = length.max(letter.len_utf8());
        match kind {
            TokenKind::Open => open += 1,
            TokenKind::Close if open == 0 => return at + length,
            TokenKind::Close => open -= 1,
            _ => {}
        }
        at += length;
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// `#{`, a raw string `#"…"#` with any number of signs, or else a comment as Python and shells write it.
fn sharp(rest: &str) -> (TokenKind, usize) {
    if rest.starts_with("#{") {
        return (TokenKind::Open, 2);
    }
    let signs = rest.len() - rest.trim_start_matches('#').len();
    if !rest[signs..].starts_with('"') {
        return (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    let close = format!("\"{}", "#".repeat(signs));
    let body = &rest[signs + 1..];
    (TokenKind::Text, body.find(&close).map_or(rest.len(), |end| signs + 1 + end + close.len()))
}

fn number(rest: &str) -> usize {
    let digits = |text: &str| {
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len())
    };
    let whole = digits(rest);
    let after = &rest[whole..];
    // `1.5` is a number; `1..5` a range and `1.abs()` a call.
    let has_fraction =
        after.starts_with('.') && after[1..].starts_with(|letter: char| letter.is_ascii_digit());
    let length = if has_fraction { whole + 1 + digits(&after[1..]) } else { whole };
    let exponent = rest[..length].ends_with(['e', 'E']) && !rest.starts_with("0x");
    if exponent && rest[length..].starts_with(['+', '-']) {
        length + 1 + digits(&rest[length + 1..])
    } else {
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| &text[token.span]).collect()
    }

    #[test]
    fn strings_hide_what_they_hold() {
        assert_eq!(words(r#"a("x)\"y").b"#), ["a", "(", r#""x)\"y""#, ")", ".", "b"]);
        assert_eq!(words(r##"#"a "b" "# + 1"##), [r##"#"a "b" "#"##, "+", "1"]);
        assert_eq!(words("`a ${b(`c`)} d` e"), ["`a ${b(`c`)} d`", "e"]);
        assert_eq!(words("'it' + 2"), ["'it'", "+", "2"]);
    }

    #[test]
    fn strings_over_lines_and_comments_as_in_python() {
        assert_eq!(words("\"\"\"a \"b\"\n'c'\"\"\" + 1"), ["\"\"\"a \"b\"\n'c'\"\"\"", "+", "1"]);
        assert_eq!(words("a # it's\nb"), ["a", "# it's", "b"]);
        assert_eq!(words("\"\" + ''"), ["\"\"", "+", "''"]);
    }

    #[test]
    fn holes_are_found() {
        let text = "`a ${b(`${c}`)} d ${#{e: 1}.e}`";
        let code: Vec<&str> = holes(text).into_iter().map(|hole| &text[hole]).collect();
        assert_eq!(code, ["b(`${c}`)", "#{e: 1}.e"]);
        assert_eq!(holes("`a ${b").as_slice(), std::slice::from_ref(&(5..6)));
    }

    #[test]
    fn numbers_ranges_and_calls_differ() {
        assert_eq!(words("1.5e-3 0..10 1.abs()"), ["1.5e-3", "0", "..", "10", "1", ".", "abs", "(", ")"]);
    }

    #[test]
    fn comments_nest_and_keep_the_line_start() {
        let found = tokens("a /* x /* y */ */\n/* c */ b");
        assert_eq!(found.len(), 4);
        assert!(found[3].first_on_line);
    }

    #[test]
    fn broken_input_ends_at_the_end() {
        for text in ["\"abc", "`a${", "'", "#\"", "/*", "#", "\\", "é", "1e"] {
            assert_eq!(tokens(text).last().map(|token| token.span.end), Some(text.len()), "{text}");
        }
    }
}
