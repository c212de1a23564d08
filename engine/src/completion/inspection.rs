//! What is known of the thing at the cursor: a name of the notebook, a verb by the type of its receiver, a function, a
//! magic, a key word's page.

use super::context::{Context, Place};
use super::script::Script;
use crate::help;
use crate::registry::Type;
use crate::screen::Shown;
use crate::script::lexer::{TokenKind, code_tokens, is_dot};
use crate::session::Snapshot;
use crate::sql::{SqlEngine, is_sql_like};

/// The page of the thing at the cursor, a byte offset.
pub(super) fn inspect(cell: &str, cursor: usize, snapshot: &Snapshot, sql: &SqlEngine) -> Option<Shown> {
    if let Some(text) = option_at(cell, cursor, snapshot) {
        return Some(Shown::plain(text));
    }
    let path = path_at(cell, cursor)?;
    if let Some(text) = help::of_name(&path, snapshot) {
        return Some(Shown::plain(text));
    }
    if is_sql_like(cell)
        && let Some(text) = sql.function_page(&path)
    {
        return Some(Shown::plain(text));
    }
    let (owner, word) = path.rsplit_once('.').unwrap_or(("", &path));
    let kind = if owner.is_empty() { None } else { type_of_member(cell, cursor, snapshot) };
    let exact = kind.and_then(|kind| help::verb_of(kind, word));
    let text = exact.or_else(|| {
        let pages = help::pages(word.trim_start_matches('%'));
        (!pages.is_empty()).then(|| pages.join("\n\n"))
    });
    text.map(Shown::plain)
}

/// The page of the option whose name is at the cursor.
fn option_at(cell: &str, cursor: usize, snapshot: &Snapshot) -> Option<String> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = cell[..cursor]
        .rfind(|letter| !is_name(letter))
        .map_or(0, |at| at + cell[at..].chars().next().map_or(1, char::len_utf8));
    let end = cell[cursor..].find(|letter| !is_name(letter)).map_or(cell.len(), |at| cursor + at);
    let after = cell[end..].trim_start();
    if !after.starts_with([':', '=']) || after.starts_with("==") {
        return None;
    }
    let (Place::Options(verb) | Place::Argument(verb)) = Context::at(cell, start, snapshot).place else {
        return None;
    };
    let parameter = verb.parameters.iter().find(|known| known.name == &cell[start..end])?;
    Some(format!("an option of `{}`\n{}", verb.name, help::parameter_line(parameter)))
}

/// The dotted name at the cursor, or that of the call that the cursor is in.
fn path_at(cell: &str, cursor: usize) -> Option<String> {
    let code = code_tokens(cell);
    let touched = code.iter().position(|token| {
        token.kind == TokenKind::Word && token.span.start <= cursor && cursor <= token.span.end
    });
    let index = touched.or_else(|| {
        let mut depth = 0usize;
        let before = code.iter().take_while(|token| token.span.end <= cursor).count();
        (0..before).rev().find_map(|index| match code[index].kind {
            TokenKind::Close => {
                depth += 1;
                None
            }
            TokenKind::Open if depth > 0 => {
                depth -= 1;
                None
            }
            TokenKind::Open => index.checked_sub(1).filter(|name| code[*name].kind == TokenKind::Word),
            _ => None,
        })
    })?;
    let word = &cell[code[index].span.clone()];
    let owner = index.checked_sub(1).filter(|dot| &cell[code[*dot].span.clone()] == ".");
    match owner.and_then(|dot| dot.checked_sub(1)) {
        Some(owner) => Some(format!("{}.{word}", &cell[code[owner].span.clone()])),
        None => Some(word.to_owned()),
    }
}

/// The type of the value whose verb stands at the cursor.
fn type_of_member(cell: &str, cursor: usize, snapshot: &Snapshot) -> Option<Type> {
    let rest = cell[cursor..]
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(cell.len() - cursor);
    let script = Script::new(cell, cursor + rest, snapshot);
    let mut index = script.code.len().checked_sub(1)?;
    if script.code[index].kind != TokenKind::Word {
        index = script.enclosing(script.code.len())?.checked_sub(1)?;
    }
    let dot = index.checked_sub(1).filter(|dot| is_dot(script.text(*dot)))?;
    let kind = script.type_before(dot);
    Some(if kind == Type::Polars { Type::Cell } else { kind })
}
