//! `.list`: lists measured, searched, cut, sorted and compared. What is worked out of the elements is left to
//! `elements`.

pub(super) mod elements;

use polars::prelude::{Expr, NULL, SortOptions, concat_list, lit};

use super::cumulative::{NULL_BEHAVIOR, NULLS};
use super::picking::{EXPLODE, explode_options};
use crate::call::{Call, list};
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Integer, Texts, Value as Val};
use crate::registry::Type::{Expression as E, Lists as L};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const OTHER: &[Parameter] = &[required("other", Column, "The other list: a column of lists, or an array.")];
/// A place in a list or an array.
pub(super) const INDEX: Parameter =
    required("index", Column, "The place, from 0; counted from the end where negative.");
/// What a place outside means.
pub(super) const OUT_OF_BOUNDS: Parameter =
    optional("null_on_oob", Boolean, "false", "A place that is not there gives null, else an error.");
/// An element that is looked for.
pub(super) const ITEM: Parameter = required("item", Val, "The element.");
/// Whether null is found where there is null.
pub(super) const NULLS_EQUAL: Parameter =
    optional("nulls_equal", Boolean, "true", "Null is found where there is a null.");
/// What strings are joined by.
pub(super) const JOIN: &[Parameter] = &[
    required("separator", Val, "Between two elements."),
    optional("ignore_nulls", Boolean, "true", "Nulls are left out; else one null makes the whole null."),
];
/// How elements are sorted.
pub(super) const SORT: &[Parameter] = &[
    optional("descending", Boolean, "false", "Greatest first."),
    optional("nulls_last", Boolean, "false", "Nulls at the end."),
];

/// A set operation on two lists.
macro_rules! set {
    ($name:literal, $method:ident, $summary:literal) => {
        verb(L, $name, E, $summary, |c| {
            let other = c.operand("other")?;
            c.map(|e| e.list().$method(other))
        })
        .takes(OTHER)
        .examples(&[concat!(
            "frame(#{ a: [[1, 2]], b: [[2, 3]] }).select(col(\"a\").list.",
            $name,
            "(\"b\").list.sort())"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    simple!(Lists, ".list", len, |e: Expr| e.list().len(), "[[1, 2], [], ()]", "The number of elements."),
    simple!(Lists, ".list", first, |e: Expr| e.list().first(), "[[1, 2], []]", "The first element."),
    simple!(Lists, ".list", last, |e: Expr| e.list().last(), "[[1, 2], []]", "The last element."),
    verb(L, "get", E, "The element at a place.", |c| {
        let (index, null_on_oob) = (c.operand("index")?, c.boolean("null_on_oob")?);
        c.map(|e| e.list().get(index, null_on_oob))
    })
    .takes(&[INDEX, OUT_OF_BOUNDS])
    .examples(&[
        on!("a: [[1, 2], [3, 4]]", "list.get(1)"),
        on!("a: [[1, 2], [3]]", "list.get(1, #{ null_on_oob: true })"),
    ]),
    verb(L, "gather", E, "The elements at several places.", |c| {
        let (indices, null_on_oob) = (c.operand("indices")?, c.boolean("null_on_oob")?);
        c.map(|e| e.list().gather(indices, null_on_oob))
    })
    .takes(&[
        required("indices", Column, "Places from 0: an array for all lists, or a column of lists."),
        OUT_OF_BOUNDS,
    ])
    .examples(&[
        on!("a: [[1, 2, 3], [4, 5, 6]]", "list.gather([2, 0])"),
        on!("a: [[1, 2], [3]]", "list.gather([1], #{ null_on_oob: true })"),
    ]),
    verb(L, "gather_every", E, "Every so manieth element.", |c| {
        let (n, offset) = (c.operand("n")?, c.operand("offset")?);
        c.map(|e| e.list().gather_every(n, offset))
    })
    .takes(&[
        required("n", Column, "From one to the next."),
        optional("offset", Column, "0", "The place of the first."),
    ])
    .examples(&[on!("a: [[1, 2, 3, 4, 5]]", "list.gather_every(2, 1)")]),
    verb(L, "head", E, "The first elements.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.list().head(n))
    })
    .takes(&[optional("n", Column, "5", "How many.")])
    .examples(&[on!("a: [[1, 2, 3], [4]]", "list.head(2)")]),
    verb(L, "tail", E, "The last elements.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.list().tail(n))
    })
    .takes(&[optional("n", Column, "5", "How many.")])
    .examples(&[on!("a: [[1, 2, 3], [4]]", "list.tail(2)")]),
    verb(L, "slice", E, "So many elements from a place on.", |c| {
        let offset = c.operand("offset")?;
        let length = c.maybe_operand("length")?.unwrap_or_else(|| lit(NULL));
        c.map(|e| e.list().slice(offset, length))
    })
    .takes(&[
        required("offset", Column, "The first place, from 0; counted from the end where negative."),
        absent("length", Column, "How many; all that follow by default."),
    ])
    .examples(&[on!("a: [[1, 2, 3, 4]]", "list.slice(1, 2)"), on!("a: [[1, 2, 3]]", "list.slice(-1)")]),
    verb(L, "contains", E, "Whether the element is in it.", |c| {
        let (item, nulls_equal) = (c.value("item")?, c.boolean("nulls_equal")?);
        c.map(|e| e.list().contains(item, nulls_equal))
    })
    .takes(&[ITEM, NULLS_EQUAL])
    .examples(&[on!("a: [[1, 2], [3], ()]", "list.contains(2)")]),
    verb(L, "count_matches", E, "How often the element is in it.", |c| {
        let element = c.value("element")?;
        c.map(|e| e.list().count_matches(element))
    })
    .takes(&[required("element", Val, "The element.")])
    .examples(&[on!("a: [[1, 2, 1], [3]]", "list.count_matches(1)")]),
    verb(L, "join", E, "The elements as one string.", |c| {
        let (separator, ignore_nulls) = (c.value("separator")?, c.boolean("ignore_nulls")?);
        c.map(|e| e.list().join(separator, ignore_nulls))
    })
    .takes(JOIN)
    .examples(&[on!("a: [[\"x\", \"y\"], [\"z\", ()]]", "list.join(\"-\")")]),
    verb(L, "sort", E, "With its elements sorted.", |c| {
        let options = sort(c)?;
        c.map(|e| e.list().sort(options))
    })
    .takes(SORT)
    .examples(&[
        on!("a: [[3, 1, 2]]", "list.sort()"),
        on!("a: [[1, (), 2]]", "list.sort(#{ descending: true, nulls_last: true })"),
    ]),
    verb(L, "shift", E, "With its elements moved to later places.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.list().shift(n))
    })
    .takes(&[optional("n", Column, "1", "How far; to earlier places where negative.")])
    .examples(&[on!("a: [[1, 2, 3]]", "list.shift()")]),
    verb(L, "diff", E, "The differences between its elements.", |c| {
        let (n, nulls) = (c.integer("n")?, c.choice("null_behavior", NULLS)?);
        c.map(|e| e.list().diff(n, nulls))
    })
    .takes(&[optional("n", Integer, "1", "How many places earlier."), NULL_BEHAVIOR])
    .examples(&[on!("a: [[1, 4, 9]]", "list.diff()"), on!("a: [[1, 4, 9]]", "list.diff(1, \"drop\")")]),
    verb(L, "concat", E, "With the elements of other lists behind.", concat)
        .takes(&[required(
            "other",
            Any,
            "A column of lists, several of them in an array, or an array of values.",
        )])
        .examples(&[
            on!("a: [[1], [2]], b: [[3], []]", "list.concat(\"b\")"),
            on!("a: [[1], [2]]", "list.concat([8, 9])"),
        ]),
    set!("set_union", union, "The elements that are in one list or in both."),
    set!("set_intersection", set_intersection, "The elements that are in both lists."),
    set!("set_difference", set_difference, "The elements that are not in the other list."),
    set!("set_symmetric_difference", set_symmetric_difference, "The elements that are in one list only."),
    verb(L, "explode", E, "A row for each element.", |c| {
        let options = explode_options(c)?;
        c.map(|e| e.explode(options))
    })
    .takes(EXPLODE)
    .examples(&[on!("a: [[1, 2], []]", "list.explode()")]),
    verb(L, "to_array", E, "As an array of fixed width; a list of another length is an error.", |c| {
        let width = c.count("width")?;
        c.map(|e| e.list().to_array(width))
    })
    .takes(&[required("width", Integer, "How many elements.")])
    .examples(&[on!("a: [[1, 2], [3, 4]]", "list.to_array(2)")]),
    verb(L, "to_struct", E, "As a struct: the elements by name.", |c| {
        let fields: Vec<polars::prelude::PlSmallStr> =
            c.texts("fields")?.into_iter().map(Into::into).collect();
        c.map(|e| e.list().to_struct(fields.into()))
    })
    .takes(&[required("fields", Texts, "The names of the first elements; others are left out.")])
    .examples(&[on!("a: [[1, 2], [3]]", "list.to_struct(#{ fields: [\"x\", \"y\"] })")]),
];

/// `descending` and `nulls_last` for elements.
pub(super) fn sort(call: &Call<'_>) -> Result<SortOptions, Fault> {
    super::order::sort_options(call)
}

fn concat(call: &Call<'_>) -> Result<Value, Fault> {
    let others = match call.any("other") {
        Some(Value::List(values)) if names_columns(values) => call.columns("other")?,
        Some(Value::List(values)) => vec![list(values)?],
        _ => vec![call.operand("other")?],
    };
    let all: Vec<Expr> = std::iter::once(call.expr()?).chain(others).collect();
    Ok(Value::expression(concat_list(all)?))
}

/// Whether an array's first element is a column, so that all are.
fn names_columns(values: &[Value]) -> bool {
    matches!(values.first(), Some(Value::Text(_) | Value::Expression(_)))
}
