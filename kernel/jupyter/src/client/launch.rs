//! Starting a kernel: a connection file of its own, its process, and the connection to it; and ending it again.

use std::fs::File;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::kernelspec::{InterruptMode, KernelSpec};
use super::process::KernelProcess;
use super::session::KernelClient;
use crate::connection::{Address, Channel, ConnectionInfo, Transport};
use crate::error::ClientError;

/// How a kernel is started.
#[derive(Debug)]
pub struct LaunchOptions {
    /// How to reach it. Default TCP on the loopback address.
    pub transport: Transport,
    /// Where it runs. Default: where we do.
    pub working_directory: Option<PathBuf>,
    /// Variables to set beside those of the kernelspec.
    pub environment: Vec<(String, String)>,
    /// How long it may take until it answers. Default 60 seconds.
    pub patience: Duration,
    /// Where its standard output and error go. Default: nowhere; with true, where ours go.
    pub inherit_output: bool,
}

impl Default for LaunchOptions {
    fn default() -> Self {
        Self {
            transport: Transport::Tcp,
            working_directory: None,
            environment: Vec::new(),
            patience: Duration::from_secs(60),
            inherit_output: false,
        }
    }
}

/// A kernel that we started, and the connection to it. It is killed when this is dropped.
pub struct Kernel {
    client: KernelClient,
    process: Arc<KernelProcess>,
    interrupt_mode: InterruptMode,
    connection: ConnectionInfo,
    directory: RuntimeDirectory,
}

impl Deref for Kernel {
    type Target = KernelClient;

    fn deref(&self) -> &KernelClient {
        &self.client
    }
}

impl Kernel {
    /// Starts a kernel and waits until it answers. Where another process takes one of its ports before it does, other
    /// ports are tried.
    pub fn start(spec: &KernelSpec, options: LaunchOptions) -> Result<Self, ClientError> {
        let deadline = Instant::now() + options.patience;
        let mut retries = RETRIES;
        loop {
            let directory = RuntimeDirectory::create()?;
            let connection = free_connection(options.transport, &directory.path, &spec.name)?;
            let file = directory.write(&connection)?;
            let process = Arc::new(launch(spec, &options, &file)?);
            match KernelClient::connect_to(&connection, Some(Arc::clone(&process)), deadline) {
                Err(ClientError::Ended { .. }) if retries > 0 && has_taken_ports(&connection) => retries -= 1,
                client => {
                    let interrupt_mode = spec.interrupt_mode;
                    return Ok(Self { client: client?, process, interrupt_mode, connection, directory });
                }
            }
        }
    }

    /// The kernel's process.
    pub fn process(&self) -> &KernelProcess {
        &self.process
    }

    /// Where its sockets are and what signs its messages.
    pub fn connection(&self) -> &ConnectionInfo {
        &self.connection
    }

    /// The connection file.
    pub fn connection_file(&self) -> PathBuf {
        self.directory.path.join(FILE)
    }

    /// Interrupts the running cell in the way that the kernelspec asks for.
    pub fn interrupt(&self, patience: Duration) -> Result<(), ClientError> {
        match self.interrupt_mode {
            InterruptMode::Message => self.client.interrupt(patience),
            InterruptMode::Signal => Ok(self.process.interrupt()?),
        }
    }

    /// Asks the kernel to end, and kills it when it has not within this time. Returns whether it ended by itself.
    pub fn shutdown(self, patience: Duration) -> Result<bool, ClientError> {
        let deadline = Instant::now() + patience;
        self.client.send(Channel::Control, "shutdown_request", &json!({ "restart": false }));
        let ended = self.process.wait(deadline.saturating_duration_since(Instant::now()))?;
        self.process.kill()?;
        Ok(ended)
    }
}

const FILE: &str = "connection.json";
/// How often other ports are tried.
const RETRIES: usize = 3;

fn launch(spec: &KernelSpec, options: &LaunchOptions, file: &Path) -> Result<KernelProcess, ClientError> {
    let words = spec.command(file);
    let (program, arguments) =
        words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).envs(spec.environment());
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    // Kernels end themselves when this process is gone.
    command.env("JPY_PARENT_PID", std::process::id().to_string());
    if !options.inherit_output {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    if let Some(directory) = &options.working_directory {
        command.current_dir(directory);
    }
    KernelProcess::start(command)
        .map_err(|source| ClientError::Launch { program: program.to_owned(), source })
}

/// Ports that are free now (another process may take one before the kernel does; then the kernel ends), or paths in our
/// own directory.
fn free_connection(
    transport: Transport,
    directory: &Path,
    name: &str,
) -> Result<ConnectionInfo, ClientError> {
    let (ip, ports) = match transport {
        Transport::Tcp => ("127.0.0.1".to_owned(), free_ports()?),
        Transport::Ipc => (directory.join("socket").to_string_lossy().into_owned(), [1, 2, 3, 4, 5]),
    };
    Ok(ConnectionInfo {
        transport,
        ip,
        shell_port: ports[0],
        control_port: ports[1],
        stdin_port: ports[2],
        iopub_port: ports[3],
        hb_port: ports[4],
        key: uuid::Uuid::new_v4().to_string(),
        signature_scheme: "hmac-sha256".to_owned(),
        kernel_name: Some(name.to_owned()),
    })
}

fn free_ports() -> std::io::Result<[u16; 5]> {
    let mut ports = [0; 5];
    // All are held until all are known, so that none comes twice.
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Whether somebody listens where a kernel that has ended was to.
fn has_taken_ports(connection: &ConnectionInfo) -> bool {
    let is_taken = |channel: Channel| match connection.address(channel) {
        Ok(Address::Tcp(address)) => std::net::TcpListener::bind(address).is_err(),
        _ => false,
    };
    Channel::ALL.into_iter().any(is_taken)
}

/// A directory for one kernel's connection file and sockets, of mode 0700, removed when dropped. It is locked as long as
/// this process lives, so that the next one knows those of processes that were killed.
struct RuntimeDirectory {
    path: PathBuf,
    _lock: File,
}

/// What directories of kernels are called, before a number.
const PREFIX: &str = "fram-client-";
/// How old a directory is at least that nobody is about to lock.
const SETTLED: Duration = Duration::from_secs(60);

impl RuntimeDirectory {
    fn create() -> std::io::Result<Self> {
        let place = std::env::temp_dir();
        remove_abandoned(&place, SETTLED);
        let path = place.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let lock = File::open(&path)?;
        // Where nothing can be locked, nothing is taken for abandoned either.
        drop(lock.try_lock());
        Ok(Self { path, _lock: lock })
    }

    fn write(&self, connection: &ConnectionInfo) -> std::io::Result<PathBuf> {
        let path = self.path.join(FILE);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(&serde_json::to_vec_pretty(connection)?)?;
        Ok(path)
    }
}

/// Removes the directories of this user's processes that were killed, if they are so old.
fn remove_abandoned(place: &Path, age: Duration) {
    let own = nix::unistd::geteuid().as_raw();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let is_named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Some(about) =
            entry.metadata().ok().filter(|about| is_named && about.is_dir() && about.uid() == own)
        else {
            continue;
        };
        let is_settled = about.modified().is_ok_and(|time| time.elapsed().is_ok_and(|since| since >= age));
        if is_settled && File::open(entry.path()).is_ok_and(|lock| lock.try_lock().is_ok()) {
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}

impl Drop for RuntimeDirectory {
    fn drop(&mut self) {
        // Nothing depends on its being gone.
        drop(std::fs::remove_dir_all(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_processes_that_were_killed_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join(FILE), "{}").unwrap();
            path
        };
        let (killed, alive, other) = (make("fram-client-1"), make("fram-client-2"), make("client-3"));
        let lock = File::open(&alive).unwrap();
        lock.try_lock().unwrap();
        remove_abandoned(place.path(), SETTLED);
        assert!(killed.exists(), "it may be about to be locked");
        remove_abandoned(place.path(), Duration::ZERO);
        assert!(!killed.exists() && alive.exists() && other.exists());
    }
}
