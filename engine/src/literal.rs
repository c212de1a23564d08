//! Script values as expressions: literals, lists, nulls, and the end of a `when`.

use polars::prelude::{Expr, LiteralValue, NULL, Schema, Series, lit, when};
use polars_plan::plans::DynLiteralValue;
use polars_utils::idx_vec::UnitVec;

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

/// A string as a branch of a `when` has it, in a form that tells it from `lit("…")`.
pub(crate) fn bare_text(text: &str) -> Expr {
    Expr::Literal(LiteralValue::Dyn(DynLiteralValue::Str(text.into())))
}

/// How deep an expression may nest: Polars' time to plan one grows with the square of it.
const DEEPEST: usize = 1_000;

/// Refuses an expression that nests too deep, as loops can make one.
pub(crate) fn check_depth(expression: &Expr) -> Result<(), Fault> {
    let mut waiting = vec![(expression, 1)];
    let mut inside = UnitVec::new();
    while let Some((part, depth)) = waiting.pop() {
        if depth > DEEPEST {
            let said = format!("the expression nests more than {DEEPEST} deep");
            return Err(Fault::new("TooDeep", said).hint(
                "`sum_horizontal(…)`, `concat_str(…)` and `any_horizontal(…)` take many columns at once",
            ));
        }
        part.nodes(&mut inside);
        waiting.extend(inside.iter().map(|part| (*part, depth + 1)));
        inside.clear();
    }
    Ok(())
}

/// The error for a bare string in a branch where the frame has a column of that name: Polars' Python would take that.
pub(crate) fn ambiguous_text(expression: &Expr, schema: &Schema) -> Option<Fault> {
    let branches = expression.into_iter().filter_map(|part| match part {
        Expr::Ternary { truthy, falsy, .. } => Some([truthy, falsy]),
        _ => None,
    });
    let text = branches.flatten().find_map(|branch| match &**branch {
        Expr::Literal(LiteralValue::Dyn(DynLiteralValue::Str(text))) if schema.contains(text) => Some(text),
        _ => None,
    })?;
    let said = format!("\"{text}\" may be the text or the column of that name");
    let hint = format!("write `col(\"{text}\")` or `lit(\"{text}\")`");
    Some(Fault::new("AmbiguousName", said).hint(hint).at(text.to_string()))
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
