//! Whole plans: optimised by Polars, and cut in one of several ways: before any of it runs, or while parts of it do.

use polars::prelude::{LazyFrame, PlRefPath, SchemaRef};
use polars_plan::dsl::{ScanSources, SinkTypeIR};
use polars_plan::plans::{IR, IRPlan};
use polars_utils::arena::Node;

use crate::cut::open::Order;
use crate::cut::{Again, CutOptions, Cutter, Kept, Lying, Stages, memory, shared};
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
    let plan = optimized(lazy, false)?;
    memory::check_little(&plan)?;
    let (top, cutter) = cutter(plan, options, None, tables)?;
    cutter.finish(top)
}

/// How a plan is cut that SQL reads: nothing of it is left to the driver.
pub(crate) struct InSql {
    pub(crate) options: CutOptions,
    pub(crate) order: Observed,
}

/// What a query makes of the order which the rows of a frame have by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observed {
    Nothing,
    /// Its own rows are in it: partitions, one after the other.
    Shown,
    /// Its values depend on it: one task has all rows.
    LookedAt,
}

/// A plan that SQL reads.
pub(crate) struct InSqlPlan {
    pub(crate) plan: CutPlan,
    /// What another run may do otherwise.
    pub(crate) again: Again,
}

impl InSql {
    /// Cuts the plan, all of it before any of it runs; `tables` notes whether it would be cut otherwise in stages.
    pub(crate) fn cut(&self, lazy: LazyFrame, tables: &dyn Lying) -> Result<InSqlPlan, CutError> {
        let (top, cutter) = cutter(optimized_in_stages(lazy)?, &self.options, None, tables)?;
        self.finish(cutter, top)
    }

    /// Cuts the plan; parts that the rest depends on run in the meantime.
    pub(crate) fn cut_in_stages(
        &self,
        lazy: LazyFrame,
        stages: &mut dyn Stages,
    ) -> Result<InSqlPlan, CutError> {
        let plan = optimized_in_stages(lazy)?;
        let (top, cutter) = cutter(plan, &self.options, Some(stages), &|_: &str| None)?;
        self.finish(cutter, top)
    }

    fn finish(&self, mut cutter: Cutter<'_>, top: Node) -> Result<InSqlPlan, CutError> {
        let again = cutter.another_run(top);
        let open = cutter.cut(top)?;
        let open = match (self.order, &open.order) {
            (Observed::LookedAt, Order::Kept | Order::By(_)) | (Observed::Shown, Order::By(_)) => {
                cutter.single(open, "order")?
            }
            _ => cutter.without_order(open),
        };
        Ok(InSqlPlan { plan: cutter.finished(open, None)?, again })
    }
}

/// Cuts the plan; parts that the rest depends on run in the meantime.
pub fn cut_in_stages(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &mut dyn Stages,
) -> Result<CutPlan, CutError> {
    let (top, cutter) = cutter_in_stages(lazy, options, stages)?;
    cutter.finish(top)
}

/// The rows of a whole plan, which were kept.
pub struct KeptWhole {
    /// The rows.
    pub kept: Kept,
    /// Names and types of the rows.
    pub schema: SchemaRef,
    /// What another run may do otherwise.
    pub again: Again,
    /// The files that they came of.
    pub files: SeenFiles,
}

/// Runs the plan whole. Its rows stay where they are.
pub fn cut_to_keep(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &mut dyn Stages,
) -> Result<KeptWhole, CutError> {
    let (top, mut cutter) = cutter_in_stages(lazy, options, stages)?;
    let schema = cutter.schema.clone();
    let again = cutter.another_run(top);
    let open = cutter.cut(top)?;
    Ok(KeptWhole { kept: cutter.keep(open)?, schema, again, files: cutter.files })
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
    let (top, cutter) = cutter_in_stages(lazy, options, stages)?;
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

/// What cuts the plan, of which parts run in the meantime, and where it begins.
fn cutter_in_stages<'a>(
    lazy: LazyFrame,
    options: &CutOptions,
    stages: &'a mut dyn Stages,
) -> Result<(Node, Cutter<'a>), CutError> {
    let plan = optimized_in_stages(lazy)?;
    memory::check_little(&plan)?;
    cutter(plan, options, Some(stages), &|_: &str| None)
}

/// What cuts the plan, and where it begins.
fn cutter<'a>(
    plan: IRPlan,
    options: &CutOptions,
    stages: Option<&'a mut dyn Stages>,
    tables: &'a dyn Lying,
) -> Result<(Node, Cutter<'a>), CutError> {
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
pub(super) fn nodes(plan: &IRPlan) -> impl Iterator<Item = &IR> {
    let mut waiting = vec![plan.lp_top];
    std::iter::from_fn(move || {
        let node = plan.lp_arena.get(waiting.pop()?);
        node.copy_inputs(&mut waiting);
        Some(node)
    })
}
