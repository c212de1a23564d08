//! The local runner: plans run in this process, Polars' on its streaming engine, DataFusion's beside it, both under
//! one supervisor. Knows no cell.

mod feed;
mod outline;
mod overflow;
mod panic_filter;
mod slices;
mod sql;
mod streaming;
mod supervisor;
mod types;
mod warning_filter;
mod write;

use polars::prelude::{DataFrame, LazyFrame};

use crate::{Limit, Plan, RunError, Runner, Step, Watch, Writing, Written};

pub use feed::{Feeds, feed};
pub use panic_filter::{install as install_panic_filter, message as panic_message};
pub use sql::{interruptible, run_future, step_of};
pub use streaming::run_optimized;
pub use supervisor::{watch_of_query, watched};
pub use types::check_types;
pub use warning_filter::install as install_warning_filter;
pub use write::write_optimized;

/// Runs plans in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalRunner;

impl Runner for LocalRunner {
    fn describe(&self, _: &Watch) -> Result<String, RunError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(format!("Cells run on this machine: {cores} cores."))
    }

    fn run(&self, plan: &Plan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
        match plan {
            Plan::Polars(lazy) => streaming::run(limit.of(lazy), watch),
            Plan::Sql(plan) => sql::run(plan, limit, watch),
        }
    }

    fn write(&self, lazy: &LazyFrame, writing: &Writing, watch: &Watch) -> Result<Written, RunError> {
        let lazy = lazy.clone();
        write_optimized(move || streaming::optimized(lazy.clone()), writing, watch)
    }

    fn explain(&self, plan: &Plan) -> Result<String, RunError> {
        match plan {
            // As it runs: the streaming engine has optimisations of its own.
            Plan::Polars(lazy) => Ok(slices::optimized(lazy.clone().with_streaming(true))?.describe()),
            Plan::Sql(plan) => sql::explain(plan),
        }
    }

    fn steps(&self, plan: &Plan, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
        match plan {
            Plan::Polars(lazy) => streaming::steps(lazy.clone(), analyze, watch),
            Plan::Sql(plan) => sql::steps(plan, analyze, watch),
        }
    }
}
