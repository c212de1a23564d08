//! `%save`: the cells that were run, into a file.

use std::path::Path;

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::files;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};

/// `%save file [n]`.
pub(super) struct Save;

impl Magic for Save {
    fn name(&self) -> &'static str {
        "save"
    }
    fn summary(&self) -> &'static str {
        "Writes the last cells that were run into a file, for `%run` or `%load`."
    }
    fn usage(&self) -> &'static str {
        "file [how many = 1]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &[]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let arguments = given.word("a file", "%save hunt.rhai 3")?;
        let (name, count) = match arguments.rsplit_once(char::is_whitespace) {
            Some((name, count)) if count.parse::<usize>().is_ok() => (name, count.parse().unwrap_or(1)),
            _ => (arguments, 1usize),
        };
        let path = super::run::expanded(name);
        check(&path).map_err(|fault| Placed::nowhere(fault.at(name)))?;
        // The cell that says `%save` is the last of the history itself.
        let mut cells = desk.notebook.screen().history(count + 1);
        if cells.last().is_some_and(|cell| cell.contains("%save")) {
            cells.pop();
        }
        let from = cells.len().saturating_sub(count);
        let text = cells[from..].join("\n\n") + "\n";
        std::fs::write(&path, &text)
            .map_err(|error| Placed::nowhere(files::fault::of_io(&path, &error).at(name)))?;
        let cells = cells.len() - from;
        Ok(Outcome::Shown(Shown::plain(format!(
            "{cells} cell{} → {name}",
            if cells == 1 { "" } else { "s" }
        ))))
    }
}

/// Nothing is written over but cells that were saved before: not data, and no notebook.
fn check(path: &Path) -> Result<(), Fault> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    if ending == "ipynb" {
        return Err(Fault::new("FileError", "`%save` writes cells as text, not as a notebook")
            .hint("give a name that ends in .rhai, .sql or .fram"));
    }
    let holds_cells = matches!(ending.as_str(), "rhai" | "sql" | "fram");
    if path.exists() && !holds_cells {
        return Err(Fault::new(
            "FileError",
            format!("{} is there already, and may hold no cells", path.display()),
        )
        .hint("give another name; what ends in .rhai, .sql or .fram is written over"));
    }
    Ok(())
}
