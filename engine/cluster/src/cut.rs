//! Cuts an optimised Polars plan at its exchanges. Each kind of node has its rule in a sibling file; what no rule
//! knows is brought into one partition and run there by Polars as it is, so nothing is ever refused for its kind.

mod aggregate;
mod asof;
mod beside;
mod close;
mod count;
mod csv;
mod distinct;
mod divide;
mod expression;
mod gather;
mod group;
mod hoist;
mod join;
mod keep;
mod last;
mod memory;
mod number;
mod open;
mod options;
mod quantile;
mod ranges;
mod rows;
mod scan;
mod selectivity;
mod shared;
mod sides;
mod size;
mod sketch;
mod skew;
mod slice;
mod sort;
mod spans;
mod tasks;
mod union;
mod unpivot;
mod values;
mod window;
mod write;

pub(crate) use close::row_number_index;
pub use keep::Kept;
pub(crate) use memory::hand_over;
pub use options::{CutOptions, Stages};
pub(crate) use options::{Lying, pairs_of_this_machine};

use std::collections::HashMap;

use polars::prelude::{JoinType, LazyFrame, PlRefPath, PlSmallStr, SchemaRef};
use polars_plan::dsl::{ScanSources, SinkTypeIR};
use polars_plan::plans::{AExpr, FunctionIR, IR, IRPlan};
use polars_utils::arena::{Arena, Node};
use polars_utils::unique_id::UniqueId;

use crate::cut::open::Open;
use crate::error::CutError;
use crate::piece::CutPlan;
use crate::read_files::SeenFiles;
use crate::segment::{WriteStep, sources_of};

/// Cuts the plan, all of it before any of it runs.
pub fn cut(lazy: LazyFrame, options: &CutOptions) -> Result<CutPlan, CutError> {
    cut_over(lazy, options, &|_: &str| None)
}

/// Cuts the plan, all of it before any of it runs; `tables` knows what earlier plans have left.
pub(crate) fn cut_over(
    lazy: LazyFrame,
    options: &CutOptions,
    tables: &dyn Lying,
) -> Result<CutPlan, CutError> {
    let (top, cutter) = cutter(optimized(lazy, false)?, options, None, tables)?;
    cutter.finish(top)
}

/// Cuts the plan; parts that the rest depends on run in the meantime.
pub fn cut_in_stages(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &mut dyn Stages,
) -> Result<CutPlan, CutError> {
    let (top, cutter) = cutter(optimized_in_stages(lazy)?, options, Some(stages), &|_: &str| None)?;
    cutter.finish(top)
}

/// The rows of a whole plan, which were kept.
pub struct KeptWhole {
    /// The rows.
    pub kept: Kept,
    /// Names and types of the rows.
    pub schema: SchemaRef,
    /// Whether another run may have other rows.
    pub is_random: bool,
    /// The files that they came of.
    pub files: SeenFiles,
}

/// Runs the plan whole. Its rows stay where they are.
pub fn cut_to_keep(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &mut dyn Stages,
) -> Result<KeptWhole, CutError> {
    let (top, mut cutter) = cutter(optimized_in_stages(lazy)?, options, Some(stages), &|_: &str| None)?;
    let schema = cutter.schema.clone();
    let is_random = (0..cutter.exprs.len()).any(|index| cutter.is_random(Node(index)));
    let open = cutter.cut(top)?;
    Ok(KeptWhole { kept: cutter.keep(open)?, schema, is_random, files: cutter.files })
}

/// A plan that reads rows that were kept.
pub(crate) fn read_again(kept: &Kept, schema: SchemaRef) -> Result<CutPlan, CutError> {
    let mut cutter = Cutter { schema, ..Cutter::default() };
    let open = cutter.reopened(kept)?;
    cutter.finished(open, None)
}

/// Cuts a plan whose rows are written where they are; what comes of it says which files there are. Parts that the rest
/// depends on run in the meantime.
pub fn cut_for_writing(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &mut dyn Stages,
    step: WriteStep,
) -> Result<CutPlan, CutError> {
    let (top, cutter) = cutter(optimized_in_stages(lazy)?, options, Some(stages), &|_: &str| None)?;
    cutter.written(top, step)
}

/// The plan as Polars optimises it; subplans that are used more than once are marked where it is worth it.
fn optimized_in_stages(lazy: LazyFrame) -> Result<IRPlan, CutError> {
    let plan = optimized(lazy.clone(), false)?;
    if shared::reads_twice(&plan) {
        let shared = optimized(lazy, true)?;
        if shared::is_worth_it(&shared) {
            return Ok(shared);
        }
    }
    Ok(plan)
}

/// The plan as Polars optimises it; with `shared`, with a mark on the subplans that are used more than once. Slices stay
/// where they stand, since a slice that has moved into another node would need that node's rule to know of it.
fn optimized(lazy: LazyFrame, shared: bool) -> Result<IRPlan, CutError> {
    let lazy = lazy.with_streaming(true).with_slice_pushdown(false).with_comm_subplan_elim(shared);
    Ok(lazy.to_alp_optimized()?)
}

/// What cuts the plan, and where it begins.
fn cutter<'a>(
    plan: IRPlan,
    options: &CutOptions,
    stages: Option<&'a mut dyn Stages>,
    tables: &'a dyn Lying,
) -> Result<(Node, Cutter<'a>), CutError> {
    if !tables.are_handed() {
        memory::check_little(&plan)?;
    }
    let top = match plan.lp_arena.get(plan.lp_top) {
        IR::Sink { input, payload: SinkTypeIR::Memory } => *input,
        IR::Sink { .. } | IR::SinkMultiple { .. } => {
            return Err(CutError::NotShippable { what: "a file that is written".into() });
        }
        _ => plan.lp_top,
    };
    let mut cutter = Cutter {
        schema: plan.root().schema(&plan.lp_arena).into_owned(),
        options: options.sized(|| bytes_of_files(&plan)),
        shared: shared::worth_keeping(&plan),
        nodes: plan.lp_arena,
        exprs: plan.expr_arena,
        stages,
        tables,
        ..Cutter::default()
    };
    cutter.hoist_windows(top);
    Ok((top, cutter))
}

/// Bytes of the files that the plan reads.
fn bytes_of_files(plan: &IRPlan) -> u64 {
    let size = |path: &PlRefPath| std::fs::metadata(path.as_str()).map_or(0, |file| file.len());
    let bytes = |node: &IR| match sources_of(node) {
        Some(ScanSources::Paths(paths)) => paths.iter().map(size).sum::<u64>(),
        _ => 0,
    };
    nodes(plan).map(bytes).sum()
}

/// The nodes of the plan, each as often as it is used.
fn nodes(plan: &IRPlan) -> impl Iterator<Item = &IR> {
    let mut waiting = vec![plan.lp_top];
    std::iter::from_fn(move || {
        let node = plan.lp_arena.get(waiting.pop()?);
        node.copy_inputs(&mut waiting);
        Some(node)
    })
}

/// What the names of rows begin with that plans have left on the workers.
pub const TABLE: &str = "__fram_table_";

/// A plan while it is being cut. New nodes are added to the plan's own arenas.
struct Cutter<'a> {
    nodes: Arena<IR>,
    exprs: Arena<AExpr>,
    options: CutOptions,
    /// Names and types of the whole plan's rows.
    schema: SchemaRef,
    /// What runs parts of it meanwhile, where something does.
    stages: Option<&'a mut dyn Stages>,
    /// Where nothing does: what earlier plans have left.
    tables: &'a dyn Lying,
    /// The subplans that are used more than once, and worth to be kept.
    shared: Vec<UniqueId>,
    /// Those of them that have run.
    kept: HashMap<UniqueId, Kept>,
    /// Nodes that were cut before it was their turn.
    ready: HashMap<Node, Open>,
    /// The files that it reads.
    files: SeenFiles,
    marks: usize,
}

impl Default for Cutter<'_> {
    fn default() -> Self {
        Self {
            nodes: Arena::default(),
            exprs: Arena::default(),
            options: CutOptions::default(),
            schema: SchemaRef::default(),
            stages: None,
            tables: &|_: &str| None,
            shared: Vec::new(),
            kept: HashMap::new(),
            ready: HashMap::new(),
            files: SeenFiles::default(),
            marks: 0,
        }
    }
}

impl Cutter<'_> {
    /// Cuts the plan below the node, and says what the driver does with the partitions.
    fn finish(mut self, top: Node) -> Result<CutPlan, CutError> {
        if let Some(sort) = self.last_sort(top)
            && let Some((below, open)) = self.sorted_at_last(sort)?
        {
            return self.finished_with_sort(top, below, open);
        }
        if let Some((input, offset, len)) = self.final_slice(top) {
            let below = self.cut(input)?;
            let below = self.heads(below, offset + i64::from(len));
            return self.finished(below, Some((offset, len)));
        }
        let open = self.cut(top)?;
        self.finished(open, None)
    }

    /// The rows of the node, spread over partitions. Those of one partition are in their order, without a hidden column
    /// that says it: what runs there runs as it is, and knows of none.
    fn cut(&mut self, node: Node) -> Result<Open, CutError> {
        if let Some(open) = self.ready.remove(&node) {
            return Ok(open);
        }
        let open = self.cut_by_rule(node)?;
        Ok(match open.order_column().cloned() {
            Some(column) if open.is_single() => self.sorted_by_order(open, &column),
            _ => open,
        })
    }

    fn cut_by_rule(&mut self, node: Node) -> Result<Open, CutError> {
        match self.nodes.get(node) {
            IR::Scan { .. } => self.scan(node),
            IR::DataFrameScan { .. } => self.memory(node),
            IR::MapFunction { function: FunctionIR::Opaque { fmt_str, .. }, .. } => {
                let name = fmt_str.clone();
                self.table(node, &name)
            }
            IR::MapFunction { function: FunctionIR::Unpivot { .. }, .. } => self.unpivot(node),
            IR::MapFunction { function: FunctionIR::RowIndex { .. }, .. } => self.numbered(node),
            IR::MapFunction { function: FunctionIR::FastCount { .. }, .. } => self.count_of_rows(node),
            IR::Filter { .. }
            | IR::SimpleProjection { .. }
            | IR::Select { .. }
            | IR::HStack { .. }
            | IR::MapFunction { .. } => self.rows(node),
            IR::Slice { .. } => self.slice(node),
            IR::GroupBy { options, .. } if options.is_dynamic() || options.is_rolling() => self.spans(node),
            IR::GroupBy { .. } => self.group_by(node),
            IR::Join { options, .. } if matches!(options.args.how, JoinType::AsOf(_)) => self.nearest(node),
            IR::Join { .. } => self.join(node),
            IR::Distinct { .. } => self.distinct(node),
            IR::Union { .. } => self.union(node),
            IR::Sort { .. } => self.sort(node),
            IR::Cache { .. } => self.shared(node),
            _ => self.gathered(node),
        }
    }

    /// The rows that an earlier plan has left under the name. Any other closure is a node like others, until it is to
    /// leave the process.
    fn table(&mut self, node: Node, name: &str) -> Result<Open, CutError> {
        let kept = match &mut self.stages {
            Some(stages) => stages.table(name)?,
            None => self.tables.table(name),
        };
        match kept {
            Some(kept) => self.reopened(&kept),
            None if name.starts_with(TABLE) => {
                let what = "rows that another cluster holds, or held,".into();
                Err(CutError::NotShippable { what })
            }
            None => self.rows(node),
        }
    }

    fn schema(&self, node: Node) -> SchemaRef {
        self.nodes.get(node).schema(&self.nodes).into_owned()
    }

    /// The part of the arenas that the node needs.
    fn plan(&mut self, top: Node) -> IRPlan {
        let whole =
            polars_plan::plans::IRPlanRef { lp_top: top, lp_arena: &self.nodes, expr_arena: &self.exprs };
        polars_plan::plans::prune::prune_plan(whole)
    }

    /// A mark that no other node has.
    fn mark(&mut self) -> PlSmallStr {
        self.marks += 1;
        PlSmallStr::from_string(format!("__fram_place_{}", self.marks))
    }
}
