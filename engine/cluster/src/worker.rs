//! A worker: takes tasks from its master, has its slots run them, and serves their shuffle files to others. How it
//! talks is in `channel`, how a task runs in `slots`.

mod files;
mod jobs;
mod report;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow_flight::flight_service_server::FlightServiceServer;
use fram_frame::private_folder;
use log::Level;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time;
use tonic::Status;

use crate::address::{Address, host_of, reached_from};
use crate::caller::Caller;
use crate::channel::Link;
use crate::clock::Clock;
use crate::functions::Functions;
use crate::guests::guests;
use crate::log_tail::LogTail;
use crate::master::FAREWELL;
use crate::message::{FromWorker, ToWorker, WorkerCard};
use crate::neighbours::say_name;
use crate::pages::{self, SlotTasks, WorkerDesk};
use crate::refusal::Refusal;
use crate::roots::Roots;
use crate::slot::is_job_name;
use crate::slots::{SlotKind, Slots};
use crate::tls::{Tls, server_with};
use crate::token::Token;
use crate::wire::LONGEST;
use files::ShuffleFiles;
use jobs::WorkerJobs;

/// How a worker is set up.
#[derive(Clone)]
pub struct WorkerOptions {
    /// Where the master listens.
    pub master: Address,
    /// What proves that it may take part.
    pub token: Token,
    /// Where it listens for those who fetch shuffle files.
    pub bind: SocketAddr,
    /// Tasks that it runs at once.
    pub cores: usize,
    /// Bytes of memory that its tasks may use together.
    pub memory: u64,
    /// Where shuffle files are written.
    pub work_dir: PathBuf,
    /// Where tasks run.
    pub slots: SlotKind,
    /// What tasks may read and write.
    pub roots: Roots,
    /// Functions that SQL may call, where tasks run in this process.
    pub functions: Functions,
    /// Its certificates, where connections are encrypted.
    pub tls: Option<Tls>,
    /// Where its page is served, if it is.
    pub page: Option<SocketAddr>,
    /// The last lines of its log.
    pub log: LogTail,
}

/// Time between two signs of life.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// Time until a master that went away is looked for again, at first and after a while.
const RETRY: Duration = Duration::from_millis(250);
const SLOWEST_RETRY: Duration = Duration::from_secs(4);

/// A worker that runs.
struct Worker {
    slots: Slots,
    desk: Arc<WorkerDesk>,
    jobs: WorkerJobs,
}

/// Why a worker has ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A folder or a port cannot be used.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The master does not take it, and never will.
    #[error("{reason}")]
    Refused {
        /// What is the matter.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

/// How the work for a master came to its end.
enum Parting {
    /// This worker was asked to end.
    Left,
    /// The master was, and has said so.
    Foretold,
    /// The master has closed the connection.
    Closed,
}

/// Runs a worker until it is to stop, or the future is dropped. A master that goes away is waited for; one that refuses
/// the token or the build will do so again.
pub async fn run_worker(options: WorkerOptions, stop: impl Future<Output = ()>) -> Result<(), WorkerError> {
    private_folder(&options.work_dir)?;
    let work_dir = options.work_dir.to_string_lossy().into_owned();
    let listener = bound(options.bind, "--port").await?;
    let mut stop = pin!(stop);
    let address = tokio::select! {
        address = reached_from(&options.master, listener.local_addr()?) => address,
        () = &mut stop => return Ok(()),
    };
    let server = serve_files(work_dir.clone(), listener, options.token.clone(), options.tls.clone());
    let page_listener = match options.page {
        Some(bind) => Some(bound(bind, "--ui-port").await?),
        None => None,
    };
    let page = page_listener.as_ref().and_then(|listener| Some(listener.local_addr().ok()?.port()));
    let (cores, memory, process) = (options.cores.max(1), options.memory, std::process::id());
    let card = WorkerCard { host: host_of(address.ip()), port: address.port(), cores, memory, page, process };
    let clock = Clock::default();
    let desk = Arc::new(WorkerDesk {
        card,
        master: options.master.to_string(),
        master_pages: Mutex::default(),
        work_dir,
        is_draining: AtomicBool::new(false),
        tasks: SlotTasks::by(&clock),
        slots: Arc::default(),
        disk: Mutex::default(),
        log: options.log.clone(),
        clock,
    });
    let slots = Slots::new(&options, address.to_string(), cores, desk.slots.clone());
    let pages = pages::serve_worker(page_listener, desk.clone(), options.token.clone(), options.tls.clone());
    let worker = Arc::new(Worker { slots, desk, jobs: WorkerJobs::default() });
    let (leave_tx, leave_rx) = watch::channel(false);
    let mut work = Box::pin(worker.work(&options, leave_rx));
    tokio::select! {
        served = server => Ok(served?),
        served = pages => Ok(served?),
        refusal = &mut work => refusal.map_or(Ok(()), |Refusal { reason, remedy, .. }| {
            Err(WorkerError::Refused { reason, remedy })
        }),
        () = &mut stop => {
            log::info!("this worker ends, as it was asked to");
            leave_tx.send_replace(true);
            if time::timeout(FAREWELL, work).await.is_err() {
                log::debug!("the master has not heard that this worker ends");
            }
            Ok(())
        }
    }
}

/// Ends when this worker is asked to leave.
async fn asked_to_leave(leave: &mut watch::Receiver<bool>) {
    drop(leave.wait_for(|leave| *leave).await);
}

/// Listens there; this option would choose another port.
async fn bound(address: SocketAddr, option: &str) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::AddrNotAvailable => {
                format!("{address} cannot be used: {error}; name an address that this machine has with --bind, or 0.0.0.0")
            }
            _ => format!("{address} cannot be used: {error}; choose another port with {option} N"),
        };
        std::io::Error::new(error.kind(), what)
    })
}

async fn serve_files(
    work_dir: String,
    listener: TcpListener,
    token: Token,
    tls: Option<Tls>,
) -> std::io::Result<()> {
    let service = FlightServiceServer::new(ShuffleFiles::below(work_dir))
        .max_decoding_message_size(LONGEST)
        .max_encoding_message_size(LONGEST);
    server_with(tls.as_ref())?
        .layer(tonic::service::InterceptorLayer::new(token))
        .add_service(service)
        .serve_with_incoming(guests(listener))
        .await
        .map_err(std::io::Error::other)
}

impl Worker {
    /// Works for the master, and waits for it where it goes away, until it refuses this worker for good, or this worker is
    /// asked to end.
    async fn work(
        self: Arc<Self>,
        options: &WorkerOptions,
        mut leave: watch::Receiver<bool>,
    ) -> Option<Refusal> {
        let caller = Caller::new(&options.token, options.tls.clone());
        let (mut wait, mut is_foretold) = (RETRY, false);
        loop {
            let begun = Instant::now();
            match self.clone().work_for(options, &caller, &mut leave).await {
                Ok(Parting::Left) => return None,
                Ok(Parting::Foretold) => is_foretold = true,
                Ok(Parting::Closed) => {}
                Err(status) => {
                    let refusal = Refusal::of(&options.master, &caller, &status).await;
                    if refusal.is_final {
                        return Some(refusal);
                    }
                    if wait == RETRY || begun.elapsed() > SLOWEST_RETRY {
                        let level = if is_foretold { Level::Info } else { Level::Warn };
                        log::log!(level, "{}; this worker goes on trying", refusal.reason);
                    }
                    is_foretold = false;
                }
            }
            // What ran for a master that is gone has no reader, and what it wrote neither.
            self.jobs.end_all();
            self.clean_all().await;
            wait = if begun.elapsed() > SLOWEST_RETRY { RETRY } else { SLOWEST_RETRY.min(wait * 2) };
            tokio::select! {
                () = time::sleep(wait) => {}
                () = asked_to_leave(&mut leave) => return None,
            }
        }
    }

    /// Takes tasks from the master until it goes away, or this worker is asked to end.
    async fn work_for(
        self: Arc<Self>,
        options: &WorkerOptions,
        caller: &Caller,
        leave: &mut watch::Receiver<bool>,
    ) -> Result<Parting, Status> {
        let (said_tx, said_rx) = mpsc::channel(64);
        let is_draining = self.desk.is_draining.load(Ordering::Relaxed);
        let hello = FromWorker::Hello { card: self.desk.card.clone(), is_draining };
        said_tx.send(hello).await.map_err(|_| Status::internal("the channel is closed"))?;
        let mut heard = Link::new(&options.master, caller)?.work(said_rx).await?;
        let mut beat = time::interval(BEAT);
        let mut name = String::new();
        loop {
            tokio::select! {
                message = heard.message() => match message? {
                    None => return Ok(Parting::Closed),
                    Some(ToWorker::Welcome { id, time, pages }) => {
                        self.desk.clock.set(time);
                        *self.desk.master_pages.lock() = pages.map(|pages| pages.url(&options.master.host));
                        if let Err(error) = say_name(&options.work_dir, &id) {
                            log::warn!("other workers on this machine do not find the rows here: {error}");
                        }
                        log::info!("the master at {} has taken this worker", options.master);
                        name = id;
                    }
                    Some(ToWorker::Run(task)) => self.start(task.into_vec(), &name, &said_tx),
                    Some(ToWorker::Drain(is_draining)) => {
                        self.desk.is_draining.store(is_draining, Ordering::Relaxed);
                        let what = if is_draining { "no more tasks" } else { "tasks again" };
                        log::info!("this worker takes {what}, as it was asked to");
                    }
                    Some(ToWorker::Stop { job }) => {
                        self.jobs.end(&job);
                    }
                    // Beside the rest: many files take their time, in which this worker would seem to be lost.
                    Some(ToWorker::Clean { job }) => {
                        let worker = self.clone();
                        tokio::spawn(async move { worker.clean(&job).await });
                    }
                    Some(ToWorker::Farewell) => {
                        log::info!("the master at {} has ended, as it was asked to", options.master);
                        return Ok(Parting::Foretold);
                    }
                },
                _ = beat.tick() => {
                    if said_tx.send(FromWorker::Beat(self.desk.health())).await.is_err() {
                        return Ok(Parting::Closed);
                    }
                }
                () = asked_to_leave(leave) => {
                    // The master answers by ending its part.
                    if said_tx.send(FromWorker::Leave).await.is_ok() {
                        while heard.message().await.is_ok_and(|said| said.is_some()) {}
                    }
                    return Ok(Parting::Left);
                }
            }
        }
    }

    fn start(self: &Arc<Self>, task: Vec<u8>, name: &str, said_tx: &mpsc::Sender<FromWorker>) {
        let (worker, name, said_tx) = (self.clone(), name.to_owned(), said_tx.clone());
        let entered = self.enter(&task);
        tokio::spawn(async move {
            let report = worker.report(task, entered, name).await;
            if said_tx.send(FromWorker::Done(report)).await.is_err() {
                log::info!("a task ended after its master had gone");
            }
        });
    }

    /// Removes what all jobs have left.
    async fn clean_all(&self) {
        let Ok(mut entries) = tokio::fs::read_dir(&self.desk.work_dir).await else { return };
        while let Ok(Some(entry)) = entries.next_entry().await {
            if let Some(job) = entry.file_name().to_str().filter(|name| !name.starts_with('.')) {
                self.clean(job).await;
            }
        }
    }

    /// The job is over: removes what it has left, now or when the last of its tasks has stopped.
    async fn clean(&self, job: &str) {
        if self.jobs.end(job) {
            self.remove(job).await;
        }
    }

    async fn remove(&self, job: &str) {
        self.desk.disk.lock().remove(job);
        // A name from the wire must not lead out of the folder.
        if !is_job_name(job) {
            log::warn!("a job with a strange name was not cleaned up");
            return;
        }
        let folder = Path::new(&self.desk.work_dir).join(job);
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            log::warn!("{} could not be removed: {error}", folder.display());
        }
    }
}
