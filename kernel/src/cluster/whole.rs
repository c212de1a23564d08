//! `fram cluster start`: a master in this process and workers in processes of their own, which are started again when
//! they end.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fram_cluster::{Address, counted};
use futures::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time;

use super::certificates::tls_arguments;
use super::{
    asked_to_stop, bound, input_closed, log, open_files, own_program, pages_line, roots, runtime, ways_in,
};
use crate::cli::cluster::{ClusterCommand, ClusterOptions, TlsOptions};
use crate::console::{self, Complaint};

/// How long a worker may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time until a worker that has ended is started again.
const RESTART: Duration = Duration::from_secs(1);
/// A worker that fails sooner than this was never there: another would fail, too.
const AT_ONCE: Duration = Duration::from_secs(10);
/// How long the last words of a worker that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How workers are started.
struct WorkerPlan {
    master: Address,
    cores: usize,
    memory: u64,
    bind: IpAddr,
    token_file: PathBuf,
    work_dir: Option<PathBuf>,
    allow_path: Vec<PathBuf>,
    tls: TlsOptions,
}

/// A worker in a process of its own, which ends when this is dropped.
struct OwnWorker {
    child: Child,
    begun: Instant,
    complaint: Arc<Mutex<Option<String>>>,
    reading: JoinHandle<()>,
}

/// `fram cluster start`.
pub(crate) fn whole(options: &ClusterOptions) -> Result<ExitCode, Complaint> {
    let ClusterCommand::Start {
        workers,
        cores,
        memory,
        work_dir,
        allow_path,
        with_parent,
        own_folder,
        master,
    } = &options.what;
    log::start(master.verbose);
    open_files::raise();
    let here = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = cores.unwrap_or_else(|| (here / usize::from(*workers)).max(1));
    let memory = super::memory(memory.as_deref())? / u64::from(*workers);
    // Said before anything listens: each worker would refuse it.
    roots(master.bind, allow_path)?;
    let ended = runtime()?.block_on(async {
        let stop = asked_to_stop()?;
        let (bound, address, token_file) = bound(master).await?;
        let plan = WorkerPlan {
            master: address.clone(),
            cores,
            memory,
            bind: master.bind,
            token_file,
            work_dir: work_dir.clone(),
            allow_path: allow_path.clone(),
            tls: master.tls.clone(),
        };
        let (stop_tx, stop_rx) = watch::channel(false);
        let (failed_tx, mut failed_rx) = mpsc::channel(1);
        // The first ones are started here: what keeps them from starting keeps the cluster from starting.
        let started = (0..*workers).map(|_| plan.start()).collect::<Result<Vec<_>, _>>()?;
        console::say(&format!(
            "A cluster of {}, {} at once on each; Ctrl-C ends it.\n  \
             Notebooks use it by: %cluster {address}{}{}",
            counted(usize::from(*workers), "worker"),
            counted(cores, "task"),
            ways_in(master).1,
            pages_line(&bound, &address)
        ));
        let keep = |first| keep_worker(first, &plan, stop_rx.clone(), failed_tx.clone());
        let kept = join_all(started.into_iter().map(keep));
        let failed = |error| Complaint::new(format!("the master has ended: {error}"));
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = input_closed(), if *with_parent => {}
            }
            // A worker that ends from here on is not started again.
            stop_tx.send_replace(true);
        };
        let work = async {
            let ended = tokio::select! {
                ended = bound.serve(stop) => ended.map_err(failed),
                Some(complaint) = failed_rx.recv() => Err(complaint),
            };
            stop_tx.send_replace(true);
            ended
        };
        tokio::join!(work, kept).0
    });
    if let Some(folder) = own_folder {
        // Whoever made it removes it, too, if still there.
        drop(std::fs::remove_dir_all(folder));
    }
    ended.map(|()| ExitCode::SUCCESS)
}

impl WorkerPlan {
    fn start(&self) -> Result<OwnWorker, Complaint> {
        let mut command = Command::new(own_program()?);
        command.args(["worker", &self.master.to_string(), "--cores", &self.cores.to_string(), "--memory"]);
        command.arg(format!("{}KiB", self.memory >> 10)).args(["--with-parent", "--ui-port", "0"]);
        command.args(["--bind", &self.bind.to_string()]);
        for folder in &self.allow_path {
            command.arg("--allow-path").arg(folder);
        }
        command.arg("--token-file").arg(&self.token_file).args(tls_arguments(&self.tls));
        if let Some(folder) = &self.work_dir {
            command.arg("--work-dir").arg(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let begun = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| Complaint::new(format!("a worker could not be started: {error}")))?;
        let complaint = Arc::new(Mutex::new(None));
        let reading = match child.stderr.take() {
            Some(said) => tokio::spawn(pass_on(said, complaint.clone())),
            None => tokio::spawn(async {}),
        };
        Ok(OwnWorker { child, begun, complaint, reading })
    }
}

impl OwnWorker {
    /// Waits for its end; what it complained of last, and how it ended.
    async fn ended(&mut self) -> (Option<String>, String, bool) {
        let status = self.child.wait().await;
        // A task that outlives it may hold the pipe open.
        drop(time::timeout(LAST_WORDS, &mut self.reading).await);
        let complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner).take();
        let has_failed = status.as_ref().is_ok_and(|status| status.code().is_some_and(|code| code != 0));
        let how = status.map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string());
        (complaint, how, has_failed && self.begun.elapsed() < AT_ONCE)
    }
}

/// Says what a worker says, and remembers what it complains of: a line that begins as ours do, and those that belong
/// to it.
async fn pass_on(said: impl AsyncRead + Unpin, complaint: Arc<Mutex<Option<String>>>) {
    let mut lines = BufReader::new(said).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        console::note(&line);
        let mut last = complaint.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sentence) = line.strip_prefix("fram: ") {
            *last = Some(sentence.to_owned());
        } else if let (Some(last), true) = (last.as_mut(), line.starts_with("  ")) {
            last.push('\n');
            last.push_str(&line);
        }
    }
}

/// Keeps a worker running: one that ends is started again, until it is time to stop. Then it may end by itself, which
/// removes its folder; one that does not is ended when it is dropped. A first one that fails at once is said.
async fn keep_worker(
    first: OwnWorker,
    plan: &WorkerPlan,
    mut stop: watch::Receiver<bool>,
    failed: mpsc::Sender<Complaint>,
) {
    let mut worker = first;
    let mut is_first = true;
    loop {
        // To wait for a child closes its input, which would end it.
        let input = worker.child.stdin.take();
        let (complaint, how, is_at_once) = tokio::select! {
            ended = worker.ended() => ended,
            () = told_to(&mut stop) => {
                drop(input);
                drop(time::timeout(PATIENCE, worker.child.wait()).await);
                return;
            }
        };
        let why = complaint.unwrap_or(how);
        if is_first && is_at_once {
            // Another one's may have been said before.
            drop(failed.try_send(Complaint::new(format!("a worker has ended at once: {why}"))));
            return;
        }
        is_first = false;
        ::log::warn!("a worker has ended ({}); another is started", why.lines().next().unwrap_or_default());
        loop {
            tokio::select! {
                () = time::sleep(RESTART) => {}
                () = told_to(&mut stop) => return,
            }
            match plan.start() {
                Ok(started) => {
                    worker = started;
                    break;
                }
                Err(complaint) => ::log::warn!("{complaint}"),
            }
        }
    }
}

/// Waits until it is time to stop. What is looked at is let go: who holds it keeps everybody from saying more.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_complaint_of_a_worker_is_known() {
        let said = "2026 INFO x\nfram: a first\nfram: there is no folder\n  name one\n2026 INFO y\n";
        let complaint = Arc::default();
        pass_on(said.as_bytes(), Arc::clone(&complaint)).await;
        assert_eq!(complaint.lock().unwrap().as_deref(), Some("there is no folder\n  name one"));
    }
}
