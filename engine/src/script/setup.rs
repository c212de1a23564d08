//! The Rhai engine as a notebook wants it: its limits, its operators, and what it asks of us while it runs.

use std::sync::Arc;

use fram_display::visible;
use fram_frame::RunError;
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel};

use super::callback::Shared;
use super::modules::Files;
use super::rewrite::{COPY, ONE_VALUE};
use super::{dispatch, dynamic, failure, growth, indexing, numbers, objects, operators};
use crate::datatype;
use crate::fault::Fault;
use crate::registry::{self, Type};
use crate::show;
use crate::value::Value;

/// How deep expressions may nest; a sum of so many terms counts as well.
const DEEPEST_EXPRESSION: usize = 1_000;
/// How deep functions may call each other, on the stack that the session gives a cell.
const DEEPEST_CALL: usize = 200;

/// An engine that can only parse.
pub(super) fn parser() -> Result<Engine, Fault> {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(DEEPEST_EXPRESSION, DEEPEST_EXPRESSION);
    operators::words(&mut engine)?;
    Ok(engine)
}

pub(super) fn engine(shared: &Arc<Shared>) -> Result<Engine, Fault> {
    let mut engine = parser()?;
    engine.set_max_call_levels(DEEPEST_CALL);
    engine.set_module_resolver(Files);
    engine.set_fail_on_invalid_map_property(true);
    engine.register_type_with_name::<Value>("value");
    engine.register_type_with_name::<Fault>("error");
    engine.register_fn("to_string", |fault: &mut Fault| fault.message.clone());
    engine.register_get("message", |fault: &mut Fault| fault.message.clone());
    engine.register_get("name", |fault: &mut Fault| fault.name.to_owned());
    objects::register(&mut engine);
    operators::register(&mut engine, shared);
    numbers::register(&mut engine);
    indexing::register(&mut engine, shared);
    growth::register(&mut engine, shared);
    engine.register_fn(COPY, |value: Dynamic| value.flatten());
    engine.register_fn(ONE_VALUE, one_value);
    callbacks(&mut engine, shared);
    replaced(&mut engine, shared);
    Ok(engine)
}

#[expect(
    deprecated,
    reason = "rhai marks `on_var` and `on_missing_function` as volatile; its version is pinned"
)]
fn callbacks(engine: &mut Engine, shared: &Arc<Shared>) {
    let names = shared.clone();
    engine.on_var(move |name, _, context| {
        if context.scope().contains(name) {
            return Ok(None);
        }
        match names.name(name) {
            Some(held) if held.is_locked() => Err(failure::raise(in_use(name))),
            Some(held) => Ok(Some(held)),
            None => Ok(constant(name)),
        }
    });
    let calls = shared.clone();
    engine.on_missing_function(move |name, arguments, is_method, context| {
        dispatch::call(&calls, name, arguments, is_method, &context)
    });
    let watched = shared.clone();
    engine.on_progress(move |_| {
        if watched.host.is_interrupted() {
            return Some(Dynamic::from(Fault::from(RunError::Interrupted)));
        }
        watched.check_memory(0).err().map(Dynamic::from)
    });
    printing(engine, shared);
}

/// Rhai's own functions that a verb of ours replaces: its `sleep` cannot be interrupted.
fn replaced(engine: &mut Engine, shared: &Arc<Shared>) {
    let Some(verb) = registry::find(Type::Cell, "sleep") else { return };
    let of_whole = shared.clone();
    engine.register_fn("sleep", move |seconds: i64| {
        dispatch::run(&of_whole, verb, Value::Nothing, vec![Value::Integer(seconds)])
            .map(drop)
            .map_err(failure::raise)
    });
    let of_float = shared.clone();
    engine.register_fn("sleep", move |seconds: f64| {
        dispatch::run(&of_float, verb, Value::Nothing, vec![Value::Float(seconds)])
            .map(drop)
            .map_err(failure::raise)
    });
}

/// `print` and what it makes of our values; data that is printed cannot move the terminal's cursor.
fn printing(engine: &mut Engine, shared: &Arc<Shared>) {
    let host = shared.host.clone();
    engine.on_print(move |text| host.screen().print(&format!("{}\n", visible(text))));
    let host = shared.host.clone();
    engine.on_debug(move |text, _, _| host.screen().print(&format!("{}\n", visible(text))));
    for name in ["to_string", "to_debug"] {
        let shared = shared.clone();
        // By value: what takes a reference may change it, and Rhai would put an attribute back.
        engine.register_fn(name, move |value: Value| written(&shared, &value, name));
    }
    engine.register_fn("to_string", |map: &mut rhai::Map| objects::text(map));
    engine.register_fn("to_debug", |map: &mut rhai::Map| objects::text(map));
}

/// A value as text; `col("t").dt.to_string()` is a verb of that name.
fn written(shared: &Arc<Shared>, value: &Value, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    if let (Value::Namespaced(..), Some(verb)) = (value, registry::find(value.kind(), name)) {
        let result = dispatch::run(shared, verb, value.clone(), Vec::new()).map_err(failure::raise)?;
        return Ok(dynamic::from_value(result));
    }
    let host = &shared.host;
    let shown =
        show::value(value, &host.settings(), &*host.runner(), &host.watch()).map_err(failure::raise)?;
    let text = shown.and_then(|shown| shown.text("text/plain").map(str::to_owned));
    Ok(text.unwrap_or_default().into())
}

/// A function asks for a name's value in the middle of a call that may change it.
fn in_use(name: &str) -> Fault {
    Fault::new("NameInUse", format!("`{name}` is in use by the call around this one"))
        .hint("hand the function what it needs as an argument")
        .at(name)
}

/// What `switch` may look at: Rhai compares an expression or a frame with nothing, and takes the last branch.
fn one_value(value: Dynamic) -> Result<Dynamic, Box<EvalAltResult>> {
    match value.read_lock::<Value>().as_deref() {
        Some(Value::Expression(_) | Value::Selector(_) | Value::Branches(_) | Value::Frame(_)) => {
            let said = format!("`switch` looks at one value, not at {}", dynamic::kind(&value).article());
            let hint = "for columns, write `when(col(\"a\") == 1).then(…).otherwise(…)`";
            Err(failure::raise(Fault::new("TypeError", said).hint(hint)))
        }
        _ => Ok(value.clone()),
    }
}

/// Names that are always there: `pl`, `cs`, the column types, and Python's words for what is written otherwise here.
fn constant(name: &str) -> Option<Dynamic> {
    match name {
        "pl" => return Some(Dynamic::from(Value::Polars)),
        "cs" => return Some(Dynamic::from(Value::Selectors)),
        "True" => return Some(true.into()),
        "False" => return Some(false.into()),
        "None" => return Some(Dynamic::UNIT),
        _ => {}
    }
    let is_type = name.starts_with(|letter: char| letter.is_ascii_uppercase());
    let kind = datatype::plain(name).filter(|_| is_type)?;
    Some(Dynamic::from(Value::DataType(Box::new(kind))))
}

/// The type that a constant of the language has, for completion.
pub(crate) fn constant_type(name: &str) -> Option<Type> {
    match name {
        "pl" => Some(Type::Polars),
        "cs" => Some(Type::Selectors),
        _ => datatype::plain(name).map(|_| Type::DataType),
    }
}
