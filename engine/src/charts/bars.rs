//! Bars: one for each category, or for each category and colour. Rows are counted or summed by a plan over all of them.

use std::sync::Arc;

use fram_display::ChartKind;
use fram_frame::Frame;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, MaintainOrderJoin, NULL,
    SortMultipleOptions, UniqueKeepStrategy, col, len, lit, when,
};

use super::{COLOR, Labels, Options, X, Y, chart, check_numbers, columns, first_rows, marks, plan};
use crate::call::Call;
use crate::column_of;
use crate::fault::Fault;
use crate::value::Value;

/// How many rows were summed.
const ROWS: &str = "rows";
/// How high all bars of a category are.
const TOTAL: &str = "total";

/// A bar chart.
pub(crate) fn bar(call: &Call<'_>) -> Result<Value, Fault> {
    let options = Options::of(call)?;
    let is_counted = !call.has(Y);
    let frame = columns(call, !is_counted)?;
    let labels = Labels::of(call, &frame, is_counted.then_some("count"))?;
    let keys: Vec<Expr> =
        [X, COLOR].into_iter().filter(|name| frame.schema().contains(name)).map(col).collect();
    let lazy = plan(call, &frame)?;
    let bars = if is_counted {
        counted(lazy, keys)?
    } else {
        check_numbers(&frame, &labels.y)?;
        summed(lazy, keys, frame.schema().get(Y))
    };
    let (data, cut) = first_rows(call, &Frame::from_lazy(bars)?, "bars")?;
    let note = has_sums(&data)?.then(|| "Rows of the same category are summed.".to_owned());
    let notes = note.into_iter().chain(cut).collect();
    let chart = chart(ChartKind::Bar, marks(&in_order(data)?)?, labels, options, notes);
    Ok(Value::Chart(Arc::new(chart)))
}

/// How many rows each category has, the highest first; with colours, the category that is highest in all.
fn counted(lazy: LazyFrame, keys: Vec<Expr>) -> Result<LazyFrame, Fault> {
    let counted = lazy.group_by(keys).agg([len().alias(Y)]);
    let total = col(Y).sum().over([col(X)])?.alias(TOTAL);
    let order = SortMultipleOptions::default()
        .with_order_descending_multi([true, false, true])
        .with_nulls_last(true)
        .with_maintain_order(true);
    Ok(counted.with_columns([total]).sort([TOTAL, X, Y], order))
}

/// The sum of each category, in the order of the rows; no number at all is no sum.
fn summed(lazy: LazyFrame, keys: Vec<Expr>, kind: Option<&DataType>) -> LazyFrame {
    // As floats, sums do not overflow.
    let value = match kind {
        Some(DataType::Duration(_) | DataType::Time) | None => col(Y),
        Some(_) => col(Y).cast(DataType::Float64),
    };
    let sum = when(value.clone().count().eq(lit(0))).then(lit(NULL)).otherwise(value.sum());
    lazy.group_by_stable(keys).agg([sum.alias(Y), len().alias(ROWS)])
}

fn has_sums(data: &DataFrame) -> Result<bool, Fault> {
    let Ok(rows) = data.column(ROWS) else { return Ok(false) };
    let most = rows.cast(&DataType::UInt64)?.u64()?.iter().flatten().max();
    Ok(most.is_some_and(|most| most > 1))
}

/// The bars with every category among those of the first colour, some without height: series are drawn one after
/// the other, and categories stand in the order in which they come first.
fn in_order(data: DataFrame) -> Result<DataFrame, Fault> {
    let Ok(color) = data.column(COLOR) else { return Ok(data) };
    if data.height() == 0 {
        return Ok(data);
    }
    let first: Column = color.slice(0, 1);
    let is_first = column_of::collected(
        data.clone()
            .lazy()
            .select([col(COLOR).eq_missing(lit(first.as_materialized_series().clone()).first())]),
    )?;
    let is_first = is_first.column(COLOR)?.bool()?.clone();
    let keep = UniqueKeepStrategy::First;
    let all = data.clone().lazy().select([col(X)]).unique_stable(None, keep);
    let of_first = data.filter(&is_first)?.select([X, Y])?;
    let mut arguments = JoinArgs::new(JoinType::Left);
    arguments.nulls_equal = true;
    arguments.maintain_order = MaintainOrderJoin::Left;
    let joined = all
        .join(of_first.lazy(), [col(X)], [col(X)], arguments)
        .with_columns([lit(first.as_materialized_series().clone()).first().alias(COLOR)])
        .select([col(X), col(Y), col(COLOR)]);
    let rest = data.filter(&!is_first)?.select([X, Y, COLOR])?;
    Ok(column_of::collected(joined)?.vstack(&rest)?)
}
