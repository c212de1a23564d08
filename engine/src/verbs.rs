//! What verbs do, one file for each group of them. How calls are bound is left to `call`, how they are found to
//! `registry`.

mod basics;
mod charts;
mod columns;
mod distinct;
mod expressions;
mod functions;
mod grouping;
mod joins;
mod missing;
mod plans;
mod read;
mod reshape;
mod rows;
mod sampling;
mod stacking;
mod statistics;
mod values;
mod windows;
mod write;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Verb;
use crate::value::Value;

/// Every table of verbs.
pub(crate) fn tables() -> impl Iterator<Item = &'static [Verb]> {
    TABLES.iter().chain(expressions::TABLES).copied()
}

const TABLES: &[&[Verb]] = &[
    basics::VERBS,
    read::VERBS,
    rows::VERBS,
    columns::VERBS,
    values::VERBS,
    sampling::VERBS,
    distinct::VERBS,
    missing::VERBS,
    grouping::VERBS,
    windows::VERBS,
    joins::VERBS,
    stacking::VERBS,
    reshape::VERBS,
    statistics::VERBS,
    plans::VERBS,
    charts::VERBS,
    functions::VERBS,
    write::VERBS,
];

/// The number of rows of the frame before the dot; counts them where that is not known.
fn height(call: &Call<'_>) -> Result<usize, Fault> {
    if let Some(rows) = call.frame()?.known_rows() {
        return Ok(rows);
    }
    let data = call.run_plan(call.lazy()?.select([polars::prelude::len()]))?;
    Ok(data.columns().first().and_then(|column| column.get(0).ok()?.extract::<usize>()).unwrap_or(0))
}

/// A count as a value.
fn integer(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}
