//! The cut, the file and its bounds.

use super::*;

fn budget(directory: &Path, limit: usize) -> TextBudget {
    let options = ServerOptions {
        text_limit: limit,
        spill_dir: Some(directory.to_owned()),
        ..ServerOptions::default()
    };
    TextBudget::new(&options)
}

/// Prints as the sink does; returns what was shown and the notice.
fn print(mut budget: TextBudget, texts: &[&str]) -> (String, Option<String>) {
    let mut seen = String::new();
    for text in texts {
        let Part { shown, left_out } = budget.split(text);
        seen.push_str(shown);
        if !left_out.is_empty() {
            budget.keep(left_out);
        }
    }
    (seen, budget.end())
}

fn named_file(notice: &str) -> PathBuf {
    PathBuf::from(notice.trim_end_matches("]\n").rsplit_once(" kept in ").unwrap().1)
}

#[test]
fn text_within_the_limit_is_shown_whole() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(print(budget(directory.path(), 4), &["a\n", "b\n"]), ("a\nb\n".to_owned(), None));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn the_rest_is_in_a_private_file_that_the_last_line_names() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let (seen, notice) = print(budget(directory.path(), 5), &["a\n", "béé\nc\n", "d\n"]);
    assert_eq!(seen, "a\nbé");
    let notice = notice.unwrap();
    assert!(notice.starts_with("[not shown: 3 lines (7 bytes), kept in "), "{notice}");
    let file = named_file(&notice);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "é\nc\nd\n");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_line_is_not_cut_when_one_ends_before_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(print(budget(directory.path(), 7), &["one\ntwo\nthree\n"]).0, "one\n");
}

#[test]
fn a_directory_that_cannot_be_written_is_said_in_the_cell() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (_, notice) = print(budget(&file, 0), &["x\n"]);
    assert!(notice.unwrap().starts_with("[not shown: 1 line (2 bytes), and not kept: "));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_in_the_cell() {
    let mut rest = Rest {
        file: Ok((OpenOptions::new().write(true).open("/dev/full").unwrap(), PathBuf::new())),
        lines: 0,
        bytes: 0,
        kept: 0,
    };
    rest.append("a\nb\n");
    let notice = rest.describe();
    assert!(notice.starts_with("[not shown: 2 lines (4 bytes), and not kept: No space left"), "{notice}");
}

#[test]
fn old_files_go() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..FILES + 5 {
        print(budget(directory.path(), 0), &["x\n"]);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), FILES);
}
