//! Runs a notebook's cells one after another in a kernel: when a run ends, and how. What a cell shows is handed to
//! `outputs` and `terminal`.

use std::time::{Duration, Instant};

use fram_jupyter::CellError;
use fram_jupyter::client::{ClientError, Event, ExecuteOptions, Execution, Kernel};

use super::interrupts::Interrupts;
use super::notebook::Notebook;
use super::outputs::Outputs;
use super::terminal;
use crate::console;

/// How long we look away from Ctrl-C and the time limit.
const LOOK: Duration = Duration::from_millis(100);
/// How long a cell that was told to stop may take to do so.
const GRACE: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All cells ran.
    Well,
    /// A cell failed.
    Failed,
    /// The user stopped it.
    Interrupted,
    /// The kernel has ended, or does not listen any more.
    Gone,
}

/// Runs cells in a kernel.
pub(super) struct Runner<'a> {
    kernel: &'a Kernel,
    interrupts: &'a Interrupts,
    limit: Option<Duration>,
    allow_errors: bool,
}

impl<'a> Runner<'a> {
    /// A runner whose cells may each take as long as `limit`.
    pub(super) fn new(
        kernel: &'a Kernel,
        interrupts: &'a Interrupts,
        limit: Option<Duration>,
        allow_errors: bool,
    ) -> Self {
        Self { kernel, interrupts, limit, allow_errors }
    }

    /// Runs all cells, up to the first that fails and may not.
    pub(super) fn run(&self, notebook: &mut Notebook) -> End {
        let mut outputs = Outputs::default();
        let mut end = End::Well;
        for (number, cell) in notebook.code_cells().into_iter().enumerate() {
            outputs.begin(cell.index);
            end = match self.run_cell(&cell.source, &mut outputs) {
                Err(error) => complain(number, &error.to_string(), End::Gone),
                Ok(()) if self.interrupts.count() > 0 => complain(number, "interrupted", End::Interrupted),
                Ok(()) => match outputs.failure() {
                    Some(reason) if !self.allow_errors && !cell.may_fail => complain(number, reason, End::Failed),
                    _ => End::Well,
                },
            };
            if end != End::Well {
                break;
            }
        }
        notebook.take(outputs);
        end
    }

    fn run_cell(&self, source: &str, outputs: &mut Outputs) -> Result<(), ClientError> {
        let options = ExecuteOptions { allow_stdin: terminal::can_ask(), ..ExecuteOptions::default() };
        let mut execution = self.kernel.execute(source, &options)?;
        let begun = Instant::now();
        let mut told: Option<Instant> = None;
        loop {
            match execution.next(LOOK) {
                Ok(None) => break,
                Ok(Some(event)) => self.handle(event, &execution, outputs)?,
                Err(ClientError::Timeout { .. }) => {}
                Err(error) => return Err(error),
            }
            let is_late = self.limit.is_some_and(|limit| begun.elapsed() > limit);
            if told.is_none() && (is_late || self.interrupts.count() > 0) {
                self.kernel.interrupt(GRACE)?;
                told = Some(Instant::now());
            }
            if self.interrupts.count() > 1 || told.is_some_and(|told| told.elapsed() > GRACE) {
                return Err(ClientError::Timeout { what: "the request to stop".to_owned() });
            }
        }
        if let (Some(limit), Some(_), 0) = (self.limit, told, self.interrupts.count()) {
            outputs.fail(&format!("it took longer than {} s", limit.as_secs()));
        }
        terminal::end_progress();
        Ok(())
    }

    fn handle(&self, event: Event, execution: &Execution<'_>, outputs: &mut Outputs) -> Result<(), ClientError> {
        terminal::show(&event)?;
        match event {
            Event::InputRequest { prompt, password } => {
                match terminal::ask(&prompt, password, || self.interrupts.count() > 0)? {
                    Some(line) => execution.answer(&line),
                    None => self.kernel.interrupt(GRACE)?,
                }
            }
            Event::Reply(reply) if reply["status"] == "error" => {
                outputs.fail(reply["ename"].as_str().unwrap_or("an error"));
            }
            Event::Error(error) => {
                outputs.fail(&sentence(&error));
                outputs.take(Event::Error(error));
            }
            event => outputs.take(event),
        }
        Ok(())
    }
}

fn sentence(error: &CellError) -> String {
    if error.message.is_empty() { error.name.clone() } else { format!("{}: {}", error.name, error.message) }
}

fn complain(number: usize, reason: &str, end: End) -> End {
    terminal::end_progress();
    console::note(&format!("fram: cell {} failed: {reason}", number + 1));
    end
}
