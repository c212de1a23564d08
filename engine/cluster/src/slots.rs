//! The slots of a worker: each runs one task at a time, in a process of its own, so that what a task does (panics,
//! aborts, takes all memory) costs that task alone, and stopping it means to end its process.

mod here;
mod standstill;
mod start;

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, watch};
use tokio::time;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::message::{FromSlot, SlotOutcome, SlotTask};
use crate::pages::SlotProcesses;
use crate::roots::Roots;
use crate::wire;
use crate::words::counted;
use crate::worker::WorkerOptions;
use here::Here;
use standstill::LastWork;

/// How long a process that has a task is waited for.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Until it has begun: its program may have to come from a busy disk.
    start: Duration,
    /// Until it is heard of again: it beats each second, whatever its task does.
    beat: Duration,
    /// While it beats, and does next to nothing.
    standstill: Duration,
}

const PATIENCE: Patience = Patience {
    start: Duration::from_secs(40),
    beat: Duration::from_secs(10),
    standstill: standstill::LONGEST,
};

/// Where tasks run.
#[derive(Debug, Clone)]
pub enum SlotKind {
    /// In processes of this program, called with these arguments.
    Processes {
        /// The program.
        program: PathBuf,
        /// What makes it a slot.
        arguments: Vec<String>,
    },
    /// In this process; for tests, and clusters that live in one process.
    Threads,
}

/// The slots of a worker.
pub(crate) struct Slots {
    kind: SlotKind,
    count: usize,
    free: Semaphore,
    memory: u64,
    caller: Caller,
    roots: Roots,
    worker: String,
    idle: Mutex<Vec<Process>>,
    known: SlotProcesses,
    here: Here,
    patience: Patience,
}

/// A slot's process.
struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    has_begun: bool,
    number: u32,
    known: SlotProcesses,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.known.lock().remove(&self.number);
    }
}

impl Slots {
    /// The slots of the worker that is reached there, so many; their processes are noted in `known`.
    pub(crate) fn new(options: &WorkerOptions, worker: String, count: usize, known: SlotProcesses) -> Self {
        let (kind, memory, roots) = (options.slots.clone(), options.memory, options.roots.clone());
        let caller = Caller::new(&options.token, options.tls.clone());
        let functions = options.functions.clone();
        let free = Semaphore::new(count);
        let (idle, here) = (Mutex::default(), Here::new(functions));
        let patience = PATIENCE;
        Self { kind, count, free, memory, caller, roots, worker, idle, known, here, patience }
    }

    /// Runs the task until it ends, or `stop` is true or gone. One that would pass its share of the memory is run
    /// again when the other slots are free, with all of it.
    pub(crate) async fn run(&self, task: Vec<u8>, work_dir: &str, stop: watch::Receiver<bool>) -> Outcome {
        let share = self.memory / self.count.max(1) as u64;
        let (work_dir, caller) = (work_dir.to_owned(), self.caller.clone());
        let (roots, worker) = (self.roots.clone(), self.worker.clone());
        let mut task = SlotTask { task, work_dir, caller, memory: Some(share), roots, worker };
        let outcome = self.run_with(&task, 1, stop.clone()).await;
        if self.count < 2 || !matches!(outcome, Err(Failure::OutOfMemory { .. })) {
            return outcome;
        }
        task.memory = Some(self.memory);
        self.run_with(&task, self.count, stop).await
    }

    async fn run_with(&self, task: &SlotTask, slots: usize, mut stop: watch::Receiver<bool>) -> Outcome {
        let wanted = u32::try_from(slots).unwrap_or(u32::MAX);
        let stopped = async move { drop(stop.wait_for(|stopped| *stopped).await) };
        tokio::pin!(stopped);
        let _permit = tokio::select! {
            permit = self.free.acquire_many(wanted) => permit,
            () = &mut stopped => return Err(Failure::Cancelled),
        };
        match &self.kind {
            SlotKind::Threads => self.here.run(task, stopped).await,
            SlotKind::Processes { .. } => {
                let mut process = self.process()?;
                let outcome = tokio::select! {
                    outcome = process.run(task, self.patience) => outcome,
                    () = &mut stopped => {
                        process.end().await;
                        return Err(Failure::Cancelled);
                    }
                };
                match outcome {
                    // What was given up runs on in the process, and holds its memory.
                    Ok(Err(failure @ (Failure::OutOfMemory { .. } | Failure::Panicked { .. }))) => {
                        process.end().await;
                        Err(failure)
                    }
                    Ok(outcome) => {
                        self.known.lock().insert(process.number, false);
                        self.idle.lock().push(process);
                        outcome
                    }
                    Err(error) => Err(process.obituary(&error).await),
                }
            }
        }
    }

    fn process(&self) -> Result<Process, Failure> {
        if let Some(process) = self.idle.lock().pop() {
            self.known.lock().insert(process.number, true);
            return Ok(process);
        }
        let SlotKind::Processes { program, arguments } = &self.kind else {
            return Err(Failure::Panicked { message: "a slot without a program".into() });
        };
        let failed = |reason: String| Failure::System { what: "starting a slot".into(), reason };
        let mut command = Command::new(program);
        // A slot is one core: as many of them run at once as the worker was told to use.
        command.arg0("fram").args(arguments).env("POLARS_MAX_THREADS", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = start::start(command).map_err(|error| failed(error.to_string()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("its pipes are missing".into()));
        };
        let number = child.id().unwrap_or_default();
        self.known.lock().insert(number, true);
        Ok(Process { child, input, output, has_begun: false, number, known: self.known.clone() })
    }
}

/// What came of a task.
pub(crate) type Outcome = Result<SlotOutcome, Failure>;

impl Process {
    /// Runs the task, unless it does next to nothing for so long.
    async fn run(&mut self, task: &SlotTask, patience: Patience) -> io::Result<Outcome> {
        let Patience { start, beat, standstill } = patience;
        let mut last_work = LastWork::now(self.number);
        let longest = if self.has_begun { beat } else { start };
        unless_silent(wire::send(&mut self.input, task), longest).await?;
        loop {
            let longest = if self.has_begun { beat } else { start };
            let said = unless_silent(wire::receive(&mut self.output), longest).await?;
            self.has_begun = true;
            match said {
                FromSlot::Beat if last_work.is_over(standstill) => {
                    let what = format!(
                        "it did nothing for {}: does a disk or a network folder hang?",
                        counted(standstill.as_secs() as usize, "second")
                    );
                    return Err(io::Error::new(io::ErrorKind::TimedOut, what));
                }
                FromSlot::Beat => {}
                FromSlot::Done(outcome) => return Ok(outcome),
            }
        }
    }

    /// Ends the process and waits until it is gone.
    async fn end(&mut self) {
        if let Err(error) = self.child.kill().await {
            log::warn!("a slot could not be ended: {error}");
        }
    }

    /// Why the process ended in the middle of a task.
    async fn obituary(&mut self, error: &io::Error) -> Failure {
        self.end().await;
        let how = match self.child.try_wait() {
            Ok(Some(status)) if error.kind() != io::ErrorKind::TimedOut => status.to_string(),
            _ => error.to_string(),
        };
        Failure::Died { how }
    }
}

/// What comes of it, unless nothing comes for so long that the process must be stopped or hang.
async fn unless_silent<T>(talk: impl Future<Output = io::Result<T>>, longest: Duration) -> io::Result<T> {
    let silent = |_| {
        let seconds = counted(longest.as_secs() as usize, "second");
        io::Error::new(io::ErrorKind::TimedOut, format!("it gave no sign of life for {seconds}"))
    };
    time::timeout(longest, talk).await.map_err(silent)?
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::*;
    use crate::address::Address;
    use crate::functions::Functions;
    use crate::log_tail::LogTail;
    use crate::token::Token;

    /// A process that does as the script says, where `$beat` beats.
    fn scripted(folder: &std::path::Path, script: &str) -> SlotKind {
        let beat = folder.join("beat");
        let mut bytes = Vec::new();
        wire::send_blocking(&mut bytes, &FromSlot::Beat).unwrap();
        fs::write(&beat, bytes).unwrap();
        let script = script.replace("$beat", &format!("cat '{}'", beat.display()));
        SlotKind::Processes { program: "sh".into(), arguments: vec!["-c".into(), script] }
    }

    /// How a task ends in a process that does as the script says.
    async fn ending(script: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let options = WorkerOptions {
            master: Address { host: "127.0.0.1".into(), port: 1 },
            token: Token::random(),
            bind: ([127, 0, 0, 1], 0).into(),
            cores: 1,
            memory: 1 << 30,
            work_dir: folder.path().to_owned(),
            slots: scripted(folder.path(), script),
            roots: Roots::all(),
            functions: Functions::default(),
            tls: None,
            page: None,
            log: LogTail::default(),
        };
        let known = SlotProcesses::default();
        let mut slots = Slots::new(&options, String::new(), 1, known.clone());
        let second = Duration::from_secs(1);
        slots.patience = Patience { start: 4 * second, beat: second, standstill: 3 * second };
        let (_stop_tx, stop) = watch::channel(false);
        let outcome = slots.run(Vec::new(), "", stop).await;
        assert!(known.lock().is_empty() && slots.idle.lock().is_empty());
        match outcome {
            Err(Failure::Died { how }) => how,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_task_that_stands_still_is_ended() {
        let begun = Instant::now();
        let how = ending("while sleep 0.1; do $beat; done").await;
        assert!(how.contains("did nothing for 3 seconds:"), "{how}");
        assert!(begun.elapsed() > Duration::from_secs(3));
    }

    #[tokio::test]
    async fn a_process_has_longer_to_begin_than_to_go_on() {
        let how = ending("sleep 2; $beat; sleep 60").await;
        assert!(how.contains("no sign of life for 1 second"), "{how}");
        let how = ending("sleep 60").await;
        assert!(how.contains("no sign of life for 4 seconds"), "{how}");
    }
}
