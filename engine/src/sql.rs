//! SQL over the notebook's frames: DataFusion's SQL, planned here and run by whoever runs the frame that it gives. What
//! a cell is, and how an error looks, is left to the session.

mod checked_arithmetic;
mod checked_sum;
mod context;
mod counts_beside_distinct;
mod early_semi_joins;
mod frame_table;
mod function;
mod nearest;
mod notebook_schema;
mod parquet_table;
mod planning;
mod pushdown;
mod sql_error;
mod sql_words;
mod statements;
mod table_change;
#[cfg(test)]
mod tests;
mod view;

use std::sync::{Arc, PoisonError, RwLock};

use datafusion::catalog::SchemaProvider;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::tokenizer::TokenWithSpan;
use fram_frame::{Frame, RunError, Runner, Watch, bridge, run_future};
use polars::prelude::Schema;

use crate::sql::notebook_schema::NotebookSchema;
use crate::sql::planning::Planning;

pub use context::worker_functions;
pub use function::{FunctionBody, ReturnType};
pub use sql_error::SqlError;
pub(crate) use sql_error::place_of;

/// The notebook's frames, by the names that SQL may use for them.
pub trait Tables: Send + Sync {
    /// All names.
    fn names(&self) -> Vec<String>;
    /// The frame of exactly this name.
    fn frame(&self, name: &str) -> Option<Frame>;
}

/// The SQL of one notebook: its views, tables, functions and settings stay from cell to cell. Cheap to make: DataFusion
/// starts at the first use.
#[derive(Default)]
pub struct SqlEngine {
    session: RwLock<Option<Arc<Session>>>,
}

/// What a text of SQL gave.
#[derive(Clone, Default)]
pub struct Answer {
    /// The rows of its last statement, where it has some: a query not yet run, or the small result of a change.
    pub frame: Option<Frame>,
    /// What the user should know, in whole sentences: columns that were given other names.
    pub notes: Vec<String>,
}

struct Session {
    context: SessionContext,
    tables: Arc<NotebookSchema>,
}

/// Whether a cell is SQL rather than script; needs no engine.
pub(crate) fn is_sql_like(cell: &str) -> bool {
    statements::is_sql(cell)
}

impl SqlEngine {
    /// An engine with no tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a cell is SQL rather than script: it begins with `SELECT`, `WITH`, `FROM`, `VALUES`, `SHOW`, `DESCRIBE`,
    /// `EXPLAIN`, `CREATE`, `INSERT`, `COPY` or `DROP` in any case, after comments, and goes on as no script can.
    pub fn is_sql(&self, cell: &str) -> bool {
        statements::is_sql(cell)
    }

    /// Runs a text of one or more statements, each ended by `;`. A query becomes a frame that has not run; a statement
    /// that changes something is run at once, its reads by `runner`.
    pub fn run(
        &self,
        text: &str,
        tables: Arc<dyn Tables>,
        runner: &dyn Runner,
        watch: &Watch,
    ) -> Result<Answer, SqlError> {
        let session = self.session()?;
        session.tables.set_frames(tables);
        let text: Arc<str> = text.into();
        let statements = statements::split(&text).map_err(|error| session.planning(&text).told(&error))?;
        let mut answer = Answer::default();
        for tokens in statements {
            let next = session.run_statement(&text, tokens, runner, watch)?;
            answer.notes.extend(next.notes);
            answer.frame = next.frame;
        }
        Ok(answer)
    }

    /// Names of the tables and views that SQL made, sorted.
    pub fn names(&self) -> Vec<String> {
        self.started().map(|session| session.tables.own_names()).unwrap_or_default()
    }

    /// Names and types of the columns of a table or view that SQL made, or of a frame that the last text had.
    pub fn table_schema(&self, name: &str) -> Option<Schema> {
        let tables = self.started()?.tables.clone();
        let name = name.to_owned();
        let table = run_future(&Watch::new(), async move { tables.table(&name).await }).ok()??;
        bridge::polars_schema(&table.schema()).ok()
    }

    /// Names of all functions that SQL may call, sorted.
    pub fn function_names(&self) -> Vec<String> {
        let Ok(session) = self.session() else { return Vec::new() };
        let state = session.context.state();
        let names = state.scalar_functions().keys().chain(state.aggregate_functions().keys());
        let mut names: Vec<String> = names.chain(state.window_functions().keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What there is to know of a function that SQL may call: its syntax, what it does, its arguments.
    pub fn function_page(&self, name: &str) -> Option<String> {
        let state = self.session().ok()?.context.state();
        let name = name.to_lowercase();
        let scalar = state.scalar_functions().get(&name).and_then(|function| function.documentation());
        let aggregate = || state.aggregate_functions().get(&name).and_then(|found| found.documentation());
        let window = || state.window_functions().get(&name).and_then(|found| found.documentation());
        let about = scalar.or_else(aggregate).or_else(window)?;
        let mut page = format!("{}\n  {}", about.syntax_example, about.description.trim());
        for (argument, meaning) in about.arguments.iter().flatten() {
            page.push_str(&format!("\n    {argument:<18} {}", meaning.trim()));
        }
        Some(page)
    }

    /// Forgets all tables, views, functions and settings.
    pub fn drop_all(&self) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes a function callable in SQL under the name, in any case, in place of one that was there. It is called with
    /// one series for each argument, a batch of rows at a time, on several threads.
    pub fn register_function(
        &self,
        name: &str,
        argument_count: usize,
        return_type: ReturnType,
        body: FunctionBody,
    ) -> Result<(), SqlError> {
        let refused = |error: DataFusionError| SqlError::from_run(&RunError::from(error));
        function::check_name(name).map_err(refused)?;
        let session = self.session()?;
        session.context.register_udf(function::scalar_function(name, argument_count, return_type, body));
        Ok(())
    }

    fn started(&self) -> Option<Arc<Session>> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn session(&self) -> Result<Arc<Session>, SqlError> {
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = session.as_ref() {
            return Ok(session.clone());
        }
        let tables = Arc::new(NotebookSchema::default());
        let context = context::new_context(tables.clone());
        let context = context.map_err(|error| SqlError::from_run(&RunError::from(error)))?;
        let made = Arc::new(Session { context, tables });
        *session = Some(made.clone());
        Ok(made)
    }
}

impl Session {
    fn planning(&self, text: &Arc<str>) -> Planning {
        Planning { text: text.clone(), state: self.context.state(), tables: self.tables.clone() }
    }

    fn run_statement(
        &self,
        text: &Arc<str>,
        tokens: Vec<TokenWithSpan>,
        runner: &dyn Runner,
        watch: &Watch,
    ) -> Result<Answer, SqlError> {
        if let Some(frame) = statements::whole_table(&tokens).and_then(|name| self.tables.whole_frame(name)) {
            return Ok(Answer { frame: Some(frame), notes: Vec::new() });
        }
        self.tables.set_words(statements::words(&tokens));
        let planning = Arc::new(self.planning(text));
        let planner = planning.clone();
        let planned = run_future(watch, async move { Ok(planner.plan(tokens).await) });
        let plan = planned.map_err(|error| SqlError::from_run(&error))??;
        let told = |error: RunError| match &error {
            RunError::Sql(error) => planning.told(error),
            other => SqlError::from_run(other),
        };
        match &plan {
            LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) => {
                let frame = table_change::change(&self.context, plan, runner, watch).map_err(told)?;
                Ok(Answer { frame, notes: Vec::new() })
            }
            _ => self.query(plan).map_err(told),
        }
    }

    fn query(&self, plan: LogicalPlan) -> Result<Answer, RunError> {
        let (plan, renamed) = frame_table::with_unique_names(plan)?;
        let note = |(old, new): &(String, String)| format!("A second column `{old}` is shown as `{new}`.");
        let notes = renamed.iter().map(note).collect();
        let frame = Frame::from_sql(plan, self.context.state())?;
        Ok(Answer { frame: Some(frame), notes })
    }
}
