//! `%load`: a file's text into the cell, to be read and changed before it runs.

use super::{Given, Magic};
use crate::call::Host;
use crate::session::{Desk, Outcome, Placed};

/// `%load file`.
pub(super) struct Load;

impl Magic for Load {
    fn name(&self) -> &'static str {
        "load"
    }
    fn summary(&self) -> &'static str {
        "Puts a file's text into this cell, without running it."
    }
    fn usage(&self) -> &'static str {
        "file"
    }
    fn examples(&self) -> &'static [&'static str] {
        &[]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let text = super::run::read(given.word("a file", "%load hunt.sql")?)?;
        desk.notebook.screen().set_next_input(&text, true);
        Ok(Outcome::Quiet)
    }
}
