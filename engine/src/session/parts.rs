//! Cuts a cell into its parts, with their places: script, magics, questions. SQL is told from script by `sql`; what a
//! part does is left to the desk.

use std::ops::Range;

use crate::script::lexer::{Token, TokenKind, tokens};

/// One part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it is.
    pub(crate) kind: PartKind,
    /// Its bytes in the cell.
    pub(crate) span: Range<usize>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// Script, or SQL without a marker.
    Code,
    /// `%name arguments`.
    LineMagic {
        /// The name without the sign.
        name: String,
        /// The rest of the line.
        arguments: Range<usize>,
    },
    /// `%%name arguments` and all lines below it.
    CellMagic {
        /// The name without the signs.
        name: String,
        /// The rest of the first line.
        arguments: Range<usize>,
        /// The lines below.
        body: Range<usize>,
    },
    /// `name?`.
    Question {
        /// What is asked about.
        about: String,
    },
}

/// The parts of a cell, in order.
pub(crate) fn parts(cell: &str) -> Vec<Part> {
    let first = cell.len() - cell.trim_start().len();
    let first_line = cell[first..].lines().next().unwrap_or_default();
    if first_line.starts_with("%%") && question(first_line).is_none() {
        return vec![cell_magic(cell, first)];
    }
    let inside = insides(cell);
    let is_open = |at: usize| inside.iter().any(|span| span.start < at && at < span.end);
    let mut found: Vec<Part> = Vec::new();
    let mut code_from = 0;
    let mut line_start = 0;
    for line in cell.split_inclusive('\n') {
        let line_span = line_start..line_start + line.len();
        line_start = line_span.end;
        if is_open(line_span.start) {
            continue;
        }
        let Some(kind) = special(cell, &line_span) else { continue };
        push_code(cell, code_from..line_span.start, &mut found);
        code_from = line_span.end;
        found.push(Part { kind, span: line_span });
    }
    push_code(cell, code_from..cell.len(), &mut found);
    found
}

fn push_code(cell: &str, span: Range<usize>, found: &mut Vec<Part>) {
    if !cell[span.clone()].trim().is_empty() {
        found.push(Part { kind: PartKind::Code, span });
    }
}

/// Places that a line of its own cannot begin in: strings, comments, brackets.
fn insides(cell: &str) -> Vec<Range<usize>> {
    // An apostrophe in a magic's arguments must not swallow the lines below: magics are blanked first.
    let code: String = cell
        .split_inclusive('\n')
        .map(|line| {
            if is_magic(line.trim_start()) || question(line).is_some() {
                blank(line)
            } else {
                line.to_owned()
            }
        })
        .collect();
    let mut open: Vec<&Token> = Vec::new();
    let all = tokens(&code);
    let mut found = Vec::new();
    for token in &all {
        match token.kind {
            TokenKind::Open => open.push(token),
            TokenKind::Close => {
                if let Some(opening) = open.pop() {
                    found.push(opening.span.start..token.span.end);
                }
            }
            TokenKind::Text | TokenKind::SingleQuoted | TokenKind::Comment => found.push(token.span.clone()),
            TokenKind::Word | TokenKind::Number | TokenKind::Sign => {}
        }
    }
    found
}

fn blank(line: &str) -> String {
    line.chars()
        .map(|letter| if letter == '\n' { "\n".to_owned() } else { " ".repeat(letter.len_utf8()) })
        .collect()
}

fn is_magic(line: &str) -> bool {
    // A sign that stands alone is a magic whose name is missing; `%who?` asks about one.
    if question(line).is_some() {
        return false;
    }
    let rest = line.strip_prefix("%%").or_else(|| line.strip_prefix('%'));
    rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
}

fn special(cell: &str, line: &Range<usize>) -> Option<PartKind> {
    let text = &cell[line.clone()];
    let lead = text.len() - text.trim_start().len();
    if is_magic(&text[lead..]) {
        let (name, arguments) = name_and_arguments(cell, line.start + lead, line.end);
        return Some(PartKind::LineMagic { name, arguments });
    }
    question(text).map(|about| PartKind::Question { about })
}

/// What a line such as `name?`, `?name` or `frame.filter?` asks about.
fn question(line: &str) -> Option<String> {
    let line = line.trim();
    let about =
        line.strip_suffix("??").or_else(|| line.strip_suffix('?')).or_else(|| line.strip_prefix('?'))?;
    let is_path = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '%');
    let is_name = !about.is_empty() && about.chars().all(is_path);
    is_name.then(|| about.trim_start_matches('%').to_owned())
}

fn cell_magic(cell: &str, first: usize) -> Part {
    let line_end = cell[first..].find('\n').map_or(cell.len(), |at| first + at);
    let (name, arguments) = name_and_arguments(cell, first, line_end);
    let body = (line_end + 1).min(cell.len())..cell.len();
    Part { kind: PartKind::CellMagic { name, arguments, body }, span: first..cell.len() }
}

fn name_and_arguments(cell: &str, start: usize, end: usize) -> (String, Range<usize>) {
    let text = cell[start..end].trim_end();
    let signs = text.len() - text.trim_start_matches('%').len();
    let name = &text[signs..];
    let name_end = name.find(char::is_whitespace).unwrap_or(name.len());
    let rest = &name[name_end..];
    let from = start + signs + name_end + (rest.len() - rest.trim_start().len());
    (name[..name_end].to_owned(), from..start + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(cell: &str) -> Vec<String> {
        let describe = |part: Part| match part.kind {
            PartKind::Code => format!("code {:?}", cell[part.span].trim()),
            PartKind::LineMagic { name, arguments } => format!("%{name} {:?}", &cell[arguments]),
            PartKind::CellMagic { name, arguments, body } => {
                format!("%%{name} {:?} {:?}", &cell[arguments], &cell[body])
            }
            PartKind::Question { about } => format!("{about}?"),
        };
        parts(cell).into_iter().map(describe).collect()
    }

    #[test]
    fn magics_stand_between_lines_of_script() {
        assert_eq!(kinds("let a = 1\n%who\na\n"), ["code \"let a = 1\"", "%who \"\"", "code \"a\""]);
        assert_eq!(kinds("%config rows 5\nf?"), ["%config \"rows 5\"", "f?"]);
    }

    #[test]
    fn a_cell_magic_takes_all_lines() {
        assert_eq!(kinds("\n%%sql busy\nSELECT 1\n"), ["%%sql \"busy\" \"SELECT 1\\n\""]);
        assert_eq!(kinds("%%sql"), ["%%sql \"\" \"\""]);
    }

    #[test]
    fn strings_comments_and_brackets_hold_no_magics() {
        assert_eq!(kinds("let s = `\n%who\n`").len(), 1);
        assert_eq!(kinds("f(\n%who\n)").len(), 1);
        assert_eq!(kinds("/*\n%who\n*/ 1").len(), 1);
        assert_eq!(kinds("10\n% 3").len(), 1);
        assert_eq!(kinds("%run it's here\n1 + 1"), ["%run \"it's here\"", "code \"1 + 1\""]);
    }
}
