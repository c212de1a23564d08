//! `%run`: the cells of a file, as if they stood here.

use std::path::PathBuf;

use super::{Given, Magic};
use crate::fault::Fault;
use crate::session::{Desk, Outcome, Placed};

/// The largest file that is run as a script, in bytes.
const LARGEST: u64 = 16 << 20;

/// `%run file`.
pub(super) struct Run;

impl Magic for Run {
    fn name(&self) -> &'static str {
        "run"
    }
    fn summary(&self) -> &'static str {
        "Runs a file as a cell: its names stay, its last value is shown."
    }
    fn usage(&self) -> &'static str {
        "file"
    }
    fn examples(&self) -> &'static [&'static str] {
        &[]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let name = given.word("a file", "%run hunt.rhai")?;
        let text = read(name)?;
        let outcome = desk.run_file(&text);
        outcome.map_err(|placed| {
            let error = placed.error(&text);
            let line = placed
                .place
                .as_ref()
                .map_or(1, |place| text[..place.start.min(text.len())].matches('\n').count() + 1);
            Placed::nowhere(Fault {
                message: format!("{name}, line {line}: {}", error.text()),
                hint: None,
                ..placed.fault
            })
        })
    }
}

/// A file's text, or why there is none.
pub(super) fn read(name: &str) -> Result<String, Placed> {
    let path = expanded(name);
    let fault = |kind: &'static str, text: String| Placed::nowhere(Fault::new(kind, text).at(name));
    let about = std::fs::metadata(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fault("FileNotFound", format!("there is no file {name}")),
        _ => fault("FileError", format!("{name}: {error}")),
    })?;
    if about.is_dir() {
        return Err(fault("FileError", format!("{name} is a folder")));
    }
    if about.len() > LARGEST {
        return Err(fault("FileError", format!("{name} is too large for a script: {} bytes", about.len())));
    }
    let bytes = std::fs::read(&path).map_err(|error| fault("FileError", format!("{name}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| fault("FileError", format!("{name} is not text in UTF-8")))
}

/// The path with `~` for the home folder, and without quotes.
pub(super) fn expanded(name: &str) -> PathBuf {
    let name = name.trim().trim_matches(['"', '\'']);
    match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(name),
    }
}
