//! Magics: one file for each, found by name. Reading them out of a cell is left to `session`, what a script can call
//! to `registry`.

pub(crate) mod cluster;
mod config;
mod explain;
mod help;
mod history;
mod load;
mod reset;
mod run;
mod save;
mod schema;
mod sql;
mod time;
mod who;

use crate::fault::Fault;
use crate::nearest;
use crate::session::{Desk, Outcome, Placed};

/// A magic.
pub(crate) trait Magic: Sync {
    /// Its name, without the sign.
    fn name(&self) -> &'static str;
    /// One sentence.
    fn summary(&self) -> &'static str;
    /// What follows the name, as `x` or `[name value]`; empty where nothing does.
    fn usage(&self) -> &'static str;
    /// What follows the name where it stands as `%%name`; empty where nothing does.
    fn cell_usage(&self) -> &'static str {
        ""
    }
    /// Cells that show it.
    fn examples(&self) -> &'static [&'static str];
    /// Whether it can stand as `%name`, and whether as `%%name`.
    fn forms(&self) -> (bool, bool) {
        (true, false)
    }
    /// Does it.
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed>;
}

/// What a magic is given.
pub(crate) struct Given<'a> {
    /// The rest of its line.
    pub(crate) arguments: &'a str,
    /// The lines below, for a cell magic.
    pub(crate) body: Option<&'a str>,
    /// Where the rest of the line begins in the cell.
    pub(crate) arguments_at: usize,
    /// Where the lines below begin in the cell.
    pub(crate) body_at: usize,
}

/// Every magic, by name.
pub(crate) const MAGICS: &[&dyn Magic] = &[
    &cluster::Cluster,
    &config::Config,
    &explain::Explain,
    &help::Help,
    &history::History,
    &load::Load,
    &reset::Reset,
    &run::Run,
    &save::Save,
    &schema::Schema,
    &sql::Sql,
    &time::Time,
    &who::Who,
];

/// Magics of other notebooks, and what does the same here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("matplotlib", "charts are shown without it: `f.bar(\"x\", \"n\")`"),
    ("pip", "install packages in a terminal"),
    ("conda", "install packages in a terminal"),
    ("bash", "there is no shell here; run it in a terminal"),
    ("sh", "there is no shell here; run it in a terminal"),
    ("ls", "there is no shell here; file names complete inside `read_csv(\"…\")`"),
    ("cd", "paths are relative to the notebook's folder"),
    ("pwd", "paths are relative to the notebook's folder"),
    ("timeit", "`%time` runs something once and says how long it took"),
    ("whos", "`%who` lists names with their types and sizes"),
    ("who_ls", "`%who` lists names with their types and sizes"),
    ("writefile", "`%save file` writes cells into a file"),
    ("lsmagic", "`%help` lists all"),
    ("magic", "`%help` lists all"),
    ("load_ext", "nothing needs to be loaded; `%help` lists all"),
    ("autoreload", "nothing needs to be loaded again; `%run file` runs a file anew"),
];

/// The magic of this name, in this form.
pub(crate) fn find(name: &str, whole_cell: bool) -> Result<&'static dyn Magic, Fault> {
    let sign = if whole_cell { "%%" } else { "%" };
    let Some(magic) = MAGICS.iter().find(|magic| magic.name() == name) else {
        if name.trim_matches('%').is_empty() {
            return Err(
                Fault::new("UnknownMagic", "a magic needs a name").hint("as `%who`; `%help` lists all")
            );
        }
        let fault = Fault::new("UnknownMagic", format!("there is no magic `{sign}{name}`")).at(name);
        if let Some((_, remedy)) = ELSEWHERE.iter().find(|(known, _)| *known == name) {
            return Err(fault.hint(*remedy));
        }
        return Err(match nearest::names(name, MAGICS.iter().map(|magic| magic.name())).first() {
            Some(near) => fault.hint(format!("did you mean `{sign}{near}`? `%help` lists all")),
            None => fault.hint("`%help` lists all"),
        });
    };
    let (line, cell) = magic.forms();
    match (whole_cell, line, cell) {
        (true, _, false) => Err(Fault::new("UnknownMagic", format!("`{name}` is a line magic"))
            .hint(format!("write `%{name}`"))
            .at(name)),
        (false, false, _) => Err(Fault::new("UnknownMagic", format!("`{name}` is a cell magic"))
            .hint(format!("write `%%{name}` on a cell's first line"))
            .at(name)),
        _ => Ok(*magic),
    }
}

impl Given<'_> {
    /// The one word after the name.
    fn word(&self, what: &str, example: &str) -> Result<&str, Placed> {
        if self.arguments.is_empty() {
            return Err(Placed::nowhere(
                Fault::argument(format!("{what} is wanted")).hint(format!("as `{example}`")),
            ));
        }
        Ok(self.arguments)
    }

    /// The code after the name, or below it, with its place in the cell.
    fn code(&self) -> (&str, usize) {
        self.body.map_or((self.arguments, self.arguments_at), |body| (body, self.body_at))
    }
}
