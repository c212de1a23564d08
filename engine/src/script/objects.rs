//! Object maps that keep the order of their keys: a literal's order is noted under a hidden key, because Rhai's maps
//! are sorted, and so is that a map was written as keyword arguments; everything that would show these keys is
//! replaced here.

use rhai::{Array, Dynamic, Engine, ImmutableString, Map};

use crate::call::KEYWORDS;

/// The hidden key; its value is the keys in order, parted by `\x01`.
pub(super) const ORDER_KEY: &str = "\u{1}order";

/// Whether a map was written as keyword arguments.
pub(super) fn is_keywords(value: &Dynamic) -> bool {
    value.read_lock::<Map>().is_some_and(|map| map.contains_key(KEYWORDS))
}

/// The entries of a map in the order that they were written in; later ones follow by name.
pub(super) fn entries(map: &Map) -> Vec<(&str, &Dynamic)> {
    let order =
        map.get(ORDER_KEY).and_then(|order| order.clone().into_immutable_string().ok()).unwrap_or_default();
    let rank = |key: &str| order.split('\u{1}').position(|known| known == key).unwrap_or(usize::MAX);
    let mut entries: Vec<(&str, &Dynamic)> = map
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), ORDER_KEY | KEYWORDS))
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    if !order.is_empty() {
        entries.sort_by_key(|(key, _)| rank(key));
    }
    entries
}

/// A map as a script would write it.
pub(super) fn text(map: &Map) -> String {
    let entries: Vec<String> =
        entries(map).into_iter().map(|(key, value)| format!("{key}: {value:?}")).collect();
    format!("#{{{}}}", entries.join(", "))
}

/// Replaces Rhai's functions that would show the hidden key.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("keys", |map: &mut Map| -> Array {
        entries(map).into_iter().map(|(key, _)| Dynamic::from(ImmutableString::from(key))).collect()
    });
    engine.register_fn("values", |map: &mut Map| -> Array {
        entries(map).into_iter().map(|(_, value)| value.clone()).collect()
    });
    engine.register_fn("len", |map: &mut Map| i64::try_from(entries(map).len()).unwrap_or(i64::MAX));
    engine.register_get("len", |map: &mut Map| i64::try_from(entries(map).len()).unwrap_or(i64::MAX));
    engine.register_fn("is_empty", |map: &mut Map| entries(map).is_empty());
}
