//! Windows over rows that are in order for a reason that exchanges do not hand on.
//!
//! Where a filter leaves one value of a key, or a join makes two keys alike, DataFusion leaves the key out of the sort.
//! A task that begins behind an exchange knows nothing of the filter, sees no order of that key, and refuses the rows.

use std::sync::Arc;

use ballista_core::execution_plans::UnresolvedShuffleExec;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::DataFusionError;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlanProperties, WindowExpr};

use crate::sql::copies::Node;
use crate::stage::with_inputs;

/// The plan, in which the rows of each window are sorted by all its keys as far as its task can see.
pub(super) fn with_all_keys(plan: Node) -> Result<Node, DataFusionError> {
    let plan = plan.transform_up(|node| {
        let Some(window) = window_of(&node) else { return Ok(Transformed::no(node)) };
        let keys = window.partition_by();
        let input = node.children()[0].clone();
        let (known, _) = of_one_task(&input)?.equivalence_properties().find_longest_permutation(keys)?;
        if known.len() == keys.len() {
            return Ok(Transformed::no(node));
        }
        let sorted = sorted(input, keys, window.order_by());
        with_inputs(node, vec![sorted]).map(Transformed::yes)
    })?;
    Ok(plan.data)
}

/// The first of the windows of a node; all have the same keys and order.
fn window_of(node: &Node) -> Option<Arc<dyn WindowExpr>> {
    let windows = match node.downcast_ref::<BoundedWindowAggExec>() {
        Some(bounded) => bounded.window_expr(),
        None => node.downcast_ref::<WindowAggExec>()?.window_expr(),
    };
    windows.first().cloned()
}

/// The plan as a task has it: rows come from exchanges, of which nothing is known.
fn of_one_task(plan: &Node) -> Result<Node, DataFusionError> {
    let is_exchange = plan.is::<RepartitionExec>()
        || plan.is::<CoalescePartitionsExec>()
        || plan.is::<SortPreservingMergeExec>();
    let inputs = plan.children().into_iter().map(|input| match is_exchange {
        true => Ok(from_exchange(input)),
        false => of_one_task(input),
    });
    let inputs: Vec<Node> = inputs.collect::<Result<_, _>>()?;
    match inputs.is_empty() {
        true => Ok(plan.clone()),
        false => with_inputs(plan.clone(), inputs),
    }
}

fn from_exchange(plan: &Node) -> Node {
    Arc::new(UnresolvedShuffleExec::new(0, plan.schema(), plan.output_partitioning().clone()))
}

/// The rows of each partition in the order of these keys; where they are sorted already, within it in that order.
fn sorted(input: Node, keys: &[Arc<dyn PhysicalExpr>], order: &[PhysicalSortExpr]) -> Node {
    let (input, order) = match input.downcast_ref::<SortExec>() {
        Some(sort) if sort.fetch().is_none() => (sort.input().clone(), sort.expr().to_vec()),
        _ => (input, order.to_vec()),
    };
    let is_missing = |key: &&Arc<dyn PhysicalExpr>| !order.iter().any(|sort| sort.expr.eq(*key));
    let missing: Vec<_> =
        keys.iter().filter(is_missing).map(|key| PhysicalSortExpr::new_default(key.clone())).collect();
    match LexOrdering::new(missing.into_iter().chain(order)) {
        Some(order) => Arc::new(SortExec::new(order, input).with_preserve_partitioning(true)),
        None => input,
    }
}
