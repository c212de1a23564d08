//! `%explain`: what a frame's plan becomes before it runs.

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};
use crate::value::Value;

/// `%explain x`.
pub(super) struct Explain;

impl Magic for Explain {
    fn name(&self) -> &'static str {
        "explain"
    }
    fn summary(&self) -> &'static str {
        "Shows the optimised plan of a frame, read from the bottom up."
    }
    fn usage(&self) -> &'static str {
        "frame"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["let people = frame(#{ id: [1, 2] })\n%explain people.filter(col(\"id\") > 1)"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let code = given.word("a frame", "%explain logs")?;
        let value = desk.value_of(code).map_err(|placed| placed.shifted(given.arguments_at))?;
        let Value::Frame(frame) = value else {
            let fault = Fault::argument(format!("`%explain` takes a frame, not {}", value.kind().article()));
            return Err(Placed::nowhere(fault));
        };
        let text =
            desk.notebook.runner().explain(frame.plan()).map_err(|error| Placed::nowhere(error.into()))?;
        Ok(Outcome::Shown(Shown::plain(fram_display::visible(&text))))
    }
}
