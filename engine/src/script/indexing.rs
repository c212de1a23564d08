//! What stands after a dot without a call, and in square brackets: namespaces, attributes, columns, parts of frames.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use super::callback::Shared;
use super::{dispatch, dynamic, failure};
use crate::fault::Fault;
use crate::registry::{self, NAMESPACES};
use crate::value::Value;

/// What Polars has as attributes of a frame.
const ATTRIBUTES: &[&str] = &["columns", "dtypes", "height", "width", "shape", "schema"];

type Raised = Result<Dynamic, Box<EvalAltResult>>;

/// Registers them.
pub(super) fn register(engine: &mut Engine, shared: &Arc<Shared>) {
    properties(engine, shared);
    let names = shared.clone();
    engine.register_indexer_get(move |value: &mut Value, name: ImmutableString| named(&names, value, &name));
    let names = shared.clone();
    engine.register_indexer_get(move |value: &mut Value, columns: Array| {
        part(&names, value, "select", vec![columns.into()])
    });
    engine.register_indexer_get(|value: &mut Value, row: i64| {
        Raised::Err(failure::raise(by_number(value, row)))
    });
    let rows = shared.clone();
    engine.register_indexer_get(move |value: &mut Value, range: Range<i64>| {
        slice(&rows, value, range.start, range.end)
    });
    let rows = shared.clone();
    engine.register_indexer_get(move |value: &mut Value, range: RangeInclusive<i64>| {
        slice(&rows, value, *range.start(), range.end().saturating_add(1))
    });
    let changed = shared.clone();
    engine.register_indexer_set(move |value: &mut Value, name: ImmutableString, new: Dynamic| {
        if is_held(&changed, value, &name, &new) {
            return Ok(());
        }
        let fault = Fault::new("InvalidOperation", format!("{} cannot be changed", value.kind().article()));
        Err::<(), _>(failure::raise(
            fault
                .hint(format!("make a new one: `f = f.with_columns((…).alias(\"{name}\"))`"))
                .at(name.as_str()),
        ))
    });
}

/// Whether the attribute has this value already: Rhai hands back what a method of it was called on, as `f.columns.len()`.
fn is_held(shared: &Arc<Shared>, value: &Value, name: &str, new: &Dynamic) -> bool {
    let held = ATTRIBUTES.iter().find(|known| **known == name).map(|known| attribute(shared, value, known));
    held.and_then(Result::ok).is_some_and(|held| format!("{held:?}") == format!("{new:?}"))
}

/// `f["a"]` and `f.a`: a column of a frame, as a frame.
fn named(shared: &Arc<Shared>, value: &Value, name: &str) -> Raised {
    let kind = value.kind();
    let is_column = matches!(value, Value::Frame(frame) if frame.schema().contains(name));
    if !is_column && registry::find(kind, name).is_some() {
        let fault = Fault::new("UnknownVerb", format!("`{name}` is a verb"));
        return Err(failure::raise(fault.hint(format!("call it, as `.{name}(…)`")).at(name)));
    }
    match value {
        Value::Frame(_) => part(shared, value, "select", vec![name.into()]),
        _ => Err(failure::raise(dispatch::unknown(name, kind))),
    }
}

fn slice(shared: &Arc<Shared>, value: &Value, start: i64, end: i64) -> Raised {
    part(shared, value, "slice", vec![start.into(), end.saturating_sub(start).max(0).into()])
}

/// What a verb makes of a frame.
fn part(shared: &Arc<Shared>, value: &Value, verb: &str, arguments: Vec<Dynamic>) -> Raised {
    let Some(verb) = registry::find(value.kind(), verb).filter(|_| matches!(value, Value::Frame(_))) else {
        return Err(failure::raise(Fault::new(
            "TypeError",
            format!("{} has no parts that `[…]` could take", value.kind().article()),
        )));
    };
    let arguments: Result<Vec<Value>, Fault> =
        arguments.iter().map(|argument| dynamic::to_value(argument, shared)).collect();
    let result = arguments.and_then(|arguments| dispatch::run(shared, verb, value.clone(), arguments));
    result.map(dynamic::from_value).map_err(failure::raise)
}

fn by_number(value: &Value, row: i64) -> Fault {
    let fault = Fault::new("TypeError", format!("{} has no parts by number", value.kind().article()));
    match value {
        Value::Frame(_) => fault
            .hint(format!("`f.row({row})` is a row, `f[{row}..{}]` a frame of one", row.saturating_add(1))),
        Value::Expression(_) => {
            fault.hint("`.list.get(0)` takes an element of a list, `.str.slice(0, 1)` a letter")
        }
        _ => fault,
    }
}

/// The namespaces of expressions, and what Polars has as attributes of a frame.
fn properties(engine: &mut Engine, shared: &Arc<Shared>) {
    for (name, namespace) in NAMESPACES {
        let (name, namespace, shared) = (*name, *namespace, shared.clone());
        engine.register_get(name, move |value: &mut Value| match value {
            Value::Expression(expression) => {
                Ok(Dynamic::from(Value::Namespaced(expression.clone(), namespace)))
            }
            Value::Selector(selector) => {
                let whole = Box::new((**selector).clone().into());
                Ok(Dynamic::from(Value::Namespaced(whole, namespace)))
            }
            Value::Branches(branches) if branches.waiting.is_none() => {
                let whole = crate::literal::otherwise_null(branches);
                Ok(Dynamic::from(Value::Namespaced(Box::new(whole), namespace)))
            }
            other => attribute(&shared, other, name),
        });
    }
    for name in ATTRIBUTES {
        let shared = shared.clone();
        engine.register_get(*name, move |value: &mut Value| attribute(&shared, value, name));
    }
}

fn attribute(shared: &Arc<Shared>, value: &Value, name: &'static str) -> Result<Dynamic, Box<EvalAltResult>> {
    let verb = registry::find(value.kind(), name)
        .ok_or_else(|| failure::raise(dispatch::unknown(name, value.kind())))?;
    let result = dispatch::run(shared, verb, value.clone(), Vec::new()).map_err(failure::raise)?;
    Ok(dynamic::from_value(result))
}
