//! Medians and quantiles of all rows. Their places among the values in order are known as soon as those are counted; the
//! values go to ranges, as those of a sort do, and only the ranges that have such a place are brought together.

use polars::prelude::{
    AnyValue, DataFrame, DataType, IDX_DTYPE, IntoSeries, PlSmallStr, QuantileMethod, Scalar, Schema, Series,
    SortMultipleOptions, SortOptions, UInt64Chunked, col, lit,
};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IRAggExpr, IRBuilder, IRFunctionExpr, LiteralValue};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::Kept;
use crate::cut::open::Open;
use crate::cut::size::Size;
use crate::cut::sort::has_order;
use crate::cut::values::{Rows, value_name};
use crate::error::CutError;
use crate::piece::{Exchange, Piece, Stored, StoredPart};

/// A value that is known by its place among the values of an expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    input: Node,
    share: f64,
    method: QuantileMethod,
}

/// How many times the bytes that a task sorts at once are gathered sooner than put in ranges: no more than one column comes
/// of most rows, and what is looked for is found without a sort.
const GATHERED: u64 = 4;

/// The places that a quantile is made of, and how far it is from the first to the second.
#[derive(Debug, PartialEq)]
struct Places {
    low: u64,
    high: u64,
    between: f64,
}

impl Cutter<'_> {
    /// The median or quantile that the expression is, where its values can be put in ranges.
    pub(super) fn ranked(&self, node: Node, schema: &Schema) -> Option<Ranked> {
        let ranked = match self.exprs.get(node) {
            AExpr::Agg(IRAggExpr::Median(input)) => {
                Ranked { input: *input, share: 0.5, method: QuantileMethod::Linear }
            }
            AExpr::Function { input, function: IRFunctionExpr::Quantile { method }, .. } => {
                let [input, share] = input.as_slice() else { return None };
                let share = self.number(share.node()).filter(|share| (0.0..=1.0).contains(share))?;
                Ranked { input: input.node(), share, method: *method }
            }
            _ => return None,
        };
        let is_number =
            |dtype: &DataType| dtype.is_primitive_numeric() || dtype.is_temporal() || dtype.is_decimal();
        let has_ranges = |dtype: &DataType| is_number(dtype) && has_order(dtype);
        let dtype = self.dtype(ranked.input, schema)?;
        (self.is_row_separable(ranked.input) && has_ranges(&dtype)).then_some(ranked)
    }

    /// The number that the expression is, where it is no more.
    fn number(&self, node: Node) -> Option<f64> {
        match self.exprs.get(node) {
            AExpr::Literal(LiteralValue::Scalar(value)) if value.dtype().is_primitive_numeric() => {
                value.value().extract()
            }
            AExpr::Literal(value @ LiteralValue::Dyn(_)) if value.is_scalar() => match value.get_datatype() {
                DataType::Unknown(_) => value.to_any_value()?.extract(),
                _ => None,
            },
            _ => None,
        }
    }

    /// What each of these is of all rows, which have so many bytes.
    pub(super) fn ranked_values(
        &mut self,
        rows: &Rows,
        size: Size,
        mut values: Vec<(Node, Ranked, DataType)>,
    ) -> Result<Vec<(Node, Scalar)>, CutError> {
        if self.is_few(size.most.map(|bytes| bytes / GATHERED)) {
            let open = self.again(rows)?;
            let nodes: Vec<Node> = values.iter().map(|(node, ..)| *node).collect();
            let values = values.into_iter().map(|(node, _, dtype)| (node, dtype)).collect();
            return Ok(nodes.into_iter().zip(self.found(open, values)?).collect());
        }
        let mut row = Vec::new();
        while let Some((_, first, _)) = values.first() {
            let input = first.input;
            let is_same = |node| self.exprs.get(node).is_expr_equal_to(self.exprs.get(input), &self.exprs);
            let (of_it, others): (Vec<_>, Vec<_>) =
                values.into_iter().partition(|(_, ranked, _)| is_same(ranked.input));
            let open = self.again(rows)?;
            row.extend(self.ranked_of(open, input, &of_it)?);
            values = others;
        }
        Ok(row)
    }

    /// What each of these, all of the same expression, is of all rows.
    fn ranked_of(
        &mut self,
        open: Open,
        input: Node,
        values: &[(Node, Ranked, DataType)],
    ) -> Result<Vec<(Node, Scalar)>, CutError> {
        let (open, name) = (self.values_alone(open, &[input]), value_name(0));
        let kept = self.keep(open)?;
        kept.stored.check_counts()?;
        let nulls = self.nulls(&kept, &name)?;
        // Of a plan that is only shown nothing is counted.
        let rows = kept.stored.rows().unwrap_or(1);
        let places: Vec<Option<Places>> =
            values.iter().map(|(_, ranked, _)| places(ranked, rows, nulls)).collect();
        let wanted: Vec<u64> = places.iter().flatten().flat_map(|found| [found.low, found.high]).collect();
        let mut found = if wanted.is_empty() { Series::default() } else { self.at(&kept, &name, &wanted)? };
        let mut row = Vec::new();
        for ((node, ranked, dtype), places) in values.iter().zip(places) {
            let mut value = AnyValue::Null;
            if let Some(places) = places {
                let ends = found.head(Some(2));
                found = found.slice(2, found.len());
                value = quantile(&ends, &places, ranked.method)?;
            }
            row.push((*node, Scalar::new(dtype.clone(), value)));
        }
        Ok(row)
    }

    /// How many of the values are null.
    fn nulls(&mut self, kept: &Kept, name: &PlSmallStr) -> Result<u64, CutError> {
        let open = self.reopened(kept)?;
        let column = ExprIR::from_column_name(name.clone(), &mut self.exprs);
        let count = self.lowered(open.top, vec![col(name.clone()).null_count()])?;
        let count = count.first().map_or(column.node(), ExprIR::node);
        let found = self.found(open, vec![(count, IDX_DTYPE)])?;
        Ok(found.first().and_then(|count| count.value().extract()).unwrap_or_default())
    }

    /// The values at these places in their order, nulls first.
    fn at(&mut self, kept: &Kept, name: &PlSmallStr, wanted: &[u64]) -> Result<Series, CutError> {
        let (stored, skipped) = self.around(kept, name, wanted)?;
        let mut open = self.begin(Piece::Stored(stored), Exchange::Aligned)?;
        open.label.push("values around the wanted ones".to_owned());
        let places = UInt64Chunked::from_vec("places".into(), skipped).into_series();
        let chosen = col(name.clone()).sort(SortOptions::default()).gather(lit(places), false);
        let chosen = self.lowered(open.top, vec![chosen.alias(name.clone())])?;
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.project(chosen, ProjectionOptions::default()).node();
        let piece = self.close(open.with_top(top, "values in their places"), false)?;
        let found: DataFrame = self.stages.as_mut().ok_or(CutError::Stage)?.fetch(piece)?;
        Ok(found.column(name)?.as_materialized_series().clone())
    }

    /// As one part the rows of the ranges that have these places, and the places among those rows.
    fn around(
        &mut self,
        kept: &Kept,
        name: &PlSmallStr,
        wanted: &[u64],
    ) -> Result<(Stored, Vec<u64>), CutError> {
        if self.is_few(self.size_of(kept).most) {
            return Ok((kept.stored.in_one(), wanted.to_vec()));
        }
        let ranges = self.ranges(kept);
        let by = vec![ExprIR::from_column_name(name.clone(), &mut self.exprs)];
        let options = SortMultipleOptions::default();
        let piece = self.in_ranges(kept, ranges, &(by, options), false)?;
        let mut spread = self.stages.as_mut().ok_or(CutError::Stage)?.spread(piece, ranges)?;
        spread.check_counts()?;
        let (parts, places) = chosen(&spread.parts, wanted);
        spread.parts = vec![StoredPart { files: parts.into_iter().flat_map(|part| part.files).collect() }];
        Ok((spread, places))
    }
}

/// The parts that have the places, and the places among the rows of those parts alone.
fn chosen(parts: &[StoredPart], wanted: &[u64]) -> (Vec<StoredPart>, Vec<u64>) {
    let (mut found, mut places) = (Vec::new(), vec![0; wanted.len()]);
    let (mut before, mut skipped) = (0, 0);
    for part in parts {
        let rows = part.rows().unwrap_or_default();
        let mut is_wanted = false;
        for (place, wanted) in places.iter_mut().zip(wanted) {
            if (before..before + rows).contains(wanted) {
                (*place, is_wanted) = (wanted - skipped, true);
            }
        }
        before += rows;
        if is_wanted {
            found.push(part.clone());
        } else {
            skipped += rows;
        }
    }
    if found.is_empty() {
        found.extend(parts.first().cloned());
    }
    (found, places)
}

/// The places that the quantile is made of among so many values, of which so many are null and come first; as Polars has
/// them. None where all are null.
fn places(ranked: &Ranked, rows: u64, nulls: u64) -> Option<Places> {
    if nulls >= rows {
        return None;
    }
    let (values, last) = ((rows - nulls) as f64, rows - 1);
    let place = (values - 1.0) * ranked.share + nulls as f64;
    let one = |place: f64| {
        let place = (place as u64).min(last);
        Some(Places { low: place, high: place, between: 0.0 })
    };
    match ranked.method {
        QuantileMethod::Nearest => one(place.round()),
        QuantileMethod::Lower => one(place.floor()),
        QuantileMethod::Higher => one(place.ceil()),
        QuantileMethod::Equiprobable => one(((values * ranked.share).ceil() - 1.0).max(0.0) + nulls as f64),
        QuantileMethod::Midpoint | QuantileMethod::Linear => {
            let (low, high) = ((place.floor() as u64).min(last), (place.ceil() as u64).min(last));
            Some(Places { low, high, between: place - low as f64 })
        }
    }
}

/// The quantile between the two values, which Polars works out, so that its type is Polars' as well. Of a plan that is only
/// shown there are none.
fn quantile(ends: &Series, places: &Places, method: QuantileMethod) -> Result<AnyValue<'static>, CutError> {
    if ends.is_empty() {
        return Ok(AnyValue::Null);
    }
    let (ends, share) =
        if places.low == places.high { (ends.head(Some(1)), 0.0) } else { (ends.clone(), places.between) };
    Ok(ends.quantile_reduce(share, method)?.into_value())
}
