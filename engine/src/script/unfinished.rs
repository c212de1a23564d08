//! Whether a script is whole, for frontends that run a cell at the Enter key. Needs no notebook.

use std::sync::OnceLock;

use rhai::{Engine, ParseErrorType};

use super::lexer::{TokenKind, tokens};
use super::rewrite::{Known, rewrite};
use super::{setup, syntax_words};

/// Whether more text could make this a script; `None` where it is one already. Needs no notebook.
pub(crate) fn unfinished(code: &str) -> Option<bool> {
    static PARSER: OnceLock<Option<Engine>> = OnceLock::new();
    if ends_in_comment(code) {
        return Some(true);
    }
    let parser = PARSER.get_or_init(|| setup::parser().ok()).as_ref()?;
    let error = parser.compile(&rewrite(code, &Known::default()).text).err()?;
    let at_end = matches!(error.err_type(), ParseErrorType::MissingToken(..)) && ends_early(code);
    Some(syntax_words::is_unfinished(error.err_type()) || at_end)
}

/// Whether a comment is still open at the end of the text; Rhai takes that for a whole script.
fn ends_in_comment(code: &str) -> bool {
    let last = tokens(code).pop().map(|token| code[token.span].to_owned()).unwrap_or_default();
    last.starts_with("/*") && (last.len() < 4 || !last.ends_with("*/"))
}

/// Whether brackets are still open at the end of the text.
fn ends_early(code: &str) -> bool {
    let depth = tokens(code).iter().fold(0i64, |depth, token| match token.kind {
        TokenKind::Open => depth + 1,
        TokenKind::Close => depth - 1,
        _ => depth,
    });
    depth > 0
}
