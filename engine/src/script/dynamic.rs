//! Rhai's values as ours and back.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map};

use super::callback::Shared;
use super::closure::Closure;
use super::objects;
use crate::fault::Fault;
use crate::registry::Type;
use crate::value::Value;

/// A range longer than this is not made an array.
const LONGEST_RANGE: i64 = 10_000_000;

/// A Rhai value as ours.
pub(super) fn to_value(dynamic: &Dynamic, shared: &Arc<Shared>) -> Result<Value, Fault> {
    let dynamic = dynamic.flatten_clone();
    if dynamic.is_unit() {
        return Ok(Value::Nothing);
    }
    if let Ok(flag) = dynamic.as_bool() {
        return Ok(Value::Boolean(flag));
    }
    if let Ok(number) = dynamic.as_int() {
        return Ok(Value::Integer(number));
    }
    if let Ok(number) = dynamic.as_float() {
        return Ok(Value::Float(number));
    }
    if let Ok(letter) = dynamic.as_char() {
        return Ok(Value::Text(letter.into()));
    }
    if let Some(text) = dynamic.read_lock::<ImmutableString>() {
        return Ok(Value::Text(text.to_string()));
    }
    if let Some(value) = dynamic.read_lock::<Value>() {
        return Ok(value.clone());
    }
    if let Some(array) = dynamic.read_lock::<Array>() {
        return array
            .iter()
            .map(|element| to_value(element, shared))
            .collect::<Result<_, _>>()
            .map(Value::List);
    }
    if let Some(map) = dynamic.read_lock::<Map>() {
        let entries = objects::entries(&map).into_iter();
        let read = entries.map(|(key, value)| Ok((key.to_owned(), to_value(value, shared)?)));
        return read.collect::<Result<_, Fault>>().map(Value::Map);
    }
    if let Some(pointer) = dynamic.read_lock::<FnPtr>() {
        return Ok(Value::Function(Arc::new(Closure::new(pointer.clone(), shared))));
    }
    if let Some(range) = dynamic.read_lock::<Range<i64>>() {
        return integers(range.start, range.end);
    }
    if let Some(range) = dynamic.read_lock::<RangeInclusive<i64>>() {
        return integers(*range.start(), range.end().saturating_add(1));
    }
    Err(Fault::argument(format!("a {} cannot be used here", dynamic.type_name())))
}

/// One of our values as Rhai's.
pub(super) fn from_value(value: Value) -> Dynamic {
    match value {
        Value::Nothing => Dynamic::UNIT,
        Value::Boolean(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::List(values) => values.into_iter().map(from_value).collect::<Array>().into(),
        Value::Map(map) => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let mut new: Map = map.into_iter().map(|(key, value)| (key.into(), from_value(value))).collect();
            if keys.windows(2).any(|pair| pair[0] > pair[1]) {
                new.insert(objects::ORDER_KEY.into(), keys.join("\u{1}").into());
            }
            new.into()
        }
        other => Dynamic::from(other),
    }
}

/// The type of a Rhai value, without copying it.
pub(super) fn kind(dynamic: &Dynamic) -> Type {
    match () {
        () if dynamic.is_unit() => Type::Nothing,
        () if dynamic.is_bool() => Type::Boolean,
        () if dynamic.is_int() => Type::Integer,
        () if dynamic.is_float() => Type::Float,
        () if dynamic.is_string() || dynamic.is_char() => Type::Text,
        () if dynamic.is_array() => Type::List,
        () if dynamic.is_map() => Type::Map,
        () if dynamic.is_fnptr() => Type::Function,
        () => dynamic.read_lock::<Value>().map_or(Type::Any, |value| value.kind()),
    }
}

fn integers(start: i64, end: i64) -> Result<Value, Fault> {
    if end.saturating_sub(start) > LONGEST_RANGE {
        return Err(Fault::argument(format!("the range {start}..{end} is too long for an array")));
    }
    Ok(Value::List((start..end).map(Value::Integer).collect()))
}
