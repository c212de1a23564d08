//! A cluster that a notebook starts for itself: a master and workers in processes of their own on this machine, which
//! end with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fram_frame::{RunError, Watch};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::address::Address;
use crate::message::ClusterView;
use crate::runner::ClusterRunner;
use crate::token::Token;

/// How long workers may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a drill waits for a query, how often it looks, and how long it lets the query run.
const DRILL_PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(50);
const HEAD_START: Duration = Duration::from_millis(300);

/// A cluster of processes that end when this is dropped.
pub struct OwnCluster {
    process: Child,
    address: Address,
    token: Token,
    workers: usize,
    _folder: TempDir,
}

impl OwnCluster {
    /// Starts it: `program` is this project's own program.
    pub fn start(program: &Path, workers: usize, cores: Option<usize>) -> Result<Self, RunError> {
        let failed = |error: io::Error| RunError::System {
            what: "starting a cluster".into(),
            reason: error.to_string(),
        };
        let folder = TempDir::new().map_err(failed)?;
        let (token_file, log) = (folder.path().join("token"), folder.path().join("log"));
        let mut command = Command::new(program);
        command.args(["cluster", "start", "--port", "0", "--ui-port", "0", "--with-parent", "-n"]);
        command.arg(workers.to_string()).arg("--token-file").arg(&token_file);
        command.arg("--data-dir").arg(folder.path().join("data")).arg("--own-folder").arg(folder.path());
        if let Some(cores) = cores {
            command.args(["--cores", &cores.to_string()]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log).map_err(failed)?);
        let mut process = command.spawn().map_err(failed)?;
        let Some(address) = process.stdout.take().and_then(address_in) else {
            drop(process.wait());
            return Err(failed(io::Error::other(last_line(log))));
        };
        let token = Token::from_file(&token_file).map_err(|error| failed(io::Error::other(error)))?;
        Ok(Self { process, address, token, workers, _folder: folder })
    }

    /// Where its master listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What its master wants to be shown.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Waits until its workers have come.
    pub fn wait_for_workers(&self, runner: &ClusterRunner, watch: &Watch) -> Result<(), RunError> {
        let begun = Instant::now();
        while runner.view(watch)?.workers.len() < self.workers {
            if begun.elapsed() > PATIENCE {
                let reason = "its workers do not come".to_owned();
                return Err(RunError::System { what: "starting a cluster".into(), reason });
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Kills a worker in the middle of the next query, to see what happens then.
    pub fn drill(&self, runner: Arc<ClusterRunner>) -> io::Result<()> {
        thread::Builder::new().name("fram-drill".into()).spawn(move || {
            let begun = Instant::now();
            while begun.elapsed() < DRILL_PATIENCE {
                thread::sleep(LOOK);
                let Ok(view) = runner.view(&Watch::new()) else { return };
                if busiest(&view).is_some() {
                    thread::sleep(HEAD_START);
                    let Some(worker) = runner.view(&Watch::new()).ok().as_ref().and_then(busiest) else {
                        continue;
                    };
                    if let Err(error) = kill(worker, Signal::SIGKILL) {
                        log::warn!("a worker could not be killed for the drill: {error}");
                    }
                    return;
                }
            }
        })?;
        Ok(())
    }
}

/// The process of the worker that has the most to do, if any has.
fn busiest(view: &ClusterView) -> Option<Pid> {
    let worker = view.workers.iter().filter(|worker| worker.tasks > 0).max_by_key(|worker| worker.tasks)?;
    Some(Pid::from_raw(i32::try_from(worker.process).ok()?))
}

/// The address in what the program says first. What it says later is read, so that it is not held up.
fn address_in(said: impl io::Read + Send + 'static) -> Option<Address> {
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let found = lines.find_map(|line| line.split_whitespace().find_map(|word| word.parse().ok()));
    thread::Builder::new().name("fram-own-cluster".into()).spawn(move || lines.for_each(drop)).ok()?;
    found
}

fn last_line(log: PathBuf) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or("it ended at once").to_owned()
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        // It ends when its input is closed, and takes its workers along.
        drop(self.process.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE / 3 && matches!(self.process.try_wait(), Ok(None)) {
            thread::sleep(LOOK);
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
