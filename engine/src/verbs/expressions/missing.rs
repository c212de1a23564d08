//! Nulls and NaN in an expression: filled, interpolated, left out.

use polars::prelude::{Expr, FillNullStrategy, InterpolationMethod};

use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Column, Integer, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const METHODS: Choices<InterpolationMethod> =
    &[("linear", InterpolationMethod::Linear), ("nearest", InterpolationMethod::Nearest)];
const LIMIT: &[Parameter] = &[absent("limit", Integer, "How many nulls in a row are filled; else all.")];

/// What fills nulls without a value: names that `fill_null` takes.
const STRATEGIES: &[&str] = &["forward", "backward", "min", "max", "mean", "zero", "one"];

pub(super) const VERBS: &[Verb] = &[
    verb(E, "fill_null", E, "A value where there is none.", fill_null)
        .takes(&[
            absent("value", Val, "A value or an expression."),
            absent("strategy", Text, "forward, backward, min, max, mean, zero or one, instead of a value."),
            absent("limit", Integer, "How many nulls in a row are filled, forward or backward."),
        ])
        .examples(&[
            on!("a: [1, ()]", "fill_null(0)"),
            on!("a: [1, (), ()]", "fill_null(#{ strategy: \"forward\", limit: 1 })"),
        ]),
    verb(E, "forward_fill", E, "Nulls get the value before them.", |c| {
        let strategy = FillNullStrategy::Forward(limit(c)?);
        c.map(|e| e.fill_null_with_strategy(strategy))
    })
    .takes(LIMIT)
    .examples(&[on!("a: [(), 1, (), ()]", "forward_fill()"), on!("a: [1, (), ()]", "forward_fill(1)")]),
    verb(E, "backward_fill", E, "Nulls get the value behind them.", |c| {
        let strategy = FillNullStrategy::Backward(limit(c)?);
        c.map(|e| e.fill_null_with_strategy(strategy))
    })
    .takes(LIMIT)
    .examples(&[on!("a: [(), (), 1, ()]", "backward_fill()")]),
    verb(E, "fill_nan", E, "A value where there is NaN.", |c| {
        let value = c.value("value")?;
        c.map(|e| e.fill_nan(value))
    })
    .takes(&[required("value", Val, "A number, an expression, or `()` for null.")])
    .examples(&[on!("a: [1.0, 0.0 / 0.0]", "fill_nan(0.0)"), on!("a: [1.0, 0.0 / 0.0]", "fill_nan(())")]),
    simple!(Expression, "", drop_nulls, Expr::drop_nulls, "[1, (), 2]", "Without nulls."),
    simple!(Expression, "", drop_nans, Expr::drop_nans, "[1.0, 0.0 / 0.0, ()]", "Without NaN; nulls stay."),
    verb(E, "interpolate", E, "Nulls between two numbers are filled in equal steps.", |c| {
        let method = c.choice("method", METHODS)?;
        c.map(|e| e.interpolate(method))
    })
    .takes(&[optional("method", Text, "linear", "linear, or nearest for the value that is nearer.")])
    .examples(&[on!("a: [1, (), 3]", "interpolate()"), on!("a: [1, (), 9]", "interpolate(\"nearest\")")]),
    verb(E, "interpolate_by", E, "Nulls are filled in steps that follow another column.", |c| {
        let by = c.operand("by")?;
        c.map(|e| e.interpolate_by(by))
    })
    .takes(&[required("by", Column, "Numbers or times, without nulls.")])
    .examples(&[on!("a: [1.0, (), 3.0], b: [0, 1, 10]", "interpolate_by(\"b\")")]),
];

fn limit(call: &Call<'_>) -> Result<Option<u32>, Fault> {
    if call.has("limit") { call.small("limit").map(Some) } else { Ok(None) }
}

fn fill_null(call: &Call<'_>) -> Result<Value, Fault> {
    let value = call.maybe_value("value")?;
    match (value, call.has("strategy")) {
        (Some(_), true) => Err(Fault::argument("`fill_null` takes a value or a strategy, not both")),
        (None, false) => Err(Fault::argument("`fill_null` needs a value or a strategy")
            .hint("as `fill_null(0)` or `fill_null(#{ strategy: \"forward\" })`")),
        (Some(value), false) => call.map(|e| e.fill_null(value)),
        (None, true) => {
            let strategy = strategy(call)?;
            call.map(|e| e.fill_null_with_strategy(strategy))
        }
    }
}

fn strategy(call: &Call<'_>) -> Result<FillNullStrategy, Fault> {
    let limit = limit(call)?;
    let word = call.word("strategy", STRATEGIES)?;
    if limit.is_some() && !matches!(word, "forward" | "backward") {
        return Err(call.out_of_range("limit", "left out where nulls are not filled forward or backward"));
    }
    Ok(match word {
        "forward" => FillNullStrategy::Forward(limit),
        "backward" => FillNullStrategy::Backward(limit),
        "min" => FillNullStrategy::Min,
        "max" => FillNullStrategy::Max,
        "mean" => FillNullStrategy::Mean,
        "zero" => FillNullStrategy::Zero,
        _ => FillNullStrategy::One,
    })
}
