//! Binds arguments to parameters: by place, then by name from an object map at the end.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::fault::Fault;
use crate::nearest;
use crate::registry::{Default, Kind, Parameter, Verb};
use crate::value::Value;

/// The hidden key by which a map at the end says that it was written as keyword arguments.
pub(crate) const KEYWORDS: &str = "\u{1}keywords";

/// Arguments by the parameters that they belong to.
pub(super) struct Bound {
    pub(super) given: BTreeMap<&'static str, Value>,
    pub(super) rest: Vec<Value>,
}

pub(super) fn bind(verb: &'static Verb, mut arguments: Vec<Value>) -> Result<Bound, Fault> {
    let mut bound = Bound { given: BTreeMap::new(), rest: Vec::new() };
    let options = take_options(verb, &mut arguments);
    let mut places = verb.parameters.iter();
    for argument in arguments {
        // The open-ended parameter takes every argument from its place on.
        match places.clone().next() {
            Some(parameter) if parameter.is_rest() => bound.rest.push(argument),
            Some(parameter) => {
                places.next();
                bound.given.insert(parameter.name, argument);
            }
            None => return Err(too_many(verb)),
        }
    }
    for (name, value) in options.into_iter().flatten() {
        bind_option(verb, &mut bound, &name, value)?;
    }
    check_required(verb, &bound)?;
    // `()` for a parameter that may be absent means that it is absent.
    bound.given.retain(|name, value| {
        let absent =
            verb.parameters.iter().any(|known| known.name == *name && known.default == Default::Absent);
        !(absent && matches!(value, Value::Nothing) && !takes_nothing(verb, name))
    });
    Ok(bound)
}

fn takes_nothing(verb: &Verb, name: &str) -> bool {
    verb.parameters.iter().any(|known| known.name == name && matches!(known.kind, Kind::Value | Kind::Any))
}

/// The object map at the end, where the verb has names to bind it to and no place that wants a map.
fn take_options(verb: &Verb, arguments: &mut Vec<Value>) -> Option<IndexMap<String, Value>> {
    let last = arguments.len().checked_sub(1)?;
    let Value::Map(map) = arguments.get_mut(last)? else { return None };
    let are_named = map.shift_remove(KEYWORDS).is_some();
    let open_ended = verb.parameters.iter().take(last + 1).find(|known| known.is_rest());
    let place = open_ended.or_else(|| verb.parameters.get(last));
    if place.is_some_and(|known| {
        matches!(known.kind, Kind::Map | Kind::NamedColumn | Kind::Any | Kind::DataType)
            && !names_options(verb, arguments.last(), are_named)
    }) {
        return None;
    }
    match arguments.pop() {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    }
}

/// Whether every key of the map is a parameter: beside the one that wants a map itself, or that one too where the map
/// was written as keyword arguments.
fn names_options(verb: &Verb, map: Option<&Value>, are_named: bool) -> bool {
    let Some(Value::Map(map)) = map else { return false };
    let is_option = |(key, value): (&String, &Value)| {
        verb.parameters.iter().filter(|known| known.name == key).any(|known| match known.kind {
            Kind::NamedColumn => false,
            Kind::Map => are_named && matches!(value, Value::Map(_)),
            Kind::Any => are_named,
            _ => true,
        })
    };
    !map.is_empty() && map.iter().all(is_option)
}

fn bind_option(verb: &'static Verb, bound: &mut Bound, name: &str, value: Value) -> Result<(), Fault> {
    let Some(parameter) = verb.parameters.iter().find(|known| known.name == name) else {
        return Err(unknown_option(verb, name));
    };
    if parameter.is_rest() {
        bound.rest.push(value);
        return Ok(());
    }
    if bound.given.insert(parameter.name, value).is_some() {
        return Err(Fault::argument(format!("`{name}` of `{}` is given twice", verb.name)).at(name));
    }
    Ok(())
}

fn unknown_option(verb: &Verb, name: &str) -> Fault {
    let known: Vec<&str> = verb.parameters.iter().map(|parameter| parameter.name).collect();
    let fault = Fault::new("UnknownOption", format!("`{}` has no option `{name}`", verb.name)).at(name);
    if known.is_empty() {
        return fault.hint(format!("`{}` takes none", verb.name));
    }
    match nearest::names(name, known.iter().copied()).first() {
        Some(near) => fault.hint(format!("did you mean `{near}`? options: {}", known.join(", "))),
        None => fault.hint(format!("options: {}", known.join(", "))),
    }
}

fn too_many(verb: &Verb) -> Fault {
    let count = verb.parameters.len();
    let most = match count {
        0 => "no arguments".to_owned(),
        1 => "one argument at most".to_owned(),
        _ => format!("{count} arguments at most"),
    };
    Fault::argument(format!("`{}` takes {most}", verb.name)).hint(signature(verb))
}

fn check_required(verb: &'static Verb, bound: &Bound) -> Result<(), Fault> {
    let missing = |parameter: &&Parameter| match parameter.default {
        Default::Required => !bound.given.contains_key(parameter.name),
        Default::SomeRest => bound.rest.is_empty(),
        Default::Is(_) | Default::Absent | Default::Rest => false,
    };
    match verb.parameters.iter().find(missing) {
        None => Ok(()),
        Some(parameter) => Err(Fault::argument(format!(
            "`{}` needs `{}`: {}",
            verb.name,
            parameter.name,
            lower_first(parameter.about)
        ))
        .hint(signature(verb))),
    }
}

/// How it is called; of a verb with many options only what must be given.
fn signature(verb: &Verb) -> String {
    const LONGEST: usize = 120;
    let whole = verb.signature();
    if whole.len() <= LONGEST {
        return format!("it is `{whole}`");
    }
    let required = verb
        .parameters
        .iter()
        .take_while(|known| matches!(known.default, Default::Required | Default::SomeRest));
    let names: Vec<&str> = required.map(|known| known.name).collect();
    format!("it is `{}({}, …)`; `%help {}` lists its options", verb.name, names.join(", "), verb.name)
}

fn lower_first(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
