//! A cluster that a notebook starts for itself: a master and workers in processes of their own on this machine, which
//! end with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fram_frame::{RunError, Watch};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::address::Address;
use crate::message::ClusterView;
use crate::runner::ClusterRunner;
use crate::token::Token;

/// How long workers may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a cluster that no longer answers may take to say why.
const ENDING: Duration = Duration::from_secs(10);
/// How long a drill waits for a query, how often it looks, and how long it lets the query run.
const DRILL_PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(50);
const HEAD_START: Duration = Duration::from_millis(300);

/// A cluster of processes that end when this is dropped.
pub struct OwnCluster {
    process: Mutex<Child>,
    /// What it says of what goes wrong: open, since it removes the folder when it ends.
    log: Mutex<File>,
    address: Address,
    token: Token,
    workers: usize,
    _folder: TempDir,
}

/// What a cluster of one's own is to be.
#[derive(Debug, Default)]
pub struct OwnClusterOptions {
    /// How many workers.
    pub workers: usize,
    /// Tasks that each runs at once.
    pub cores: Option<usize>,
    /// Memory that the tasks of all workers may use together, as people write it.
    pub memory: Option<String>,
    /// The folder for the workers' shuffle files.
    pub work_dir: Option<PathBuf>,
}

impl OwnCluster {
    /// Starts it: `program` is this project's own program.
    pub fn start(program: &Path, options: &OwnClusterOptions) -> Result<Self, RunError> {
        let workers = options.workers;
        let folder = TempDir::new().map_err(failed)?;
        let (token_file, log) = (folder.path().join("token"), folder.path().join("log"));
        let mut command = Command::new(program);
        command.args(["cluster", "start", "--port", "0", "--ui-port", "0", "--with-parent", "-n"]);
        command.arg(workers.to_string()).arg("--token-file").arg(&token_file);
        command.arg("--data-dir").arg(folder.path().join("data")).arg("--own-folder").arg(folder.path());
        if let Some(cores) = options.cores {
            command.args(["--cores", &cores.to_string()]);
        }
        if let Some(memory) = &options.memory {
            command.args(["--memory", memory]);
        }
        if let Some(folder) = &options.work_dir {
            command.arg("--work-dir").arg(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log).map_err(failed)?);
        let mut log = File::open(&log).map_err(failed)?;
        let mut process = command.spawn().map_err(failed)?;
        let Some(address) = process.stdout.take().and_then(address_in) else {
            drop(process.wait());
            return Err(failed(io::Error::other(last_complaint(&mut log))));
        };
        let token = Token::from_file(&token_file).map_err(|error| failed(io::Error::other(error)))?;
        let (process, log) = (Mutex::new(process), Mutex::new(log));
        Ok(Self { process, log, address, token, workers, _folder: folder })
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
        loop {
            let view = runner.view(watch);
            if view.as_ref().is_ok_and(|view| view.workers.len() >= self.workers) {
                return Ok(());
            }
            if matches!(self.process.lock().try_wait(), Ok(Some(_))) {
                return Err(failed(io::Error::other(last_complaint(&mut self.log.lock()))));
            }
            match view {
                // It ends, or what it says is yet to come.
                Err(RunError::Cluster { .. }) if begun.elapsed() < ENDING => {}
                Err(error) => return Err(error),
                Ok(_) if begun.elapsed() > PATIENCE => {
                    let why = last_complaint(&mut self.log.lock());
                    return Err(failed(io::Error::other(format!("its workers do not come: {why}"))));
                }
                Ok(_) => {}
            }
            thread::sleep(LOOK);
        }
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

fn failed(error: io::Error) -> RunError {
    RunError::System { what: "starting a cluster".into(), reason: error.to_string() }
}

/// What was complained of last, in one line: what stands after `fram: `, with what to do; else the last line.
fn last_complaint(log: &mut File) -> String {
    let mut text = String::new();
    if log.rewind().and_then(|()| log.read_to_string(&mut text)).is_err() {
        text.clear();
    }
    let complaint = text.rsplit_once("fram: ").map(|(_, last)| last.lines());
    let with_remedy = complaint.map(|mut lines| {
        let first = lines.next().unwrap_or_default();
        let rest = lines.take_while(|line| line.starts_with("  ")).map(str::trim);
        std::iter::once(first).chain(rest).collect::<Vec<_>>().join("; ")
    });
    let last_line = || text.lines().last().unwrap_or("it ended at once").to_owned();
    with_remedy.unwrap_or_else(last_line)
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        // It ends when its input is closed, and takes its workers along.
        let process = self.process.get_mut();
        drop(process.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE / 3 && matches!(process.try_wait(), Ok(None)) {
            thread::sleep(LOOK);
        }
        drop(process.kill());
        drop(process.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_complained_of_last_is_told_with_what_to_do() {
        let told = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            last_complaint(&mut file.reopen().unwrap())
        };
        assert_eq!(told(""), "it ended at once");
        assert_eq!(told("one\ntwo\n"), "two");
        let text = "fram: a first\n2026 INFO x\nfram: no folder\n  name one\n2026 INFO y\n";
        assert_eq!(told(text), "no folder; name one");
    }
}
