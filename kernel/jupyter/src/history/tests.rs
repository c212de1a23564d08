//! History across sessions, kernels and damage.

use super::*;

fn inputs(entries: &[Entry]) -> Vec<(i64, usize, &str)> {
    entries.iter().map(|entry| (entry.session, entry.line, entry.input.as_str())).collect()
}

#[test]
fn sessions_are_kept_and_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/history.jsonl");
    let first = History::new(Some(path.clone()));
    first.record_input(1, "a");
    first.record_output(1, "A");
    let second = History::new(Some(path));
    second.record_input(1, "b\n\"quoted\"");
    first.record_input(2, "c");
    assert_eq!(inputs(&second.all()), [(1, 1, "a"), (1, 2, "c"), (2, 1, "b\n\"quoted\"")]);
    assert_eq!(inputs(&second.range(0, 0, None)), [(2, 1, "b\n\"quoted\"")]);
    assert_eq!(inputs(&second.range(-1, 1, Some(2))), [(1, 1, "a")]);
    assert_eq!(second.range(1, 1, Some(2))[0].output.as_deref(), Some("A"));
    assert_eq!(second.take_warning(), None);
}

#[test]
fn kernels_at_once_do_not_corrupt_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.jsonl");
    std::thread::scope(|scope| {
        for kernel in 0..4 {
            let path = path.clone();
            scope.spawn(move || {
                let history = History::new(Some(path));
                (1..=50)
                    .for_each(|line| history.record_input(line, &format!("{kernel} {}", "x".repeat(line))));
            });
        }
    });
    let all = History::new(Some(path)).all();
    assert_eq!(all.len(), 200);
    let sessions: std::collections::BTreeSet<_> = all.iter().map(|entry| entry.session).collect();
    assert_eq!(sessions.len(), 4);
}

#[test]
fn damage_costs_the_damaged_lines_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.jsonl");
    std::fs::write(
        &path,
        b"{\"session\":7,\"line\":1,\"input\":\"kept\"}\n\xff\x00nonsense\n{\"session\":7,\"li",
    )
    .unwrap();
    let history = History::new(Some(path));
    history.record_input(1, "new");
    assert_eq!(inputs(&history.all()), [(7, 1, "kept"), (8, 1, "new")]);
}

#[test]
fn the_file_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.jsonl");
    let history = History::new(Some(path.clone()));
    let cell = "y".repeat(250 << 10);
    (1..=80).for_each(|line| history.record_input(line, &cell));
    assert!(std::fs::metadata(&path).unwrap().len() <= 9 << 20);
    let again = History::new(Some(path));
    again.record_input(1, "z");
    let all = again.all();
    assert!(all.iter().any(|entry| entry.line == 80), "the newest lines stay");
}

#[test]
fn what_cannot_be_written_is_kept_in_memory_with_one_warning() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let history = History::new(Some(file.join("history.jsonl")));
    history.record_input(1, "a");
    history.record_input(2, "b");
    assert_eq!(history.last(5).len(), 2);
    assert!(history.take_warning().unwrap().starts_with("history is not kept: "));
    assert_eq!(history.take_warning(), None);
}
