//! The master: knows the workers and the jobs, and has Ballista's scheduler cut jobs into tasks. How it is called is
//! left to `service`; a worker's part of it is in `worker_session`, a driver's in `driver_session`.

mod driver_session;
mod jobs;
mod worker_session;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::create_scheduler;
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tonic::Status;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::functions::Functions;
use crate::master::jobs::Jobs;
use crate::message::{ClusterView, ToWorker, WorkerCard, WorkerView};
use crate::service::MasterService;
use crate::stage::StageCodec;
use crate::token::Token;

/// How a master is set up.
#[derive(Clone)]
pub struct MasterOptions {
    /// Where it listens; port 0 is any that is free.
    pub bind: SocketAddr,
    /// What everybody who calls must show.
    pub token: Token,
    /// Functions that SQL may call.
    pub functions: Functions,
}

/// A master that runs.
pub(crate) struct Master {
    scheduler: SchedulerServer<LogicalPlanNode, PhysicalPlanNode>,
    /// Changes when there may be tasks for workers with free slots.
    work: watch::Sender<u64>,
    workers: Mutex<HashMap<String, WorkerEntry>>,
    jobs: Jobs,
    functions: Functions,
}

/// A worker that is there.
struct WorkerEntry {
    card: WorkerCard,
    /// Tasks that it was given and has not ended.
    tasks: usize,
    said_tx: mpsc::Sender<Result<ToWorker, Status>>,
}

/// A master that listens; it serves as long as the future of [`Self::serve`] is polled.
pub struct BoundMaster {
    listener: TcpListener,
    master: Arc<Master>,
    token: Token,
}

impl BoundMaster {
    /// A master that listens, but does not yet serve.
    pub async fn bind(options: MasterOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.bind).await?;
        let master = Master::start(options.functions).await.map_err(io::Error::other)?;
        Ok(Self { listener, master, token: options.token })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) -> io::Result<()> {
        let Self { listener, master, token } = self;
        Server::builder()
            .layer(tonic::service::InterceptorLayer::new(token))
            .add_service(MasterService { master })
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
            .await
            .map_err(io::Error::other)
    }
}

impl Master {
    async fn start(functions: Functions) -> Result<Arc<Self>, ballista_core::error::BallistaError> {
        let (work, _) = watch::channel(0);
        let wake = work.clone();
        let config = SchedulerConfig {
            scheduling_policy: TaskSchedulingPolicy::PullStaged,
            task_distribution: TaskDistributionPolicy::RoundRobin,
            override_physical_codec: Some(Arc::new(StageCodec::default())),
            // What is lost is noticed by the workers' sessions, and what failed is run again by the driver: Ballista's
            // own second tries give wrong rows.
            executor_timeout_seconds: 3600,
            task_max_failures: 1,
            stage_max_failures: 1,
            finished_job_data_clean_up_interval_seconds: 0,
            finished_job_state_clean_up_interval_seconds: 60,
            on_work_available: Some(Arc::new(move |_| wake.send_modify(|count| *count += 1))),
            ..SchedulerConfig::default()
        };
        let config = Arc::new(config);
        let cluster = BallistaCluster::new_from_config(&config).await?;
        let scheduler = create_scheduler(cluster, config).await?;
        Ok(Arc::new(Self { scheduler, work, workers: Mutex::default(), jobs: Jobs::default(), functions }))
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

    /// What the cluster is now.
    fn view(&self) -> ClusterView {
        let view = |worker: &WorkerEntry| WorkerView {
            address: format!("{}:{}", worker.card.host, worker.card.port),
            cores: worker.card.cores,
            memory: worker.card.memory,
            tasks: worker.tasks,
        };
        let (jobs, jobs_ended) = (self.jobs.names().len(), self.jobs.ended());
        ClusterView { workers: self.workers.lock().values().map(view).collect(), jobs, jobs_ended }
    }
}
