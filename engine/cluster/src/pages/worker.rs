//! The page of a worker: what it runs and has run, what it uses of its machine, and the last lines of its log.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use parking_lot::Mutex;

use super::layout::{bar, facts, nothing, task_state, visible, worker_state};
use super::shown;
use crate::clock::Clock;
use crate::log_tail::LogTail;
use crate::message::{Health, WorkerCard};
use crate::processes::memory_of;
use crate::words::{amount, moment, time};

/// Ended tasks that are remembered.
const REMEMBERED: usize = 200;

/// Processes of slots, by their numbers, with whether they run a task.
pub(crate) type SlotProcesses = Arc<Mutex<HashMap<u32, bool>>>;

/// What a worker's page knows.
pub(crate) struct WorkerDesk {
    pub(crate) card: WorkerCard,
    pub(crate) master: String,
    /// Where the master's pages are, once it has said so.
    pub(crate) master_pages: Mutex<Option<String>>,
    pub(crate) work_dir: String,
    /// Whether it takes no more tasks.
    pub(crate) is_draining: AtomicBool,
    pub(crate) tasks: SlotTasks,
    pub(crate) slots: SlotProcesses,
    /// Bytes of shuffle files by job.
    pub(crate) disk: Mutex<HashMap<String, u64>>,
    pub(crate) log: LogTail,
    /// The master's time.
    pub(crate) clock: Clock,
}

impl WorkerDesk {
    /// What it uses of its machine now.
    pub(crate) fn health(&self) -> Health {
        let slots = self.slots.lock().keys().map(|slot| memory_of(*slot)).sum::<u64>();
        Health { memory: memory_of(std::process::id()) + slots, disk: self.disk.lock().values().sum() }
    }
}

/// A task of a worker.
#[derive(Debug, Clone)]
pub(crate) struct TaskNote {
    /// Job, stage and number.
    pub(crate) name: (String, u32, u32),
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) failure: Option<String>,
}

/// The tasks of a worker, now and before.
#[derive(Default)]
pub(crate) struct SlotTasks {
    known: Mutex<Known>,
    clock: Clock,
}

#[derive(Default)]
struct Known {
    running: Vec<TaskNote>,
    ended: VecDeque<TaskNote>,
    count: u64,
}

impl SlotTasks {
    /// None yet; this is what time it is.
    pub(crate) fn by(clock: &Clock) -> Self {
        Self { known: Mutex::default(), clock: clock.clone() }
    }

    /// A task has begun.
    pub(crate) fn begin(&self, name: (String, u32, u32)) {
        let begun = self.clock.now();
        self.known.lock().running.push(TaskNote { name, begun, ended: None, failure: None });
    }

    /// A task has ended, well or for this reason.
    pub(crate) fn end(&self, name: &(String, u32, u32), failure: Option<String>) {
        let mut known = self.known.lock();
        let Some(at) = known.running.iter().position(|task| task.name == *name) else { return };
        let task = TaskNote { ended: Some(self.clock.now()), failure, ..known.running.swap_remove(at) };
        known.count += 1;
        known.ended.push_front(task);
        known.ended.truncate(REMEMBERED);
    }

    pub(super) fn running(&self) -> Vec<TaskNote> {
        self.known.lock().running.clone()
    }

    pub(super) fn count(&self) -> u64 {
        self.known.lock().count
    }

    fn ended(&self) -> Vec<TaskNote> {
        self.known.lock().ended.iter().cloned().collect()
    }
}

/// `/`.
pub(super) async fn page(State(desk): State<Arc<WorkerDesk>>) -> Response {
    let health = desk.health();
    let running = desk.tasks.running();
    let used = format!("{} of {}", amount(health.memory), amount(desk.card.memory));
    let busy = format!("{} of {} busy", running.len(), desk.card.cores);
    let address = format!("{}:{}", desk.card.host, desk.card.port);
    let has_way = desk.master_pages.lock().is_some();
    let body = html! {
        h1 { "Worker " (address) }
        (facts(&[
            ("Master", html! { @if has_way { a href="/master" { (desk.master) } } @else { (desk.master) } }),
            ("State", worker_state(desk.is_draining.load(Ordering::Relaxed), running.len())),
            ("Cores", bar(running.len() as u64, desk.card.cores as u64, &busy)),
            ("Memory", bar(health.memory, desk.card.memory, &used)),
            ("Shuffle files", html! { (amount(health.disk)) " in " code { (visible(&desk.work_dir)) } }),
            ("Free on its disk", html! { @if let Some(free) = fram_frame::free_bytes_of(Path::new(&desk.work_dir)) { (amount(free)) } }),
            ("Tasks ended", html! { (desk.tasks.count()) }),
        ]))
        h2 { "Running" }
        (task_table(&running, has_way, desk.clock.now()))
        h2 { "Slots" }
        (slot_table(&desk))
        h2 { "Ended" }
        (task_table(&desk.tasks.ended(), has_way, desk.clock.now()))
        h2 { "Log" }
        div.log { pre { @for line in desk.log.lines() { (visible(&line)) "\n" } } }
    };
    let way = if has_way {
        html! { a href="/master" { "Cluster" } }
    } else {
        nothing()
    };
    shown(&format!("Worker {address}"), &way, &body)
}

fn slot_table(desk: &WorkerDesk) -> Markup {
    let mut slots: Vec<_> = desk.slots.lock().iter().map(|(slot, busy)| (*slot, *busy)).collect();
    slots.sort_unstable();
    html! {
        @if slots.is_empty() { p.faint { "None has been started." } } @else {
            table {
                thead { tr { th.number { "Process" } th { "State" } th.number { "Memory" } } }
                tbody {
                    @for (slot, busy) in slots {
                        tr {
                            td.number { (slot) }
                            td { @if busy { span.state.busy { "busy" } } @else { span.state.good { "ready" } } }
                            td.number { (amount(memory_of(slot))) }
                        }
                    }
                }
            }
        }
    }
}

fn task_table(tasks: &[TaskNote], has_way: bool, now: u64) -> Markup {
    if tasks.is_empty() {
        return html! { p.faint { "None." } };
    }
    html! {
        div.wide { table {
            thead { tr { th { "Job" } th.number { "Stage" } th.number { "Task" } th { "State" } th.number { "Begun (UTC)" } th.number { "Took" } th { "Error" } } }
            tbody { @for task in tasks {
                tr {
                    td.short { @if has_way { a href={ "/jobs/" (task.name.0) } { (task.name.0) } } @else { (task.name.0) } }
                    td.number { (task.name.1) }
                    td.number { (task.name.2) }
                    td { (task_state(task.ended, task.failure.as_deref())) }
                    td.number { (moment(task.begun)) }
                    td.number { (time(task.ended.unwrap_or(now).saturating_sub(task.begun))) }
                    td { @if let Some(failure) = &task.failure { (visible(failure)) } }
                }
            } }
        } }
    }
}
