//! `fram master`, `fram worker` and `fram cluster`: the processes of a cluster, set up from the command line. What they
//! do is left to `fram-cluster`.

mod folder;
mod log;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fram_cluster::{
    Address, BoundMaster, MasterOptions, SlotKind, Token, WorkerOptions, run_slot, run_worker,
};
use fram_engine::sql::worker_functions;
use tokio::runtime::Runtime;

use crate::cli::cluster::{MasterOptions as MasterArguments, WorkerOptions as WorkerArguments};
use crate::console::{self, Complaint};
use folder::WorkFolder;

/// Stack of the threads that decode and run plans, which nest deeply.
const STACK_BYTES: usize = 32 << 20;
/// What tasks may use of a machine's memory, unless another amount is asked for.
const MEMORY: &str = "80%";

/// `fram master`.
pub(crate) fn master(options: &MasterArguments) -> Result<ExitCode, Complaint> {
    log::start(options.verbose);
    let token_file = token_file(options.token_file.as_deref())?;
    let token = Token::from_file_or_new(&token_file).map_err(|error| Complaint::new(error.to_string()))?;
    let bind = SocketAddr::new(options.bind, options.port);
    let runtime = runtime()?;
    runtime.block_on(until_stopped(async {
        let bound = BoundMaster::bind(MasterOptions { bind, token, functions: worker_functions() }).await.map_err(|error| taken(bind, &error))?;
        let address = bound.address().map_err(|error| taken(bind, &error))?;
        let reached = reached_at(address);
        console::say(&format!(
            "The master listens at {reached}; its token is in {}.\n  Workers join with:   fram worker {reached}\n  \
             Notebooks use it by: %cluster {reached}",
            token_file.display()
        ));
        bound.serve().await.map_err(|error| Complaint::new(format!("the master has ended: {error}")))
    }))
}

/// `fram worker`.
pub(crate) fn worker(options: &WorkerArguments) -> Result<ExitCode, Complaint> {
    log::start(options.verbose);
    let master: Address = options
        .master
        .parse()
        .map_err(|error: fram_cluster::AddressError| Complaint::new(error.to_string()))?;
    let token_file = token_file(options.token_file.as_deref())?;
    let token = Token::from_file(&token_file).map_err(|error| {
        Complaint::new(error.to_string())
            .remedy("copy the file from the machine of the master, or name one with --token-file")
    })?;
    let folder = WorkFolder::claim(options.work_dir.as_deref()).map_err(|error| {
        Complaint::new(format!("there is no folder to work in: {error}")).remedy("name one with --work-dir")
    })?;
    let cores = options.cores.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let memory = memory(options.memory.as_deref())?;
    let worker = WorkerOptions {
        master: master.clone(),
        token,
        bind: SocketAddr::new(options.bind, options.port),
        cores,
        memory,
        work_dir: folder.path().to_owned(),
        slots: slots()?,
        functions: worker_functions(),
    };
    console::say(&format!(
        "A worker for {master}: {cores} tasks at once, {:.1} GiB of memory, files in {}.",
        memory as f64 / f64::from(1 << 30),
        folder.path().display()
    ));
    runtime()?.block_on(until_stopped(async {
        run_worker(worker).await.map_err(|error| Complaint::new(format!("the worker has ended: {error}")))
    }))
}

/// `fram slot`: what a worker starts for its tasks.
pub(crate) fn slot() -> Result<ExitCode, Complaint> {
    log::start(false);
    let ended = run_slot(worker_functions(), std::io::stdin(), std::io::stdout());
    ended.map(|()| ExitCode::SUCCESS).map_err(|error| Complaint::new(error.to_string()))
}

fn slots() -> Result<SlotKind, Complaint> {
    let program = std::env::current_exe().map_err(|error| {
        Complaint::new(format!("where this program lies is not to be found out: {error}"))
    })?;
    Ok(SlotKind::Processes { program, arguments: vec!["slot".to_owned()] })
}

/// The file with the token.
fn token_file(given: Option<&Path>) -> Result<PathBuf, Complaint> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    Token::default_file().ok_or_else(|| {
        Complaint::new("there is no home folder to keep a token in").remedy("name a file with --token-file")
    })
}

/// Bytes of memory, as `4GiB` or `80%`.
fn memory(given: Option<&str>) -> Result<u64, Complaint> {
    let text = given.unwrap_or(MEMORY);
    fram_engine::memory_amount(text).ok_or_else(|| {
        Complaint::new(format!("`{text}` is no amount of memory"))
            .remedy("write it as --memory 4GiB, or 50% of the machine's")
    })
}

/// How others reach what listens there.
fn reached_at(address: SocketAddr) -> Address {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    Address { host: ip.to_string(), port: address.port() }
}

fn taken(bind: SocketAddr, error: &std::io::Error) -> Complaint {
    Complaint::new(format!("{bind} cannot be listened on: {error}")).remedy("name another port with --port")
}

fn runtime() -> Result<Runtime, Complaint> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Complaint::new(format!("threads cannot be started: {error}")))
}

/// Runs until it ends by itself, or until the system or Ctrl-C asks to stop.
async fn until_stopped(work: impl Future<Output = Result<(), Complaint>>) -> Result<ExitCode, Complaint> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error: std::io::Error| Complaint::new(format!("signals cannot be heard: {error}"));
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt()).map_err(failed)?, signal(SignalKind::terminate()).map_err(failed)?);
    tokio::select! {
        ended = work => ended.map(|()| ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => Ok(ExitCode::SUCCESS),
    }
}
