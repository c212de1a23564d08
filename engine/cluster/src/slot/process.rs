//! The process of a slot: tasks come in through a pipe, and what came of them goes out through another, with a sign of
//! life each second meanwhile.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fram_frame::{end_runtime, give_back};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{STACK_BYTES, Slot};
use crate::functions::Functions;
use crate::message::{FromSlot, SlotTask};
use crate::wire;
use crate::worker::BEAT;

/// How long a process without a task holds the memory of the last one.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the tasks that come in, one after the other, and ends when nobody sends any more, in the middle of a task too.
/// On Linux this process also ends, stopped or not, with the thread that started it.
pub fn run_slot(
    functions: Functions,
    mut input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    settle_on_linux()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .thread_stack_size(STACK_BYTES)
        .build()?;
    let (task_tx, mut task_rx) = mpsc::channel::<SlotTask>(1);
    thread::Builder::new().name("fram-slot-input".into()).spawn(move || {
        while let Ok(task) = wire::receive_blocking(&mut input) {
            if task_tx.blocking_send(task).is_err() {
                return;
            }
        }
    })?;
    let mouth = Mouth::new(output)?;
    let slot = Slot::with_connections(functions);
    while let Some(task) = runtime.block_on(next(&mut task_rx)) {
        mouth.begin();
        let outcome = runtime.block_on(async {
            tokio::select! {
                outcome = slot.run(&task, None) => Some(outcome),
                // The worker is gone, or has let this slot go: what runs is of no use to anybody.
                _ = task_rx.recv() => None,
            }
        });
        let Some(outcome) = outcome else { break };
        mouth.end(FromSlot::Done(outcome))?;
    }
    // A query that still runs ends with the process.
    end_runtime(runtime);
    Ok(())
}

/// What Linux is asked for at the start. Elsewhere a slot has to notice by itself that its worker is gone, which it cannot
/// while it is stopped.
#[cfg(target_os = "linux")]
fn settle_on_linux() -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // It may have been started by a name that says nothing.
    nix::sys::prctl::set_name(c"fram-slot")?;
    // Where the machine has no memory left, a slot goes before its worker, which runs the task again.
    drop(std::fs::write("/proc/self/oom_score_adj", SOONER));
    Ok(())
}

/// How much sooner than others a slot is ended by a machine without memory, of 1,000.
#[cfg(target_os = "linux")]
const SOONER: &str = "500";

/// The next task. What earlier ones have freed is given back to the system where none comes soon.
async fn next(tasks: &mut mpsc::Receiver<SlotTask>) -> Option<SlotTask> {
    if let Ok(task) = tokio::time::timeout(PAUSE, tasks.recv()).await {
        return task;
    }
    give_back();
    tasks.recv().await
}

/// Where the worker is talked to: by a thread of its own, too, since a task may keep all others busy.
struct Mouth<W>(Arc<Mutex<Talk<W>>>);

struct Talk<W> {
    output: W,
    has_task: bool,
}

impl<W: Write + Send + 'static> Mouth<W> {
    fn new(output: W) -> io::Result<Self> {
        let talk = Arc::new(Mutex::new(Talk { output, has_task: false }));
        let beating = Arc::downgrade(&talk);
        let beat = move || {
            while let Some(talk) = beating.upgrade() {
                let mut talk = talk.lock();
                // A worker that does not listen any more is noticed by what it no longer sends.
                if talk.has_task && wire::send_blocking(&mut talk.output, &FromSlot::Beat).is_err() {
                    return;
                }
                drop(talk);
                thread::sleep(BEAT);
            }
        };
        thread::Builder::new().name("fram-slot-beat".into()).spawn(beat)?;
        Ok(Self(talk))
    }

    fn begin(&self) {
        self.0.lock().has_task = true;
    }

    /// The last that is said of a task.
    fn end(&self, said: FromSlot) -> io::Result<()> {
        let mut talk = self.0.lock();
        talk.has_task = false;
        wire::send_blocking(&mut talk.output, &said)
    }
}
