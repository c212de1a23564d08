//! Functions of the script that make large strings and arrays at one stroke: they look at the memory limit first,
//! because within an operation of a script there is no other moment to look.

use std::sync::Arc;

use fram_display::grouped;
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use super::callback::Shared;
use super::failure;
use crate::fault::Fault;

/// Results smaller than this, in bytes, are not worth a look.
const SMALL: usize = 1 << 20;

/// Elements of an array that is made at one stroke: more take longer than an interrupt may.
const MOST_ELEMENTS: usize = 20_000_000;

type Raised<T> = Result<T, Box<EvalAltResult>>;

/// Registers them in place of Rhai's own.
pub(super) fn register(engine: &mut Engine, shared: &Arc<Shared>) {
    strings(engine, shared);
    arrays(engine, shared);
}

fn strings(engine: &mut Engine, shared: &Arc<Shared>) {
    let check = room(shared);
    engine.register_fn("+", move |left: ImmutableString, right: ImmutableString| {
        check(left.len().saturating_add(right.len()))?;
        Raised::Ok(left + right)
    });
    let check = room(shared);
    engine.register_fn("+=", move |left: &mut ImmutableString, right: ImmutableString| {
        check(left.len().saturating_add(right.len()))?;
        *left += right;
        Raised::Ok(())
    });
    let check = room(shared);
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: ImmutableString| {
        pad(text, length, &with, &check)
    });
    let check = room(shared);
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: char| {
        pad(text, length, &with.to_string(), &check)
    });
    let check = room(shared);
    engine.register_fn(
        "replace",
        move |text: &mut ImmutableString, find: ImmutableString, with: ImmutableString| {
            let found = text.matches(find.as_str()).count();
            check(text.len().saturating_add(found.saturating_mul(with.len())))?;
            *text = text.replace(find.as_str(), &with).into();
            Raised::Ok(())
        },
    );
}

fn arrays(engine: &mut Engine, shared: &Arc<Shared>) {
    let check = elements(shared);
    engine.register_fn("+", move |left: Array, right: Array| {
        check(left.len().saturating_add(right.len()))?;
        Raised::Ok(left.into_iter().chain(right).collect::<Array>())
    });
    for name in ["+=", "append"] {
        let check = elements(shared);
        engine.register_fn(name, move |left: &mut Array, right: Array| {
            check(left.len().saturating_add(right.len()))?;
            left.extend(right);
            Raised::Ok(())
        });
    }
    let check = elements(shared);
    engine.register_fn("pad", move |values: &mut Array, length: i64, with: Dynamic| {
        let length = usize::try_from(length).unwrap_or(0);
        if length > values.len() {
            check(length)?;
            values.resize(length, with);
        }
        Raised::Ok(())
    });
}

/// Looks whether there is room for so many bytes.
fn room(shared: &Arc<Shared>) -> impl Fn(usize) -> Raised<()> + Send + Sync + 'static {
    let shared = shared.clone();
    move |bytes| {
        if bytes < SMALL {
            return Ok(());
        }
        shared.check_memory(bytes as u64).map_err(failure::raise)
    }
}

/// Looks whether there may be an array of so many elements.
fn elements(shared: &Arc<Shared>) -> impl Fn(usize) -> Raised<()> + Send + Sync + 'static {
    let check = room(shared);
    move |elements| {
        if elements > MOST_ELEMENTS {
            let said = format!("an array of {} elements is too long", grouped(elements as u64));
            let hint = "keep them in a frame, which holds as many rows as there is memory for";
            return Err(failure::raise(Fault::new("TooLarge", said).hint(hint)));
        }
        check(elements.saturating_mul(size_of::<Dynamic>()))
    }
}

/// Makes the text as long as that, in characters.
fn pad(
    text: &mut ImmutableString,
    length: i64,
    with: &str,
    check: &impl Fn(usize) -> Raised<()>,
) -> Raised<()> {
    let missing = usize::try_from(length).unwrap_or(0).saturating_sub(text.chars().count());
    if missing == 0 || with.is_empty() {
        return Ok(());
    }
    check(
        missing
            .saturating_mul(with.chars().map(char::len_utf8).max().unwrap_or(1))
            .saturating_add(text.len()),
    )?;
    let padding = with.chars().cycle().take(missing);
    *text = text.chars().chain(padding).collect::<String>().into();
    Ok(())
}
