//! SQL that a runner has the cluster run: its rows are fetched, or stay on the workers.

use std::sync::Arc;
use std::time::Instant;

use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use fram_frame::{Held, Limit, LocalRunner, Plan, RunError, Runner, SqlPlan, Watch};
use polars::prelude::{DataFrame, LazyFrame, SchemaRef};

use super::stages::ClusterStages;
use super::trouble::Trouble;
use super::{ClusterRunner, cut_error};
use crate::cut::{InSql, InSqlPlan, Kept, KeptWhole, Stages};
use crate::message::Submission;
use crate::piece::StoredPart;
use crate::rows::stacked;
use crate::sql::{self, Settings, SqlJob, SqlRows, SqlSides};

impl ClusterRunner {
    pub(super) fn run_sql(
        &self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        self.run_stages(true, watch, |stages| {
            let Some((job, submission)) = stages.sql_submission(plan, limit)? else {
                return Ok(LocalRunner.run(&Plan::Sql(plan.clone()), limit, watch)?);
            };
            let schema = sql::schema_of(&job.physical)?;
            let data = stacked(self.rows_of(submission, stages.begun, watch)?, &schema)?;
            Ok(match job.rows {
                Some((skip, fetch)) => {
                    data.slice(i64::try_from(skip).unwrap_or(i64::MAX), fetch.unwrap_or(data.height()))
                }
                None => data,
            })
        })
    }

    /// Runs SQL whole; its rows are held.
    pub(super) fn hold_sql(&self, plan: &Arc<SqlPlan>, watch: &Watch) -> Result<Held, RunError> {
        let whole = Plan::Sql(plan.clone());
        let is_random = sql::another_run(&plan.logical).is_random;
        if is_random || sql::reason_to_stay(plan, &self.functions).is_some() {
            return Ok(Held::Here(self.run(&whole, Limit::All, watch)?));
        }
        self.run_stages(true, watch, |stages| match stages.sql(plan)? {
            Some(rows) => self.held(&whole, rows, stages, watch),
            None => Ok(LocalRunner.hold(&whole, watch)?),
        })
    }

    /// SQL planned for the cluster; tables that it reads and whose rows were lost are computed again before, and counted.
    pub(super) fn planned_sql(
        &self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
        sides: &mut dyn SqlSides,
        watch: &Watch,
    ) -> Result<(Result<SqlJob, RunError>, usize), Trouble> {
        let options = self.options_now(watch)?;
        let mut plan_now = || sql::plan_sql(plan, limit, &options, &SqlRows::of(&self.tables), sides, watch);
        let planned = plan_now();
        let lost = self.tables.take_lost();
        let restored = lost.len();
        if restored == 0 {
            return Ok((planned, 0));
        }
        let mut stages = ClusterStages::new(self, self.card(watch), Instant::now(), watch);
        for name in lost {
            stages.table(&name).map_err(|error| stages.trouble(cut_error(error)))?;
        }
        stages.release();
        Ok((plan_now(), restored))
    }
}

impl ClusterStages<'_> {
    /// SQL as the master takes it; none where it stays in this process.
    fn sql_submission(
        &mut self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
    ) -> Result<Option<(SqlJob, Submission)>, Trouble> {
        let (runner, watch) = (self.runner, self.watch);
        let (job, restored) = runner.planned_sql(plan, limit, self, watch)?;
        let job = match job {
            Err(error) if self.is_in_trouble() => return Err(self.trouble(error)),
            // A frame in it holds what cannot leave this process.
            Err(RunError::Cluster { .. } | RunError::NotCarried { .. }) => return Ok(None),
            job => job?,
        };
        self.card.restored += restored;
        // A node that DataFusion cannot write down, as one of a recursive query, stays here.
        let submission =
            runner.submission(job.physical.clone(), job.settings.clone(), self.card.clone()).ok();
        Ok(submission.map(|submission| (job, submission)))
    }

    /// Runs SQL; its rows stay. None where it stays in this process.
    pub(super) fn sql(&mut self, plan: &Arc<SqlPlan>) -> Result<Option<KeptWhole>, Trouble> {
        let Some((job, submission)) = self.sql_submission(plan, Limit::All)? else {
            return Ok(None);
        };
        let schema = sql::schema_of(&job.physical)?;
        let partitions = job.physical.output_partitioning().partition_count();
        let stored = self.left_by(submission, schema.clone(), partitions)?;
        Ok(Some(KeptWhole {
            kept: Kept::of(stored),
            schema,
            again: job.again.or(sql::another_run(&plan.logical)),
            files: job.files,
        }))
    }
}

impl SqlSides for ClusterStages<'_> {
    fn begin(&mut self, lazy: LazyFrame, how: &InSql) -> Result<Option<InSqlPlan>, RunError> {
        how.cut_in_stages(lazy, self).map(Some).map_err(cut_error)
    }

    fn store(
        &mut self,
        side: Arc<dyn ExecutionPlan>,
        settings: &Settings,
    ) -> Result<Option<Vec<StoredPart>>, RunError> {
        let partitions = side.output_partitioning().partition_count();
        let Ok(job) = self.runner.submission(side, settings.clone(), self.card.clone()) else {
            return Ok(None);
        };
        let stored = self.left_by(job, SchemaRef::default(), partitions);
        let stored = stored.map_err(|trouble| cut_error(self.stopped(trouble)))?;
        Ok(Some(stored.parts))
    }
}
