//! Finds the verb for a call that Rhai itself does not know, and calls it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, EvalContext, FnPtr, NativeCallContext, Position};

use super::callback::Shared;
use super::{RESERVED, dynamic, failure, objects};
use crate::call::{Call, KEYWORDS};
use crate::fault::Fault;
use crate::literal;
use crate::nearest;
use crate::registry::{self, Type, Verb};
use crate::value::Value;

type Outcome = Result<Option<Dynamic>, Box<EvalAltResult>>;

/// Verbs that stand in for a function of Rhai's own, and are registered with it.
pub(super) const REPLACED: &[&str] = &["sleep"];

/// Answers a call that Rhai found no function for; `None` leaves Rhai's own error.
pub(super) fn call(
    shared: &Arc<Shared>,
    name: &str,
    arguments: &mut [&mut Dynamic],
    is_method: bool,
    context: &EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Outcome {
    let name = plain_name(name);
    if !is_method && let Some(result) = call_variable(shared, name, arguments, context) {
        return result.map(Some);
    }
    // Rhai comes here after an error of its own function too; that one has run already.
    if REPLACED.contains(&name) {
        return Ok(None);
    }
    let is_call = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    if !is_call || name.contains('$') {
        return Ok(None);
    }
    let are_named = arguments.last().is_some_and(|last| objects::is_keywords(last));
    let mut arguments: Vec<Value> = arguments
        .iter()
        .map(|argument| dynamic::to_value(argument, shared))
        .collect::<Result<_, _>>()
        .map_err(failure::raise)?;
    if are_named && let Some(Value::Map(map)) = arguments.last_mut() {
        map.insert(KEYWORDS.to_owned(), Value::Nothing);
    }
    let Some((verb, receiver, arguments)) = find(name, is_method, arguments).map_err(failure::raise)? else {
        return Ok(None);
    };
    let value = run(shared, verb, receiver, arguments).map_err(failure::raise)?;
    Ok(Some(dynamic::from_value(value)))
}

/// Calls a verb.
pub(super) fn run(
    shared: &Arc<Shared>,
    verb: &'static Verb,
    receiver: Value,
    arguments: Vec<Value>,
) -> Result<Value, Fault> {
    let count = shared.count_call(verb.name);
    if verb.name.starts_with("sql") {
        // SQL sees the names as they are at this moment.
        shared.publish();
    }
    // A panic must not pass through the script engine: it would never let go of the names that the call holds.
    let called = std::panic::catch_unwind(AssertUnwindSafe(|| {
        Call::bind(verb, receiver, arguments, &*shared.host).and_then(|call| call.run())
    }));
    let outcome = called.unwrap_or_else(|payload| Err(Fault::of_panic(&*payload)));
    outcome.map_err(|fault| match fault.verb {
        Some(_) => fault,
        None => Fault { verb: Some(verb.name), call: count, ..fault },
    })
}

/// A verb's name without the underscore that kept it from being a reserved word.
fn plain_name(name: &str) -> &str {
    name.strip_suffix('_').filter(|plain| RESERVED.contains(plain)).unwrap_or(name)
}

type Found = Option<(&'static Verb, Value, Vec<Value>)>;

fn find(name: &str, is_method: bool, mut arguments: Vec<Value>) -> Result<Found, Fault> {
    if !is_method && let Some(verb) = registry::find(Type::Cell, name) {
        // `len(f)` is `f.len()`, though `len()` is a function too.
        if let [receiver] = arguments.as_slice()
            && verb.parameters.is_empty()
            && let Some(verb) = registry::find(receiver.kind(), name)
        {
            return Ok(Some((verb, receiver.clone(), Vec::new())));
        }
        return Ok(Some((verb, Value::Nothing, arguments)));
    }
    if arguments.is_empty() {
        return Ok(None);
    }
    let receiver = arguments.remove(0);
    let kind = receiver.kind();
    if kind == Type::Polars {
        return match registry::find(Type::Cell, name) {
            Some(verb) => Ok(Some((verb, Value::Nothing, arguments))),
            None => Err(unknown(name, Type::Polars)),
        };
    }
    if let Some(verb) = registry::find(kind, name) {
        return Ok(Some((verb, receiver, arguments)));
    }
    // A `when` with its `then` is an expression that gives null elsewhere.
    if let Value::Branches(branches) = &receiver
        && kind == Type::Then
        && let Some(verb) = registry::find(Type::Expression, name)
    {
        return Ok(Some((verb, Value::expression(literal::otherwise_null(branches)), arguments)));
    }
    if let Value::Selector(selector) = &receiver
        && let Some(verb) = registry::find(Type::Expression, name)
    {
        return Ok(Some((verb, Value::expression((**selector).clone().into()), arguments)));
    }
    if is_method && is_ours(kind) { Err(unknown(name, kind)) } else { Ok(None) }
}

/// Whether values of this type are known to the registry alone, and not to Rhai.
fn is_ours(kind: Type) -> bool {
    !matches!(
        kind,
        Type::Nothing
            | Type::Boolean
            | Type::Integer
            | Type::Float
            | Type::Text
            | Type::List
            | Type::Map
            | Type::Function
            | Type::Any
    )
}

/// The error for a verb that is not there.
pub(super) fn unknown(name: &str, kind: Type) -> Fault {
    let fault = Fault::new("UnknownVerb", format!("{} has no `{name}`", kind.article())).at(name);
    // What `pl` has are the functions of the language.
    let kind = if kind == Type::Polars { Type::Cell } else { kind };
    if name == "DataFrame" || name == "LazyFrame" {
        return fault.hint("`frame(#{ a: [1, 2] })` makes a frame");
    }
    let known = registry::on(kind).map(|verb| verb.name);
    if let Some(near) = nearest::names(name, known).first() {
        return fault.hint(format!("did you mean `{near}`? `%help {near}` shows it"));
    }
    let elsewhere: Vec<&str> =
        registry::all().filter(|verb| verb.name == name).map(|verb| verb.on.article()).collect();
    match elsewhere.first() {
        Some(place) => fault.hint(format!("`{name}` is called on {place}")),
        None => fault.hint("`%help` lists all"),
    }
}

/// A closure in a variable is called like a function.
fn call_variable(
    shared: &Arc<Shared>,
    name: &str,
    arguments: &mut [&mut Dynamic],
    context: &EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Option<Result<Dynamic, Box<EvalAltResult>>> {
    let held = context.scope().get(name).cloned().or_else(|| shared.name(name))?;
    let pointer = held.try_cast::<FnPtr>()?;
    let arguments: Vec<Dynamic> = arguments.iter().map(|argument| (**argument).clone()).collect();
    let native = NativeCallContext::new_with_all_fields(
        context.engine(),
        name,
        context.source(),
        context.global_runtime_state(),
        Position::NONE,
    );
    Some(pointer.call_raw(&native, None, arguments))
}
