//! `%%sql`: a cell of SQL, whose rows may get a name.

use super::{Given, Magic};
use crate::fault::Fault;
use crate::script::RESERVED;
use crate::session::{Desk, Outcome, Placed};

/// `%sql statement`, or `%%sql [name]` and the statement below.
pub(super) struct Sql;

impl Magic for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }
    fn summary(&self) -> &'static str {
        "Runs SQL; the rows of `%%sql name` are bound to that name, for script and SQL alike."
    }
    fn usage(&self) -> &'static str {
        "statement"
    }
    fn cell_usage(&self) -> &'static str {
        "[name]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["%%sql\nSELECT 1 + 1 AS two"]
    }
    fn forms(&self) -> (bool, bool) {
        (true, true)
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let (text, at) = given.code();
        let name = if given.body.is_some() { given.arguments } else { "" };
        check_name(name, given.arguments_at)?;
        if text.trim().is_empty() {
            return Err(Placed::nowhere(
                Fault::argument("there is no SQL")
                    .hint("`%sql SELECT 1`, or `%%sql` and the statement below"),
            ));
        }
        if given.body.is_none() && is_name(text) {
            return Err(name_alone(text, at));
        }
        let value = desk.sql(text).map_err(|placed| placed.shifted(at))?;
        match (value, name) {
            (None, _) => Ok(Outcome::Quiet),
            (Some(value), "") => Ok(Outcome::Value(value)),
            (Some(value), name) => {
                desk.machine.set(name, value.clone());
                Ok(Outcome::Value(value))
            }
        }
    }
}

/// A name and nothing else, where a statement is wanted.
fn name_alone(name: &str, at: usize) -> Placed {
    let fault = Fault::argument(format!("`{name}` is no statement")).hint(format!(
        "`%%sql {name}` on the first line, and the statement below, binds its rows to `{name}`; `%sql FROM {name}` shows a table"
    ));
    Placed::new(fault, Some(at..at + name.len()))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn check_name(name: &str, at: usize) -> Result<(), Placed> {
    let is_reserved = RESERVED.contains(&name);
    if (name.is_empty() || is_name(name)) && !is_reserved {
        return Ok(());
    }
    let hint =
        if is_reserved { "it is a word of the language" } else { "letters, digits and `_` make a name" };
    let fault = Fault::argument(format!("\"{name}\" cannot be a name")).hint(hint);
    Err(Placed::new(fault, Some(at..at + name.len())))
}
