//! `%schema`: names and types of a frame's columns.

use fram_display::Medium;

use super::{Given, Magic};
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};
use crate::show;
use crate::value::Value;

/// `%schema x`.
pub(super) struct Schema;

impl Magic for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }
    fn summary(&self) -> &'static str {
        "Shows names and types of a frame's columns as a tree."
    }
    fn usage(&self) -> &'static str {
        "frame"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["let people = frame(#{ id: [1], tags: [[\"a\", \"b\"]] })\n%schema people"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let code = given.word("a frame", "%schema logs")?;
        match desk.value_of(code).map_err(|placed| placed.shifted(given.arguments_at))? {
            Value::Frame(frame) => {
                let tree = fram_display::schema_tree(&show::fields(frame.schema()));
                Ok(Outcome::Shown(Shown { media: vec![Medium::text("text/plain", tree)] }))
            }
            other => {
                let fault =
                    Fault::argument(format!("`%schema` takes a frame, not {}", other.kind().article()));
                Err(Placed::nowhere(fault))
            }
        }
    }
}
