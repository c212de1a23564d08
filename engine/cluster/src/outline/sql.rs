//! SQL's plan as steps for people: DataFusion's nodes under their names, and the exchanges where Ballista cuts it.

use std::sync::Arc;

use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use fram_frame::{Step, step_of};

use crate::stage::PolarsExec;
use crate::words::counted;

type Node = Arc<dyn ExecutionPlan>;

/// The steps of the plan, of which the driver takes these rows, the last step at the root.
pub(crate) fn sql_steps(plan: &Node, rows: Option<(usize, Option<usize>)>) -> Step {
    let detail = match rows {
        Some((0, Some(count))) => format!("put together, and cut to {}", counted(count, "row")),
        Some((first, _)) => format!("put together, and cut to what comes after {}", counted(first, "row")),
        None => "put together".to_owned(),
    };
    Step { name: "notebook".into(), detail: vec![detail], inputs: vec![step(plan)], ..Step::default() }
}

fn step(plan: &Node) -> Step {
    let copied = copied_side(plan);
    let inputs = plan.children().into_iter().enumerate();
    let inputs = inputs.map(|(place, input)| if copied == Some(place) { copy(input) } else { step(input) });
    let inputs: Vec<Step> = inputs.collect();
    if let Some(exchange) = exchange(plan) {
        return Step { inputs, ..exchange };
    }
    let tasks = counted(plan.output_partitioning().partition_count(), "task");
    if let Some(segment) = plan.downcast_ref::<PolarsExec>() {
        let name = segment.steps().collect::<Vec<_>>().join(" · ");
        // What a segment reads first are the names of its files.
        let inputs = inputs.into_iter().filter(|input| input.name != "DataSource").collect();
        return Step { name, detail: vec![tasks], inputs, ..Step::default() };
    }
    let mut step = step_of(plan);
    step.detail.insert(0, tasks);
    Step { inputs, ..step }
}

/// The node as an exchange, where it is one.
fn exchange(plan: &Node) -> Option<Step> {
    let named =
        |name: &str, detail: String| Step { name: name.into(), detail: vec![detail], ..Step::default() };
    if let Some(shuffle) = plan.downcast_ref::<RepartitionExec>() {
        return match shuffle.partitioning() {
            Partitioning::Hash(keys, count) => {
                let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Some(named("shuffle", format!("by {keys}, to {}", counted(*count, "task"))))
            }
            _ => None,
        };
    }
    if let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() {
        return Some(named("gather", format!("to one task, in the order of {}", merge.expr())));
    }
    plan.is::<CoalescePartitionsExec>().then(|| named("gather", "to one task".to_owned()))
}

/// Which input of the node each of its tasks has whole.
fn copied_side(plan: &Node) -> Option<usize> {
    let collects = plan
        .downcast_ref::<HashJoinExec>()
        .is_some_and(|join| *join.partition_mode() == PartitionMode::CollectLeft);
    (collects || plan.is::<CrossJoinExec>() || plan.is::<NestedLoopJoinExec>()).then_some(0)
}

fn copy(input: &Node) -> Step {
    let below = match input.downcast_ref::<CoalescePartitionsExec>() {
        Some(gathered) => step(gathered.input()),
        None => step(input),
    };
    Step { name: "copy".into(), detail: vec!["to each task".into()], inputs: vec![below], ..Step::default() }
}
