//! `%run`: the cells of a file, as if they stood here.

use std::path::{Path, PathBuf};

use super::{Given, Magic};
use crate::fault::Fault;
use crate::file_cells::{notebook_cells, script_cells};
use crate::files;
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
        "Runs the cells of a script, an SQL file or a notebook: their names stay, the last value is shown."
    }
    fn usage(&self) -> &'static str {
        "file"
    }
    fn examples(&self) -> &'static [&'static str] {
        &[]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let name = given.word("a file", "%run hunt.rhai")?.trim_matches(['"', '\'']);
        let text = read(name)?;
        let ending = Path::new(name).extension().map(|ending| ending.to_ascii_lowercase());
        let is = |known: &str| ending.as_ref().is_some_and(|ending| ending == known);
        if !is("ipynb") {
            return desk.run_file(name, &script_cells(&text, is("sql")), false);
        }
        let cells = notebook_cells(&text).map_err(|why| {
            Placed::nowhere(Fault::new("FileError", format!("{name} cannot be run: {why}")).at(name))
        })?;
        desk.run_file(name, &cells, true)
    }
}

/// A file's text, or why there is none.
pub(super) fn read(name: &str) -> Result<String, Placed> {
    let path = expanded(name);
    let fault = |kind: &'static str, text: String| Placed::nowhere(Fault::new(kind, text).at(name));
    let failed = |error: std::io::Error| Placed::nowhere(files::fault::of_io(&path, &error).at(name));
    let about = std::fs::metadata(&path).map_err(failed)?;
    if about.is_dir() {
        return Err(fault("FileError", format!("{name} is a folder")));
    }
    if about.len() > LARGEST {
        return Err(fault("FileError", format!("{name} is too large for a script: {} bytes", about.len())));
    }
    let bytes = std::fs::read(&path).map_err(failed)?;
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
