//! Numbers for Prometheus, in its text form.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::worker::WorkerDesk;
use crate::master::Master;
use crate::record::{JobState, JobSummary};

/// Metrics as they are written: name, what it is, whether it only grows, and values by label.
type Metric<'a> = (&'a str, &'a str, bool, Vec<(String, u64)>);

/// `/metrics` of a master.
pub(super) async fn of_master(State(master): State<Arc<Master>>) -> Response {
    let (workers, draining, cores, busy, memory, used, disk) = master.with_workers(|workers| {
        let sum = |what: &dyn Fn(&crate::master::WorkerEntry) -> u64| workers.values().map(what).sum::<u64>();
        (
            workers.len() as u64,
            sum(&|worker| u64::from(worker.is_draining)),
            sum(&|worker| worker.card.cores as u64),
            sum(&|worker| worker.tasks as u64),
            sum(&|worker| worker.card.memory),
            sum(&|worker| worker.health.memory),
            sum(&|worker| worker.health.disk),
        )
    });
    let running = master.records.running();
    let waiting = running
        .iter()
        .map(|job| (job.progress.tasks - job.progress.tasks_done.min(job.progress.tasks)) as u64)
        .sum::<u64>();
    let ended = master.records.with_ended(ended_by_state);
    let one = |value: u64| vec![(String::new(), value)];
    written(&[
        ("fram_workers", "Workers that are there.", false, one(workers)),
        ("fram_workers_draining", "Workers that get no more tasks.", false, one(draining)),
        ("fram_cores", "Tasks that run at once at most.", false, one(cores)),
        ("fram_tasks_running", "Tasks that run.", false, one(busy)),
        ("fram_tasks_unfinished", "Tasks of running jobs that have not ended.", false, one(waiting)),
        ("fram_memory_limit_bytes", "Memory that tasks may use.", false, one(memory)),
        ("fram_memory_used_bytes", "Memory of the workers' processes.", false, one(used)),
        ("fram_shuffle_bytes", "Shuffle files on disk.", false, one(disk)),
        ("fram_jobs_running", "Jobs that run.", false, one(running.len() as u64)),
        (
            "fram_jobs_kept",
            "Jobs whose rows are kept for later.",
            false,
            one(master.records.kept().len() as u64),
        ),
        ("fram_jobs_ended", "Jobs on record that have ended, by how.", false, ended),
    ])
}

fn ended_by_state(ended: &[JobSummary]) -> Vec<(String, u64)> {
    let mut counts = [("succeeded", 0), ("failed", 0), ("cancelled", 0), ("abandoned", 0)];
    for job in ended {
        let at = match job.state {
            JobState::Succeeded => 0,
            JobState::Failed(_) => 1,
            JobState::Cancelled => 2,
            JobState::Abandoned | JobState::Running => 3,
        };
        counts[at].1 += 1;
    }
    counts.map(|(name, count)| (format!("{{state=\"{name}\"}}"), count)).to_vec()
}

/// `/metrics` of a worker.
pub(super) async fn of_worker(State(desk): State<Arc<WorkerDesk>>) -> Response {
    let health = desk.health();
    let one = |value: u64| vec![(String::new(), value)];
    written(&[
        ("fram_worker_cores", "Tasks that run at once at most.", false, one(desk.card.cores as u64)),
        ("fram_worker_tasks_running", "Tasks that run.", false, one(desk.tasks.running().len() as u64)),
        ("fram_worker_tasks_ended_total", "Tasks that have ended.", true, one(desk.tasks.count())),
        ("fram_worker_memory_limit_bytes", "Memory that tasks may use.", false, one(desk.card.memory)),
        ("fram_worker_memory_used_bytes", "Memory of its processes.", false, one(health.memory)),
        ("fram_worker_shuffle_bytes", "Shuffle files on disk.", false, one(health.disk)),
    ])
}

fn written(metrics: &[Metric<'_>]) -> Response {
    let mut text = String::new();
    for (name, help, grows, values) in metrics {
        let kind = if *grows { "counter" } else { "gauge" };
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for (labels, value) in values {
            text.push_str(&format!("{name}{labels} {value}\n"));
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
