//! Where the cursor stands in a cell: in a magic's line, in SQL, or in script, which is left to `script`.

use std::ops::Range;

use super::script::Script;
use crate::registry::{Type, Verb};
use crate::script::lexer::{TokenKind, holes, tokens};
use crate::session::Snapshot;

/// Where the cursor stands.
pub(super) struct Context {
    /// Where the word under the cursor begins.
    pub(super) start: usize,
    pub(super) place: Place,
}

/// What is expected there.
pub(super) enum Place {
    Magic {
        whole_cell: bool,
    },
    Setting,
    File,
    Help,
    Member {
        kind: Type,
        keys: Vec<String>,
    },
    Columns {
        columns: Vec<(String, String)>,
        also: Vec<String>,
        in_sql: bool,
    },
    Keys(Vec<String>),
    Options(&'static Verb),
    /// An argument: a value, or an option by name.
    Argument(&'static Verb),
    DataType,
    /// SQL: the bytes of the text in the cell.
    Sql {
        after_from: bool,
        text: Range<usize>,
    },
    Name,
    Nothing,
}

impl Context {
    pub(super) fn at(cell: &str, cursor: usize, snapshot: &Snapshot) -> Self {
        let line_start = cell[..cursor].rfind('\n').map_or(0, |at| at + 1);
        let line = cell[line_start..cursor].trim_start();
        let body = cell.trim_start();
        if line.starts_with('%') && !line.contains(char::is_whitespace) {
            let start = cursor - line.trim_start_matches('%').len();
            return Self { start, place: Place::Magic { whole_cell: line.starts_with("%%") } };
        }
        if let Some(context) = magic_argument(line, cursor) {
            return context;
        }
        if body.starts_with("%%sql") || is_sql(&cell[..cursor], cell) {
            return sql(cell, 0..cell.len(), cursor);
        }
        let code_start = code_of_magic(line).map_or(0, |code| cursor - code.len());
        if code_start > 0 && is_sql(&cell[code_start..cursor], &cell[code_start..]) {
            return sql(cell, code_start..cell.len(), cursor);
        }
        in_script(cell, code_start, cursor, snapshot)
    }

    /// The same in a text that begins so many bytes earlier.
    fn shifted(self, by: usize) -> Self {
        let place = match self.place {
            Place::Sql { after_from, text } => {
                Place::Sql { after_from, text: text.start + by..text.end + by }
            }
            place => place,
        };
        Self { start: self.start + by, place }
    }
}

/// Script from this byte on; inside a string in backticks, the code in its last hole.
fn in_script(cell: &str, from: usize, cursor: usize, snapshot: &Snapshot) -> Context {
    let code = &cell[from..];
    let before = &code[..cursor - from];
    let last = tokens(before).pop().filter(|token| token.span.end == before.len());
    match last {
        Some(token) if token.kind == TokenKind::Comment && !before.ends_with("*/") => {
            Context { start: cursor, place: Place::Nothing }
        }
        Some(token) if before[token.span.clone()].starts_with('`') => {
            let text = &before[token.span.clone()];
            let hole = holes(text).pop().filter(|hole| hole.end == text.len());
            match hole {
                Some(hole) => {
                    let start = from + token.span.start + hole.start;
                    in_script(&cell[..cursor], start, cursor, snapshot)
                }
                None => Script::new(code, cursor - from, snapshot).context().shifted(from),
            }
        }
        _ => Script::new(code, cursor - from, snapshot).context().shifted(from),
    }
}

/// After `%config` and the magics that take a file or a name.
fn magic_argument(line: &str, cursor: usize) -> Option<Context> {
    let (name, rest) = line.strip_prefix('%')?.trim_start_matches('%').split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let start = cursor - rest.len();
    match name {
        "config" if !rest.contains(char::is_whitespace) => Some(Context { start, place: Place::Setting }),
        "run" | "load" | "save" => Some(Context { start, place: Place::File }),
        "help" if !rest.contains(['.', '(']) => Some(Context { start, place: Place::Help }),
        "reset" => {
            let word = rest.rfind([' ', ',']).map_or(0, |at| at + 1);
            Some(Context { start: start + word, place: Place::Name })
        }
        _ => None,
    }
}

/// The code in a line such as `%time code`.
fn code_of_magic(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix('%')?.split_once(char::is_whitespace)?;
    Some(rest.trim_start())
}

/// Whether the text is SQL, or would be with a word more.
fn is_sql(before: &str, whole: &str) -> bool {
    let goes_on = before.ends_with(char::is_whitespace) && crate::sql::is_sql_like(&format!("{before} x"));
    goes_on || crate::sql::is_sql_like(whole)
}

/// SQL in these bytes of the cell.
pub(super) fn sql(cell: &str, text: Range<usize>, cursor: usize) -> Context {
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '@');
    let before = &cell[text.start..cursor];
    let word = before
        .rfind(|letter| !is_name(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let start = text.start + word;
    let before = before[..word].trim_end().trim_end_matches(['`', '"']).trim_end();
    let last =
        before.rsplit(|letter: char| letter.is_whitespace() || letter == '(').next().unwrap_or_default();
    let after_from =
        ["from", "join", "into", "describe", "table", "update"].contains(&last.to_lowercase().as_str());
    Context { start, place: Place::Sql { after_from, text } }
}
