//! Brackets that do not match: where the parser stumbles over them is seldom where the mistake is.

use std::ops::Range;

use super::lexer::{TokenKind, tokens};
use crate::fault::Fault;

/// The first bracket that is not closed, or closes nothing, and its place.
pub(super) fn mismatch(code: &str) -> Option<(Fault, Range<usize>)> {
    let mut open: Vec<Range<usize>> = Vec::new();
    for token in tokens(code) {
        match token.kind {
            TokenKind::Open => open.push(token.span),
            TokenKind::Close => {
                let closing = &code[token.span.clone()];
                let Some(opening) = open.pop() else {
                    let fault = Fault::new("SyntaxError", format!("`{closing}` closes nothing"));
                    return Some((fault.hint("leave it out, or open it before"), token.span));
                };
                let opened = &code[opening.clone()];
                if closing != partner(opened) {
                    return Some((unclosed(opened, Some(closing)), opening));
                }
            }
            _ => {}
        }
    }
    let opening = open.pop()?;
    Some((unclosed(&code[opening.clone()], None), opening))
}

fn partner(opened: &str) -> &'static str {
    match opened {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn unclosed(opened: &str, found: Option<&str>) -> Fault {
    let wanted = partner(opened);
    let found = found.map_or_else(|| "the cell ends".to_owned(), |found| format!("`{found}` comes"));
    Fault::new("SyntaxError", format!("`{opened}` is not closed: {found} before its `{wanted}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> Option<(String, usize)> {
        mismatch(code).map(|(fault, place)| (fault.message, place.start))
    }

    #[test]
    fn the_bracket_at_fault_is_named() {
        let unclosed = "`(` is not closed: the cell ends before its `)`".to_owned();
        assert_eq!(told("f.filter(col(\"a\" == 1)"), Some((unclosed, 8)));
        assert_eq!(told("f(a))"), Some(("`)` closes nothing".to_owned(), 4)));
        let crossed = "`[` is not closed: `)` comes before its `]`".to_owned();
        assert_eq!(told("f([1, 2)"), Some((crossed, 2)));
        assert_eq!(told("f(\")\") // )"), None);
    }
}
