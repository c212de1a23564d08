//! The stages of a job as records have them, read from Ballista's graph of it.

use std::collections::BTreeMap;

use ballista_core::execution_plans::{ShuffleReaderExec, UnresolvedShuffleExec};
use ballista_scheduler::state::execution_graph::ExecutionGraph;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use datafusion::physical_plan::ExecutionPlan;

use crate::master::fair_share::gathers;
use crate::record::StageRecord;
use crate::stage::PolarsExec;

/// The stages of a job.
pub(super) fn stages_of(graph: &dyn ExecutionGraph) -> BTreeMap<usize, StageRecord> {
    graph.stages().iter().map(|(number, stage)| (*number, stage_of(stage))).collect()
}

fn stage_of(stage: &ExecutionStage) -> StageRecord {
    let plan = stage.plan();
    let mut reads: Vec<usize> = match stage {
        ExecutionStage::UnResolved(stage) => stage.inputs.keys().copied().collect(),
        ExecutionStage::Resolved(stage) => stage.inputs.keys().copied().collect(),
        ExecutionStage::Running(stage) => stage.inputs.keys().copied().collect(),
        ExecutionStage::Successful(stage) => stage.inputs.keys().copied().collect(),
        ExecutionStage::Failed(_) => Vec::new(),
    };
    reads.sort_unstable();
    let partitions = match plan.children()[..] {
        _ if gathers(plan) => 1,
        [child] => child.properties().output_partitioning().partition_count(),
        _ => 1,
    };
    let mut steps = Vec::new();
    for child in plan.children() {
        push_steps(&**child, &mut steps);
    }
    StageRecord { steps, tasks_planned: partitions, reads, tasks: Vec::new() }
}

/// What the plan does, the first step first.
fn push_steps(plan: &dyn ExecutionPlan, steps: &mut Vec<String>) {
    for child in plan.children() {
        push_steps(&**child, steps);
    }
    if plan.is::<ShuffleReaderExec>() || plan.is::<UnresolvedShuffleExec>() {
        return;
    }
    match plan.downcast_ref::<PolarsExec>() {
        Some(segment) => steps.extend(segment.steps().map(str::to_owned)),
        None if plan.name() == "DataSourceExec" && plan.children().is_empty() && is_tickets(plan) => {}
        None => steps.push(step_of(plan.name())),
    }
}

/// What a node of DataFusion's does: its name, where that is a word that people know.
fn step_of(name: &str) -> String {
    match name {
        "CoalescePartitionsExec" => "gather".to_owned(),
        "CopyExec" => "copy".to_owned(),
        "SortPreservingMergeExec" => "gather in order".to_owned(),
        "DataSourceExec" => "scan".to_owned(),
        name => name.trim_end_matches("Exec").to_owned(),
    }
}

/// Whether the leaf only says what each task of a segment reads.
fn is_tickets(plan: &dyn ExecutionPlan) -> bool {
    let schema = plan.schema();
    schema.fields().len() == 1 && schema.field(0).name() == "ticket"
}
