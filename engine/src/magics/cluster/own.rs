//! A cluster of the notebook's own: started beside it on this machine, and ended with it.

use std::sync::Arc;

use fram_cluster::{Caller, ClusterRunner, OwnCluster, OwnClusterOptions};
use fram_frame::LocalRunner;

use super::super::run::expanded;
use super::{described, runner, without_value};
use crate::call::Host;
use crate::fault::Fault;
use crate::session::Notebook;

/// Workers, where no number is given, and at most.
const WORKERS: usize = 2;
const MOST_WORKERS: usize = 64;

/// Starts the cluster; cells run on it from here on.
pub(super) fn start<'a>(words: impl Iterator<Item = &'a str>, notebook: &Notebook) -> Result<String, Fault> {
    let options = options(words)?;
    let program = notebook.program().ok_or_else(|| {
        Fault::new("ClusterError", "this program cannot start a cluster")
            .hint("in a terminal: `fram cluster start`, and here the line that it prints")
    })?;
    // One that runs already ends first: its ports and memory may be wanted.
    notebook.own_cluster().take();
    let cluster = OwnCluster::start(&program, &options)?;
    let runner = runner_of(&cluster, notebook)?;
    cluster.wait_for_workers(&runner, &notebook.watch())?;
    let text = described(&*runner, notebook)?;
    notebook.run_on(runner);
    *notebook.own_cluster() = Some(cluster);
    Ok(text)
}

/// Has a worker killed in the middle of the next query.
pub(super) fn drill(notebook: &Notebook) -> Result<String, Fault> {
    let slot = notebook.own_cluster();
    let cluster = slot.as_ref().ok_or_else(none_started)?;
    let failed =
        |error: std::io::Error| Fault::new("SystemError", format!("the drill cannot begin: {error}"));
    cluster.drill(runner_of(cluster, notebook)?).map_err(failed)?;
    Ok("In the middle of the next query one worker is killed. Another takes its place.".to_owned())
}

/// Ends the cluster; cells run here again.
pub(super) fn stop(notebook: &Notebook) -> Result<String, Fault> {
    let cluster = notebook.own_cluster().take().ok_or_else(none_started)?;
    notebook.run_on(Arc::new(LocalRunner));
    drop(cluster);
    Ok("The cluster has ended. Cells run in this process.".to_owned())
}

fn runner_of(cluster: &OwnCluster, notebook: &Notebook) -> Result<Arc<ClusterRunner>, Fault> {
    runner(cluster.address().clone(), Caller::new(cluster.token(), None), notebook.application())
}

fn none_started() -> Fault {
    Fault::new("ClusterError", "this notebook has started no cluster").hint("`%cluster start` starts one")
}

/// What stands after `start`.
fn options<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<OwnClusterOptions, Fault> {
    let mut options = OwnClusterOptions { workers: WORKERS, ..OwnClusterOptions::default() };
    while let Some(word) = words.next() {
        let (option, value) =
            word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
        let value =
            value.or_else(|| words.next()).filter(|value| !value.starts_with('-')).unwrap_or_default();
        let number = value.parse().ok().filter(|number| (1..=MOST_WORKERS).contains(number));
        let wrong =
            || Fault::argument(format!("`{option}` takes a number from 1 to {MOST_WORKERS}")).at(option);
        let given = |what, example| match value {
            "" => Err(without_value(option, what, &format!("as `%cluster start {option} {example}`"))),
            value => Ok(value),
        };
        match option {
            "-n" | "--workers" => options.workers = number.ok_or_else(wrong)?,
            "--cores" => options.cores = Some(number.ok_or_else(wrong)?),
            "--memory" => options.memory = Some(given("size", "8GiB")?.to_owned()),
            "--work-dir" => options.work_dir = Some(expanded(given("folder", "FOLDER")?)),
            _ => {
                let fault = Fault::argument(format!("`%cluster start` has no option `{option}`"));
                return Err(fault
                    .hint("as `%cluster start -n 2 --cores 1 --memory 8GiB --work-dir FOLDER`")
                    .at(option));
            }
        }
    }
    Ok(options)
}
