//! Script values as expressions: literals, lists, nulls, and the end of a `when`.

use polars::prelude::{Expr, NULL, Series, lit, when};

use crate::call::list;
use crate::column_of;
use crate::fault::Fault;
use crate::value::{Branches, Value};

/// The value as an expression; a string is a value, not a column.
pub(crate) fn expression(value: &Value) -> Result<Expr, Fault> {
    match value {
        Value::Nothing => Ok(lit(NULL)),
        Value::Boolean(flag) => Ok(lit(*flag)),
        // Untyped, so that `col("x") + 1` keeps the column's type as Polars' Python does.
        Value::Integer(number) => Ok(lit(*number)),
        Value::Float(number) => Ok(lit(*number)),
        Value::Text(text) => Ok(lit(text.as_str())),
        Value::Expression(expression) => Ok((**expression).clone()),
        Value::Selector(selector) => Ok((**selector).clone().into()),
        Value::Branches(branches) if branches.waiting.is_none() => Ok(otherwise_null(branches)),
        Value::List(values) => list(values),
        other => Err(Fault::argument(format!("{} cannot stand in an expression", other.kind().article()))),
    }
}

/// The elements as a series, of one type that holds them all.
pub(crate) fn series(values: &[Value]) -> Result<Series, Fault> {
    column_of::series("", values)
}

/// A `when` that gives null where no branch holds.
pub(crate) fn otherwise_null(branches: &Branches) -> Expr {
    otherwise(branches, lit(NULL))
}

/// A `when` that gives this where no branch holds.
pub(crate) fn otherwise(branches: &Branches, last: Expr) -> Expr {
    branches
        .done
        .iter()
        .rev()
        .fold(last, |rest, (condition, value)| when(condition.clone()).then(value.clone()).otherwise(rest))
}
