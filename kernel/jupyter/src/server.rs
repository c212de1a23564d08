//! The server: puts sockets, queue, threads and history together around an interpreter, and ends them in order. What
//! happens to a request is left to [`route`], to a cell to [`cells`].

mod assist;
mod cells;
mod comms;
mod ending;
mod input;
mod lane;
mod log;
mod options;
mod recall;
mod request;
mod route;
mod sink;
mod sockets;
mod spill;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::connection::ConnectionInfo;
use crate::error::{ConnectionError, ServerError};
use crate::history::History;
use crate::interpreter::{Interpreter, Language};
use crate::iopub::{IopubHandle, Release};
use crate::wire::Wire;
use cells::CellsHandle;
use comms::Comms;
use input::InputDesk;
use lane::Lane;
pub use options::ServerOptions;
use sockets::Sockets;

/// What [`serve`] takes for a connection: the path of a connection file, or what it says.
pub trait IntoConnection {
    /// Reads and checks it.
    fn into_connection(self) -> Result<ConnectionInfo, ConnectionError>;
}

impl IntoConnection for &Path {
    fn into_connection(self) -> Result<ConnectionInfo, ConnectionError> {
        ConnectionInfo::read(self)
    }
}

impl IntoConnection for ConnectionInfo {
    fn into_connection(self) -> Result<ConnectionInfo, ConnectionError> {
        self.check()?;
        Ok(self)
    }
}

/// Serves a kernel until it is shut down, receives SIGTERM, or its parent dies.
///
/// Blocks; builds its own runtime of two threads, and one more for the cells. Returns when replies and output have
/// been handed to the clients; a cell that does not end is left behind, so the caller should end the process.
pub fn serve(
    connection: impl IntoConnection,
    interpreter: Arc<dyn Interpreter>,
    options: ServerOptions,
) -> Result<(), ServerError> {
    let connection = connection.into_connection()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(run(&connection, interpreter, options));
    // Threads that do not end (a cell that heeds no interrupt) are waited for by another.
    drop(std::thread::Builder::new().spawn(move || drop(runtime)));
    ended
}

async fn run(
    connection: &ConnectionInfo,
    interpreter: Arc<dyn Interpreter>,
    options: ServerOptions,
) -> Result<(), ServerError> {
    let wire = Wire::new(&connection.key, &options.username);
    let iopub = IopubHandle::default();
    let sockets = Sockets::open(connection, &wire, &iopub, &options).await?;
    let language = interpreter.language();
    let options = options.complete(&language.implementation);
    let stack = options.stack_bytes;
    let shared = Arc::new(Shared {
        language,
        history: History::new(options.history_file.clone()),
        interpreter,
        wire,
        iopub,
        comms: Comms::default(),
        input: InputDesk::new(sockets.questions()),
        running: Mutex::default(),
        interrupted: Notify::new(),
        stop: Notify::new(),
        assist: Lane::start("assist", stack)?,
        comm_lane: Lane::start("comms", stack)?,
        options,
    });
    shared.iopub.tell(request::status("starting"));
    let cells = CellsHandle::start(&shared, stack)?;
    let tasks = sockets.serve(&shared, &cells);
    ending::watch(&shared)?;
    shared.stop.notified().await;
    ending::close(&shared, tasks).await;
    Ok(())
}

/// What all parts of a running server share.
pub(crate) struct Shared {
    language: Language,
    interpreter: Arc<dyn Interpreter>,
    wire: Wire,
    iopub: IopubHandle,
    history: History,
    comms: Comms,
    input: InputDesk,
    /// Lets the running cell go when it waits for room; `None` between cells.
    running: Mutex<Option<Release>>,
    /// Told at each interrupt.
    interrupted: Notify,
    /// Told once, when the server shall end.
    stop: Notify,
    assist: Lane,
    comm_lane: Lane,
    options: ServerOptions,
}

impl Shared {
    /// Stops the running cell, wherever it is: in the interpreter, waiting for room, or waiting for the user.
    fn interrupt(&self) {
        self.interpreter.interrupt();
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(release) = &*running {
            self.iopub.release(release);
        }
        drop(running);
        self.input.interrupt();
        self.interrupted.notify_one();
    }

    /// Whether a cell runs that was interrupted.
    fn is_stopping(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().is_some_and(Release::is_set)
    }

    fn set_running(&self, release: Option<Release>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = release;
    }
}
