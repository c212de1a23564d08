//! Runs a cell's parts one after the other. Reading a part is left to `parts`, doing it to `script`, `sql` and
//! `magics`.

use std::ops::Range;
use std::sync::Arc;

use super::habits;
use super::host::Notebook;
use super::parts::{Part, PartKind, parts};
use super::place::Placed;
use crate::call::Host;
use crate::fault::Fault;
use crate::file_cells::FileCell;
use crate::help;
use crate::magics::{self, Given};
use crate::screen::Shown;
use crate::script::Machine;
use crate::show;
use crate::sql;
use crate::value::Value;

/// How deep files may run each other.
const MOST_FILES: usize = 20;

/// What a part gives.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Outcome {
    /// A value, shown where it is the cell's last.
    Value(Value),
    /// Something that is shown as it is.
    Shown(Shown),
    /// Nothing.
    Quiet,
}

/// The notebook's engines while a cell runs.
pub(crate) struct Desk {
    pub(crate) notebook: Arc<Notebook>,
    pub(crate) machine: Machine,
    /// Files that are being run, each by the one before.
    files_open: usize,
}

impl Desk {
    pub(crate) fn new(notebook: Arc<Notebook>) -> Result<Self, Fault> {
        let machine = Machine::new(notebook.clone())?;
        Ok(Self { notebook, machine, files_open: 0 })
    }

    /// Runs a cell and gives what is shown of its last part; what earlier magics give is shown at once.
    pub(crate) fn run(&mut self, cell: &str) -> Result<Option<Shown>, Placed> {
        let mut last = Outcome::Quiet;
        let mut shown_from = None;
        for part in parts(cell) {
            if let Outcome::Shown(shown) = std::mem::replace(&mut last, Outcome::Quiet) {
                self.notebook.screen().display(shown, None);
            }
            shown_from = matches!(part.kind, PartKind::Code).then_some(part.span.start);
            last = self.part(cell, &part)?;
        }
        match last {
            Outcome::Value(_) if is_quiet(cell) => Ok(None),
            Outcome::Value(value) => {
                self.show(&value).map_err(|fault| self.shown_where(fault, cell, shown_from))
            }
            Outcome::Shown(shown) => Ok(Some(shown)),
            Outcome::Quiet => Ok(None),
        }
    }

    /// A fault that came up only when the cell's last value was shown; its code begins at this place.
    fn shown_where(&self, fault: Fault, cell: &str, begun: Option<usize>) -> Placed {
        let statement = self.machine.last_statement();
        let place = begun.and_then(|begun| match statement.is_empty() {
            // SQL: the word that the error is about, if it is there.
            true => {
                let place = sql::place_of(&cell[begun..], fault.about.as_deref()?)?;
                Some(place.start + begun..place.end + begun)
            }
            false => {
                let statement = statement.start + begun..statement.end + begun;
                Some(crate::script::of_shown(&fault, cell, statement))
            }
        });
        Placed::new(fault, place)
    }

    /// Runs code, script or SQL, and gives its value.
    pub(crate) fn code(&mut self, code: &str) -> Result<Value, Placed> {
        let value = if self.notebook.is_sql(code) {
            self.machine.forget_statement();
            self.sql(code).map(|frame| frame.unwrap_or(Value::Nothing))
        } else {
            if let Some(doubt) = habits::doubt(code) {
                self.notebook.screen().warn(&format!("{doubt}\n"));
            }
            self.machine.run(code).map_err(Placed::from)
        };
        value.map_err(|placed| habits::understood(placed, code))
    }

    /// Runs SQL and gives the last statement's rows.
    pub(crate) fn sql(&mut self, text: &str) -> Result<Option<Value>, Placed> {
        let (frame, place) = match self.notebook.run_sql(text, Vec::new()) {
            Ok(frame) => (Ok(frame), None),
            Err((fault, place)) => (Err(fault), place),
        };
        frame.map(|frame| frame.map(Value::Frame)).map_err(|fault| Placed::new(fault, place))
    }

    /// Runs a file's cells one after the other and gives the last one's outcome.
    pub(crate) fn run_file(
        &mut self,
        name: &str,
        cells: &[FileCell],
        is_notebook: bool,
    ) -> Result<Outcome, Placed> {
        if self.files_open >= MOST_FILES {
            let fault = Fault::new("RecursionTooDeep", format!("{name} is run by files that run each other"));
            return Err(Placed::nowhere(fault.hint("a file cannot run itself")));
        }
        self.files_open += 1;
        let outcome = self.file_cells(name, cells, is_notebook);
        self.files_open -= 1;
        outcome
    }

    fn file_cells(&mut self, name: &str, cells: &[FileCell], is_notebook: bool) -> Result<Outcome, Placed> {
        let mut last = None;
        for cell in cells {
            let label = |line: usize| match is_notebook {
                true => format!("{name}, cell {}, line {line}", cell.at),
                false => format!("{name}, line {}", cell.at + line - 1),
            };
            last = self.run(&cell.text).map_err(|placed| placed.in_file(&cell.text, label))?;
        }
        Ok(last.map_or(Outcome::Quiet, Outcome::Shown))
    }

    /// Forgets names: these, or all of them, with the script's functions and SQL's tables.
    pub(crate) fn forget(&mut self, names: &[String]) -> Result<(), Fault> {
        let known = self.machine.names();
        if let Some(unknown) = names.iter().find(|name| !known.iter().any(|(held, _)| held == *name)) {
            return Err(
                Fault::new("NameNotFound", format!("the name `{unknown}` is not known")).at(unknown.as_str())
            );
        }
        self.machine.forget(names);
        if names.is_empty() {
            self.notebook.sql_engine().drop_all();
        }
        Ok(())
    }

    /// A value as it is shown.
    pub(crate) fn show(&self, value: &Value) -> Result<Option<Shown>, Fault> {
        show::value(value, &self.notebook.settings(), &*self.notebook.runner(), &self.notebook.watch())
    }

    /// The value of a name or of an expression of the script.
    pub(crate) fn value_of(&mut self, code: &str) -> Result<Value, Placed> {
        match self.machine.names().into_iter().find(|(name, _)| name == code) {
            Some((_, value)) => Ok(value),
            None => self.code(code),
        }
    }

    fn part(&mut self, cell: &str, part: &Part) -> Result<Outcome, Placed> {
        let shifted = |placed: Placed, by: usize| placed.shifted(by);
        match &part.kind {
            PartKind::Code => {
                let begun = part.span.start;
                self.code(&cell[part.span.clone()])
                    .map(Outcome::Value)
                    .map_err(|placed| shifted(placed, begun))
            }
            PartKind::LineMagic { name, arguments } => self.magic(cell, name, arguments, None),
            PartKind::CellMagic { name, arguments, body } => self.magic(cell, name, arguments, Some(body)),
            PartKind::Question { about } => {
                let end = part.span.start + cell[part.span.clone()].trim_end().len();
                let shown = help::about(about, &self.notebook.snapshot())
                    .map_err(|fault| Placed::new(fault, Some(part.span.start..end)))?;
                self.notebook.screen().page(shown);
                Ok(Outcome::Quiet)
            }
        }
    }

    fn magic(
        &mut self,
        cell: &str,
        name: &str,
        arguments: &Range<usize>,
        body: Option<&Range<usize>>,
    ) -> Result<Outcome, Placed> {
        let magic = magics::find(name, body.is_some())
            .map_err(|fault| Placed::new(fault, Some(named(cell, name, arguments.start))))?;
        let given = Given {
            arguments: &cell[arguments.clone()],
            body: body.map(|body| &cell[body.clone()]),
            arguments_at: arguments.start,
            body_at: body.map_or(cell.len(), |body| body.start),
        };
        let spare = if arguments.is_empty() { named(cell, name, arguments.start) } else { arguments.clone() };
        magic.run(&given, self).map_err(|placed| placed.or_at(spare))
    }
}

/// Where a magic's name stands, before its arguments.
fn named(cell: &str, name: &str, arguments: usize) -> Range<usize> {
    let start = cell[..arguments].rfind(name).unwrap_or(0);
    start..start + name.len()
}

/// A `;` at the end of a cell's last line shows nothing.
fn is_quiet(cell: &str) -> bool {
    use crate::script::lexer::{TokenKind, tokens};
    let last = tokens(cell).into_iter().rfind(|token| token.kind != TokenKind::Comment);
    last.is_some_and(|token| &cell[token.span] == ";") && !crate::sql::is_sql_like(cell)
}
