//! Which joins of SQL hand a small side whole to each task. Ballista chooses so, too, but when the plan has been made to
//! bring both sides together by their keys, and leaves it at that: each row travels twice. So it is chosen here by the
//! same measure, before the plan says how rows are brought together.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use parking_lot::Mutex;

use crate::cut::CutOptions;
use crate::sql::early_keys::with_early_keys;
use crate::sql::sides::{has_run, largest};

pub(super) type Node = Arc<dyn ExecutionPlan>;
pub(super) type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The rule of DataFusion after which it is chosen.
const AFTER: &str = "join_selection";

/// Hands small sides whole to each task.
#[derive(Debug)]
pub(super) struct CopySmallSides {
    options: CutOptions,
    /// Tasks of a shuffle.
    tasks: usize,
    /// The plan for which it was chosen last. It may not run: rows are not where joins want them yet.
    seen: Mutex<Option<Node>>,
}

/// Bytes that the copies of one side of a join may have together, where its bytes are but guessed.
const MOST_COPIED: u64 = 2 << 30;

/// The rules of the state with this one, and those that come after it.
pub(super) fn rules_with_copies(state: &SessionState, copies: Arc<CopySmallSides>) -> (Vec<Rule>, Vec<Rule>) {
    let mut rules = state.physical_optimizers().to_vec();
    let place = rules.iter().position(|rule| rule.name() == AFTER).map_or(0, |place| place + 1);
    let rest = rules[place..].to_vec();
    rules.insert(place, copies);
    (rules, rest)
}

impl PhysicalOptimizerRule for CopySmallSides {
    fn optimize(&self, plan: Node, _config: &ConfigOptions) -> Result<Node, DataFusionError> {
        let chosen = self.chosen(plan)?;
        let chosen = match self.tasks {
            1 => chosen,
            _ => with_early_keys(chosen, self.options.look_bytes)?,
        };
        *self.seen.lock() = Some(chosen.clone());
        Ok(chosen)
    }

    fn name(&self) -> &'static str {
        "fram_copy_small_sides"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl CopySmallSides {
    pub(super) fn new(options: &CutOptions, tasks: usize) -> Self {
        Self { options: options.clone(), tasks, seen: Mutex::default() }
    }

    /// The plan for which it was chosen last among other rules.
    pub(super) fn take_seen(&self) -> Option<Node> {
        self.seen.lock().take()
    }

    /// Bytes up to which a side is copied whose rows nobody has counted.
    pub(super) fn guessed_bytes(&self) -> u64 {
        self.options.guessed_copy_bytes().min(MOST_COPIED / self.tasks.max(1) as u64)
    }

    /// The plan with its joins in the better way.
    pub(super) fn chosen(&self, plan: Node) -> Result<Node, DataFusionError> {
        let chosen = plan.transform_up(|node| {
            let other = match node.downcast_ref::<HashJoinExec>() {
                Some(join) => self.join(join)?,
                None => with_one_row_first(&node)?,
            };
            Ok(other.map_or_else(|| Transformed::no(node), Transformed::yes))
        })?;
        Ok(chosen.data)
    }

    /// The join in another way, where there is a better one.
    fn join(&self, join: &HashJoinExec) -> Result<Option<Node>, DataFusionError> {
        // Such a join has one way only.
        if join.null_aware {
            return Ok(None);
        }
        let (left, right) = (join.left(), join.right());
        let (left, right) = (self.small(left, right), self.small(right, left));
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

    /// Whether rows that have run are joined with many: of their values nothing is known, and far too few rows are
    /// guessed to come of it.
    fn may_be_many(&self, side: &Node) -> bool {
        let joins_many = |node: &Node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else { return false };
            let is_large = |side: &Node| largest(side).is_none_or(|bytes| bytes >= self.options.look_bytes);
            let [left, right] = [join.left(), join.right()];
            has_run(left) && is_large(right) || has_run(right) && is_large(left)
        };
        side.exists(|node| Ok(joins_many(node))).unwrap_or(true)
    }

    /// The bytes of a side, where they are few.
    fn small(&self, side: &Node, other: &Node) -> Option<u64> {
        let Guess { bytes, is_counted } = guess(side)?;
        let other = || guess(other).map(|other| other.bytes);
        let is_small = bytes < self.guessed_bytes()
            || is_counted && self.options.are_copies_worth_it(bytes, self.tasks, other());
        (is_small && !self.may_be_many(side)).then_some(bytes)
    }
}

/// A join without keys whose right side is one row, the other way round: the left side is brought to one place, and copied.
fn with_one_row_first(node: &Node) -> Result<Option<Node>, DataFusionError> {
    let is_better = |left: &Node, right: &Node| is_one_row(right) && !is_one_row(left);
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
        let is_better = *join.join_type() == JoinType::Inner && is_better(join.left(), join.right());
        return is_better.then(|| join.swap_inputs()).transpose();
    }
    let Some(join) = node.downcast_ref::<CrossJoinExec>() else { return Ok(None) };
    is_better(join.left(), join.right()).then(|| join.swap_inputs()).transpose()
}

/// Whether the plan gives one row: values of all rows.
fn is_one_row(plan: &Node) -> bool {
    use AggregateMode::{Final, FinalPartitioned, Single, SinglePartitioned};
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return is_one_row(projection.input());
    }
    let Some(aggregate) = plan.downcast_ref::<AggregateExec>() else { return false };
    aggregate.group_expr().is_true_no_grouping()
        && matches!(aggregate.mode(), Final | FinalPartitioned | Single | SinglePartitioned)
}

fn with_mode(join: &HashJoinExec, mode: PartitionMode) -> Result<Option<Node>, DataFusionError> {
    if *join.partition_mode() == mode {
        return Ok(None);
    }
    join.builder().with_partition_mode(mode).build_exec().map(Some)
}

/// Whether each task may have all rows of the left side: none of them is seen that finds no other.
pub(super) fn may_copy_left(join: JoinType) -> bool {
    use JoinType::{Inner, Right, RightAnti, RightMark, RightSemi};
    matches!(join, Inner | Right | RightSemi | RightAnti | RightMark)
}

/// The bytes that rows are guessed to have.
pub(super) struct Guess {
    pub(super) bytes: u64,
    /// Whether it is no guess.
    is_counted: bool,
}

/// The bytes that the rows are guessed to have, as Ballista guesses it; none where there is nothing to go by.
pub(super) fn guess(plan: &Node) -> Option<Guess> {
    let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()).ok()?;
    if known.num_rows == Precision::Exact(0) {
        return Some(Guess { bytes: 0, is_counted: true });
    }
    // What a file says of itself is the size of encoded values.
    let is_of_files = || plan.exists(|node| Ok(node.is::<DataSourceExec>())).unwrap_or(true);
    let positive = |value: &Precision<usize>| {
        let bytes = *value.get_value().filter(|value| **value > 0)?;
        Some((bytes, value.is_exact() == Some(true) && !is_of_files()))
    };
    let width = || plan.schema().fields().iter().map(|field| width(field.data_type())).sum::<usize>().max(8);
    let bytes = positive(&known.total_byte_size);
    let (bytes, is_counted) = bytes.or_else(|| {
        let (rows, is_counted) = positive(&known.num_rows)?;
        Some((rows.saturating_mul(width()), is_counted))
    })?;
    Some(Guess { bytes: u64::try_from(bytes).ok()?, is_counted })
}

/// Bytes of a value, or what is taken for it.
fn width(dtype: &DataType) -> usize {
    dtype.primitive_width().unwrap_or(if *dtype == DataType::Boolean { 1 } else { 32 })
}
