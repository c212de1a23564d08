//! Cuts an optimised Polars plan at its exchanges. Each kind of node has its rule in a sibling file; what no rule
//! knows is brought into one partition and run there by Polars as it is, so nothing is ever refused for its kind.

mod again;
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
mod paths;
mod quantile;
mod ranges;
mod repeats;
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
mod two_steps;
mod union;
mod unpivot;
mod values;
mod weigh;
mod whole;
mod window;
mod write;

pub use again::Again;
pub(crate) use close::row_number_index;
pub use keep::Kept;
pub use options::{CutOptions, Stages};
pub(crate) use options::{Lying, Trial, pairs_of_this_machine};
pub(crate) use whole::{InSql, InSqlPlan, Observed, cut_over, read_again};
pub use whole::{KeptWhole, cut, cut_for_writing, cut_in_stages, cut_to_keep};

use std::collections::HashMap;

use polars::prelude::{JoinType, PlSmallStr, SchemaRef};
use polars_plan::plans::{AExpr, FunctionIR, IR, IRPlan};
use polars_utils::arena::{Arena, Node};
use polars_utils::unique_id::UniqueId;

use crate::cut::open::Open;
use crate::error::CutError;
use crate::piece::{CutPlan, Stored};
use crate::read_files::SeenFiles;

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
    /// Frames in memory that were handed over, by where they are and which columns were wanted.
    handed: HashMap<(usize, Vec<PlSmallStr>), Vec<Stored>>,
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
            handed: HashMap::new(),
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
            // It tells of an order that is there; nothing is worked out by it, and it cannot be written down.
            IR::MapFunction { input, function: FunctionIR::Hint(_) } => self.cut(*input),
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

    /// Whether parts of the plan may run now. Asked where there is one that should.
    fn may_run_parts(&self) -> bool {
        if let Some(trial) = self.tables.trial() {
            trial.has_parts.set(true);
        }
        self.stages.is_some()
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
