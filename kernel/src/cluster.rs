//! `fram master`, `fram worker` and `fram cluster`: the processes of a cluster, set up from the command line. What they
//! do is left to `fram-cluster`.

mod certificates;
mod folder;
mod log;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use fram_cluster::{
    Address, BindError, BoundMaster, MasterOptions, Roots, SlotKind, Token, WorkerOptions, run_slot,
    run_worker,
};
use fram_engine::sql::worker_functions;
use futures::future::join_all;
use tokio::process::Child;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::cli::cluster::{
    ClusterCommand, ClusterOptions as ClusterArguments, MasterOptions as MasterArguments, TlsOptions,
    WorkerOptions as WorkerArguments,
};
use crate::console::{self, Complaint};
use certificates::{certificates, tls_arguments, worker_certificates};
use folder::WorkFolder;

/// Stack of the threads that decode and run plans, which nest deeply.
const STACK_BYTES: usize = 32 << 20;
/// How long a worker may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time until a worker that has ended is started again.
const RESTART: Duration = Duration::from_secs(1);
/// What tasks may use of a machine's memory, unless another amount is asked for.
const MEMORY: &str = "80%";

/// `fram master`.
pub(crate) fn master(options: &MasterArguments) -> Result<ExitCode, Complaint> {
    log::start(options.verbose);
    runtime()?.block_on(until_stopped(async {
        let (bound, address, token_file) = bound(options).await?;
        console::say(&format!(
            "The master listens at {address}; its token is in {}.\n  Workers join with:   fram worker {address}\n  \
             Notebooks use it by: %cluster {address}{}",
            token_file.display(),
            pages_line(&bound)
        ));
        bound.serve().await.map_err(|error| Complaint::new(format!("the master has ended: {error}")))
    }))
}

/// `fram cluster start`.
pub(crate) fn whole(options: &ClusterArguments) -> Result<ExitCode, Complaint> {
    let ClusterCommand::Start { workers, cores, with_parent, own_folder, master } = &options.what;
    log::start(master.verbose);
    let here = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = cores.unwrap_or_else(|| (here / usize::from(*workers)).max(1));
    let memory = memory(None)? / u64::from(*workers);
    runtime()?.block_on(async {
        let (bound, address, token_file) = bound(master).await?;
        let (stop_tx, stop_rx) = watch::channel(false);
        let begin = || start_worker(&address, cores, memory, &token_file, &master.tls);
        // The first ones are started here: what keeps them from starting keeps the cluster from starting.
        let started = (0..*workers).map(|_| begin()).collect::<Result<Vec<_>, _>>()?;
        console::say(&format!(
            "A cluster of {workers} workers, {cores} tasks at once on each; Ctrl-C ends it.\n  \
             Notebooks use it by: %cluster {address}{}",
            pages_line(&bound)
        ));
        let kept = join_all(started.into_iter().map(|first| keep_worker(first, begin, stop_rx.clone())));
        let failed = |error| Complaint::new(format!("the master has ended: {error}"));
        let work = async {
            let ended = until_stopped(async {
                tokio::select! {
                    ended = bound.serve() => ended.map_err(failed),
                    () = input_closed(), if *with_parent => Ok(()),
                }
            });
            let ended = ended.await;
            stop_tx.send_replace(true);
            ended
        };
        let ended = tokio::join!(work, kept).0;
        if let Some(folder) = own_folder {
            // Whoever made it removes it, too, if still there.
            drop(std::fs::remove_dir_all(folder));
        }
        ended
    })
}

/// Keeps a worker running: one that ends is started again, until it is time to stop. Then it may end by itself, which
/// removes its folder; one that does not is ended when it is dropped.
async fn keep_worker(
    first: Child,
    begin: impl Fn() -> Result<Child, Complaint>,
    mut stop: watch::Receiver<bool>,
) {
    let mut worker = first;
    loop {
        // To wait for a child closes its input, which would end it.
        let input = worker.stdin.take();
        let ended = tokio::select! {
            ended = worker.wait() => ended,
            _ = stop.wait_for(|stop| *stop) => {
                drop(input);
                drop(tokio::time::timeout(PATIENCE, worker.wait()).await);
                return;
            }
        };
        let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
        ::log::warn!("a worker has ended ({how}); another is started");
        loop {
            tokio::select! {
                () = tokio::time::sleep(RESTART) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            match begin() {
                Ok(started) => {
                    worker = started;
                    break;
                }
                Err(complaint) => ::log::warn!("{complaint}"),
            }
        }
    }
}

/// A worker in a process of its own, which ends when it is dropped.
fn start_worker(
    master: &Address,
    cores: usize,
    memory: u64,
    token_file: &Path,
    tls: &TlsOptions,
) -> Result<Child, Complaint> {
    let program = own_program()?;
    let (cores, memory) = (cores.to_string(), format!("{}KiB", memory >> 10));
    let started = tokio::process::Command::new(program)
        .args([
            "worker",
            &master.to_string(),
            "--cores",
            &cores,
            "--memory",
            &memory,
            "--with-parent",
            "--ui-port",
            "0",
            "--token-file",
        ])
        .arg(token_file)
        .args(tls_arguments(tls))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    started.map_err(|error| Complaint::new(format!("a worker could not be started: {error}")))
}

/// A master that listens, where it is reached, and the file with its token.
async fn bound(options: &MasterArguments) -> Result<(BoundMaster, Address, PathBuf), Complaint> {
    let token_file = token_file(options.token_file.as_deref())?;
    let token = Token::from_file_or_new(&token_file).map_err(|error| Complaint::new(error.to_string()))?;
    let bind = SocketAddr::new(options.bind, options.port);
    let tls = certificates(&options.tls)?;
    warn_of_network(options.bind, tls.is_some());
    let pages = Some(SocketAddr::new(options.bind, options.ui_port));
    let data_dir = data_dir(options.data_dir.as_deref())?;
    let master = MasterOptions { bind, token, tls, functions: worker_functions(), pages, data_dir };
    let bound = BoundMaster::bind(master).await.map_err(|error| unusable(&error))?;
    let address = bound.address().map_err(|error| Complaint::new(error.to_string()))?;
    Ok((bound, reached_at(address), token_file))
}

/// Where the records of jobs are kept.
fn data_dir(given: Option<&Path>) -> Result<PathBuf, Complaint> {
    let default = || fram_engine::home_folder().map(|home| home.join("master"));
    given.map(Path::to_owned).or_else(default).ok_or_else(|| {
        Complaint::new("there is no home folder to keep records of jobs in")
            .remedy("name a folder with --data-dir")
    })
}

/// What is said of the pages.
fn pages_line(bound: &BoundMaster) -> String {
    bound.pages().map_or_else(String::new, |pages| {
        format!("\n  Its pages (this link is good for ten minutes): {pages}")
    })
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
    let tls = worker_certificates(&options.tls)?;
    warn_of_network(options.bind, tls.is_some());
    let worker = WorkerOptions {
        master: master.clone(),
        token,
        bind: SocketAddr::new(options.bind, options.port),
        cores,
        memory,
        work_dir: folder.path().to_owned(),
        slots: slots()?,
        roots: roots(options)?,
        functions: worker_functions(),
        tls,
        page: Some(SocketAddr::new(options.bind, options.ui_port)),
        log: log::tail(),
    };
    console::say(&format!(
        "A worker for {master}: {cores} tasks at once, {:.1} GiB of memory, files in {}.",
        memory as f64 / f64::from(1 << 30),
        folder.path().display()
    ));
    let with_parent = options.with_parent;
    let ended = runtime()?.block_on(until_stopped(async {
        let work = run_worker(worker);
        let ended = tokio::select! {
            ended = work => ended,
            () = input_closed(), if with_parent => Ok(()),
        };
        ended.map_err(|error| Complaint::new(format!("the worker has ended: {error}")))
    }));
    drop(folder);
    ended
}

/// `fram slot`: what a worker starts for its tasks.
pub(crate) fn slot() -> Result<ExitCode, Complaint> {
    log::start(false);
    let ended = run_slot(worker_functions(), std::io::stdin(), std::io::stdout());
    ended.map(|()| ExitCode::SUCCESS).map_err(|error| Complaint::new(error.to_string()))
}

/// What queries may read.
fn roots(options: &WorkerArguments) -> Result<Roots, Complaint> {
    if !options.allow_path.is_empty() {
        return Roots::of(&options.allow_path)
            .map_err(|error| Complaint::new(format!("a folder of --allow-path cannot be used: {error}")));
    }
    if options.bind.is_loopback() {
        return Ok(Roots::all());
    }
    Err(Complaint::new("a worker that others can reach must be told what queries may read")
        .remedy("name the folders, as --allow-path /data"))
}

fn slots() -> Result<SlotKind, Complaint> {
    Ok(SlotKind::Processes { program: own_program()?, arguments: vec!["slot".to_owned()] })
}

fn own_program() -> Result<PathBuf, Complaint> {
    std::env::current_exe()
        .map_err(|error| Complaint::new(format!("where this program lies is not to be found out: {error}")))
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

/// Warns of an address that others can reach: what goes over it can be read on the way.
fn warn_of_network(bind: IpAddr, is_encrypted: bool) {
    if !bind.is_loopback() && !is_encrypted {
        console::note(
            "fram: the network can read what goes over this address, the token too; use certificates (--tls-cert), a network of your own or a tunnel",
        );
    }
}

/// How others reach what listens there.
fn reached_at(address: SocketAddr) -> Address {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    Address { host: ip.to_string(), port: address.port() }
}

fn unusable(error: &BindError) -> Complaint {
    Complaint::new(error.to_string())
        .remedy("name other ports with --port and --ui-port, or a folder with --data-dir")
}

fn runtime() -> Result<Runtime, Complaint> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Complaint::new(format!("threads cannot be started: {error}")))
}

/// Standard input has been closed.
async fn input_closed() {
    let (closed_tx, closed_rx) = tokio::sync::oneshot::channel::<()>();
    // A thread of its own: the runtime would wait for one of its own at the end.
    std::thread::spawn(move || {
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        drop(closed_tx);
    });
    drop(closed_rx.await);
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
