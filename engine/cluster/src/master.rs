//! The master: knows the workers and the jobs, and has Ballista's scheduler cut jobs into tasks. How it is called is
//! left to `service`; a worker's part of it is in `worker_session`, a driver's in `driver_session`.

mod driver_session;
mod fair_share;
mod notebooks;
mod shuffles;
mod spread;
mod stages;
mod watchdog;
mod worker_session;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::create_scheduler;
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tonic::Status;

use crate::cut::pairs_of_this_machine;
use crate::failure::Failure;
use crate::functions::Functions;
use crate::guests::guests;
use crate::master::fair_share::FairShare;
use crate::master::notebooks::Notebooks;
use crate::master::shuffles::{UNPACKED, shuffle_buffer, shuffle_codec};
use crate::master::spread::Spread;
use crate::message::{ClusterView, Health, ToWorker, WorkerCard, WorkerView};
use crate::pages::{self, PageSite};
use crate::records::{Records, worker_address};
use crate::service::MasterService;
use crate::stage::StageCodec;
use crate::tls::{Tls, server_with};
use crate::token::Token;

/// How long master and workers that end wait for the other side to hear it, and how often the master looks.
pub(crate) const FAREWELL: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(10);

/// How a master is set up.
#[derive(Clone)]
pub struct MasterOptions {
    /// Where it listens; port 0 is any that is free.
    pub bind: SocketAddr,
    /// What everybody who calls must show.
    pub token: Token,
    /// Its certificates, where connections are encrypted.
    pub tls: Option<Tls>,
    /// Functions that SQL may call.
    pub functions: Functions,
    /// Where its pages are served, if they are.
    pub pages: Option<SocketAddr>,
    /// Where records of jobs are kept.
    pub data_dir: PathBuf,
}

/// A master that runs.
pub(crate) struct Master {
    scheduler: SchedulerServer<LogicalPlanNode, PhysicalPlanNode>,
    /// Changes when there may be tasks for workers with free slots.
    work: watch::Sender<u64>,
    workers: Mutex<HashMap<String, WorkerEntry>>,
    pub(crate) records: Arc<Records>,
    pub(crate) notebooks: Notebooks,
    spread: Arc<Spread>,
    functions: Functions,
    /// Where its pages are, if it has any.
    pub(crate) site: Option<PageSite>,
    /// Whether it ends, as it was asked to.
    is_ending: AtomicBool,
}

/// A worker that is there.
pub(crate) struct WorkerEntry {
    pub(crate) card: WorkerCard,
    /// Tasks that it was given and has not ended.
    pub(crate) tasks: usize,
    pub(crate) health: Health,
    /// When it came, in milliseconds since 1970.
    pub(crate) since: u64,
    /// Whether it gets no more tasks.
    pub(crate) is_draining: bool,
    pub(crate) said_tx: mpsc::Sender<Result<ToWorker, Status>>,
}

/// A master that listens; it serves as long as the future of [`Self::serve`] is polled.
pub struct BoundMaster {
    listener: TcpListener,
    pages: Option<TcpListener>,
    master: Arc<Master>,
    token: Token,
    tls: Option<Tls>,
}

impl BoundMaster {
    /// A master that listens, but does not yet serve.
    pub async fn bind(options: MasterOptions) -> Result<Self, BindError> {
        let at = |address: SocketAddr| move |error| BindError { address: address.to_string(), error };
        let listener = TcpListener::bind(options.bind).await.map_err(at(options.bind))?;
        let pages = match options.pages {
            Some(bind) => Some(TcpListener::bind(bind).await.map_err(at(bind))?),
            None => None,
        };
        let site = pages.as_ref().and_then(|listener| listener.local_addr().ok());
        let is_encrypted = options.tls.as_ref().is_some_and(Tls::can_serve);
        let site = site.map(|address| PageSite::new(address, options.token.clone(), is_encrypted));
        let folder = &options.data_dir;
        let failed = |error| BindError { address: folder.display().to_string(), error };
        let records = Arc::new(Records::open(folder).map_err(failed)?);
        let master = Master::start(options.functions, records, site).await;
        let master = master.map_err(|error| at(options.bind)(io::Error::other(error)))?;
        Ok(Self { listener, pages, master, token: options.token, tls: options.tls })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where its pages are for whoever reaches its machine by this name, with what opens them for a while.
    pub fn pages(&self, host: &str) -> Option<String> {
        self.master.site.as_ref().map(|site| site.link("/").url(host))
    }

    /// Serves until it is to stop, or the future is dropped.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { listener, pages, master, token, tls } = self;
        let pages = pages::serve_master(pages, master.clone(), tls.clone());
        let calls = server_with(tls.as_ref())?
            .layer(tonic::service::InterceptorLayer::new(token))
            .add_service(MasterService { master: master.clone() })
            .serve_with_incoming(guests(listener));
        let farewell = async {
            stop.await;
            master.take_leave().await;
        };
        tokio::select! {
            ended = calls => ended.map_err(io::Error::other),
            ended = pages => ended,
            () = farewell => Ok(()),
        }
    }
}

/// What a master needs and cannot have: an address to listen at, or a folder.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be used: {error}")]
pub struct BindError {
    /// The address or the folder.
    pub address: String,
    /// What the system said.
    pub error: io::Error,
}

impl Master {
    pub(crate) async fn start(
        functions: Functions,
        records: Arc<Records>,
        site: Option<PageSite>,
    ) -> Result<Arc<Self>, ballista_core::error::BallistaError> {
        let (work, _) = watch::channel(0);
        let wake = work.clone();
        let spread = Arc::new(Spread::default());
        let config = SchedulerConfig {
            scheduling_policy: TaskSchedulingPolicy::PullStaged,
            task_distribution: TaskDistributionPolicy::Custom(Arc::new(FairShare {
                records: records.clone(),
                spread: spread.clone(),
            })),
            override_physical_codec: Some(Arc::new(StageCodec::default())),
            // What is lost is noticed by the workers' sessions, and what failed is run again by the driver: Ballista's
            // own second tries give wrong rows.
            executor_timeout_seconds: 3600,
            task_max_failures: 1,
            stage_max_failures: 1,
            finished_job_data_clean_up_interval_seconds: 0,
            // It holds the plan, rows in memory and all, and many jobs may hand parts of a large frame to the workers.
            finished_job_state_clean_up_interval_seconds: 2,
            on_work_available: Some(Arc::new(move |_| wake.send_modify(|count| *count += 1))),
            ..SchedulerConfig::default()
        };
        let config = Arc::new(config);
        let cluster = BallistaCluster::new_from_config(&config).await?;
        let scheduler = create_scheduler(cluster, config).await?;
        let (workers, notebooks) = (Mutex::default(), Notebooks::default());
        let is_ending = AtomicBool::new(false);
        Ok(Arc::new(Self {
            scheduler,
            work,
            workers,
            records,
            notebooks,
            spread,
            functions,
            site,
            is_ending,
        }))
    }

    /// Says this to every worker.
    async fn tell_workers(&self, message: impl Fn() -> ToWorker) {
        let workers: Vec<_> = self.workers.lock().values().map(|worker| worker.said_tx.clone()).collect();
        for said_tx in workers {
            if said_tx.send(Ok(message())).await.is_err() {
                // Its session sees that it is gone, too.
            }
        }
    }

    /// Says farewell to the workers, so that none takes this for a fault, and gives them a moment to hear it.
    async fn take_leave(&self) {
        log::info!("the master ends, as it was asked to");
        self.is_ending.store(true, Ordering::Relaxed);
        let left = async {
            self.tell_workers(|| ToWorker::Farewell).await;
            while self.with_workers(|workers| !workers.is_empty()) {
                sleep(LOOK).await;
            }
        };
        if timeout(FAREWELL, left).await.is_err() {
            log::debug!("a worker has not heard that the master ends");
        }
    }

    /// Whether it ends, as it was asked to.
    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// Ends a job that cannot come to a good end any more.
    pub(crate) async fn fail(&self, job: &str, failure: Failure) {
        self.records.note(job, failure);
        if let Err(error) = self.scheduler.cancel_job(job.to_owned().into()).await {
            log::warn!("job {job} could not be ended: {error}");
        }
        self.tell_workers(|| ToWorker::Stop { job: job.to_owned() }).await;
    }

    /// Gives the worker no more tasks, or tasks again; whether it is there.
    pub(crate) fn drain(&self, worker: &str, is_draining: bool) -> bool {
        let known = match self.workers.lock().get_mut(worker) {
            Some(entry) => {
                entry.is_draining = is_draining;
                if entry.said_tx.try_send(Ok(ToWorker::Drain(is_draining))).is_err() {
                    log::warn!(
                        "worker {worker} is not told to drain: it will have forgotten when it comes again"
                    );
                }
                true
            }
            None => false,
        };
        self.work.send_modify(|count| *count += 1);
        known
    }

    /// A worker has come.
    pub(crate) fn add_worker(&self, name: String, entry: WorkerEntry) {
        self.workers.lock().insert(name, entry);
    }

    /// What `look` makes of the workers that are there, by their names.
    pub(crate) fn with_workers<T>(&self, look: impl FnOnce(&HashMap<String, WorkerEntry>) -> T) -> T {
        look(&self.workers.lock())
    }

    /// Whether a worker could take one more task.
    fn has_free_slots(&self) -> bool {
        self.with_workers(|workers| {
            workers.values().any(|worker| !worker.is_draining && worker.tasks < worker.card.cores)
        })
    }

    /// How rows between stages are compressed.
    fn shuffle_codec(&self) -> &'static str {
        self.with_workers(|workers| shuffle_codec(workers.values().map(|worker| worker.card.host.as_str())))
    }

    /// Bytes of rows up to which a task holds what it brings to others.
    fn shuffle_buffer(&self) -> usize {
        let share = |worker: &WorkerEntry| worker.card.memory / worker.card.cores.max(1) as u64;
        self.with_workers(|workers| shuffle_buffer(workers.values().map(share)))
    }

    /// What the cluster is now.
    fn view(&self) -> ClusterView {
        let view = |(name, worker): (&String, &WorkerEntry)| WorkerView {
            address: worker_address(name).to_owned(),
            cores: worker.card.cores,
            memory: worker.card.memory,
            tasks: worker.tasks,
            is_draining: worker.is_draining,
            process: worker.card.process,
        };
        let is_packed = self.shuffle_codec() != UNPACKED;
        ClusterView {
            workers: self.workers.lock().iter().map(view).collect(),
            jobs: self.records.working(),
            jobs_ended: self.records.with_ended(<[_]>::len),
            pages: self.site.as_ref().map(|site| site.link("/")),
            is_packed,
            pairs: pairs_of_this_machine(),
        }
    }
}
