//! A notebook: its names, settings and engines, and the run of one cell after the other. What a cell's parts mean is
//! left to `script`, `sql` and `magics`.

mod desk;
mod habits;
mod host;
mod parts;
mod place;
mod progress_line;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use fram_frame::{install_panic_filter, install_warning_filter};

use crate::completion::{self, Completions};
use crate::fault::Fault;
use crate::message::CellError;
use crate::screen::{Screen, Shown};
use crate::{script, sql};

pub(crate) use desk::{Desk, Outcome};
pub(crate) use host::{Held, Notebook, Snapshot};
pub(crate) use parts::{PartKind, parts};
pub(crate) use place::Placed;
pub(crate) use progress_line::bytes;

/// Stack of the thread that a cell runs on: deep recursion in a script ends in an error, not at the stack's end.
const STACK_BYTES: usize = 512 << 20;

/// A notebook's names, settings and engines.
pub struct Session {
    notebook: Arc<Notebook>,
    desk: Mutex<Option<Desk>>,
}

impl Session {
    /// A notebook without names. Cheap: engines are made at their first use.
    pub fn new() -> Self {
        Self::named("a notebook")
    }

    /// The same; clusters are told that people call it so.
    pub fn named(name: &str) -> Self {
        install_panic_filter();
        install_warning_filter();
        Self { notebook: Arc::new(Notebook::named(name)), desk: Mutex::new(None) }
    }

    /// The same, in this program, which can start a cluster as `fram cluster start`.
    pub fn with_program(self, program: Option<PathBuf>) -> Self {
        self.notebook.set_program(program);
        self
    }

    /// Runs a cell; its value, if any, as it is shown.
    pub fn run(&self, cell: &str, screen: Arc<dyn Screen>) -> Result<Option<Shown>, CellError> {
        self.notebook.begin(cell, screen);
        let outcome = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("fram-cell".into()).stack_size(STACK_BYTES);
            match thread.spawn_scoped(scope, || self.run_here(cell)) {
                Ok(handle) => {
                    handle.join().unwrap_or_else(|payload| Err(Placed::nowhere(Fault::of_panic(&*payload))))
                }
                Err(error) => {
                    let message = format!("no thread could be started: {error}");
                    Err(Placed::nowhere(Fault::new("SystemError", message)))
                }
            }
        });
        self.notebook.end(outcome.is_ok());
        outcome.map_err(|placed| placed.error(cell))
    }

    /// Asks the running cell to stop.
    pub fn interrupt(&self) {
        self.notebook.interrupt();
    }

    /// The value of an expression as it is shown, beside a cell; nothing of it is kept.
    pub fn evaluate(&self, expression: &str, screen: Arc<dyn Screen>) -> Result<Shown, CellError> {
        Ok(self.run(expression, screen)?.unwrap_or_else(|| Shown::plain("()")))
    }

    /// What may stand at the cursor, a byte offset. Answers while a cell runs.
    pub fn complete(&self, cell: &str, cursor: usize) -> Completions {
        completion::complete(cell, cursor, &self.notebook.snapshot(), self.notebook.sql_engine())
    }

    /// What is known of the thing at the cursor. Answers while a cell runs.
    pub fn inspect(&self, cell: &str, cursor: usize) -> Option<Shown> {
        completion::inspect(cell, cursor, &self.notebook.snapshot(), self.notebook.sql_engine())
    }

    /// Whether a cell can be run as it is. Answers while a cell runs.
    pub fn completeness(&self, cell: &str) -> Completeness {
        completeness(cell)
    }

    fn run_here(&self, cell: &str) -> Result<Option<Shown>, Placed> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if desk.is_none() {
            *desk = Some(Desk::new(self.notebook.clone()).map_err(Placed::nowhere)?);
        }
        desk.as_mut().map_or(Ok(None), |desk| desk.run(cell))
    }
}

/// Whether a cell can be run as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// It can.
    Complete,
    /// A further line is wanted.
    Incomplete,
    /// No further line can mend it.
    Invalid,
}

fn completeness(cell: &str) -> Completeness {
    let mut worst = Completeness::Complete;
    if sql::is_sql_like(cell) {
        return worst;
    }
    for part in parts(cell) {
        let is_cell_magic = matches!(&part.kind, PartKind::CellMagic { .. });
        if is_cell_magic && !cell.ends_with('\n') {
            // A cell magic goes on until an empty line.
            return Completeness::Incomplete;
        }
        if part.kind != PartKind::Code {
            continue;
        }
        worst = match script::unfinished(&cell[part.span]) {
            None => worst,
            Some(true) => Completeness::Incomplete,
            Some(false) => return Completeness::Invalid,
        };
    }
    worst
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}
