//! `%cluster`: where the notebook's plans run. A cluster of the notebook's own is left to `own`.

mod own;

use std::sync::Arc;

use fram_cluster::{Address, Application, Caller, ClusterRunner, CutOptions, Tls, TlsFiles, Token};
use fram_frame::{LocalRunner, Runner};

use super::run::expanded;
use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Notebook, Outcome, Placed};
use crate::sql::worker_functions;

/// `%cluster fram://HOST:PORT | start | drill | stop | local | status`.
pub(super) struct Cluster;

impl Magic for Cluster {
    fn name(&self) -> &'static str {
        "cluster"
    }
    fn summary(&self) -> &'static str {
        "Runs the cells from here on on a cluster, or on this machine again, or says where they run."
    }
    fn usage(&self) -> &'static str {
        "fram://HOST:PORT [--token-file FILE] [--tls-ca FILE] [--tls-cert FILE --tls-key FILE] [--tls-name NAME] | start [-n N] [--cores N] [--memory AMOUNT] [--work-dir DIR] | drill | stop | local | status"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["%cluster local", "%cluster status"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let notebook = &*desk.notebook;
        let here = |fault| placed(fault, given);
        let mut words = given.arguments.split_whitespace();
        match words.next().unwrap_or_default() {
            "" | "status" => {}
            "local" => notebook.run_on(Arc::new(LocalRunner)),
            "start" => return own::start(words, notebook).map_err(here).map(shown),
            "drill" => return own::drill(notebook).map_err(here).map(shown),
            "stop" => return own::stop(notebook).map_err(here).map(shown),
            _ => {
                let (runner, note) = connected(given.arguments, notebook.application()).map_err(here)?;
                // A master that cannot be reached is said now, and plans stay where they ran.
                let text = described(&*runner, notebook).map_err(here)?;
                notebook.run_on(runner);
                return Ok(shown(format!("{text}{note}")));
            }
        }
        described(&*notebook.runner(), notebook).map_err(here).map(shown)
    }
}

/// The place where cells run from here on, as the cell begins by saying, if it does: `local`, `start`, or an address.
pub fn place_of_cells(cell: &str) -> Option<&str> {
    let is_said = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#');
    let mut words = cell.lines().map(str::trim).find(is_said)?.split_whitespace();
    words.next().filter(|magic| *magic == "%cluster")?;
    words.next().filter(|place| *place != "status")
}

fn shown(text: String) -> Outcome {
    Outcome::Shown(Shown::plain(text))
}

/// What the runner says of itself.
fn described(runner: &dyn Runner, notebook: &Notebook) -> Result<String, Fault> {
    Ok(runner.describe(&notebook.watch())?)
}

/// A runner for the cluster that the words name, and what is to be said of the way to it.
fn connected(arguments: &str, application: Application) -> Result<(Arc<ClusterRunner>, String), Fault> {
    let mut words = arguments.split_whitespace();
    let mut master: Option<&str> = None;
    let (mut token_file, mut tls) = (None, TlsFiles::default());
    while let Some(word) = words.next() {
        let (option, value) =
            word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
        let mut given = |what: &str| {
            let said = value.or_else(|| words.next());
            let is_value = |said: &&str| !said.is_empty() && !said.starts_with('-');
            let example = || format!("as `%cluster fram://HOST:PORT {option} {what}`");
            said.filter(is_value).ok_or_else(|| without_value(option, &what.to_lowercase(), &example()))
        };
        match option {
            "--token-file" => token_file = Some(expanded(given("FILE")?)),
            "--tls-ca" => tls.authority = Some(expanded(given("FILE")?)),
            "--tls-cert" => tls.certificate = Some(expanded(given("FILE")?)),
            "--tls-key" => tls.key = Some(expanded(given("FILE")?)),
            "--tls-name" => tls.name = Some(given("NAME")?.to_owned()),
            option if option.starts_with('-') => {
                let fault = Fault::argument(format!("`%cluster` has no option `{option}`"));
                return Err(fault.hint(format!("it takes {OPTIONS}")).at(option));
            }
            _ if master.is_some() => {
                return Err(Fault::argument("one address is wanted").hint(EXAMPLE).at(word));
            }
            _ => master = Some(word),
        }
    }
    let text = master.ok_or_else(|| Fault::argument("the address of a master is wanted").hint(EXAMPLE))?;
    let wrong = |_| Fault::argument(format!("`{text}` is no address of a master")).hint(EXAMPLE).at(text);
    let address: Address = text.parse().map_err(wrong)?;
    let path = token_file.or_else(Token::default_file).ok_or_else(|| {
        Fault::argument("no token is known").hint("name its file: `%cluster fram://… --token-file FILE`")
    })?;
    let token = Token::from_file(&path).map_err(|error| {
        Fault::new("ClusterError", error.to_string()).hint(
            "`fram master` makes it on its machine; copy it from there, or name another file with --token-file",
        )
    })?;
    let tls = Tls::read(&tls).map_err(|error| {
        let fault = Fault::new("ClusterError", error.to_string());
        match error.remedy() {
            Some(remedy) => fault.hint(remedy),
            None => fault,
        }
    })?;
    if tls.as_ref().is_some_and(|tls| !tls.can_call()) {
        let fault = Fault::argument("whose certificates to believe is not said");
        return Err(fault.hint("name the authority's file with --tls-ca FILE"));
    }
    let soon = tls.as_ref().and_then(Tls::expires_soon);
    let note = soon
        .map_or_else(String::new, |until| format!("\nYour certificate expires on {until}: renew it before."));
    Ok((runner(address, Caller::new(&token, tls), application)?, note))
}

/// An option that wants a word after it, and has none; how it is said right.
fn without_value(option: &str, what: &str, example: &str) -> Fault {
    Fault::argument(format!("`{option}` wants a {what} after it")).hint(example).at(option)
}

fn runner(address: Address, caller: Caller, application: Application) -> Result<Arc<ClusterRunner>, Fault> {
    Ok(ClusterRunner::new(address, caller, CutOptions::default(), worker_functions(), application)?)
}

const OPTIONS: &str = "--token-file FILE, --tls-ca FILE, --tls-cert FILE, --tls-key FILE, --tls-name NAME";
const EXAMPLE: &str =
    "as `%cluster fram://127.0.0.1:7077`, or `%cluster start` for one of this notebook's own";

fn placed(fault: Fault, given: &Given<'_>) -> Placed {
    let at = fault.about.as_deref().and_then(|about| Some((given.arguments.find(about)?, about.len())));
    Placed::new(fault, at.map(|(at, length)| given.arguments_at + at..given.arguments_at + at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_where_cells_run_with_its_first_words() {
        for (cell, place) in [
            ("%cluster local", Some("local")),
            ("\n// Back home.\n# Really.\n  %cluster  start -n 1\nlogs", Some("start")),
            ("%cluster fram://host --token-file F", Some("fram://host")),
            ("%cluster", None),
            ("%cluster status", None),
            ("logs\n%cluster local", None),
            ("%clusters local", None),
            ("", None),
        ] {
            assert_eq!(place_of_cells(cell), place, "{cell}");
        }
    }
}
