//! What is remembered of a job: whose it is, its stages and tasks, when they ran, and how they ended. Where records are
//! kept is left to `records`, how they are shown to `pages`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::environment::{environment, without_secrets};
use crate::failure::Failure;

/// A notebook that hands jobs to a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// What no other notebook has.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The user and the machine that it runs for and on.
    pub owner: String,
    /// What it runs in, and how it was set up, by name.
    #[serde(default)]
    pub environment: Vec<(String, String)>,
}

impl Application {
    /// One of this process, with a new id.
    pub fn named(name: &str) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map(|user| user.name);
        let user = user.or_else(|| variable("USER")).unwrap_or_else(|| "somebody".to_owned());
        let host = nix::unistd::gethostname().map(|host| host.to_string_lossy().into_owned());
        let host = host.unwrap_or_default();
        let id = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let owner = if host.is_empty() { user } else { format!("{user}@{host}") };
        Self { id, name: name.to_owned(), owner, environment: environment() }
    }

    /// The same, with more that it was set up with.
    pub(crate) fn with(mut self, more: Vec<(String, String)>) -> Self {
        self.environment.extend(more);
        self
    }
}

/// What a driver says of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobCard {
    /// Whose it is.
    pub(crate) application: Application,
    /// The cell that it is a part of.
    pub(crate) cell: String,
    /// How often it was run before, because something was lost.
    pub(crate) tries: usize,
    /// Of how many earlier cells the rows were lost, and were computed again for it.
    #[serde(default)]
    pub(crate) restored: usize,
    /// Whether it is SQL; frames else.
    pub(crate) is_sql: bool,
}

/// How a job stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobState {
    /// It runs.
    #[default]
    Running,
    /// It has ended well.
    Succeeded,
    /// It has failed, with the reason.
    Failed(String),
    /// Somebody has cancelled it, or its notebook has gone away.
    Cancelled,
    /// Its master was stopped before it had ended.
    Abandoned,
}

impl JobState {
    /// How a job stands that has ended for this reason.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Cancelled | Failure::CancelledThere => Self::Cancelled,
            failure => Self::Failed(failure.to_string()),
        }
    }
}

/// A job in short: what lists show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobSummary {
    pub(crate) id: String,
    pub(crate) card: JobCard,
    pub(crate) state: JobState,
    /// Milliseconds since 1970, by the master's clock.
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) progress: JobProgress,
}

/// Letters of its cell that a job which has ended is held in memory with: more than lists show.
const CELL_HELD: usize = 1_100;

impl JobSummary {
    /// What is held in memory of a job that has ended, and for long.
    pub(crate) fn in_short(mut self) -> Self {
        if let Some((end, _)) = self.card.cell.char_indices().nth(CELL_HELD) {
            self.card.cell.truncate(end);
            self.card.cell.shrink_to_fit();
        }
        self
    }
}

/// How far a job has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobProgress {
    pub(crate) stages: usize,
    pub(crate) stages_done: usize,
    pub(crate) tasks: usize,
    pub(crate) tasks_done: usize,
    /// Rows and bytes that its tasks have written.
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// All that is known of a job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobRecord {
    pub(crate) summary: JobSummary,
    /// Stages by their numbers.
    pub(crate) stages: BTreeMap<usize, StageRecord>,
    /// Settings that the plan was made with.
    pub(crate) settings: Vec<(String, String)>,
}

/// A stage: tasks that do the same on other partitions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct StageRecord {
    /// What its tasks do, the first step first.
    pub(crate) steps: Vec<String>,
    /// How many tasks it has in all.
    pub(crate) tasks_planned: usize,
    /// The stages whose rows it reads.
    pub(crate) reads: Vec<usize>,
    /// Tasks that were begun.
    pub(crate) tasks: Vec<TaskRecord>,
}

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// Its number in its stage.
    pub(crate) number: usize,
    /// Where it ran, as `host:port`.
    pub(crate) worker: String,
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    /// Rows and bytes that it has written.
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
}

/// Why a task ended that did nothing wrong: its job did.
pub(crate) const STOPPED: &str = "stopped with its job";

/// Why a task ended, for people.
pub(crate) fn reason_of(failure: &Failure) -> String {
    match failure {
        Failure::Cancelled => STOPPED.to_owned(),
        failure => failure.to_string(),
    }
}

impl JobRecord {
    /// A job that begins.
    pub(crate) fn new(id: &str, card: JobCard, settings: Vec<(String, String)>, begun: u64) -> Self {
        let summary = JobSummary { id: id.to_owned(), card, begun, ..JobSummary::default() };
        let settings = settings.into_iter().map(without_secrets).collect();
        Self { summary, stages: BTreeMap::new(), settings }
    }

    /// The summary, with what the stages add up to.
    pub(crate) fn summed(&self) -> JobSummary {
        JobSummary { progress: self.progress(), ..self.summary.clone() }
    }

    /// The summary, with the rows and bytes of its last stage alone: those that a reader of it finds.
    pub(crate) fn with_last_rows(&self) -> JobSummary {
        let mut summary = self.summed();
        if let Some(last) = self.stages.values().next_back() {
            (summary.progress.rows, summary.progress.bytes) = (last.rows(), last.bytes());
        }
        summary
    }

    /// The workers on which the rows of its last stage lie, as `host:port`.
    pub(crate) fn keepers(&self) -> BTreeSet<String> {
        let last = self.stages.values().next_back().into_iter().flat_map(|stage| &stage.tasks);
        last.filter(|task| task.ended.is_some() && task.failure.is_none())
            .map(|task| task.worker.clone())
            .collect()
    }

    /// What the stages add up to.
    pub(crate) fn progress(&self) -> JobProgress {
        let stages = self.stages.values();
        JobProgress {
            stages: self.stages.len(),
            stages_done: stages.clone().filter(|stage| stage.is_done()).count(),
            tasks: stages.clone().map(|stage| stage.tasks_planned.max(stage.tasks.len())).sum(),
            tasks_done: stages.clone().map(StageRecord::tasks_done).sum(),
            rows: stages.clone().map(StageRecord::rows).sum(),
            bytes: stages.map(StageRecord::bytes).sum(),
        }
    }
}

impl StageRecord {
    /// Its steps, each of them once: a union does the same for each of its frames.
    pub(crate) fn told_steps(&self) -> Vec<String> {
        let mut told: Vec<(&str, usize)> = Vec::new();
        for step in &self.steps {
            match told.iter_mut().find(|(known, _)| known == step) {
                Some((_, times)) => *times += 1,
                None => told.push((step, 1)),
            }
        }
        let with_times = |(step, times): (&str, usize)| match times {
            1 => step.to_owned(),
            times => format!("{step} ×{times}"),
        };
        told.into_iter().map(with_times).collect()
    }

    pub(crate) fn tasks_done(&self) -> usize {
        self.tasks.iter().filter(|task| task.is_done()).count()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.tasks_planned > 0 && self.tasks_done() >= self.tasks_planned
    }

    /// Whether one of its tasks has failed.
    pub(crate) fn is_failed(&self) -> bool {
        self.tasks.iter().any(|task| task.failure.as_ref().is_some_and(|failure| failure != STOPPED))
    }

    pub(crate) fn rows(&self) -> u64 {
        self.tasks.iter().map(|task| task.rows).sum()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.tasks.iter().map(|task| task.bytes).sum()
    }
}

impl TaskRecord {
    pub(crate) fn is_done(&self) -> bool {
        self.ended.is_some() && self.failure.is_none()
    }
}
