//! Nulls and NaN: filled, left out, counted.

use polars::prelude::{
    DataType, Expr, FillNullStrategy, InterpolationMethod, LazyFrame, LiteralValue, Schema, col, lit,
};
use polars_plan::plans::DynLiteralValue;

use super::columns::named;
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Column, Integer, Text};
use crate::registry::Type::Frame as F;
use crate::registry::{Parameter, Verb, absent, required, rest, verb};
use crate::value::Value;

const SUBSET: Parameter = rest("subset", Column, "The columns that are looked at; all where none is given.");

pub(super) const VERBS: &[Verb] = &[
    verb(F, "fill_null", F, "Replaces nulls.", fill_null)
        .takes(&[
            absent(
                "value",
                Any,
                "A value, which fills the columns of its type, or an expression, which fills all.",
            ),
            absent("strategy", Text, "forward, backward, min, max, mean, zero or one, instead of a value."),
            absent("limit", Integer, "How many nulls in a row are filled, forward or backward."),
        ])
        .examples(&[
            "frame(#{ a: [1, (), 3], b: [\"x\", (), ()] }).fill_null(0)",
            "frame(#{ a: [1, (), 3] }).fill_null(#{ strategy: \"forward\" })",
        ]),
    verb(F, "fill_nan", F, "Replaces NaN.", |call| {
        let value = call.value("value")?;
        let floats = columns_of(&call.frame()?.schema().clone(), DataType::is_float);
        call.plan(|lazy| with(lazy, floats, |column| column.fill_nan(value.clone())))
    })
    .takes(&[required("value", crate::registry::Kind::Value, "A number, an expression, or `()` for null.")])
    .examples(&["frame(#{ a: [1.0, 0.0 / 0.0] }).fill_nan(0.0)"]),
    verb(F, "drop_nulls", F, "Leaves out rows with a null.", |call| {
        let subset = call.names("subset")?;
        call.plan(|lazy| lazy.drop_nulls((!subset.is_empty()).then(|| named(subset))))
    })
    .takes(&[SUBSET])
    .examples(&["frame(#{ a: [1, ()], b: [\"x\", \"y\"] }).drop_nulls()"]),
    verb(F, "drop_nans", F, "Leaves out rows with a NaN.", |call| {
        let subset = call.names("subset")?;
        let schema = call.frame()?.schema().clone();
        let subset = if subset.is_empty() { columns_of(&schema, DataType::is_float) } else { subset };
        call.plan(|lazy| if subset.is_empty() { lazy } else { lazy.drop_nans(Some(named(subset))) })
    })
    .takes(&[SUBSET])
    .examples(&["frame(#{ a: [1.0, 0.0 / 0.0] }).drop_nans()"]),
    verb(F, "null_count", F, "How many nulls each column has.", |call| call.plan(LazyFrame::null_count))
        .examples(&["frame(#{ a: [1, (), ()], b: [\"x\", \"y\", ()] }).null_count()"]),
    verb(F, "interpolate", F, "Fills nulls between numbers in equal steps.", |call| {
        let numbers = columns_of(&call.frame()?.schema().clone(), DataType::is_primitive_numeric);
        call.plan(|lazy| with(lazy, numbers, |column| column.interpolate(InterpolationMethod::Linear)))
    })
    .examples(&["frame(#{ a: [1, (), 3] }).interpolate()"]),
];

/// The columns whose type is such.
fn columns_of(schema: &Schema, is_such: impl Fn(&DataType) -> bool) -> Vec<String> {
    schema.iter().filter(|(_, kind)| is_such(kind)).map(|(name, _)| name.to_string()).collect()
}

/// The plan with these columns changed.
fn with(lazy: LazyFrame, names: Vec<String>, change: impl Fn(Expr) -> Expr) -> LazyFrame {
    let changed: Vec<Expr> = names.into_iter().map(|name| change(col(name))).collect();
    if changed.is_empty() { lazy } else { lazy.with_columns(changed) }
}

fn fill_null(call: &Call<'_>) -> Result<Value, Fault> {
    match (call.any("value"), call.has("strategy")) {
        (Some(_), true) => Err(Fault::argument("`fill_null` takes a value or a strategy, not both")),
        (None, false) => Err(Fault::argument("`fill_null` needs a value or a strategy")
            .hint("as `fill_null(0)` or `fill_null(#{ strategy: \"forward\" })`")),
        (None, true) => fill_by_strategy(call),
        (Some(value), false) => fill_with(call, value),
    }
}

fn fill_with(call: &Call<'_>, value: &Value) -> Result<Value, Fault> {
    let number = |value: DynLiteralValue| Expr::Literal(LiteralValue::Dyn(value));
    let (filler, fits): (Expr, fn(&DataType) -> bool) = match value {
        Value::Boolean(flag) => (lit(*flag), |kind| kind.is_bool()),
        Value::Integer(whole) => (number(DynLiteralValue::Int(i128::from(*whole))), |kind| kind.is_numeric()),
        Value::Float(float) => (number(DynLiteralValue::Float(*float)), |kind| kind.is_numeric()),
        Value::Text(text) => {
            (lit(text.as_str()), |kind| kind.is_string() || matches!(kind, DataType::Categorical(..)))
        }
        _ => {
            let filler = call.value("value")?;
            return call.plan(|lazy| lazy.fill_null(filler));
        }
    };
    let names = columns_of(&call.frame()?.schema().clone(), |kind| fits(kind) || kind.is_null());
    call.plan(|lazy| with(lazy, names, |column| column.fill_null(filler.clone())))
}

fn fill_by_strategy(call: &Call<'_>) -> Result<Value, Fault> {
    let limit = if call.has("limit") { Some(call.small("limit")?) } else { None };
    let any: fn(&DataType) -> bool = |_| true;
    let numbers: fn(&DataType) -> bool = |kind| kind.is_numeric();
    let words = &["forward", "backward", "min", "max", "mean", "zero", "one"];
    let (strategy, fits) = match call.word("strategy", words)? {
        "forward" => (FillNullStrategy::Forward(limit), any),
        "backward" => (FillNullStrategy::Backward(limit), any),
        "min" => (FillNullStrategy::Min, any),
        "max" => (FillNullStrategy::Max, any),
        "mean" => (FillNullStrategy::Mean, numbers),
        "zero" => (FillNullStrategy::Zero, numbers),
        _ => (FillNullStrategy::One, numbers),
    };
    let names = columns_of(&call.frame()?.schema().clone(), fits);
    call.plan(|lazy| with(lazy, names, |column| column.fill_null_with_strategy(strategy)))
}
