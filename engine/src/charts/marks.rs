//! Collected columns as the positions of marks, one series for each colour.

use fram_display::{ChartKind, Positions, Series};
use polars::prelude::{Column, DataFrame, DataType, Expr, IntoLazy, TimeUnit, col};

use super::{COLOR, X, Y};
use crate::column_of;
use crate::fault::Fault;

/// Marks of one chart, a series for each colour in the order of first appearance, and a note on what was left out.
pub(crate) fn marks(data: &DataFrame, kind: ChartKind) -> Result<(Vec<Series>, Option<String>), Fault> {
    let as_categories = kind == ChartKind::Bar;
    if !data.schema().contains(COLOR) {
        return Ok((vec![series(None, data, as_categories)?], None));
    }
    let parts = data.partition_by_stable([COLOR], true)?;
    let named = parts.iter().map(|part| {
        let color = part.column(COLOR)?.get(0).map(|value| text(&value)).unwrap_or_default();
        series(Some(color), part, as_categories)
    });
    Ok((named.collect::<Result<_, Fault>>()?, None))
}

/// Bars of the same category and colour are drawn as one, with a note.
pub(crate) fn summed(data: &DataFrame, counted: bool) -> Result<(DataFrame, Option<String>), Fault> {
    if counted {
        return Ok((data.clone(), None));
    }
    let keys: Vec<Expr> =
        [X, COLOR].into_iter().filter(|name| data.schema().contains(name)).map(col).collect();
    let lazy = data.clone().lazy().group_by_stable(keys).agg([col(Y).sum()]);
    let together = column_of::collected(lazy)?;
    if together.height() == data.height() {
        return Ok((data.clone(), None));
    }
    Ok((together, Some("rows of the same category are summed".into())))
}

fn series(name: Option<String>, data: &DataFrame, as_categories: bool) -> Result<Series, Fault> {
    Ok(Series { name, x: positions(data.column(X)?, as_categories)?, y: numbers(data.column(Y)?)? })
}

/// Where marks stand along an axis: numbers, times, or categories.
pub(super) fn positions(column: &Column, as_categories: bool) -> Result<Positions, Fault> {
    match column.dtype() {
        DataType::Date | DataType::Datetime(..) if !as_categories => Ok(Positions::Times(times(column)?)),
        kind if kind.is_primitive_numeric() && !as_categories => Ok(Positions::Numbers(numbers(column)?)),
        DataType::Decimal(..) if !as_categories => Ok(Positions::Numbers(numbers(column)?)),
        _ => {
            let values = column.as_materialized_series().iter();
            Ok(Positions::Categories(values.map(|value| (!value.is_null()).then(|| text(&value))).collect()))
        }
    }
}

/// Microseconds since 1970 as written in the column's own time zone.
fn times(column: &Column) -> Result<Vec<Option<i64>>, Fault> {
    let local = match column.dtype() {
        DataType::Datetime(_, Some(_)) => {
            let plain = col(X).dt().replace_time_zone(
                None,
                polars::prelude::lit("earliest"),
                polars::prelude::NonExistent::Null,
            );
            let one = DataFrame::new(column.len(), vec![column.clone().with_name(X.into())])?;
            column_of::collected(one.lazy().select([plain]))?.column(X)?.clone()
        }
        _ => column.clone(),
    };
    let micros = local.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?.cast(&DataType::Int64)?;
    Ok(micros.i64()?.iter().collect())
}

pub(super) fn numbers(column: &Column) -> Result<Vec<Option<f64>>, Fault> {
    let column = match column.dtype() {
        // Lengths of time are drawn in seconds.
        DataType::Duration(_) => {
            let micros = column.cast(&DataType::Duration(TimeUnit::Microseconds))?.cast(&DataType::Int64)?;
            return Ok(micros.i64()?.iter().map(|micros| micros.map(|micros| micros as f64 / 1e6)).collect());
        }
        _ => column.cast(&DataType::Float64)?,
    };
    Ok(column.f64()?.iter().collect())
}

fn text(value: &polars::prelude::AnyValue<'_>) -> String {
    match value.get_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}
