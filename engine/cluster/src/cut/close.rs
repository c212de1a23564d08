//! A growing segment becomes a piece: its plan is pruned, and what it reads is put in its places.

use std::sync::Arc;

use polars::prelude::{DataType, PlSmallStr, Schema};
use polars_plan::plans::{
    AExpr, FunctionIR, IR, IRFunctionExpr, IRPlan, IRRollingFunction, IRStructFunction,
};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, marked_nodes};
use crate::error::CutError;
use crate::piece::{CutPlan, KEY, ORDER, Piece, Segment};
use crate::segment::{LastStep, Message};

impl Cutter<'_> {
    /// The growing segment as a piece; with `numbered`, with the places of its rows in a hidden column.
    pub(super) fn close(&mut self, open: Open, numbered: bool) -> Result<Piece, CutError> {
        match self.rows_as_they_lie(&open) {
            Some(stored) if !numbered => Ok(Piece::Stored(stored.clone())),
            _ => self.close_with(open, numbered, None),
        }
    }

    /// The growing segment as a piece, with a last step.
    pub(super) fn close_with(
        &mut self,
        open: Open,
        numbered: bool,
        last: Option<LastStep>,
    ) -> Result<Piece, CutError> {
        let mut schema = (*self.schema(open.top)).clone();
        if numbered {
            schema.insert_at_index(row_number_index(&schema), ORDER.into(), DataType::UInt64)?;
        }
        if let Some(last) = &last {
            schema = last.schema(&schema);
        }
        let plan = self.plan(open.top);
        check_shippable(&plan)?;
        let places = marked_nodes(&plan);
        let node = |mark: &PlSmallStr| places.get(mark.as_str()).copied();
        // A place that the plan has lost (its rows are not needed) must not be fed either.
        let (mut nodes, mut inputs) = (Vec::new(), Vec::new());
        for (mark, input) in open.inputs {
            if let Some(place) = node(&mark) {
                nodes.push(place);
                inputs.push(input);
            }
        }
        let scans = open.scans.iter().filter_map(node).collect();
        Ok(Piece::Segment(Box::new(Segment {
            message: Message::new(plan, nodes, scans, numbered).with_last(last),
            tickets: open.tickets,
            inputs,
            schema: Arc::new(schema),
            label: open.label,
            reason: open.reason,
        })))
    }

    /// The whole plan, whose top is this segment; `slice` is left for the driver.
    pub(super) fn finished(mut self, open: Open, slice: Option<(i64, u32)>) -> Result<CutPlan, CutError> {
        let (order, schema) = (open.order_column().cloned(), self.schema.clone());
        let root = self.close(open, false)?;
        if order.is_none() && slice.is_none() {
            return Ok(CutPlan { root, finish: None, rest: "put together", schema, files: self.files });
        }
        let (top, mark) = self.place_for(&root)?;
        let mut rest = Open::single(top, "finish");
        if let Some(column) = order {
            rest = self.sorted_by_order(rest, &column);
        }
        let mut top = rest.top;
        if let Some((offset, len)) = slice {
            top = self.nodes.add(IR::Slice { input: top, offset, len });
        }
        let finish = Some(self.last_message(top, &mark));
        let rest = "put in order, and cut to what is wanted";
        Ok(CutPlan { root, finish, rest, schema, files: self.files })
    }

    /// What the driver runs on the rows that come to the place with the mark.
    pub(super) fn last_message(&mut self, top: Node, mark: &PlSmallStr) -> Message {
        let plan = self.plan(top);
        let place = marked_nodes(&plan).get(mark.as_str()).copied();
        Message::new(plan, place.into_iter().collect(), Vec::new(), false)
    }
}

/// Refuses what lives in the notebook's process alone.
fn check_shippable(plan: &IRPlan) -> Result<(), CutError> {
    let exprs = (0..plan.expr_arena.len()).map(|index| plan.expr_arena.get(Node(index)));
    let nodes = (0..plan.lp_arena.len()).map(|index| plan.lp_arena.get(Node(index)));
    let maps = |node: &IR| {
        let is_opaque = matches!(node, IR::MapFunction { function: FunctionIR::Opaque { .. }, .. });
        is_opaque || matches!(node, IR::GroupBy { apply: Some(_), .. })
    };
    if exprs.into_iter().any(calls_closure) || nodes.into_iter().any(maps) {
        return Err(CutError::NotShippable { what: "a closure".into() });
    }
    Ok(())
}

/// Whether the expression calls what cannot be written down.
fn calls_closure(expr: &AExpr) -> bool {
    match expr {
        AExpr::AnonymousFunction { .. } | AExpr::AnonymousAgg { .. } => true,
        AExpr::Function { function, .. } => matches!(
            function,
            IRFunctionExpr::FoldHorizontal { .. }
                | IRFunctionExpr::ReduceHorizontal { .. }
                | IRFunctionExpr::CumFoldHorizontal { .. }
                | IRFunctionExpr::CumReduceHorizontal { .. }
                | IRFunctionExpr::RollingExpr { function: IRRollingFunction::Map(_), .. }
                | IRFunctionExpr::StructExpr(IRStructFunction::MapFieldNames(_))
        ),
        _ => false,
    }
}

/// Where the hidden column of row numbers goes: before the key of a hash exchange, else at the end.
pub(crate) fn row_number_index(schema: &Schema) -> usize {
    schema.index_of(KEY).unwrap_or_else(|| schema.len())
}
