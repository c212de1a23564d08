//! The trait of places where a plan can run; the places themselves are siblings (`local`) or other crates.

use polars::prelude::{DataFrame, LazyFrame};

use crate::{Held, Plan, RunError, Step, Watch, Writing, Written};

/// Somewhere a plan can run. Same plan, same rows: only the place differs.
pub trait Runner: Send + Sync {
    /// Where it is and what it has, in a few lines for people.
    fn describe(&self, watch: &Watch) -> Result<String, RunError>;

    /// Runs the plan, no further than the limit, and returns its rows.
    fn run(&self, plan: &Plan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError>;

    /// Runs the plan whole, and holds its rows for what will read them.
    fn hold(&self, plan: &Plan, watch: &Watch) -> Result<Held, RunError> {
        Ok(Held::Here(self.run(plan, Limit::All, watch)?))
    }

    /// Runs the plan into files. Where that fails, files may be left there.
    fn write(&self, lazy: &LazyFrame, writing: &Writing, watch: &Watch) -> Result<Written, RunError>;

    /// What the plan becomes before it runs, as text.
    fn explain(&self, plan: &Plan) -> Result<String, RunError>;

    /// The steps that the plan runs in, the last one at the root. With `analyze` it is run, its rows are dropped, and
    /// the steps have what was measured.
    fn steps(&self, plan: &Plan, analyze: bool, watch: &Watch) -> Result<Step, RunError>;
}

/// How many rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// All of them.
    All,
    /// The first so many; the run stops when it has them.
    First(usize),
}

impl Limit {
    /// The plan, no further than this.
    pub fn of(self, lazy: &LazyFrame) -> LazyFrame {
        match self {
            Self::All => lazy.clone(),
            Self::First(rows) => lazy.clone().limit(u32::try_from(rows).unwrap_or(u32::MAX)),
        }
    }
}
