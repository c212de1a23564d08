//! Values of all rows in expressions that are else worked out row by row, as in `x / x.sum()` or `x > x.mean()`, and
//! selections of values that need all rows of a kind in one place. The values are worked out first, each by the rule that it
//! has; then they stand in the plan as what they are.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{AnyValue, DataFrame, DataType, PlSmallStr, Scalar, Schema};
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IR, IRAggExpr, IRBuilder, IRFunctionExpr, LiteralValue};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::expression::{exprs_of, is_hashed_alike};
use crate::cut::keep::Kept;
use crate::cut::open::{Open, Order};
use crate::cut::quantile::Ranked;
use crate::cut::size::Size;
use crate::cut::two_steps::{TwoSteps, is_of_parts};
use crate::error::CutError;

/// A value of all rows.
pub(super) struct WholeValue {
    node: Node,
    dtype: DataType,
    rule: Rule,
}

/// How a value of all rows is found.
enum Rule {
    /// From what each partition works out for itself.
    InParts,
    /// The expression's distinct values, each in one partition, are counted.
    Distinct(Node),
    /// Its place among the values of the expression is known, and those are brought to ranges.
    Ranked(Ranked),
    /// The expression's values are counted about, in sketches.
    Sketched(Node),
}

/// Rows that are read more than once.
pub(super) enum Rows {
    /// Files, of which each row is looked at by itself: to read them again costs less than to keep their rows. The node is
    /// cut anew where it reads other pieces, too.
    Below {
        node: Node,
        open: Open,
    },
    Kept(Kept),
}

impl Cutter<'_> {
    /// The values of all rows in the node's expressions, where the rest of them is worked out row by row and there is a
    /// rule for each value. None where the rows are few: they are brought to one place sooner.
    pub(super) fn values_of(&mut self, ir: &IR, open: &Open) -> Option<Vec<WholeValue>> {
        if self.options.partitions < 2 || self.is_few(open.size.most) {
            return None;
        }
        let mut found = Vec::new();
        exprs_of(ir)?.iter().try_for_each(|expr| self.look_for_values(expr.node(), &mut found))?;
        let schema = self.schema(open.top);
        let values = found.into_iter().map(|node| self.whole_value(node, &schema, &open.order));
        let values = values.collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())?;
        self.may_run_parts().then_some(values)
    }

    /// Notes the aggregates of the expression; none where anything but windows in it looks at more than one row. What a
    /// window gives is a value of its own rows.
    fn look_for_values(&self, node: Node, found: &mut Vec<Node>) -> Option<()> {
        if let Some(keys) = self.keys_of_window(node) {
            return keys.iter().try_for_each(|key| self.look_for_values(*key, found));
        }
        let expr = self.exprs.get(node);
        if is_value(expr) {
            found.push(node);
            return Some(());
        }
        self.is_by_row_itself(node).then_some(())?;
        let mut inputs = Vec::new();
        expr.inputs_rev(&mut inputs);
        inputs.into_iter().try_for_each(|input| self.look_for_values(input, found))
    }

    fn whole_value(&mut self, node: Node, schema: &Schema, order: &Order) -> Option<WholeValue> {
        let dtype = self.dtype(node, schema).filter(stands_for_itself)?;
        if let Some(ranked) = self.ranked(node, schema) {
            return Some(WholeValue { node, dtype, rule: Rule::Ranked(ranked) });
        }
        if let Some(counted) = self.sketched(node, schema) {
            return Some(WholeValue { node, dtype, rule: Rule::Sketched(counted) });
        }
        if let AExpr::Agg(IRAggExpr::NUnique(input)) = *self.exprs.get(node) {
            let is_spread = self.dtype(input, schema).is_some_and(|dtype| is_hashed_alike(&dtype));
            let rule = Rule::Distinct(input);
            return (self.is_row_separable(input) && is_spread).then_some(WholeValue { node, dtype, rule });
        }
        self.two_steps_of_all(&[named(node, 0)], schema, order)?;
        Some(WholeValue { node, dtype, rule: Rule::InParts })
    }

    /// The node on its rows, which are cut, with what these values are.
    pub(super) fn with_values(
        &mut self,
        ir: IR,
        open: Open,
        values: &[WholeValue],
    ) -> Result<Open, CutError> {
        let is_aggregate =
            matches!(&ir, IR::Select { expr, .. } if expr.iter().all(|expr| self.is_one_value(expr)));
        let size = open.size;
        let rows = match ir.inputs().next() {
            Some(node) if self.can_be_repeated(node, false) => Rows::Below { node, open },
            _ => Rows::Kept(self.keep(open)?),
        };
        let size = match &rows {
            Rows::Below { .. } => size,
            Rows::Kept(kept) => self.size_of(kept),
        };
        let row = self.row_of(&rows, size, values)?;
        if is_aggregate {
            return self.selected_of(ir, row);
        }
        let literal = |value: Scalar| AExpr::Literal(LiteralValue::Scalar(value));
        let places = row.into_iter().map(|(node, value)| (node, self.exprs.add(literal(value)))).collect();
        let ir = self.with_places(ir, &places);
        let mut open = self.again(&rows)?;
        open.label.push("values of all rows".to_owned());
        self.rows_or_windows(ir, open)
    }

    /// Each of the values with what it is of these rows, which have so many bytes.
    fn row_of(
        &mut self,
        rows: &Rows,
        size: Size,
        values: &[WholeValue],
    ) -> Result<Vec<(Node, Scalar)>, CutError> {
        let (mut in_parts, mut ranked, mut sketched) = (Vec::new(), Vec::new(), Vec::new());
        let mut row = Vec::new();
        for value in values {
            let dtype = value.dtype.clone();
            match &value.rule {
                Rule::InParts => in_parts.push((value.node, dtype)),
                Rule::Ranked(rank) => ranked.push((value.node, *rank, dtype)),
                Rule::Sketched(counted) => sketched.push((value.node, *counted)),
                Rule::Distinct(counted) => {
                    let open = self.again(rows)?;
                    let open = self.distinct_values(open, *counted)?;
                    let len = self.exprs.add(AExpr::Len);
                    let count = self.found(open, vec![(len, dtype)])?;
                    row.extend(count.into_iter().map(|count| (value.node, count)));
                }
            }
        }
        if !in_parts.is_empty() {
            let open = self.again(rows)?;
            let nodes: Vec<Node> = in_parts.iter().map(|(node, _)| *node).collect();
            row.extend(nodes.into_iter().zip(self.found(open, in_parts)?));
        }
        if !sketched.is_empty() {
            row.extend(self.sketched_values(rows, sketched)?);
        }
        if !ranked.is_empty() {
            row.extend(self.ranked_values(rows, size, ranked)?);
        }
        Ok(row)
    }

    pub(super) fn again(&mut self, rows: &Rows) -> Result<Open, CutError> {
        match rows {
            Rows::Below { node, open } => open.again().map_or_else(|| self.cut(*node), Ok),
            Rows::Kept(kept) => self.reopened(kept),
        }
    }

    /// What the expressions, of these types, are of all of these rows; they are worked out now.
    pub(super) fn found(
        &mut self,
        open: Open,
        values: Vec<(Node, DataType)>,
    ) -> Result<Vec<Scalar>, CutError> {
        let (nodes, dtypes): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        let exprs: Vec<ExprIR> =
            nodes.into_iter().enumerate().map(|(place, node)| named(node, place)).collect();
        let names = exprs.iter().map(|expr| expr.output_name().clone());
        let schema = Arc::new(Schema::from_iter(names.zip(dtypes.iter().cloned())));
        let open = self.aggregated(open, exprs, schema)?;
        let piece = self.close(open, false)?;
        let row = self.stages.as_mut().ok_or(CutError::Stage)?.fetch(piece)?;
        let scalar = |(place, dtype): (usize, DataType)| {
            // Of a plan that is only shown nothing is known.
            let found = row.columns().get(place).and_then(|column| column.get(0).ok());
            Scalar::new(dtype, found.map_or(AnyValue::Null, AnyValue::into_static))
        };
        Ok(dtypes.into_iter().enumerate().map(scalar).collect())
    }

    /// The distinct values of the expression, each in one partition alone.
    fn distinct_values(&mut self, open: Open, counted: Node) -> Result<Open, CutError> {
        let open = self.values_alone(open, &[counted]);
        let keys = vec![ExprIR::from_column_name(value_name(0), &mut self.exprs)];
        self.grouped_twice(open, keys, TwoSteps::none())
    }

    /// The values of these expressions alone, in any order, each under the name of its place.
    pub(super) fn values_alone(&mut self, open: Open, exprs: &[Node]) -> Open {
        let open = self.without_order(open);
        let values = exprs.iter().enumerate().map(|(place, node)| named(*node, place)).collect();
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.project(values, ProjectionOptions::default()).node();
        Open { order: Order::Free, keys: None, ..open.with_top(top, "projection") }
    }

    /// The selection of values that are known: it has one row.
    fn selected_of(&mut self, ir: IR, row: Vec<(Node, Scalar)>) -> Result<Open, CutError> {
        let (mut columns, mut places) = (Vec::new(), HashMap::new());
        for (place, (node, value)) in row.into_iter().enumerate() {
            let name = value_name(place);
            columns.push(value.into_column(name.clone()));
            places.insert(node, self.exprs.add(AExpr::Column(name)));
        }
        let df = Arc::new(DataFrame::new(1, columns)?);
        let schema = df.schema().clone();
        let known = self.nodes.add(IR::DataFrameScan { df, schema, output_schema: None });
        let ir = self.with_places(ir, &places).with_inputs([known]);
        let top = self.nodes.add(ir);
        Ok(Open { size: Size::of(0), ..Open::single(top, "aggregate") })
    }

    /// The node with other expressions in the place of these.
    pub(super) fn with_places(&mut self, ir: IR, places: &HashMap<Node, Node>) -> IR {
        let mut replaced = |expr: &ExprIR| {
            ExprIR::new(self.replaced(expr.node(), places), OutputName::Alias(expr.output_name().clone()))
        };
        match ir {
            IR::Select { input, expr, schema, options } => {
                IR::Select { input, expr: expr.iter().map(replaced).collect(), schema, options }
            }
            IR::HStack { input, exprs, schema, options } => {
                IR::HStack { input, exprs: exprs.iter().map(replaced).collect(), schema, options }
            }
            IR::Filter { input, predicate } => IR::Filter { input, predicate: replaced(&predicate) },
            IR::Sort { input, by_column, slice, sort_options } => {
                let by_column = by_column.iter().map(replaced).collect();
                IR::Sort { input, by_column, slice, sort_options }
            }
            IR::GroupBy { input, keys, aggs, schema, apply, maintain_order, options } => {
                let keys = keys.iter().map(replaced).collect();
                IR::GroupBy { input, keys, aggs, schema, apply, maintain_order, options }
            }
            other => other,
        }
    }

    fn replaced(&mut self, node: Node, places: &HashMap<Node, Node>) -> Node {
        if let Some(place) = places.get(&node) {
            return *place;
        }
        let mut expr = self.exprs.get(node).clone();
        if let AExpr::Over { partition_by, .. } = &mut expr {
            for key in partition_by {
                *key = self.replaced(*key, places);
            }
            return self.exprs.add(expr);
        }
        let mut inputs = Vec::new();
        expr.inputs_rev(&mut inputs);
        if inputs.is_empty() {
            return node;
        }
        inputs.reverse();
        let inputs: Vec<Node> = inputs.into_iter().map(|input| self.replaced(input, places)).collect();
        self.exprs.add(expr.replace_inputs(&inputs))
    }
}

/// Whether one of the values is not found by a selection of aggregates in two steps.
pub(super) fn has_own_rule(values: &[WholeValue]) -> bool {
    values.iter().any(|value| !matches!(value.rule, Rule::InParts))
}

/// Whether the expression is one value of all rows that there may be a rule for.
fn is_value(expr: &AExpr) -> bool {
    match expr {
        AExpr::Agg(_) | AExpr::Len => true,
        AExpr::Function {
            function: IRFunctionExpr::Quantile { .. } | IRFunctionExpr::ApproxNUnique, ..
        } => true,
        AExpr::Function { function, .. } => is_of_parts(function),
        _ => false,
    }
}

/// A value under the name of its place.
pub(super) fn named(node: Node, place: usize) -> ExprIR {
    ExprIR::new(node, OutputName::Alias(value_name(place)))
}

pub(super) fn value_name(place: usize) -> PlSmallStr {
    PlSmallStr::from_string(format!("__fram_value_{place}"))
}

/// Whether a value of the type can stand in a plan in the place of what it was worked out from.
fn stands_for_itself(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || dtype.is_temporal()
        || dtype.is_decimal()
        || matches!(dtype, DataType::Boolean | DataType::String | DataType::Binary | DataType::Int128)
}
