//! Cuts a script into cells. What a cell means is left to the engine.

/// The cells of a script, in order; at a separator, or before a cell magic, a new one begins.
pub(super) fn cells(text: &str, sql: bool) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut cells = vec![String::new()];
    for line in text.lines() {
        let Some(cell) = cells.last_mut() else { break };
        if is_separator(line) {
            cells.push(String::new());
        } else if is_cell_magic(line) && has_begun(cell) {
            cells.push(format!("{line}\n"));
        } else {
            cell.push_str(line);
            cell.push('\n');
        }
    }
    cells.retain(|cell| !cell.trim().is_empty());
    cells.into_iter().map(|cell| dressed(cell.trim_matches('\n'), sql)).collect()
}

/// `%%` alone or in a comment of either language, with a title or without.
fn is_separator(line: &str) -> bool {
    let line = line.trim_end();
    let bare = ["//", "--", "#"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let after = bare.trim_start().strip_prefix("%%");
    // Without a comment mark, a title would be a cell magic.
    after.is_some_and(|title| title.is_empty() || (bare.len() < line.len() && title.starts_with(char::is_whitespace)))
}

fn is_cell_magic(line: &str) -> bool {
    line.strip_prefix("%%").is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// Whether a cell holds more than cell magics, which may stand one below another.
fn has_begun(cell: &str) -> bool {
    cell.lines().any(|line| !line.trim().is_empty() && !is_cell_magic(line))
}

/// A cell of an SQL file is SQL, whatever it begins with.
fn dressed(cell: &str, sql: bool) -> String {
    if sql && !is_cell_magic(cell) { format!("%%sql\n{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
