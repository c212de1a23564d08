//! The node above the side of a join that each task has whole. Ballista asks how many bytes such a side has, and knows
//! less of that than is known where the plan was made: it brings sides together that were to be copied, and copies
//! others that have been brought together. This node tells it that a side is small, so that plans stay as they were made.

use std::fmt;
use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use crate::stage::with_inputs;

/// Bytes that such a side is said to have.
const BYTES: usize = 1;
/// Bytes below which Ballista is to copy a side: it copies these, and no others.
pub(crate) const BELOW: usize = BYTES + 1;

/// Rows that each task of the next stage has, as they come from the input.
#[derive(Debug)]
pub(crate) struct CopyExec {
    input: Arc<dyn ExecutionPlan>,
}

impl CopyExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        Self { input }
    }
}

/// The plan with such a node above each side that it copies.
pub(crate) fn with_copies(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let copied = plan.transform_up(|node| {
        let Some(join) = node.downcast_ref::<HashJoinExec>() else { return Ok(Transformed::no(node)) };
        if *join.partition_mode() != PartitionMode::CollectLeft && !join.null_aware {
            return Ok(Transformed::no(node));
        }
        let left: Arc<dyn ExecutionPlan> = match join.left().downcast_ref::<CoalescePartitionsExec>() {
            // A stage ends below what gathers its rows.
            Some(gather) => {
                Arc::new(CoalescePartitionsExec::new(Arc::new(CopyExec::new(gather.input().clone()))))
            }
            None => Arc::new(CopyExec::new(join.left().clone())),
        };
        let right = join.right().clone();
        with_inputs(node.clone(), vec![left, right]).map(Transformed::yes)
    });
    Ok(copied?.data)
}

impl DisplayAs for CopyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CopyExec")
    }
}

impl ExecutionPlan for CopyExec {
    fn name(&self) -> &str {
        "CopyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input))),
            Err(children) => internal_err!("a copy has one input, not {}", children.len()),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }

    fn partition_statistics(&self, _partition: Option<usize>) -> Result<Arc<Statistics>> {
        let bytes = Precision::Inexact(BYTES);
        Ok(Arc::new(Statistics { total_byte_size: bytes, ..Statistics::new_unknown(&self.schema()) }))
    }
}
