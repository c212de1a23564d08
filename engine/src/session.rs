//! A notebook: its names, settings and engines, and the run of one cell after the other. What a cell's parts mean is
//! left to `script`, `sql` and `magics`.

mod host;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use fram_frame::install_panic_filter;

use crate::call::Host;
use crate::fault::Fault;
use crate::message::CellError;
use crate::screen::{Screen, Shown};
use crate::script::{Failure, Machine, Rewritten};
use crate::show;
use crate::value::Value;

pub(crate) use host::Notebook;

/// Stack of the thread that a cell runs on: deep recursion in a script ends in an error, not at the stack's end.
const STACK_BYTES: usize = 512 << 20;

/// A notebook's names, settings and engines.
pub struct Session {
    notebook: Arc<Notebook>,
    machine: Mutex<Option<Machine>>,
}

/// What went wrong at which bytes of a cell.
struct Placed {
    fault: Fault,
    place: Option<Range<usize>>,
}

impl Session {
    /// A notebook without names. Cheap: engines are made at their first use.
    pub fn new() -> Self {
        install_panic_filter();
        Self { notebook: Arc::new(Notebook::new()), machine: Mutex::new(None) }
    }

    /// Runs a cell; its value, if any, as it is shown.
    pub fn run(&self, cell: &str, screen: Arc<dyn Screen>) -> Result<Option<Shown>, CellError> {
        self.notebook.begin(screen);
        let outcome = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("fram-cell".into()).stack_size(STACK_BYTES);
            match thread.spawn_scoped(scope, || self.run_here(cell)) {
                Ok(handle) => handle.join().unwrap_or_else(|payload| Err(panicked(&*payload))),
                Err(error) => Err(Placed::nowhere(Fault::new(
                    "SystemError",
                    format!("no thread could be started: {error}"),
                ))),
            }
        });
        self.notebook.end();
        outcome.map_err(|placed| CellError::new(&placed.fault, cell, placed.place))
    }

    /// Asks the running cell to stop.
    pub fn interrupt(&self) {
        self.notebook.interrupt();
    }

    fn run_here(&self, cell: &str) -> Result<Option<Shown>, Placed> {
        let value = self.script(cell)?;
        let quiet = cell.trim_end().ends_with(';');
        if quiet {
            return Ok(None);
        }
        let settings = self.notebook.settings();
        let runner = self.notebook.runner();
        show::value(&value, &settings, &*runner, &self.notebook.watch()).map_err(Placed::nowhere)
    }

    fn script(&self, code: &str) -> Result<Value, Placed> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if machine.is_none() {
            *machine = Some(Machine::new(self.notebook.clone()).map_err(Placed::nowhere)?);
        }
        let Some(machine) = machine.as_mut() else { return Ok(Value::Nothing) };
        let parsed = machine.parse(code).map_err(|(failure, text)| placed(failure, &text, code))?;
        machine.run(&parsed).map_err(|failure| placed(failure, &parsed.text, code))
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Placed {
    fn nowhere(fault: Fault) -> Self {
        Self { fault, place: None }
    }
}

/// Leads a place in the text that was parsed back to the user's. Rhai does not say where a verb was called: then the
/// call is looked for in the statement that failed. The caret goes to what the fault is about, where that is there.
fn placed(failure: Failure, text: &Rewritten, code: &str) -> Placed {
    let original = |(line, column)| text.original(offset(&text.text, line, column));
    let statement = failure.statement.map(original);
    let called = statement.and_then(|start| find_call(code, start, failure.fault.verb?));
    let exact = failure.position.map(original);
    let start = called.or(exact).or(statement);
    let about = failure.fault.about.as_deref().filter(|about| !about.is_empty());
    let place = start.and_then(|start| {
        let about = about.and_then(|about| find_near(code, start, about));
        about.or_else(|| called.or(exact).map(|start| start..word_end(code, start)))
    });
    Placed { fault: failure.fault, place }
}

/// Where the verb is called at or after the place.
fn find_call(code: &str, start: usize, verb: &str) -> Option<usize> {
    let after = code.get(start..)?;
    after.match_indices(verb).map(|(at, _)| at).find_map(|at| {
        let before = after[..at].chars().next_back();
        let is_whole = !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let is_called = after[at + verb.len()..].trim_start().starts_with('(');
        (is_whole && is_called).then_some(start + at)
    })
}

/// The byte offset of a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &text[line_start..];
    line_start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// Where the words stand: after the place, quoted if they are so anywhere there, else before it.
fn find_near(code: &str, start: usize, about: &str) -> Option<Range<usize>> {
    let after = &code[start.min(code.len())..];
    for quoted in [format!("\"{about}\""), format!("'{about}'"), format!("`{about}`")] {
        if let Some(at) = after.find(&quoted) {
            return Some(start + at..start + at + quoted.len());
        }
    }
    let at = after.find(about).map(|at| start + at).or_else(|| code[..start.min(code.len())].rfind(about))?;
    Some(at..at + about.len())
}

fn word_end(code: &str, start: usize) -> usize {
    let rest = &code[start.min(code.len())..];
    let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    start + length.max(1)
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> Placed {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    Placed::nowhere(Fault::from(fram_frame::RunError::Panicked { message: text }))
}
