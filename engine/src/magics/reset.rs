//! `%reset`: forgets names.

use super::{Given, Magic};
use crate::session::{Desk, Outcome, Placed};

/// `%reset [names]`.
pub(super) struct Reset;

impl Magic for Reset {
    fn name(&self) -> &'static str {
        "reset"
    }
    fn summary(&self) -> &'static str {
        "Forgets these names, or all names, functions, views and tables."
    }
    fn usage(&self) -> &'static str {
        "[names]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["let a = 1\nlet b = 2\n%reset a\n%who"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let parted = |letter: char| letter.is_whitespace() || letter == ',';
        let names: Vec<String> = given
            .arguments
            .split(parted)
            .filter(|name| !name.is_empty() && *name != "-f")
            .map(str::to_owned)
            .collect();
        desk.forget(&names).map_err(Placed::nowhere)?;
        Ok(Outcome::Quiet)
    }
}
