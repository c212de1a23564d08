//! Collected columns as the positions of marks, one series for each colour.

use fram_display::{Positions, Series};
use polars::prelude::{AnyValue, Column, DataFrame, DataType, IntoLazy, TimeUnit, col};

use super::{COLOR, X, Y, is_drawn_as_number};
use crate::column_of;
use crate::fault::Fault;

/// Characters of a category's or a colour's name; of longer ones the middle is left out.
const LONGEST_NAME: usize = 1_000;

/// Marks of one chart, a series for each colour in the order of first appearance.
pub(crate) fn marks(data: &DataFrame) -> Result<Vec<Series>, Fault> {
    if !data.schema().contains(COLOR) {
        return Ok(vec![series(None, data)?]);
    }
    let parts = data.partition_by_stable([COLOR], true)?;
    let named = parts.iter().map(|part| series(name(&part.column(COLOR)?.get(0)?), part));
    named.collect()
}

fn series(name: Option<String>, data: &DataFrame) -> Result<Series, Fault> {
    Ok(Series { name, x: positions(data.column(X)?)?, y: numbers(data.column(Y)?)? })
}

/// Where marks stand along an axis: numbers, times, or categories.
fn positions(column: &Column) -> Result<Positions, Fault> {
    match column.dtype() {
        DataType::Date | DataType::Datetime(..) => Ok(Positions::Times(times(column)?)),
        kind if is_drawn_as_number(kind) && !kind.is_bool() => Ok(Positions::Numbers(numbers(column)?)),
        _ => {
            let values = column.as_materialized_series().iter();
            Ok(Positions::Categories(values.map(|value| name(&value)).collect()))
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

/// Numbers; lengths of time in seconds, times of day in hours.
fn numbers(column: &Column) -> Result<Vec<Option<f64>>, Fault> {
    let (counted, per_unit) = match column.dtype() {
        DataType::Duration(unit) => (column.cast(&DataType::Int64)?, per_second(*unit)),
        DataType::Time => (column.cast(&DataType::Int64)?, 3_600e9),
        _ => (column.clone(), 1.0),
    };
    Ok(counted
        .cast(&DataType::Float64)?
        .f64()?
        .iter()
        .map(|value| value.map(|value| value / per_unit))
        .collect())
}

pub(super) fn per_second(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::Nanoseconds => 1e9,
        TimeUnit::Microseconds => 1e6,
        TimeUnit::Milliseconds => 1e3,
    }
}

/// A value as a name; none where it is null.
fn name(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        other => Some(match other.get_str() {
            Some(text) => without_middle(text),
            None => without_middle(&other.to_string()),
        }),
    }
}

fn without_middle(text: &str) -> String {
    if text.char_indices().nth(LONGEST_NAME).is_none() {
        return text.to_owned();
    }
    let half = LONGEST_NAME / 2;
    let start: String = text.chars().take(half).collect();
    let end: Vec<char> = text.chars().rev().take(half).collect();
    format!("{start}…{}", end.into_iter().rev().collect::<String>())
}
