//! Runs plans on a cluster: cuts them, has the master run the pieces, and puts the rows together again.

mod at_once;
mod jobs;
mod queries;
mod signs;
mod stages;
mod submission;
mod tables;
#[cfg(test)]
mod tests;
mod trouble;
mod writes;

use std::sync::{Arc, Weak};
use std::time::Duration;

use fram_frame::{
    Destination, Held, Limit, LocalRunner, Plan, RunError, Runner, Step, Watch, Writing, Written, end_runtime,
};
use polars::error::PolarsError;
use polars::prelude::{DataFrame, LazyFrame};
use tokio::runtime::Runtime;

use crate::address::Address;
use crate::caller::Caller;
use crate::cut::{CutOptions, Stages, cut_in_stages, cut_over};
use crate::driver::MasterLink;
use crate::engine::Engine;
use crate::error::CutError;
use crate::failure::Failure;
use crate::functions::Functions;
use crate::message::ClusterView;
use crate::outline::{self, Foreseen, ForeseenSides};
use crate::piece::CutPlan;
use crate::read_files::SeenFiles;
use crate::record::Application;
use crate::sql::{self, NoSides, SqlRows};
use crate::words::{amount, counted};
use jobs::unless_stopped;
use signs::Signs;
pub(crate) use tables::Tables;

/// How long after a connection broke the cluster is told again that the notebook is there.
const ATTEND_AGAIN: Duration = Duration::from_secs(5);

/// What is said of steps that are measured.
const MEASURED_HERE: &str =
    "run and measured here, not on the cluster, whose pages have the rows and times of each job's stages";

/// Runs plans on a cluster.
pub struct ClusterRunner {
    master: Arc<dyn Engine>,
    options: CutOptions,
    functions: Functions,
    application: Application,
    runtime: Option<Runtime>,
    tables: Tables,
    this: Weak<Self>,
}

impl ClusterRunner {
    /// A runner that hands the jobs of a notebook to this master; `functions` are those that its workers know.
    pub fn new(
        master: Address,
        caller: Caller,
        options: CutOptions,
        functions: Functions,
        application: Application,
    ) -> Result<Arc<Self>, RunError> {
        let begin = || Ok(Arc::new(MasterLink::new(master, caller)?) as Arc<dyn Engine>);
        Self::over(begin, options, functions, application)
    }

    /// A runner over any engine, which is begun on the runner's threads.
    fn over(
        begin: impl FnOnce() -> Result<Arc<dyn Engine>, RunError>,
        options: CutOptions,
        functions: Functions,
        application: Application,
    ) -> Result<Arc<Self>, RunError> {
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
            begin()?
        };
        let application = application.with(options.told());
        runtime.spawn(attend(master.clone(), application.clone()));
        Ok(Arc::new_cyclic(|this| Self {
            master,
            options,
            functions,
            application,
            runtime: Some(runtime),
            tables: Tables::default(),
            this: this.clone(),
        }))
    }

    fn block_on<T, E: From<Failure>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let gone = || Failure::System { what: "the cluster".into(), reason: "its threads have ended".into() };
        self.runtime.as_ref().ok_or_else(gone)?.block_on(work)
    }

    /// Does the work, and gives signs of life while nothing of it is reported.
    fn with_signs<T>(
        &self,
        watch: &Watch,
        work: impl FnOnce(&Watch) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let Some(runtime) = &self.runtime else { return work(watch) };
        let (_signs, watch) = Signs::begin(runtime.handle(), watch);
        work(&watch)
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

    /// The files that the plan reads, as they are now. Nothing runs.
    fn files_now(&self, plan: &Plan) -> Result<SeenFiles, RunError> {
        let options = CutOptions { partitions: 1, ..self.options.clone() };
        let tables = self.tables.all_there();
        match plan {
            Plan::Polars(lazy) => {
                let cut = cut_over(lazy.clone(), &options, &|name: &str| tables.kept(name));
                Ok(cut.map_err(cut_error)?.files)
            }
            Plan::Sql(plan) => {
                let rows = SqlRows::of(&tables);
                Ok(sql::plan_sql(plan, Limit::All, &options, &rows, &mut NoSides, &Watch::new())?.files)
            }
        }
    }

    /// The steps of a plan that stays in this process, with the reason.
    fn steps_here(
        &self,
        plan: &Plan,
        analyze: bool,
        reason: String,
        watch: &Watch,
    ) -> Result<Step, RunError> {
        let inputs = vec![LocalRunner.steps(plan, analyze, watch)?];
        Ok(Step { name: "in this process".into(), detail: vec![reason], inputs, ..Step::default() })
    }

    /// How plans are cut for the workers that are there now.
    fn options_now(&self, watch: &Watch) -> Result<CutOptions, RunError> {
        let view = self.view(watch)?;
        let slots = view.slots();
        if slots == 0 {
            let start = format!("start one on its machine: `{}`", self.master.address().worker_command());
            let (reason, remedy) = match view.workers.len() {
                0 => ("the cluster has no workers", start),
                _ => (
                    "all workers of the cluster are being drained",
                    format!("press Resume on the page of the cluster, or {start}"),
                ),
            };
            return Err(RunError::Cluster { reason: reason.into(), remedy });
        }
        let mut options = self.options.clone();
        if options.partitions == 0 {
            options.partitions = slots;
        }
        options.pairs.get_or_insert(view.pairs);
        options.unpacked = if view.is_packed { options.unpacked } else { 1 };
        Ok(options.within(view.memory_of_task()))
    }
}

/// Tells the engine that the notebook is there, again where it went away, as long as this is polled.
async fn attend(engine: Arc<dyn Engine>, notebook: Application) {
    loop {
        if let Err(failure) = engine.attend(notebook.clone()).await {
            log::debug!("the cluster is not told of the notebook: {failure}");
        }
        tokio::time::sleep(ATTEND_AGAIN).await;
    }
}

impl Drop for ClusterRunner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            end_runtime(runtime);
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
            text.push_str(&format!("\nIts pages: {}", pages.url(&self.master.address().host)));
        }
        if view.workers.is_empty() {
            text.push_str(&format!("\nStart a worker: {}", self.master.address().worker_command()));
        }
        Ok(text)
    }

    fn run(&self, plan: &Plan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
        match plan {
            Plan::Polars(lazy) => {
                let lazy = limit.of(lazy);
                match self.with_signs(watch, |watch| self.run_frame(&lazy, watch)) {
                    Err(RunError::NotCarried { .. }) => {
                        LocalRunner.run(&Plan::Polars(lazy), Limit::All, watch)
                    }
                    done => done,
                }
            }
            Plan::Sql(sql) if sql::reason_to_stay(sql, &self.functions).is_none() => {
                self.with_signs(watch, |watch| self.run_sql(sql, limit, watch))
            }
            Plan::Sql(_) => LocalRunner.run(plan, limit, watch),
        }
    }

    fn hold(&self, plan: &Plan, watch: &Watch) -> Result<Held, RunError> {
        let held = self.with_signs(watch, |watch| match plan {
            Plan::Polars(lazy) => self.hold_frame(lazy, watch),
            Plan::Sql(sql) => self.hold_sql(sql, watch),
        });
        match (plan, held) {
            (Plan::Polars(_), Err(RunError::NotCarried { .. })) => LocalRunner.hold(plan, watch),
            (_, held) => held,
        }
    }

    fn write(&self, lazy: &LazyFrame, writing: &Writing, watch: &Watch) -> Result<Written, RunError> {
        let written = self.with_signs(watch, |watch| match &writing.destination {
            Destination::File(_) => self.write_file(lazy, writing, watch),
            Destination::Folder { path, .. } => self.write_folder(lazy, writing, path, watch),
        });
        match written {
            Err(RunError::NotCarried { .. }) => LocalRunner.write(lazy, writing, watch),
            written => written,
        }
    }

    fn explain(&self, plan: &Plan) -> Result<String, RunError> {
        match plan {
            Plan::Polars(lazy) => {
                let mut foreseen = Foreseen::new(&self.tables);
                match self.cut_now(lazy, &mut foreseen, &Watch::new())? {
                    Ok(cut) => Ok(outline::text(&cut, &foreseen)),
                    Err(reason) => {
                        Ok(format!("in this process, for {reason}\n{}", LocalRunner.explain(plan)?))
                    }
                }
            }
            Plan::Sql(_) => Ok(outline::written(&self.steps(plan, false, &Watch::new())?)),
        }
    }

    fn steps(&self, plan: &Plan, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
        match plan {
            Plan::Polars(lazy) if !analyze => {
                let mut foreseen = Foreseen::new(&self.tables);
                match self.cut_now(lazy, &mut foreseen, watch)? {
                    Ok(cut) => Ok(outline::steps(&cut, &foreseen)),
                    Err(reason) => self.steps_here(plan, false, reason, watch),
                }
            }
            Plan::Sql(sql) if !analyze => {
                let tables = self.tables.all_there();
                let mut foreseen = ForeseenSides::new(&tables);
                let reason = match sql::reason_to_stay(sql, &self.functions) {
                    Some(reason) => reason,
                    None => {
                        let (options, rows) = (self.options_now(watch)?, SqlRows::of(&tables));
                        match sql::plan_sql(sql, Limit::All, &options, &rows, &mut foreseen, watch) {
                            Ok(job) => return Ok(outline::sql_steps(&job.physical, job.rows, &foreseen)),
                            Err(error) => error.to_string(),
                        }
                    }
                };
                self.steps_here(plan, false, reason, watch)
            }
            _ => self.steps_here(plan, analyze, MEASURED_HERE.to_owned(), watch),
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
