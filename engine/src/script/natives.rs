//! What Rhai itself offers on plain values, for completion and help: the verbs that notebooks need most.

use crate::registry::Type;

/// A verb of Rhai's own on a plain value.
pub(crate) struct Native {
    /// What it is called on.
    pub(crate) on: Type,
    /// Its name.
    pub(crate) name: &'static str,
    /// How it is called, after the dot.
    pub(crate) signature: &'static str,
    /// One sentence.
    pub(crate) about: &'static str,
}

const fn native(on: Type, name: &'static str, signature: &'static str, about: &'static str) -> Native {
    Native { on, name, signature, about }
}

/// The verbs, by type.
pub(crate) const NATIVES: &[Native] = &[
    native(Type::List, "all", "all(|x| condition)", "Whether the condition holds for every element."),
    native(Type::List, "append", "append(array)", "Adds the elements of another array at the end."),
    native(Type::List, "clear", "clear()", "Takes all elements away."),
    native(
        Type::List,
        "contains",
        "contains(value)",
        "Whether the array holds the value; `value in array` asks the same.",
    ),
    native(Type::List, "dedup", "dedup()", "Takes repeated elements away that follow one another."),
    native(Type::List, "extract", "extract(range)", "The elements at these places, as `1..3`."),
    native(Type::List, "filter", "filter(|x| condition)", "The elements for which the condition holds."),
    native(
        Type::List,
        "find",
        "find(|x| condition)",
        "The first element for which the condition holds, else `()`.",
    ),
    native(
        Type::List,
        "for_each",
        "for_each(|| …)",
        "Runs a closure on each element, which is `this` in it.",
    ),
    native(
        Type::List,
        "index_of",
        "index_of(value)",
        "The place of the first such element, from 0; -1 if there is none.",
    ),
    native(Type::List, "insert", "insert(place, value)", "Puts an element in."),
    native(Type::List, "is_empty", "is_empty()", "Whether there are no elements."),
    native(Type::List, "len", "len()", "The number of elements."),
    native(Type::List, "map", "map(|x| value)", "What the closure makes of each element, as an array."),
    native(Type::List, "pop", "pop()", "Takes the last element away and gives it."),
    native(Type::List, "push", "push(value)", "Adds an element at the end."),
    native(Type::List, "reduce", "reduce(|sum, x| …, start)", "One value of all elements."),
    native(Type::List, "remove", "remove(place)", "Takes an element away and gives it."),
    native(Type::List, "reverse", "reverse()", "Turns the order round."),
    native(Type::List, "some", "some(|x| condition)", "Whether the condition holds for an element."),
    native(Type::List, "sort", "sort()", "Puts the elements in order."),
    native(Type::List, "truncate", "truncate(length)", "Keeps the first elements."),
    native(Type::Text, "contains", "contains(text)", "Whether the text is in the string."),
    native(Type::Text, "ends_with", "ends_with(text)", "Whether the string ends so."),
    native(Type::Text, "index_of", "index_of(text)", "The place of the text, from 0; -1 if it is not there."),
    native(Type::Text, "is_empty", "is_empty()", "Whether there are no characters."),
    native(Type::Text, "len", "len()", "The number of characters."),
    native(Type::Text, "pad", "pad(length, text)", "Makes the string so long with the text at its end."),
    native(Type::Text, "parse_float", "parse_float()", "The number that the string says."),
    native(Type::Text, "parse_int", "parse_int()", "The integer that the string says."),
    native(Type::Text, "replace", "replace(text, with)", "Changes the text wherever it stands, in place."),
    native(Type::Text, "split", "split(separator)", "The parts between the separators, as an array."),
    native(Type::Text, "starts_with", "starts_with(text)", "Whether the string begins so."),
    native(Type::Text, "sub_string", "sub_string(place, length)", "A part of the string."),
    native(Type::Text, "to_lower", "to_lower()", "In lower case."),
    native(Type::Text, "to_upper", "to_upper()", "In upper case."),
    native(Type::Text, "trim", "trim()", "Takes white space at both ends away, in place."),
    native(Type::Map, "clear", "clear()", "Takes all keys away."),
    native(
        Type::Map,
        "contains",
        "contains(key)",
        "Whether the map has the key; `key in map` asks the same.",
    ),
    native(Type::Map, "is_empty", "is_empty()", "Whether there are no keys."),
    native(Type::Map, "keys", "keys()", "The keys, as an array."),
    native(Type::Map, "len", "len()", "The number of keys."),
    native(Type::Map, "mixin", "mixin(map)", "Takes the keys of another map over."),
    native(Type::Map, "remove", "remove(key)", "Takes a key away and gives its value."),
    native(Type::Map, "to_json", "to_json()", "The map as JSON."),
    native(Type::Map, "values", "values()", "The values, as an array."),
    native(Type::Integer, "abs", "abs()", "Without its sign."),
    native(Type::Integer, "is_even", "is_even()", "Whether it can be halved."),
    native(Type::Integer, "is_odd", "is_odd()", "Whether it cannot be halved."),
    native(Type::Integer, "to_float", "to_float()", "As a float."),
    native(Type::Integer, "to_string", "to_string()", "As a string."),
    native(Type::Float, "abs", "abs()", "Without its sign."),
    native(Type::Float, "ceiling", "ceiling()", "Rounded up."),
    native(Type::Float, "floor", "floor()", "Rounded down."),
    native(Type::Float, "is_nan", "is_nan()", "Whether it is no number."),
    native(Type::Float, "round", "round()", "Rounded to the nearest integer."),
    native(Type::Float, "sqrt", "sqrt()", "The square root."),
    native(Type::Float, "to_int", "to_int()", "Cut to an integer."),
    native(Type::Float, "to_string", "to_string()", "As a string."),
    native(Type::Function, "call", "call(…)", "Calls the closure; `f(…)` does the same."),
    native(Type::Function, "curry", "curry(…)", "A closure whose first arguments are set."),
];

/// The verbs on a value of this type.
pub(crate) fn on(kind: Type) -> impl Iterator<Item = &'static Native> {
    NATIVES.iter().filter(move |native| native.on == kind)
}
