//! Arithmetic and comparison of plain values as an analyst expects them: `10 / 4` is 2.5, nothing wraps, and what has
//! no order or is an expression is never simply unequal.

use std::ops::Range;

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString, Map};

use super::lexer::{TokenKind, tokens};
use super::{failure, objects};
use crate::fault::Fault;
use crate::value::Value;

type Raised<T> = Result<T, Box<EvalAltResult>>;

/// Registers them in place of Rhai's own.
pub(super) fn register(engine: &mut Engine) {
    engine.set_fast_operators(false);
    engine.register_fn("/", |left: i64, right: i64| divide(left as f64, right as f64));
    engine.register_fn("/", |left: f64, right: i64| divide(left, right as f64));
    engine.register_fn("/", |left: i64, right: f64| divide(left as f64, right));
    engine.register_fn("**", power);
    engine.register_fn("<<", shifted);
    engine.register_fn("==", |left: Array, right: Array| equal(&left.into(), &right.into()));
    engine
        .register_fn("!=", |left: Array, right: Array| equal(&left.into(), &right.into()).map(|same| !same));
    engine.register_fn("==", |left: Map, right: Map| equal(&left.into(), &right.into()));
    engine.register_fn("!=", |left: Map, right: Map| equal(&left.into(), &right.into()).map(|same| !same));
    orders(engine);
}

/// The first whole number in the text that no integer holds, and its place; Rhai would take it for a float.
pub(super) fn too_large_literal(code: &str) -> Option<(Fault, Range<usize>)> {
    let mut is_negative = false;
    for token in tokens(code) {
        let text = &code[token.span.clone()];
        let is_whole =
            token.kind == TokenKind::Number && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let digits = text.replace('_', "");
        let least = is_negative && digits == "9223372036854775808";
        if is_whole && !least && digits.parse::<i64>().is_err() {
            let fault = Fault::new("SyntaxError", format!("{text} does not fit a 64-bit integer"));
            return Some((fault.hint(failure::IN_FLOATS), token.span));
        }
        is_negative = text == "-";
    }
    None
}

fn divide(left: f64, right: f64) -> Raised<f64> {
    if right == 0.0 {
        return Err(failure::raise(Fault::new("ArithmeticError", "division by zero")));
    }
    Ok(left / right)
}

/// A power of integers is one where it can be; a negative exponent gives a fraction.
fn power(base: i64, exponent: i64) -> Raised<Dynamic> {
    if exponent < 0 {
        let exponent = i32::try_from(exponent).unwrap_or(i32::MIN);
        return divide(1.0, (base as f64).powi(exponent.saturating_neg())).map(Dynamic::from);
    }
    let whole = u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent));
    whole.map(Dynamic::from).ok_or_else(|| too_large(&format!("{base} ** {exponent}")))
}

/// Bits moved to the left; none may fall off.
fn shifted(number: i64, places: i64) -> Raised<i64> {
    let factor = u32::try_from(places).ok().filter(|places| *places < 63).map(|places| 1i64 << places);
    let shifted = factor.and_then(|factor| number.checked_mul(factor));
    shifted.ok_or_else(|| too_large(&format!("{number} << {places}")))
}

/// A result that no integer holds.
fn too_large(what: &str) -> Box<EvalAltResult> {
    failure::raise(
        Fault::new("ArithmeticError", format!("{what} does not fit a 64-bit integer"))
            .hint(failure::IN_FLOATS),
    )
}

/// Whether two values are the same; an expression inside an array or a map is neither.
fn equal(left: &Dynamic, right: &Dynamic) -> Raised<bool> {
    if left.read_lock::<Value>().is_some() || right.read_lock::<Value>().is_some() {
        let fault =
            Fault::new("TypeError", "arrays and maps that hold expressions or frames cannot be compared");
        return Err(failure::raise(fault.hint("compare their elements, one by one")));
    }
    if let (Some(left), Some(right)) = (left.read_lock::<Array>(), right.read_lock::<Array>()) {
        return all(left.len() == right.len(), left.iter().zip(right.iter()));
    }
    if let (Some(left), Some(right)) = (left.read_lock::<Map>(), right.read_lock::<Map>()) {
        let (left, right) = (entries(&left), entries(&right));
        let same_keys = left.iter().map(|(key, _)| key).eq(right.iter().map(|(key, _)| key));
        let values = left.iter().zip(&right).map(|((_, left), (_, right))| (*left, *right));
        return all(same_keys, values);
    }
    Ok(plain(left, right))
}

fn all<'a>(alike: bool, pairs: impl Iterator<Item = (&'a Dynamic, &'a Dynamic)>) -> Raised<bool> {
    let mut same = alike;
    // Each pair is looked at, so that an expression is never passed over.
    for (left, right) in pairs {
        same &= equal(left, right)?;
    }
    Ok(same)
}

fn entries(map: &Map) -> Vec<(&str, &Dynamic)> {
    let mut entries = objects::entries(map);
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn plain(left: &Dynamic, right: &Dynamic) -> bool {
    let number =
        |value: &Dynamic| value.as_float().ok().or_else(|| value.as_int().ok().map(|whole| whole as f64));
    let text = |value: &Dynamic| {
        value.is_string().then(|| value.to_string()).or_else(|| value.as_char().ok().map(String::from))
    };
    if let (Ok(left), Ok(right)) = (left.as_int(), right.as_int()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (text(left), text(right)) {
        return left == right;
    }
    if let (Ok(left), Ok(right)) = (left.as_bool(), right.as_bool()) {
        return left == right;
    }
    left.is_unit() && right.is_unit()
}

/// Rhai takes values of unlike types for neither less nor greater; here that is an error.
fn orders(engine: &mut Engine) {
    macro_rules! unlike {
        ($($left:ty => $($right:ty),+;)+) => { $($(
            for sign in ["<", "<=", ">", ">="] {
                engine.register_fn(sign, move |left: $left, right: $right| unordered(sign, left.into(), right.into()));
            }
        )+)+ };
    }
    unlike! {
        i64 => ImmutableString, bool, (), Array, Map;
        f64 => ImmutableString, bool, (), Array, Map;
        ImmutableString => i64, f64, bool, (), Array, Map;
        bool => i64, f64, ImmutableString, (), Array, Map;
        () => i64, f64, ImmutableString, bool, (), Array, Map;
        Array => i64, f64, ImmutableString, bool, (), Array, Map;
        Map => i64, f64, ImmutableString, bool, (), Array, Map;
    }
}

fn unordered(sign: &str, left: Dynamic, right: Dynamic) -> Raised<bool> {
    let words = |value: &Dynamic| super::dynamic::kind(value).article();
    let fault =
        Fault::new("TypeError", format!("`{sign}` cannot compare {} with {}", words(&left), words(&right)));
    Err(failure::raise(fault.hint("values of one type have an order: numbers, strings, Booleans")))
}
