//! How long files and functions may be: the largest of each, and what most of them keep to.

use crate::{sources, without_tests};

/// Lines: the median, the 95th percentile, and the largest of all.
struct Bounds {
    median: usize,
    most: usize,
    largest: usize,
}

const FILES: Bounds = Bounds { median: 110, most: 350, largest: 500 };
const FUNCTIONS: Bounds = Bounds { median: 9, most: 45, largest: 80 };

/// Hand-written files but for tests: lines and path.
fn files() -> Vec<(usize, String)> {
    let all = ["kernel", "engine"].into_iter().flat_map(sources);
    let own = all.filter(|(path, _)| !path.ends_with("tests.rs"));
    own.map(|(path, text)| (without_tests(&text).lines().count(), path)).collect()
}

/// Functions of these files: lines from the signature to the closing brace, and where they begin.
fn functions() -> Vec<(usize, String)> {
    let all = ["kernel", "engine"].into_iter().flat_map(sources);
    all.flat_map(|(path, text)| functions_in(&path, without_tests(&text))).collect()
}

fn functions_in(path: &str, text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let is_function = line.trim_start().split("fn ").next().is_some_and(|before| {
            before.len() < line.trim_start().len()
                && before
                    .split_whitespace()
                    .all(|word| word.starts_with("pub") || ["const", "async", "unsafe", "in"].contains(&word))
        });
        if !is_function || line.trim_end().ends_with(';') {
            continue;
        }
        // The formatter puts the closing brace below the beginning.
        let closing = format!("{indent}}}");
        let length =
            lines[number..].iter().position(|line| line.starts_with(&closing)).map_or(1, |length| length + 1);
        let length = if line.trim_end().ends_with('}') { 1 } else { length };
        found.push((length, format!("{path}:{}", number + 1)));
    }
    found
}

fn check(what: &str, mut sizes: Vec<(usize, String)>, bounds: &Bounds, remedy: &str) {
    sizes.sort();
    let at = |share: f64| sizes[((sizes.len() - 1) as f64 * share) as usize].0;
    let largest = sizes.iter().rev().take(8).map(|(lines, place)| format!("  {lines}  {place}"));
    let largest = largest.collect::<Vec<_>>().join("\n");
    for (name, found, bound) in [
        ("the longest has", at(1.0), bounds.largest),
        ("19 of 20 have at most", at(0.95), bounds.most),
        ("half have at most", at(0.5), bounds.median),
    ] {
        assert!(
            found <= bound,
            "{what}: {name} {found} lines, {bound} are the house's bound; {remedy}\n{largest}"
        );
    }
}

#[test]
fn files_are_short() {
    check("files", files(), &FILES, "a file is one thing, split it where it became two");
}

#[test]
fn functions_are_short() {
    check("functions", functions(), &FUNCTIONS, "give a part of it a name, below it");
}

#[test]
fn functions_are_found() {
    let text = "/// fn no\npub(crate) fn one() {}\nimpl A {\n    async fn two(\n        a: i32,\n    ) -> i32 {\n        a\n    }\n}\n    fn three();\n";
    let found = functions_in("a.rs", text);
    assert_eq!(found, [(1, "a.rs:2".to_owned()), (5, "a.rs:4".to_owned())]);
}
