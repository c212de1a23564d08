//! The jobs of a runner: submitted, followed, their rows fetched and put together; and a plan's jobs all run again where
//! a worker was lost.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use fram_frame::{Held, Limit, LocalRunner, Plan, Progress, RunError, Runner, Watch, bridge};
use futures::TryStreamExt;
use polars::prelude::{DataFrame, LazyFrame, SchemaRef};

use super::stages::ClusterStages;
use super::tables::Origin;
use super::trouble::Trouble;
use super::{ClusterRunner, cut_error};
use crate::cut::{KeptWhole, cut_to_keep, read_again};
use crate::engine::{Job, JobEvent, LeftRows};
use crate::error::CutError;
use crate::failure::Failure;
use crate::message::Submission;
use crate::piece::{CutPlan, Ticket};
use crate::record::{JobCard, JobProgress};
use crate::rows::conform;
use crate::segment::Message;

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(20);
/// How long is waited for workers where all were lost.
const COMING_BACK: Duration = Duration::from_secs(5);
/// How often a job is run at most because workers were lost.
const TRIES: usize = 4;
/// How often it is at most because rows could not be fetched: a machine that is gone is not among the workers any more
/// by then, and what is left is a network that does not let one machine reach another. It is given up sooner where each
/// try takes long.
const UNREACHABLE_TRIES: usize = 3;
const UNREACHABLE: Duration = Duration::from_secs(8);

/// Tries at which rows could not be fetched.
#[derive(Default)]
struct Unreachable {
    tries: usize,
    first: Option<Instant>,
}

impl Unreachable {
    /// Counts one more, and says whether another is worth it.
    fn is_tried_again(&mut self) -> bool {
        self.tries += 1;
        let first = self.first.get_or_insert_with(Instant::now);
        self.tries < UNREACHABLE_TRIES && first.elapsed() < UNREACHABLE
    }
}

impl ClusterRunner {
    /// Runs the job, again where a worker was lost; nothing of it is seen before it has succeeded.
    pub(super) fn run_again<T>(
        &self,
        watch: &Watch,
        mut job: impl FnMut(usize) -> Result<T, Trouble>,
    ) -> Result<T, RunError> {
        let (mut died, mut unreachable) = (false, Unreachable::default());
        for tries in 0..TRIES - 1 {
            self.tables.begin();
            match job(tries) {
                Err(Trouble::There(Failure::Unreachable { what })) if unreachable.is_tried_again() => {
                    self.tables.doubt(tries > 0);
                    log::warn!("the job is run again: {what}");
                }
                Err(Trouble::There(failure @ Failure::Unreachable { .. })) => {
                    self.tables.doubt(true);
                    return Err(failure.into());
                }
                Err(Trouble::There(Failure::Died { how })) if !died => {
                    died = true;
                    log::warn!("the job is run once more: the process of a task ended: {how}");
                }
                Err(Trouble::There(failure)) if failure.is_passing() => {
                    log::warn!("the job is run again: {failure}");
                    self.tables.doubt(tries > 0);
                }
                done => return done.map_err(RunError::from),
            }
            self.wait_for_workers(watch)?;
        }
        job(TRIES - 1).map_err(RunError::from)
    }

    /// Gives workers that were all lost some time to come back.
    fn wait_for_workers(&self, watch: &Watch) -> Result<(), RunError> {
        let begun = Instant::now();
        while begun.elapsed() < COMING_BACK && self.view(watch)?.slots() == 0 {
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    /// Runs the jobs of a plan, all of them again where a worker was lost. Nothing of them is seen before all have succeeded.
    pub(super) fn run_stages<T>(
        &self,
        is_sql: bool,
        watch: &Watch,
        mut plan: impl FnMut(&mut ClusterStages<'_>) -> Result<T, Trouble>,
    ) -> Result<T, RunError> {
        let begun = Instant::now();
        self.run_again(watch, |tries| {
            let card = JobCard { tries, is_sql, ..self.card(watch) };
            let mut stages = ClusterStages::new(self, card, begun, watch);
            let done = plan(&mut stages)?;
            stages.release();
            Ok(done)
        })
    }

    pub(super) fn run_frame(&self, lazy: &LazyFrame, watch: &Watch) -> Result<DataFrame, RunError> {
        self.run_stages(false, watch, |stages| {
            let cut = self.cut_now(lazy, stages, watch);
            let Ok(cut) = cut.map_err(|error| stages.trouble(error))? else {
                return Ok(LocalRunner.run(&Plan::Polars(lazy.clone()), Limit::All, watch)?);
            };
            self.put_together(cut, stages, watch)
        })
    }

    /// Runs the plan whole; its rows are held.
    pub(super) fn hold_frame(&self, lazy: &LazyFrame, watch: &Watch) -> Result<Held, RunError> {
        let plan = Plan::Polars(lazy.clone());
        self.run_stages(false, watch, |stages| {
            match cut_to_keep(lazy.clone(), &self.options_now(watch)?, stages) {
                Err(CutError::NotShippable { .. }) => Ok(LocalRunner.hold(&plan, watch)?),
                whole => {
                    let whole = whole.map_err(|error| stages.trouble(cut_error(error)))?;
                    self.held(&plan, whole, stages, watch)
                }
            }
        })
    }

    /// What came of the plan: it stays on the workers where it is much, and another run would have the same.
    pub(super) fn held(
        &self,
        plan: &Plan,
        whole: KeptWhole,
        stages: &mut ClusterStages<'_>,
        watch: &Watch,
    ) -> Result<Held, Trouble> {
        let is_large = whole.kept.counted().1.is_some_and(|bytes| bytes > self.options.hold_bytes);
        if let Some(this) = self.this.upgrade().filter(|_| is_large && !whole.again.is_random) {
            let job = stages.take(&whole.kept.stored);
            let from = Origin {
                plan: plan.clone(),
                files: whole.files,
                may_choose_others: whole.again.may_choose_others,
            };
            let rows = self.tables.add(this, from, whole.schema, (whole.kept, job));
            return Ok(Held::There(Box::new(rows)));
        }
        let again = read_again(&whole.kept, whole.schema).map_err(cut_error)?;
        Ok(Held::Here(self.put_together(again, stages, watch)?))
    }

    /// The rows of the plan, whose last steps are done here.
    fn put_together(
        &self,
        CutPlan { root, finish, schema, .. }: CutPlan,
        stages: &mut ClusterStages<'_>,
        watch: &Watch,
    ) -> Result<DataFrame, Trouble> {
        finished_here(stages.rows(root)?, finish, &schema, watch)
    }

    /// The rows of the job's partitions, when it has ended.
    pub(super) fn rows_of(
        &self,
        job: Submission,
        begun: Instant,
        watch: &Watch,
    ) -> Result<Vec<DataFrame>, Trouble> {
        let work = async {
            let (job, left) = self.finished(job, begun, watch).await?;
            let rows = self.fetched_now(locations(left)).await;
            job.release().await;
            rows
        };
        self.block_on(unless_stopped(watch, work))
    }

    /// The rows that lie there.
    pub(super) fn fetched(&self, locations: Vec<Vec<u8>>, watch: &Watch) -> Result<Vec<DataFrame>, Trouble> {
        self.block_on(unless_stopped(watch, self.fetched_now(locations)))
    }

    /// They are turned into Polars' as they come, so that they are not held twice.
    async fn fetched_now(&self, locations: Vec<Vec<u8>>) -> Result<Vec<DataFrame>, Trouble> {
        let rows = self.master.rows(locations).map_err(Trouble::from);
        rows.and_then(async |batch| frame(&batch)).try_collect().await
    }

    /// The job when it has ended, and what it has left. That lies there until the job is released or dropped.
    pub(super) async fn finished(
        &self,
        submission: Submission,
        begun: Instant,
        watch: &Watch,
    ) -> Result<(Box<dyn Job>, Vec<LeftRows>), Failure> {
        let (tries, restored) = (submission.card.tries, submission.card.restored);
        let mut job = self.master.submit(submission).await?;
        let tell = |job: &dyn Job, progress: &JobProgress| {
            let page = job.page().unwrap_or_default().to_owned();
            watch.report(&Progress { tries, restored, page, ..shown(progress, begun) });
        };
        loop {
            match job.next().await? {
                JobEvent::Progress(progress) => tell(&*job, &progress),
                JobEvent::Finished(left, progress) => {
                    tell(&*job, &progress);
                    return Ok((job, left));
                }
            }
        }
    }
}

/// Where the rows lie.
pub(super) fn locations(left: Vec<LeftRows>) -> Vec<Vec<u8>> {
    left.into_iter().map(|left| left.file.location).collect()
}

/// The rows of a plan with its last steps done, which are left to this process.
pub(super) fn finished_here(
    data: DataFrame,
    finish: Option<Message>,
    schema: &SchemaRef,
    watch: &Watch,
) -> Result<DataFrame, Trouble> {
    let data = match finish {
        Some(message) => message.run(Ticket::default(), vec![data], watch)?,
        None => data,
    };
    Ok(conform(data, schema)?)
}

/// The rows of a batch as they came from a worker.
pub(super) fn frame(batch: &RecordBatch) -> Result<DataFrame, Trouble> {
    Ok(bridge::to_polars(&batch.schema(), std::slice::from_ref(batch))?)
}

/// What comes of the work, unless the user asks to stop before, or the rows that come here take too much memory.
pub(super) async fn unless_stopped<T, E: Into<Trouble>>(
    watch: &Watch,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    let stopped = async {
        loop {
            if let Some(reason) = watch.reason_to_stop() {
                return reason;
            }
            tokio::time::sleep(TICK).await;
        }
    };
    tokio::select! {
        done = work => {
            let done = done.map_err(E::into)?;
            // Packed rows are unpacked in one go, between two looks.
            watch.reason_to_stop().map_or(Ok(done), |reason| Err(reason.into()))
        }
        reason = stopped => Err(reason.into()),
    }
}

/// The stage that a job is at; the last one while its rows are fetched.
fn stage_of(progress: &JobProgress) -> String {
    let stages = progress.stages.max(1);
    format!("stage {} of {stages}", (progress.stages_done + 1).min(stages))
}

/// What a job's progress is on the progress line.
fn shown(progress: &JobProgress, begun: Instant) -> Progress {
    Progress {
        elapsed: begun.elapsed(),
        stage: stage_of(progress),
        steps_done: progress.tasks_done,
        steps: progress.tasks,
        rows: progress.rows,
        bytes: progress.bytes,
        is_elsewhere: true,
        ..Progress::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stage_comes_after_the_last_one() {
        let at =
            |stages_done, stages| stage_of(&JobProgress { stages_done, stages, ..JobProgress::default() });
        assert_eq!(
            (at(0, 0), at(0, 3), at(2, 3)),
            ("stage 1 of 1".into(), "stage 1 of 3".into(), "stage 3 of 3".into())
        );
        assert_eq!(at(3, 3), "stage 3 of 3", "its rows are fetched");
    }
}
