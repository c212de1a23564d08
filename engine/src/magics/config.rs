//! `%config`: the notebook's settings, shown and changed.

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};
use crate::settings::SETTINGS;

/// `%config [name value]`.
pub(super) struct Config;

impl Magic for Config {
    fn name(&self) -> &'static str {
        "config"
    }
    fn summary(&self) -> &'static str {
        "Shows the settings, or changes one."
    }
    fn usage(&self) -> &'static str {
        "[name value]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["%config rows 5", "%config"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let Some((name, value)) = split(given.arguments) else {
            return Ok(Outcome::Shown(Shown::plain(
                listing(desk, given.arguments).map_err(Placed::nowhere)?,
            )));
        };
        desk.notebook.set(name, value).map_err(|fault| place(fault, given))?;
        Ok(Outcome::Quiet)
    }
}

/// `name value` or `name = value`.
fn split(arguments: &str) -> Option<(&str, &str)> {
    let (name, value) = arguments.split_once('=').or_else(|| arguments.split_once(char::is_whitespace))?;
    Some((name.trim(), value.trim()))
}

fn place(fault: Fault, given: &Given<'_>) -> Placed {
    let about = fault.about.clone().unwrap_or_default();
    let at = given.arguments.find(&about).map(|at| given.arguments_at + at);
    Placed::new(fault, at.map(|at| at..at + about.len()))
}

fn listing(desk: &Desk, only: &str) -> Result<String, Fault> {
    let settings = desk.notebook.settings();
    let known: Vec<_> = SETTINGS.iter().filter(|setting| only.is_empty() || setting.name == only).collect();
    if known.is_empty() {
        desk.notebook.set(only, "")?;
    }
    let lines: Vec<String> = known
        .iter()
        .map(|setting| {
            let value = settings.get(setting.name);
            let mark = if value == setting.default { "" } else { " (changed)" };
            format!(
                "{:<14} {value}{mark}\n    {} It is {}.",
                setting.name,
                setting.about,
                setting.kind.words()
            )
        })
        .collect();
    Ok(lines.join("\n"))
}
