//! Values replaced by others, and numbers put into classes.

use polars::prelude::Expr;

use crate::call::{Call, list};
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, DataType, Numbers, Texts, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const OLD: Parameter =
    required("old", Any, "A value, an array of values, or an object map of old strings and new values.");
const NEW: Parameter = absent("new", Val, "What they become: one value for all, or an array of as many.");
const LABELS: Parameter = absent("labels", Texts, "Names of the classes, one more than there are breaks.");
const LEFT_CLOSED: Parameter =
    optional("left_closed", Boolean, "false", "A class holds its lower bound; else its upper one.");
const INCLUDE_BREAKS: Parameter =
    optional("include_breaks", Boolean, "false", "A struct with the upper bound of the class beside it.");

pub(super) const VERBS: &[Verb] = &[
    verb(E, "replace", E, "Some values replaced by others; the rest stays.", |c| {
        let (old, new) = pair(c)?;
        c.map(|e| e.replace(old, new))
    })
    .takes(&[OLD, NEW])
    .examples(&[
        on!("a: [1, 2, 3]", "replace(2, 20)"),
        on!("a: [1, 2, 3]", "replace([1, 2], [10, 20])"),
        on!("a: [\"x\", \"y\"]", "replace(#{ x: \"z\" })"),
    ]),
    verb(
        E,
        "replace_strict",
        E,
        "Every value replaced by another; one that is not listed is an error.",
        replace_strict,
    )
    .takes(&[
        OLD,
        NEW,
        absent("default", Val, "What the others become, `()` for null, instead of an error."),
        absent("return_dtype", DataType, "The type of the result."),
    ])
    .examples(&[
        on!("a: [1, 2]", "replace_strict([1, 2], [\"one\", \"two\"])"),
        on!("a: [1, 2]", "replace_strict([1], [\"one\"], #{ default: \"more\" })"),
        on!("a: [\"x\", \"y\"]", "replace_strict(#{ x: 1 }, #{ default: (), return_dtype: Int8 })"),
    ]),
    verb(E, "cut", E, "The class that a number falls in, by bounds.", |c| {
        let (breaks, labels) = (c.numbers("breaks")?, labels(c)?);
        let (left_closed, include_breaks) = (c.boolean("left_closed")?, c.boolean("include_breaks")?);
        c.map(|e| e.cut(breaks, labels, left_closed, include_breaks))
    })
    .takes(&[required("breaks", Numbers, "The bounds between classes."), LABELS, LEFT_CLOSED, INCLUDE_BREAKS])
    .examples(&[
        on!("a: [1, 5, 9]", "cut([3, 6])"),
        on!("a: [1, 3, 9]", "cut([3], #{ labels: [\"low\", \"high\"], left_closed: true })"),
        on!("a: [1, 5, 9]", "cut([3, 6], #{ include_breaks: true })"),
    ]),
    verb(E, "qcut", E, "The class that a number falls in, by shares of the values.", qcut)
        .takes(&[
            required("quantiles", Numbers, "The shares, from 0 to 1; or how many classes of equal share."),
            LABELS,
            LEFT_CLOSED,
            optional("allow_duplicates", Boolean, "false", "Equal bounds become one, else an error."),
            INCLUDE_BREAKS,
        ])
        .examples(&[
            on!("a: [1, 2, 3, 4]", "qcut([0.25, 0.75])"),
            on!("a: [1, 2, 3, 4]", "qcut(2, #{ labels: [\"low\", \"high\"] })"),
        ]),
];

/// Old and new values.
fn pair(call: &Call<'_>) -> Result<(Expr, Expr), Fault> {
    match (call.any("old"), call.has("new")) {
        (Some(Value::Map(map)), false) => {
            let old: Vec<Value> = map.keys().cloned().map(Value::Text).collect();
            let new: Vec<Value> = map.values().cloned().collect();
            Ok((list(&old)?, list(&new)?))
        }
        (_, false) => Err(Fault::argument(format!("`{}` needs `new` beside `old`", call.verb.name))
            .hint("or an object map of old and new values, as `#{ old: \"new\" }`")),
        (_, true) => Ok((several(call, "old")?, several(call, "new")?)),
    }
}

/// A value, or an array of values as one list.
fn several(call: &Call<'_>, name: &str) -> Result<Expr, Fault> {
    match call.any(name) {
        Some(Value::List(values)) => list(values),
        _ => call.value(name),
    }
}

fn replace_strict(call: &Call<'_>) -> Result<Value, Fault> {
    let ((old, new), default) = (pair(call)?, call.maybe_value("default")?);
    let kind = if call.has("return_dtype") { Some(call.data_type("return_dtype")?) } else { None };
    call.map(|e| e.replace_strict(old, new, default, kind))
}

fn labels(call: &Call<'_>) -> Result<Option<Vec<String>>, Fault> {
    if call.has("labels") { call.texts("labels").map(Some) } else { Ok(None) }
}

fn qcut(call: &Call<'_>) -> Result<Value, Fault> {
    let (labels, left_closed) = (labels(call)?, call.boolean("left_closed")?);
    let (duplicates, breaks) = (call.boolean("allow_duplicates")?, call.boolean("include_breaks")?);
    if let Some(Value::Integer(_)) = call.any("quantiles") {
        let classes = call.count("quantiles")?;
        return call.map(|e| e.qcut_uniform(classes, labels, left_closed, duplicates, breaks));
    }
    let shares = call.numbers("quantiles")?;
    if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
        return Err(call.out_of_range("quantiles", "from 0 to 1"));
    }
    call.map(|e| e.qcut(shares, labels, left_closed, duplicates, breaks))
}
