//! SQL's plan as steps for people: DataFusion's nodes under their names, and the exchanges where Ballista cuts it.

use std::sync::Arc;

use ballista_core::execution_plans::ShuffleReaderExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use fram_frame::{RunError, Step, step_of};
use polars::prelude::{DataFrame, LazyFrame};

use super::foreseen::foreseen_rows;
use super::{ITS_PARTITIONS, ITS_ROWS, runs_first};
use crate::cut::{InSql, InSqlPlan, Kept, Stages};
use crate::error::CutError;
use crate::piece::{Piece, Stored, StoredFile, StoredPart, nowhere};
use crate::runner::{Tables, cut_error};
use crate::sql::{Settings, SqlSides};
use crate::stage::{CopyExec, PolarsExec, physical_plan, spread_plan};
use crate::words::counted;

type Node = Arc<dyn ExecutionPlan>;

/// The steps of the plan, of which the driver takes these rows, the last step at the root.
pub(crate) fn sql_steps(plan: &Node, rows: Option<(usize, Option<usize>)>, foreseen: &ForeseenSides) -> Step {
    let detail = match rows {
        Some((0, Some(count))) => format!("put together, and cut to {}", counted(count, "row")),
        Some((first, _)) => format!("put together, and cut to what comes after {}", counted(first, "row")),
        None => "put together".to_owned(),
    };
    Step {
        name: "notebook".into(),
        detail: vec![detail],
        inputs: vec![step(plan, foreseen)],
        ..Step::default()
    }
}

fn step(plan: &Node, foreseen: &ForeseenSides) -> Step {
    if let Some((number, side)) = foreseen.side(plan) {
        let name = format!("kept {number}");
        // What only stands for rows that stay is no step.
        return match side.downcast_ref::<PolarsExec>().filter(|node| node.is_unread()) {
            Some(node) => runs_first(name, ITS_PARTITIONS, step(node.children()[0], foreseen)),
            None => runs_first(name, ITS_ROWS, step(side, foreseen)),
        };
    }
    let copied = copied_side(plan);
    let inputs = plan.children().into_iter().enumerate();
    let inputs = inputs.map(|(place, input)| match copied == Some(place) {
        true => copy(input, foreseen),
        false => step(input, foreseen),
    });
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

fn copy(input: &Node, foreseen: &ForeseenSides) -> Step {
    let mut below = input;
    while let [input] = below.children()[..]
        && (below.is::<CoalescePartitionsExec>() || below.is::<CopyExec>())
    {
        below = input;
    }
    let inputs = vec![step(below, foreseen)];
    Step { name: "copy".into(), detail: vec!["to each task".into()], inputs, ..Step::default() }
}

/// The parts of a query that would run first, of a plan that is only shown. Nothing is known of their rows.
pub(crate) struct ForeseenSides {
    sides: Vec<Node>,
    tables: Tables,
}

impl ForeseenSides {
    /// Nothing yet, of a query over these tables.
    pub(crate) fn new(tables: &Tables) -> Self {
        Self { sides: Vec::new(), tables: tables.clone() }
    }

    /// The part that the node would read, and its number.
    fn side(&self, node: &Node) -> Option<(usize, &Node)> {
        let reader = node.downcast_ref::<ShuffleReaderExec>()?;
        let is_foreseen =
            reader.partition.iter().flatten().all(|file| file.partition_id.job_id.as_str().is_empty());
        let number = reader.stage_id;
        is_foreseen.then(|| Some((number, self.sides.get(number.checked_sub(1)?)?))).flatten()
    }

    /// The partitions of a part, which has not run.
    fn add(&mut self, side: Node, partitions: usize) -> Vec<StoredPart> {
        self.sides.push(side);
        let stage_id = u32::try_from(self.sides.len()).unwrap_or(u32::MAX);
        // Rows that are numbered are counted first.
        let file = StoredFile { location: nowhere(stage_id), rows: Some(0), ..StoredFile::default() };
        vec![StoredPart { files: vec![file] }; partitions]
    }
}

impl Stages for ForeseenSides {
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError> {
        let (schema, partitions) = (piece.schema().cloned().unwrap_or_default(), piece.partitions());
        let plan = physical_plan(piece).map_err(|_| CutError::Stage)?;
        Ok(Stored { id: None, parts: self.add(plan, partitions), schema })
    }

    fn spread(&mut self, piece: Piece, partitions: usize) -> Result<Stored, CutError> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let plan = spread_plan(piece, partitions).map_err(|_| CutError::Stage)?;
        Ok(Stored { id: None, parts: self.add(plan, partitions), schema })
    }

    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError> {
        Ok(foreseen_rows(&piece)?)
    }

    fn table(&mut self, name: &str) -> Result<Option<Kept>, CutError> {
        Ok(self.tables.kept(name))
    }
}

impl SqlSides for ForeseenSides {
    fn begin(&mut self, lazy: LazyFrame, how: &InSql) -> Result<Option<InSqlPlan>, RunError> {
        how.cut_in_stages(lazy, self).map(Some).map_err(cut_error)
    }

    fn store(&mut self, side: Node, _settings: &Settings) -> Result<Option<Vec<StoredPart>>, RunError> {
        let partitions = side.output_partitioning().partition_count();
        Ok(Some(self.add(side, partitions)))
    }
}
