//! `fram master` and `fram worker`: the processes of a cluster, set up from the command line. What they do is left to
//! `fram-cluster`, all of them at once to `whole`.

mod certificates;
mod folder;
mod log;
mod open_files;
mod whole;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fram_cluster::{
    Address, BindError, BoundMaster, MasterOptions, Roots, SlotKind, Token, WorkerError, WorkerOptions,
    counted, reached_from_network, run_slot, run_worker,
};
use fram_engine::sql::worker_functions;
use tokio::runtime::Runtime;

use crate::cli::cluster::{MasterOptions as MasterArguments, WorkerOptions as WorkerArguments};
use crate::console::{self, Complaint};
use certificates::{certificates, worker_certificates};
use folder::WorkFolder;
pub(crate) use whole::whole;

/// Stack of the threads that decode and run plans, which nest deeply.
const STACK_BYTES: usize = 32 << 20;
/// What tasks may use of a machine's memory, unless another amount is asked for.
const MEMORY: &str = "80%";

/// `fram master`.
pub(crate) fn master(options: &MasterArguments) -> Result<ExitCode, Complaint> {
    log::start(options.verbose);
    open_files::raise();
    let ended = runtime()?.block_on(async {
        let stop = asked_to_stop()?;
        let (bound, address, token_file) = bound(options).await?;
        let (worker, notebook) = ways_in(options);
        let elsewhere = match address.is_loopback() {
            true => "",
            false => "\n  On other machines put the token's file into the same place, or name it with --token-file.",
        };
        console::say(&format!(
            "The master listens at {address}; its token is in {}.\n  Workers join with:   {}{worker}\n  \
             Notebooks use it by: %cluster {address}{notebook}{elsewhere}{}",
            token_file.display(),
            address.worker_command(),
            pages_line(&bound, &address)
        ));
        bound.serve(stop).await.map_err(|error| Complaint::new(format!("the master has ended: {error}")))
    });
    ended.map(|()| ExitCode::SUCCESS)
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
    let address = Address::from(reached_from_network(address).await);
    Ok((bound, address, token_file))
}

/// Where the records of jobs are kept.
fn data_dir(given: Option<&Path>) -> Result<PathBuf, Complaint> {
    let default = || fram_engine::home_folder().map(|home| home.join("master"));
    given.map(Path::to_owned).or_else(default).ok_or_else(|| {
        Complaint::new("there is no home folder to keep records of jobs in")
            .remedy("name a folder with --data-dir")
    })
}

/// The options, beside its address, by which workers and notebooks come to a master that has these.
fn ways_in(options: &MasterArguments) -> (String, String) {
    let token = options.token_file.as_ref();
    let token = token.map_or_else(String::new, |file| format!(" --token-file {}", file.display()));
    let (shown, believed) = (" --tls-cert FILE --tls-key FILE", " --tls-ca FILE");
    match (options.tls.tls_cert.is_some(), options.tls.tls_mutual) {
        (false, _) => (token.clone(), token),
        (true, false) => (format!("{token}{believed}{shown}"), format!("{token}{believed}")),
        (true, true) => (format!("{token}{believed}{shown}"), format!("{token}{believed}{shown}")),
    }
}

/// What is said of the pages.
fn pages_line(bound: &BoundMaster, address: &Address) -> String {
    bound.pages(&address.host).map_or_else(String::new, |pages| {
        format!("\n  Its pages (this link is good for ten minutes): {pages}")
    })
}

/// `fram worker`.
pub(crate) fn worker(options: &WorkerArguments) -> Result<ExitCode, Complaint> {
    log::start(options.verbose);
    open_files::raise();
    let master: Address = options
        .master
        .parse()
        .map_err(|error: fram_cluster::AddressError| Complaint::new(error.to_string()))?;
    check_reach(&master, options.bind)?;
    let token_file = token_file(options.token_file.as_deref())?;
    let token = Token::from_file(&token_file).map_err(|error| {
        Complaint::new(error.to_string())
            .remedy("copy the file from the machine of the master, or name one with --token-file")
    })?;
    let folder = WorkFolder::claim(options.work_dir.as_deref()).map_err(|error| {
        Complaint::new(format!("there is no folder to work in: {error}"))
            .remedy("name one with --work-dir, or another place for such folders with TMPDIR")
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
        roots: roots(options.bind, &options.allow_path)?,
        functions: worker_functions(),
        tls,
        page: Some(SocketAddr::new(options.bind, options.ui_port)),
        log: log::tail(),
    };
    console::say(&format!(
        "A worker for {master}: {} at once, {:.1} GiB of memory, files in {}.",
        counted(cores, "task"),
        memory as f64 / f64::from(1 << 30),
        folder.path().display()
    ));
    let with_parent = options.with_parent;
    let ended = runtime()?.block_on(async {
        let stop = asked_to_stop()?;
        tokio::spawn(folder.sweep_later());
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = input_closed(), if with_parent => {}
            }
        };
        run_worker(worker, stop).await.map_err(why_ended)
    });
    drop(folder);
    ended.map(|()| ExitCode::SUCCESS)
}

fn why_ended(error: WorkerError) -> Complaint {
    match error {
        WorkerError::Io(error) => Complaint::new(format!("the worker has ended: {error}")),
        WorkerError::Refused { reason, remedy } if remedy.is_empty() => Complaint::new(reason),
        WorkerError::Refused { reason, remedy } => Complaint::new(reason).remedy(remedy),
    }
}

/// `fram slot`: what a worker starts for its tasks.
pub(crate) fn slot() -> Result<ExitCode, Complaint> {
    log::start(false);
    let ended = run_slot(worker_functions(), std::io::stdin(), std::io::stdout());
    ended.map(|()| ExitCode::SUCCESS).map_err(|error| Complaint::new(error.to_string()))
}

/// Refuses a worker that none of the cluster's other machines could fetch rows from, and that would run their queries.
fn check_reach(master: &Address, bind: IpAddr) -> Result<(), Complaint> {
    if !bind.is_loopback() || master.is_loopback() {
        return Ok(());
    }
    let what =
        format!("the machines of a cluster at {master} would not reach this worker, which listens at {bind}");
    Err(Complaint::new(what).remedy(
        "say where they reach it, as --bind 0.0.0.0, and which folders queries may read and write, as --allow-path /data",
    ))
}

/// What queries may read on a worker that listens there, where these folders are named.
fn roots(bind: IpAddr, allowed: &[PathBuf]) -> Result<Roots, Complaint> {
    if let Some(missing) = allowed.iter().find(|folder| !folder.exists()) {
        let begin = std::env::current_dir().unwrap_or_default();
        let remedy = match missing.is_absolute() {
            true => "name folders that this machine has".to_owned(),
            false => format!("a relative path begins where the worker was started: {}", begin.display()),
        };
        let what = format!("there is no folder {}, which --allow-path names", missing.display());
        return Err(Complaint::new(what).remedy(remedy));
    }
    if !allowed.is_empty() {
        return Roots::of(allowed)
            .map_err(|error| Complaint::new(format!("a folder of --allow-path cannot be used: {error}")));
    }
    if bind.is_loopback() {
        return Ok(Roots::all());
    }
    Err(Complaint::new("a worker that others can reach must be told what queries may read")
        .remedy("name the folders, as --allow-path /data"))
}

fn slots() -> Result<SlotKind, Complaint> {
    // The file that this process runs, though another may lie in its place by now: a slot must be of the same build.
    let itself = Path::new("/proc/self/exe");
    let program = if itself.exists() { itself.to_owned() } else { own_program()? };
    Ok(SlotKind::Processes { program, arguments: vec!["slot".to_owned()] })
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

fn unusable(error: &BindError) -> Complaint {
    Complaint::new(error.to_string()).remedy(match error.error.kind() {
        io::ErrorKind::AddrNotAvailable => {
            "name an address that this machine has with --bind, or 0.0.0.0 for all that it has"
        }
        _ => "name other ports with --port and --ui-port, or a folder with --data-dir",
    })
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

/// The system or Ctrl-C asks to stop, from now on.
fn asked_to_stop() -> Result<impl Future<Output = ()>, Complaint> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error: std::io::Error| Complaint::new(format!("signals cannot be heard: {error}"));
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt()).map_err(failed)?, signal(SignalKind::terminate()).map_err(failed)?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
