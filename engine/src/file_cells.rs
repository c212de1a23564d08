//! Cuts scripts and notebooks that lie in files into cells. What a cell means is left to the session.

use serde_json::Value;

/// One cell of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCell {
    /// What it says.
    pub text: String,
    /// The line of the file that it begins on, from 1; of a notebook, the number of the cell.
    pub at: usize,
}

/// The cells of a script, in order; at a separator, or before a cell magic, a new one begins. `sql` says that the file
/// is one of SQL, whatever its cells begin with.
pub fn script_cells(text: &str, sql: bool) -> Vec<FileCell> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut cells = vec![FileCell { text: String::new(), at: 1 }];
    for (number, line) in text.lines().enumerate() {
        let Some(cell) = cells.last_mut() else { break };
        if is_separator(line) {
            cells.push(FileCell { text: String::new(), at: number + 2 });
        } else if is_cell_magic(line) && has_begun(&cell.text) {
            cells.push(FileCell { text: format!("{line}\n"), at: number + 1 });
        } else {
            cell.text.push_str(line);
            cell.text.push('\n');
        }
    }
    cells.retain(|cell| !cell.text.trim().is_empty());
    cells.into_iter().map(|cell| dressed(cell, sql)).collect()
}

/// The code of a notebook in nbformat 4, or why it is none.
pub(crate) fn notebook_cells(text: &str) -> Result<Vec<FileCell>, String> {
    let root: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let cells = root["cells"].as_array().filter(|_| root["nbformat"] == 4);
    let cells = cells.ok_or("it is no notebook in nbformat 4")?;
    let is_code = |cell: &&Value| cell["cell_type"] == "code" && !is_skipped(cell);
    let numbered = cells.iter().filter(is_code).enumerate();
    Ok(numbered.map(|(index, cell)| FileCell { text: source(&cell["source"]), at: index + 1 }).collect())
}

/// Whether a cell is tagged as one that is not to be run.
fn is_skipped(cell: &Value) -> bool {
    let tags = cell["metadata"]["tags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == "skip-execution"))
}

/// A cell's source is one string, or an array of lines.
fn source(source: &Value) -> String {
    match source {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// `%%` alone or in a comment of either language, with a title or without.
fn is_separator(line: &str) -> bool {
    let line = line.trim_end();
    let bare = ["//", "--", "#"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let after = bare.trim_start().strip_prefix("%%");
    // Without a comment mark, a title would be a cell magic.
    after.is_some_and(|title| {
        title.is_empty() || (bare.len() < line.len() && title.starts_with(char::is_whitespace))
    })
}

fn is_cell_magic(line: &str) -> bool {
    line.strip_prefix("%%").is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// Whether a cell holds more than cell magics, which may stand one below another.
fn has_begun(cell: &str) -> bool {
    cell.lines().any(|line| !line.trim().is_empty() && !is_cell_magic(line))
}

/// A cell without the empty lines around it; a cell of an SQL file is SQL, whatever it begins with.
fn dressed(cell: FileCell, sql: bool) -> FileCell {
    let lead = cell.text.len() - cell.text.trim_start_matches('\n').len();
    let text = cell.text.trim_matches('\n');
    let at = cell.at + lead;
    if sql && !is_cell_magic(text) {
        return FileCell { text: format!("%%sql\n{text}"), at: at.saturating_sub(1) };
    }
    FileCell { text: text.to_owned(), at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, sql: bool) -> Vec<String> {
        script_cells(text, sql).into_iter().map(|cell| cell.text).collect()
    }

    #[test]
    fn separators_part_cells() {
        let text = "\u{feff}let a = 1;\n\n// %% the second\na\n# %%\n\n-- %%\n  b\n%%\nc";
        assert_eq!(cells(text, false), ["let a = 1;", "a", "  b", "c"]);
        assert!(cells("\n\n// %%\n", false).is_empty());
    }

    #[test]
    fn cell_magics_begin_cells() {
        let text = "a\n%%sql named\nSELECT 1\n%%time\n%%sql\nSELECT 2\n";
        assert_eq!(cells(text, false), ["a", "%%sql named\nSELECT 1", "%%time\n%%sql\nSELECT 2"]);
    }

    #[test]
    fn a_remainder_is_no_separator() {
        assert_eq!(cells("a = 7 %% 2\n//%%x", false), ["a = 7 %% 2\n//%%x"]);
    }

    #[test]
    fn sql_files_hold_sql() {
        let text = "-- how many\nSELECT 1\n-- %%\n%%sql n\nSELECT 2";
        assert_eq!(cells(text, true), ["%%sql\n-- how many\nSELECT 1", "%%sql n\nSELECT 2"]);
    }

    #[test]
    fn cells_know_their_lines() {
        let lines =
            |text: &str| script_cells(text, false).into_iter().map(|cell| cell.at).collect::<Vec<_>>();
        assert_eq!(lines("\na\n// %%\n\nb\n%%sql\nSELECT 1"), [2, 5, 6]);
    }

    #[test]
    fn the_code_of_notebooks_is_read() {
        let text = r##"{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# a"},
            {"cell_type": "code", "source": ["let a = 1\n", "a"]},
            {"cell_type": "code", "source": "b", "metadata": {"tags": ["skip-execution"]}}]}"##;
        assert_eq!(notebook_cells(text), Ok(vec![FileCell { text: "let a = 1\na".into(), at: 1 }]));
        assert!(notebook_cells("[]").is_err());
        assert!(notebook_cells("{").is_err());
    }
}
