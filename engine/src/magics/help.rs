//! `%help`: what there is, or one thing of it.

use super::{Given, Magic};
use crate::help;
use crate::session::{Desk, Outcome, Placed};

/// `%help [name]`.
pub(super) struct Help;

impl Magic for Help {
    fn name(&self) -> &'static str {
        "help"
    }
    fn summary(&self) -> &'static str {
        "Lists what a cell can say, or explains one verb, function or magic."
    }
    fn usage(&self) -> &'static str {
        "[name]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["%help filter"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        if given.arguments.is_empty() {
            return Ok(Outcome::Shown(help::overview()));
        }
        let name = given.arguments.trim_start_matches('%');
        help::about(name, &desk.notebook.snapshot()).map(Outcome::Shown).map_err(Placed::nowhere)
    }
}
