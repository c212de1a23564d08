//! Which joins of SQL hand a small side whole to each task. Ballista chooses so, too, but when the plan has been made to
//! bring both sides together by their keys, and leaves it at that: each row travels twice. So it is chosen here by the
//! same measure, before the plan says how rows are brought together.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

type Node = Arc<dyn ExecutionPlan>;
type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The rule of DataFusion after which it is chosen.
const AFTER: &str = "join_selection";

/// Hands sides whole to each task that are guessed to have no more bytes.
#[derive(Debug)]
struct CopySmallSides {
    bytes: u64,
}

/// The rules of the state, with this one among them.
pub(super) fn rules_with_copies(state: &SessionState, bytes: u64) -> Vec<Rule> {
    let mut rules = state.physical_optimizers().to_vec();
    let place = rules.iter().position(|rule| rule.name() == AFTER).map_or(0, |place| place + 1);
    rules.insert(place, Arc::new(CopySmallSides { bytes }));
    rules
}

impl PhysicalOptimizerRule for CopySmallSides {
    fn optimize(&self, plan: Node, _config: &ConfigOptions) -> Result<Node, DataFusionError> {
        let chosen = plan.transform_up(|node| match node.downcast_ref::<HashJoinExec>() {
            Some(join) => Ok(self.chosen(join)?.map_or_else(|| Transformed::no(node), Transformed::yes)),
            None => Ok(Transformed::no(node)),
        })?;
        Ok(chosen.data)
    }

    fn name(&self) -> &'static str {
        "fram_copy_small_sides"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl CopySmallSides {
    /// The join in another way, where there is a better one.
    fn chosen(&self, join: &HashJoinExec) -> Result<Option<Node>, DataFusionError> {
        // Such a join has one way only.
        if join.null_aware {
            return Ok(None);
        }
        let (left, right) = (self.small(join.left()), self.small(join.right()));
        let as_it_is = left.filter(|_| may_copy_left(*join.join_type()));
        let swapped =
            right.filter(|_| join.join_type().supports_swap() && may_copy_left(join.join_type().swap()));
        match (as_it_is, swapped) {
            (left, Some(right)) if left.is_none_or(|left| right < left) => {
                join.swap_inputs(PartitionMode::CollectLeft).map(Some)
            }
            (Some(_), _) => with_mode(join, PartitionMode::CollectLeft),
            _ => with_mode(join, PartitionMode::Partitioned),
        }
    }

    /// The bytes that the rows are guessed to have, where that is few.
    fn small(&self, side: &Node) -> Option<u64> {
        guess(side).filter(|bytes| *bytes < self.bytes)
    }
}

fn with_mode(join: &HashJoinExec, mode: PartitionMode) -> Result<Option<Node>, DataFusionError> {
    if *join.partition_mode() == mode {
        return Ok(None);
    }
    join.builder().with_partition_mode(mode).build_exec().map(Some)
}

/// Whether each task may have all rows of the left side: none of them is seen that finds no other.
fn may_copy_left(join: JoinType) -> bool {
    use JoinType::{Inner, Right, RightAnti, RightMark, RightSemi};
    matches!(join, Inner | Right | RightSemi | RightAnti | RightMark)
}

/// The bytes that the rows are guessed to have, as Ballista guesses it; none where there is nothing to go by.
fn guess(plan: &Node) -> Option<u64> {
    let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()).ok()?;
    let positive = |value: Option<&usize>| value.copied().filter(|value| *value > 0);
    let width = || plan.schema().fields().iter().map(|field| width(field.data_type())).sum::<usize>().max(8);
    let bytes = positive(known.total_byte_size.get_value());
    let bytes = bytes.or_else(|| Some(positive(known.num_rows.get_value())?.saturating_mul(width())));
    bytes.and_then(|bytes| u64::try_from(bytes).ok())
}

/// Bytes of a value, or what is taken for it.
fn width(dtype: &DataType) -> usize {
    dtype.primitive_width().unwrap_or(if *dtype == DataType::Boolean { 1 } else { 32 })
}
