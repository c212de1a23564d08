//! Runs plans on a cluster: cuts them, has the master run the pieces, and puts the rows together again.

mod jobs;
mod stages;
mod trouble;
mod writes;

use fram_frame::{Destination, Limit, LocalRunner, Plan, RunError, Runner, Step, Watch, Writing, Written};
use polars::error::PolarsError;
use polars::prelude::{DataFrame, LazyFrame};
use tokio::runtime::Runtime;

use crate::address::Address;
use crate::caller::Caller;
use crate::cut::{CutOptions, Stages, cut_in_stages};
use crate::driver::MasterLink;
use crate::error::CutError;
use crate::failure::Failure;
use crate::functions::Functions;
use crate::message::ClusterView;
use crate::outline::{self, Foreseen};
use crate::piece::CutPlan;
use crate::record::Application;
use crate::sql;
use crate::words::{amount, counted};
use jobs::unless_stopped;

/// Bytes of rows that are held in memory before they are written to one file.
const HELD_BYTES: u64 = 64 << 20;

/// Runs plans on a cluster.
pub struct ClusterRunner {
    master: MasterLink,
    options: CutOptions,
    functions: Functions,
    application: Application,
    /// Bytes of rows up to which they are in memory when they are written to one file.
    held_bytes: u64,
    runtime: Option<Runtime>,
}

impl ClusterRunner {
    /// A runner that hands the jobs of a notebook to this master; `functions` are those that its workers know.
    pub fn new(
        master: Address,
        caller: Caller,
        options: CutOptions,
        functions: Functions,
        application: Application,
    ) -> Result<Self, RunError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .worker_threads(2)
            .thread_name("fram-driver")
            .build()
            .map_err(|error| RunError::System {
                what: "starting a thread".into(),
                reason: error.to_string(),
            })?;
        let master = {
            let _runtime = runtime.enter();
            MasterLink::new(master, caller)?
        };
        Ok(Self { master, options, functions, application, held_bytes: HELD_BYTES, runtime: Some(runtime) })
    }

    /// The runner with other bytes of rows up to which they are in memory when they are written to one file.
    pub fn with_held_bytes(mut self, held_bytes: u64) -> Self {
        self.held_bytes = held_bytes;
        self
    }

    fn block_on<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let gone = || Failure::System { what: "the cluster".into(), reason: "its threads have ended".into() };
        self.runtime.as_ref().ok_or_else(gone)?.block_on(work)
    }

    /// What the cluster is now.
    pub fn view(&self, watch: &Watch) -> Result<ClusterView, RunError> {
        Ok(self.block_on(unless_stopped(watch, self.master.view()))?)
    }

    /// The plan in pieces; none where it holds what cannot leave this process, with the reason.
    fn cut_now(
        &self,
        lazy: &LazyFrame,
        stages: &mut dyn Stages,
        watch: &Watch,
    ) -> Result<Result<CutPlan, String>, RunError> {
        match cut_in_stages(lazy.clone(), &self.options_now(watch)?, stages) {
            Err(error @ CutError::NotShippable { .. }) => Ok(Err(error.to_string())),
            cut => cut.map(Ok).map_err(cut_error),
        }
    }

    /// How plans are cut for the workers that are there now.
    fn options_now(&self, watch: &Watch) -> Result<CutOptions, RunError> {
        let view = self.view(watch)?;
        let slots = view.slots();
        if slots == 0 {
            let reason = match view.workers.len() {
                0 => "the cluster has no workers",
                _ => "all workers of the cluster are being drained",
            };
            let remedy = format!("start one: `fram worker {}`", self.master.address());
            return Err(RunError::Cluster { reason: reason.into(), remedy });
        }
        let mut options = self.options.clone();
        if options.partitions == 0 {
            options.partitions = slots;
        }
        Ok(options)
    }
}

impl Drop for ClusterRunner {
    fn drop(&mut self) {
        // It may be let go on a thread that must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Runner for ClusterRunner {
    fn describe(&self, watch: &Watch) -> Result<String, RunError> {
        let view = self.view(watch)?;
        let mut text = format!(
            "Cells run on {}: {}, {} at once; {} running, {} done.",
            self.master.address(),
            counted(view.workers.len(), "worker"),
            counted(view.slots(), "task"),
            counted(view.jobs, "job"),
            view.jobs_ended
        );
        for worker in &view.workers {
            let memory = amount(worker.memory);
            text.push_str(&format!(
                "\n  {:<21} {}, {memory}, {} running{}",
                worker.address,
                counted(worker.cores, "core"),
                counted(worker.tasks, "task"),
                if worker.is_draining { ", gets no more" } else { "" }
            ));
        }
        if let Some(pages) = &view.pages {
            text.push_str(&format!("\nIts pages: {pages}"));
        }
        if view.workers.is_empty() {
            text.push_str(&format!(" Start one: fram worker {}", self.master.address()));
        }
        Ok(text)
    }

    fn run(&self, plan: &Plan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
        match plan {
            Plan::Polars(lazy) => {
                let lazy = limit.of(lazy);
                match self.run_frame(&lazy, watch) {
                    Err(RunError::NotCarried { .. }) => {
                        LocalRunner.run(&Plan::Polars(lazy), Limit::All, watch)
                    }
                    done => done,
                }
            }
            Plan::Sql(sql) if sql::reason_to_stay(sql, &self.functions).is_none() => {
                self.run_sql(sql, limit, watch)
            }
            Plan::Sql(_) => LocalRunner.run(plan, limit, watch),
        }
    }

    fn write(&self, lazy: &LazyFrame, writing: &Writing, watch: &Watch) -> Result<Written, RunError> {
        let written = match &writing.destination {
            Destination::File(_) => self.write_file(lazy, writing, watch),
            Destination::Folder { path, .. } => self.write_folder(lazy, writing, path, watch),
        };
        match written {
            Err(RunError::NotCarried { .. }) => LocalRunner.write(lazy, writing, watch),
            written => written,
        }
    }

    fn explain(&self, plan: &Plan) -> Result<String, RunError> {
        match plan {
            Plan::Polars(lazy) => {
                let mut foreseen = Foreseen::default();
                match self.cut_now(lazy, &mut foreseen, &Watch::new())? {
                    Ok(cut) => Ok(outline::text(&cut, &foreseen)),
                    Err(reason) => {
                        Ok(format!("in this process, for {reason}\n{}", LocalRunner.explain(plan)?))
                    }
                }
            }
            Plan::Sql(_) => LocalRunner.explain(plan),
        }
    }

    fn steps(&self, plan: &Plan, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
        match plan {
            Plan::Polars(lazy) if !analyze => {
                let mut foreseen = Foreseen::default();
                match self.cut_now(lazy, &mut foreseen, watch)? {
                    Ok(cut) => Ok(outline::steps(&cut, &foreseen)),
                    Err(reason) => {
                        let inputs = vec![LocalRunner.steps(plan, analyze, watch)?];
                        let (name, detail) = ("in this process".into(), vec![reason]);
                        Ok(Step { name, detail, inputs, ..Step::default() })
                    }
                }
            }
            _ => LocalRunner.steps(plan, analyze, watch),
        }
    }
}

pub(crate) fn cut_error(error: CutError) -> RunError {
    match error {
        CutError::Polars(error) => error.into(),
        CutError::File { path, kind, reason } => {
            let error = std::sync::Arc::new(std::io::Error::new(kind, reason));
            PolarsError::IO { error, msg: Some(path.into()) }.into()
        }
        other => RunError::Cluster { reason: other.to_string(), remedy: String::new() },
    }
}
