//! A job as it is handed to the master: the plan as it travels, its settings, and what the cluster's pages tell of it.

use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use fram_frame::Watch;

use super::ClusterRunner;
use crate::failure::Failure;
use crate::message::Submission;
use crate::record::JobCard;
use crate::stage::StageCodec;
use crate::wire::LONGEST;

/// Letters of a cell that the master is told.
const LONGEST_CELL: usize = 20_000;

impl ClusterRunner {
    /// What the master is told of a job that serves the watch's cell.
    pub(super) fn card(&self, watch: &Watch) -> JobCard {
        let cell = watch.purpose().chars().take(LONGEST_CELL).collect();
        JobCard { application: self.application.clone(), cell, ..JobCard::default() }
    }

    /// A job that runs the plan.
    pub(super) fn submission(
        &self,
        physical: Arc<dyn ExecutionPlan>,
        settings: Vec<(String, String)>,
        card: JobCard,
    ) -> Result<Submission, Failure> {
        let settings = with_batches_of(widest(&physical), settings);
        let plan = encoded(physical)?;
        Ok(Submission { plan, settings, card })
    }
}

/// How many columns the widest rows of the plan have.
fn widest(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let mut widest = 0;
    let visited = plan.apply(|node| {
        widest = widest.max(node.schema().fields().len());
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_or(0, |_| widest)
}

/// The setting of how many rows a batch has, and what it is by default.
const BATCH: (&str, usize) = ("datafusion.execution.batch_size", 8192);
/// Columns of a full batch at most.
const COLUMNS: usize = 1024;

/// The settings with shorter batches where rows are wide: tasks that read what others have written make room for a full
/// batch of each column, which is 6 GiB for 100,000 numbers.
fn with_batches_of(columns: usize, mut settings: Vec<(String, String)>) -> Vec<(String, String)> {
    let (name, rows) = BATCH;
    if columns > COLUMNS {
        settings.retain(|(key, _)| key != name);
        settings.push((name.to_owned(), (rows * COLUMNS / columns).max(1).to_string()));
    }
    settings
}

/// The plan as it is sent.
fn encoded(physical: Arc<dyn ExecutionPlan>) -> Result<Vec<u8>, Failure> {
    let node = PhysicalPlanNode::try_from_physical_plan(physical, &StageCodec::default());
    let mut plan = Vec::new();
    node.and_then(|node| node.try_encode(&mut plan)).map_err(|error| Failure::of(&error))?;
    if plan.len() > LONGEST {
        let reason = format!(
            "the plan holds {} MiB of rows in memory and names of files, more than can be sent",
            plan.len() >> 20
        );
        let remedy = "write such rows to a Parquet file that the workers can read, and scan that; read fewer files at once";
        return Err(Failure::Cluster { reason, remedy: remedy.into() });
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Schema;
    use datafusion::common::ScalarValue;
    use datafusion::physical_expr::expressions::Literal;
    use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
    use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

    use super::*;

    #[test]
    fn batches_of_wide_rows_are_shorter() {
        let settings = || vec![(BATCH.0.to_owned(), "8192".to_owned()), ("other".to_owned(), "1".to_owned())];
        assert_eq!(with_batches_of(COLUMNS, settings()), settings());
        let shorter = |columns| with_batches_of(columns, settings()).pop().unwrap();
        assert_eq!(shorter(100_000), (BATCH.0.to_owned(), "83".to_owned()));
        assert_eq!(shorter(100_000_000).1, "1");
        assert_eq!(with_batches_of(2 * COLUMNS, settings()).len(), 2);
    }

    #[test]
    fn a_plan_that_is_too_large_is_refused_with_what_to_do() {
        let plan = |bytes: usize| {
            let value = Literal::new(ScalarValue::Utf8(Some("x".repeat(bytes))));
            let column = ProjectionExpr { expr: Arc::new(value), alias: "x".to_owned() };
            let row = Arc::new(PlaceholderRowExec::new(Arc::new(Schema::empty())));
            encoded(Arc::new(ProjectionExec::try_new(vec![column], row).unwrap()))
        };
        assert!(plan(1_000).unwrap().len() > 1_000);
        let Err(Failure::Cluster { reason, remedy }) = plan(LONGEST) else { panic!("it is taken") };
        assert!(reason.contains("256 MiB") && remedy.contains("scan that"), "{reason}; {remedy}");
    }
}
