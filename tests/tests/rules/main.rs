//! The rules of the house that a machine can hold. Each failure says why, and how to mend it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod settings;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What each crate may name of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("fram", &["fram-cluster", "fram-engine", "fram-jupyter"]),
    ("fram-engine", &["fram-cluster", "fram-display", "fram-frame"]),
    ("fram-cluster", &["fram-frame"]),
    ("fram-frame", &[]),
    ("fram-display", &[]),
    ("fram-jupyter", &[]),
    ("fram-tests", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every source file below a folder, but for tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(&place).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            if path.is_dir() {
                if !["target", "tests", "benches", "examples"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if name.ends_with(".rs") {
                let shown = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((shown, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no source in {folder}");
    found
}

/// A file without the tests at its end.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |end| &text[..end])
}

/// The code of a file: no comments, no tests at its end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    without_tests(text).lines().map(str::trim_start).filter(|line| !line.starts_with("//"))
}

fn check_names(folder: &str, forbidden: &[&str], allowed: &[&str], why: &str) {
    let mut broken = Vec::new();
    for (path, text) in sources(folder) {
        if allowed.iter().any(|part| path.contains(part)) {
            continue;
        }
        for line in code(&text) {
            let names =
                |name: &&&str| line.contains(&format!("{name}::")) || line.contains(&format!("use {name}"));
            if let Some(name) = forbidden.iter().find(names) {
                broken.push(format!("{path}: names {name}: {line}"));
            }
        }
    }
    assert!(broken.is_empty(), "{why}; see ARCHITECTURE.md, arrows\n{}", broken.join("\n"));
}

#[test]
fn crates_name_only_what_their_arrows_allow() {
    let asked = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let known: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    for package in known["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let allowed = ARROWS.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed);
        let allowed = allowed
            .unwrap_or_else(|| panic!("{name} is new: give it its arrows here and in ARCHITECTURE.md"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let other = dependency["name"].as_str().unwrap();
            let is_ours = ARROWS.iter().any(|(known, _)| *known == other);
            assert!(
                !is_ours || allowed.contains(&other),
                "{name} may not name {other}; see ARCHITECTURE.md, arrows"
            );
        }
    }
}

#[test]
fn the_kernel_knows_no_dataframe() {
    check_names("kernel", &["polars", "arrow", "rhai", "datafusion"], &[], "the kernel speaks Jupyter alone");
}

#[test]
fn the_engine_knows_no_socket() {
    check_names(
        "engine",
        &["zeromq", "jupyter_protocol", "fram_jupyter", "std::net"],
        &["engine/cluster"],
        "the engine speaks frames alone",
    );
}

#[test]
fn foreign_types_stay_at_home() {
    check_names("engine", &["rhai"], &["engine/src/script"], "Rhai stays in script");
    let sql_rooms = &["engine/src/sql", "engine/frame/src", "engine/cluster"];
    check_names("engine", &["datafusion"], sql_rooms, "DataFusion stays in sql and in the runners");
    check_names("engine/display", &["polars", "fram_frame"], &[], "display is handed plain values");
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["kernel", "engine", "tests"] {
        for (path, text) in sources(folder) {
            assert!(
                text.starts_with("//! "),
                "{path}: begin with one `//!` sentence: what it is for, what it leaves to whom"
            );
        }
    }
}

#[test]
fn modules_are_named_files() {
    for folder in ["kernel", "engine"] {
        for (path, _) in sources(folder) {
            assert!(!path.ends_with("/mod.rs"), "{path}: write name.rs beside name/");
            let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
            let vague = ["utils", "util", "common", "helpers", "helper", "misc"];
            assert!(!vague.contains(&stem.as_str()), "{path}: name the thing that it is");
        }
    }
}
