//! A cluster that lives in one process: a master and workers on threads of their own, for one machine and for tests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fram_frame::{RunError, Watch, end_runtime};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::address::Address;
use crate::caller::Caller;
use crate::cut::CutOptions;
use crate::functions::Functions;
use crate::log_tail::LogTail;
use crate::master::{BoundMaster, MasterOptions};
use crate::record::Application;
use crate::roots::Roots;
use crate::runner::ClusterRunner;
use crate::slot::STACK_BYTES;
use crate::slots::SlotKind;
use crate::token::Token;
use crate::worker::{WorkerOptions, run_worker};

/// A cluster on this machine. It ends when it is dropped.
pub struct LocalCluster {
    address: Address,
    token: Token,
    functions: Functions,
    runtime: Option<Runtime>,
    work: TempDir,
}

/// How a local cluster is set up.
#[derive(Clone)]
pub struct LocalClusterOptions {
    /// How many workers.
    pub workers: usize,
    /// Tasks that each runs at once.
    pub cores: usize,
    /// Bytes of memory that the tasks of each may use together.
    pub memory: u64,
    /// Where tasks run.
    pub slots: SlotKind,
    /// Functions that SQL may call.
    pub functions: Functions,
}

impl LocalClusterOptions {
    /// So many workers of one core and 4 GiB each, whose tasks run in this process, with no functions but those of SQL
    /// itself.
    pub fn in_threads(workers: usize) -> Self {
        let functions = Functions::default();
        Self { workers, cores: 1, memory: 4 << 30, slots: SlotKind::Threads, functions }
    }
}

/// The folder of the workers' folders.
const WORKERS: &str = "workers";
/// Workers take a moment to find their master.
const PATIENCE: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(20);
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl LocalCluster {
    /// Starts a master and its workers, and returns when all of these have come.
    pub fn start(options: &LocalClusterOptions) -> io::Result<Self> {
        let work = TempDir::new()?;
        let token = Token::random();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("fram-cluster")
            .thread_stack_size(STACK_BYTES)
            .build()?;
        let bound = runtime.block_on(BoundMaster::bind(MasterOptions {
            bind: LOOPBACK,
            token: token.clone(),
            functions: options.functions.clone(),
            tls: None,
            pages: Some(LOOPBACK),
            data_dir: work.path().join("master"),
        }));
        let bound = bound.map_err(io::Error::other)?;
        let address = bound.address()?;
        let address = Address::from(address);
        runtime.spawn(async move {
            if let Err(error) = bound.serve(std::future::pending()).await {
                log::error!("the master has ended: {error}");
            }
        });
        for number in 0..options.workers {
            let worker = WorkerOptions {
                master: address.clone(),
                token: token.clone(),
                bind: LOOPBACK,
                cores: options.cores,
                memory: options.memory,
                work_dir: work.path().join(WORKERS).join(format!("worker-{number}")),
                slots: options.slots.clone(),
                roots: Roots::all(),
                functions: options.functions.clone(),
                tls: None,
                page: None,
                log: LogTail::default(),
            };
            runtime.spawn(async move {
                if let Err(error) = run_worker(worker, std::future::pending()).await {
                    log::error!("a worker has ended: {error}");
                }
            });
        }
        let functions = options.functions.clone();
        let cluster = Self { address, token, functions, runtime: Some(runtime), work };
        cluster.wait_for(options.workers)?;
        Ok(cluster)
    }

    fn wait_for(&self, workers: usize) -> io::Result<()> {
        let runner = self.runner(CutOptions::default()).map_err(io::Error::other)?;
        let begun = Instant::now();
        while runner.view(&Watch::new()).map_err(io::Error::other)?.workers.len() < workers {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the workers do not come to the master"));
            }
            std::thread::sleep(SOON);
        }
        Ok(())
    }

    /// A notebook's runner on it, whose plans are cut like this.
    pub fn runner(&self, options: CutOptions) -> Result<Arc<ClusterRunner>, RunError> {
        let (address, caller) = (self.address.clone(), Caller::new(&self.token, None));
        let application = Application::named("a notebook of this process");
        ClusterRunner::new(address, caller, options, self.functions.clone(), application)
    }

    /// Where its master listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Where its workers write, each in a folder of its own.
    pub fn work_dir(&self) -> PathBuf {
        self.work.path().join(WORKERS)
    }

    /// What its master wants to be shown.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            end_runtime(runtime);
        }
    }
}
