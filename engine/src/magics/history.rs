//! `%history`: the cells that were run.

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};

/// `%history [n]`.
pub(super) struct History;

impl Magic for History {
    fn name(&self) -> &'static str {
        "history"
    }
    fn summary(&self) -> &'static str {
        "Lists the last cells that were run, in this notebook and before it."
    }
    fn usage(&self) -> &'static str {
        "[how many = 20]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["%history 5"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let count = match given.arguments {
            "" => 20,
            text => text.parse().map_err(|_| {
                Placed::nowhere(Fault::argument(format!(
                    "`%history` takes a number of cells, not \"{text}\""
                )))
            })?,
        };
        let cells = desk.notebook.screen().history(count);
        Ok(Outcome::Shown(Shown::plain(fram_display::visible(&cells.join("\n")))))
    }
}
