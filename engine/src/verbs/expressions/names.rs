//! `.name`: the name that an expression's result gets, and the names of a struct's fields.

use std::sync::Arc;

use polars::prelude::{Expr, PlSmallStr, PlanCallback};

use super::closures::raise;
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Function, Text};
use crate::registry::Type::{Expression as E, Names as N};
use crate::registry::{Verb, optional, required, verb};
use crate::value::{self, Value};

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $example:literal, $summary:literal) => {
        verb(N, stringify!($name), E, $summary, |c| c.map(|e: Expr| e.name().$name())).examples(&[$example])
    };
}

/// A verb that puts a text before or behind names.
macro_rules! affix {
    ($name:ident, $parameter:literal, $example:literal, $summary:literal) => {
        verb(N, stringify!($name), E, $summary, |c| {
            let affix = c.text($parameter)?;
            c.map(|e| e.name().$name(&affix))
        })
        .takes(&[required($parameter, Text, "The text.")])
        .examples(&[$example])
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(
        keep,
        "frame(#{ a: [1], b: [2] }).select((lit(1) + col(\"a\")).name.keep())",
        "The name of the column that it begins with."
    ),
    plain!(
        to_lowercase,
        "frame(#{ Ab: [1] }).select(col(\"Ab\").name.to_lowercase())",
        "The name in lower case."
    ),
    plain!(
        to_uppercase,
        "frame(#{ Ab: [1] }).select(col(\"Ab\").name.to_uppercase())",
        "The name in upper case."
    ),
    affix!(
        prefix,
        "prefix",
        "frame(#{ a: [1], b: [2] }).select(all().sum().name.prefix(\"sum_\"))",
        "The name with a text before it."
    ),
    affix!(
        suffix,
        "suffix",
        "frame(#{ a: [1], b: [2] }).select(all().max().name.suffix(\"_max\"))",
        "The name with a text behind it."
    ),
    affix!(
        prefix_fields,
        "prefix",
        "frame(#{ a: [#{ x: 1 }] }).select(col(\"a\").name.prefix_fields(\"f_\"))",
        "The names of a struct's fields with a text before each."
    ),
    affix!(
        suffix_fields,
        "suffix",
        "frame(#{ a: [#{ x: 1 }] }).select(col(\"a\").name.suffix_fields(\"_f\"))",
        "The names of a struct's fields with a text behind each."
    ),
    verb(N, "replace", E, "The name with every match of a pattern replaced.", |c| {
        let (pattern, value, literal) = (c.text("pattern")?, c.text("value")?, c.boolean("literal")?);
        c.map(|e| e.name().replace(&pattern, &value, literal))
    })
    .takes(&[
        required("pattern", Text, "A regular expression."),
        required("value", Text, "The replacement; `$1` is the first group."),
        optional("literal", Boolean, "false", "The pattern is plain text."),
    ])
    .examples(&["frame(#{ n_1: [1], n_2: [2] }).select(all().name.replace(\"^n_\", \"x\"))"]),
    verb(N, "map", E, "The name that a closure makes of the name.", |c| {
        let callback = callback(c)?;
        c.map(|e| e.name().map(callback))
    })
    .takes(&[required("function", Function, "The closure, from one name to the other.")])
    .examples(&["frame(#{ a: [1], b: [2] }).select(all().name.map(|name| name + \"_new\"))"]),
    verb(N, "map_fields", E, "The names of a struct's fields as a closure makes them.", |c| {
        let callback = callback(c)?;
        c.map(|e| e.name().map_fields(callback))
    })
    .takes(&[required("function", Function, "The closure, from one name to the other.")])
    .examples(&["frame(#{ a: [#{ x: 1 }] }).select(col(\"a\").name.map_fields(|name| name + \"_f\"))"]),
];

/// A closure as what Polars asks for new names.
fn callback(call: &Call<'_>) -> Result<PlanCallback<PlSmallStr, PlSmallStr>, Fault> {
    let function = call.function("function")?;
    Ok(PlanCallback::new(move |name: PlSmallStr| renamed(&function, &name).map_err(raise)))
}

fn renamed(function: &Arc<dyn value::Function>, name: &str) -> Result<PlSmallStr, Fault> {
    match function.call(vec![Value::Text(name.to_owned())])? {
        Value::Text(name) => Ok(name.into()),
        other => Err(Fault::argument(format!(
            "the closure must give a name, a string, not {}",
            other.kind().article()
        ))),
    }
}
