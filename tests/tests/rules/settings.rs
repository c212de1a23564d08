//! Every setting that the environment holds stands in the README.

use std::collections::BTreeSet;
use std::path::Path;

use crate::root;

/// Where settings may be read.
const PLACES: &[&str] = &["kernel", "engine", "tests", "benches", ".ci", "Makefile"];
/// Endings of files that read them.
const ENDINGS: &[&str] = &["rs", "py", "sh", ""];
/// What a test says to a child of its own; nobody else sets it.
const BETWEEN_TESTS: &[&str] = &["FRAM_JUPYTER_DEFECT_CHILD"];

#[test]
fn every_variable_is_in_the_readme() {
    let mut found = BTreeSet::new();
    for place in PLACES {
        collect(&root().join(place), &mut found);
    }
    assert!(found.contains("FRAM_HOME"), "the search finds nothing: {found:?}");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for name in found.iter().filter(|name| !BETWEEN_TESTS.contains(&name.as_str())) {
        let row = format!("| `{name}` |");
        assert!(
            readme.contains(&row),
            "{name} is read, but no table of README.md has a row `{row} default | meaning |`"
        );
    }
}

fn collect(place: &Path, found: &mut BTreeSet<String>) {
    if place.is_dir() {
        for entry in std::fs::read_dir(place).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            if name != "target" && name != "__pycache__" {
                collect(&entry.path(), found);
            }
        }
        return;
    }
    let ending = place.extension().unwrap_or_default().to_str().unwrap();
    if !ENDINGS.contains(&ending) {
        return;
    }
    let Ok(text) = std::fs::read_to_string(place) else { return };
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    for (at, prefix) in text.match_indices(concat!("FRAM", "_")) {
        let rest = &text[at + prefix.len()..];
        let name = &rest[..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())];
        let is_whole = !text[..at].ends_with(is_part);
        if is_whole && !name.is_empty() {
            found.insert(format!("{prefix}{name}"));
        }
    }
}
