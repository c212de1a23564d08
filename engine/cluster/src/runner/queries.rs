//! SQL that a runner has the cluster run: its rows are fetched, or stay on the workers.

use std::sync::Arc;
use std::time::Instant;

use ballista_core::extension::SessionConfigHelperExt;
use datafusion::physical_plan::ExecutionPlanProperties;
use fram_frame::{Held, Limit, LocalRunner, Plan, RunError, Runner, SqlPlan, Watch};
use polars::prelude::DataFrame;

use super::stages::ClusterStages;
use super::trouble::Trouble;
use super::{ClusterRunner, cut_error};
use crate::cut::{Kept, KeptWhole, Stages};
use crate::message::Submission;
use crate::record::JobCard;
use crate::rows::stacked;
use crate::sql::{self, SqlJob};

impl ClusterRunner {
    pub(super) fn run_sql(
        &self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        self.run_stages(true, watch, |stages| {
            let Some((job, submission)) = self.sql_submission(plan, limit, stages.card.clone(), watch)?
            else {
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
        if sql::reason_to_stay(plan, &self.functions).is_some() || sql::may_differ(plan) {
            return Ok(Held::Here(self.run(&whole, Limit::All, watch)?));
        }
        self.run_stages(true, watch, |stages| match stages.sql(plan)? {
            Some(rows) => self.held(&whole, rows, stages, watch),
            None => Ok(LocalRunner.hold(&whole, watch)?),
        })
    }

    /// SQL as the master takes it; none where it stays in this process.
    fn sql_submission(
        &self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
        card: JobCard,
        watch: &Watch,
    ) -> Result<Option<(SqlJob, Submission)>, Trouble> {
        let (job, restored) = self.planned_sql(plan, limit, watch)?;
        let job = match job {
            // A frame in it holds what cannot leave this process.
            Err(RunError::Cluster { .. } | RunError::NotCarried { .. }) => return Ok(None),
            job => job?,
        };
        let card = JobCard { restored: card.restored + restored, ..card };
        let settings = job.state.config().to_key_value_pairs();
        let settings = settings.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect();
        // A node that DataFusion cannot write down, as one of a recursive query, stays here.
        let submission = self.submission(job.physical.clone(), settings, card).ok();
        Ok(submission.map(|submission| (job, submission)))
    }

    /// SQL planned for the cluster; tables that it reads and whose rows were lost are computed again before, and counted.
    pub(super) fn planned_sql(
        &self,
        plan: &Arc<SqlPlan>,
        limit: Limit,
        watch: &Watch,
    ) -> Result<(Result<SqlJob, RunError>, usize), Trouble> {
        let options = self.options_now(watch)?;
        let plan_now = || sql::plan_sql(plan, limit, &options, &self.tables, watch);
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
    /// Runs SQL; its rows stay. None where it stays in this process.
    pub(super) fn sql(&mut self, plan: &Arc<SqlPlan>) -> Result<Option<KeptWhole>, Trouble> {
        let (card, watch) = (self.card.clone(), self.watch);
        let Some((job, submission)) = self.runner.sql_submission(plan, Limit::All, card, watch)? else {
            return Ok(None);
        };
        let schema = sql::schema_of(&job.physical)?;
        let partitions = job.physical.output_partitioning().partition_count();
        let stored = self.left_by(submission, schema.clone(), partitions)?;
        Ok(Some(KeptWhole { kept: Kept::of(stored), schema, is_random: false, files: job.files }))
    }
}
