//! What master, workers, drivers and slots say to each other. Messages of Ballista's own travel inside as bytes.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::record::{Application, JobCard, JobProgress};
use crate::roots::Roots;

/// What a worker says to its master.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// The first message: who it is.
    Hello {
        card: WorkerCard,
        /// Whether it was asked to take no more tasks, maybe by a master that was there before.
        is_draining: bool,
    },
    /// Once a second, so that the master knows it to be there.
    Beat(Health),
    /// A task has ended, and its slot is free again.
    Done(TaskReport),
    /// It ends, as it was asked to; the last message.
    Leave,
}

/// What a master says to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// The answer to a hello: the name that the worker has from now on, the master's time, and where its pages are.
    Welcome { id: String, time: u64, pages: Option<PagesAt> },
    /// A task to run: Ballista's definition.
    Run(ByteBuf),
    /// Take no more tasks, or tasks again: the worker remembers it where the master does not.
    Drain(bool),
    /// Stop the tasks of the job.
    Stop { job: String },
    /// Remove what the job has left on disk.
    Clean { job: String },
    /// The master ends, as it was asked to; the last message.
    Farewell,
}

/// Where pages are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PagesAt {
    pub(crate) address: SocketAddr,
    pub(crate) is_encrypted: bool,
}

impl PagesAt {
    /// How a browser finds them; `host` is the way to their machine, for those that are at all of its addresses.
    pub(crate) fn url(&self, host: &str) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("{scheme}://{host}:{}", self.address.port()),
            _ => format!("{scheme}://{}", self.address),
        }
    }
}

/// A page, with a key in it that opens all of them for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLink {
    pub(crate) at: PagesAt,
    pub(crate) path: String,
}

impl PageLink {
    /// The link for whoever reaches the pages' machine by this name.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("{}{}", self.at.url(host), self.path)
    }
}

/// Who a worker is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WorkerCard {
    /// Where its shuffle files are served, as others reach it.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Tasks that it runs at once.
    pub(crate) cores: usize,
    /// Bytes of memory that its tasks may use together.
    pub(crate) memory: u64,
    /// The port of its page; none where it shows none.
    pub(crate) page: Option<u16>,
    /// The number of its process on its machine.
    pub(crate) process: u32,
}

/// What a worker uses of its machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Health {
    /// Bytes of memory of its processes.
    pub(crate) memory: u64,
    /// Bytes of its shuffle files.
    pub(crate) disk: u64,
}

/// How a task ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TaskReport {
    pub(crate) job: String,
    /// Ballista's status of the task.
    #[serde(with = "serde_bytes")]
    pub(crate) status: Vec<u8>,
    /// Why it failed, if it did.
    pub(crate) failure: Option<Failure>,
}

/// What a driver says to a master.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromDriver {
    /// Run this; the first message.
    Submit(Submission),
    /// The result has been fetched, or is not wanted any more.
    Release,
    /// Say what the cluster is; the first and only message.
    Look,
    /// This notebook is there as long as the call lasts; the first and only message.
    Attend(Application),
}

/// A job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Submission {
    /// The physical plan, as DataFusion writes it.
    #[serde(with = "serde_bytes")]
    pub(crate) plan: Vec<u8>,
    /// Settings that the plan was made with, and its tasks run with.
    pub(crate) settings: Vec<(String, String)>,
    /// What people are told of it.
    pub(crate) card: JobCard,
}

/// What a master says to a driver.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToDriver {
    /// The job runs; where its page is, if there are pages. Said again while it runs and when it ends, since links are
    /// good for a while only.
    Accepted { page: Option<PageLink> },
    /// How far it has come.
    Progress(JobProgress),
    /// It has ended well; where its rows lie: Ballista's locations.
    Finished { locations: Vec<ByteBuf>, progress: JobProgress },
    /// It has failed.
    Failed(Failure),
    /// What the cluster is.
    Cluster(ClusterView),
}

/// What a cluster is at a moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Its workers.
    pub workers: Vec<WorkerView>,
    /// Jobs that run.
    pub jobs: usize,
    /// Jobs that are known to have ended, well or not.
    pub jobs_ended: usize,
    /// Where its pages are.
    pub pages: Option<PageLink>,
    /// Whether rows between stages are compressed.
    pub is_packed: bool,
    /// Pairs of a task that writes and one that reads that an exchange may have: what the master has memory for.
    pub pairs: u64,
}

/// A worker at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerView {
    /// Where its rows are fetched from, as `host:port`.
    pub address: String,
    /// Tasks that it runs at once.
    pub cores: usize,
    /// Bytes of memory that its tasks may use together.
    pub memory: u64,
    /// Tasks that it runs now.
    pub tasks: usize,
    /// Whether it gets no more tasks.
    pub is_draining: bool,
    /// The number of its process on its machine.
    pub process: u32,
}

impl ClusterView {
    /// Tasks that run at once on all workers together.
    pub fn slots(&self) -> usize {
        self.ready().map(|worker| worker.cores).sum()
    }

    /// Bytes of memory that any task has to itself when all run at once.
    pub fn memory_of_task(&self) -> u64 {
        self.ready().map(|worker| worker.memory / worker.cores.max(1) as u64).min().unwrap_or_default()
    }

    /// The workers that get tasks.
    fn ready(&self) -> impl Iterator<Item = &WorkerView> {
        self.workers.iter().filter(|worker| !worker.is_draining)
    }
}

/// What a worker tells one of its slots to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SlotTask {
    /// Ballista's definition of the task.
    #[serde(with = "serde_bytes")]
    pub(crate) task: Vec<u8>,
    /// Where shuffle files are.
    pub(crate) work_dir: String,
    /// What other workers want to be shown before they hand over rows.
    pub(crate) caller: Caller,
    /// Bytes of memory that it may use.
    pub(crate) memory: Option<u64>,
    /// What it may read and write.
    pub(crate) roots: Roots,
    /// Where the worker is reached.
    pub(crate) worker: String,
}

/// What a slot says to its worker while it has a task.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromSlot {
    /// It is alive.
    Beat,
    /// The task has ended.
    Done(Result<SlotOutcome, Failure>),
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SlotOutcome {
    /// What was written: Ballista's partitions.
    pub(crate) partitions: Vec<ByteBuf>,
    /// What was measured: Ballista's metrics of each node.
    pub(crate) metrics: Vec<ByteBuf>,
}
