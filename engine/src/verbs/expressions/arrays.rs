//! `.arr`: arrays, which are lists of one width for the whole column.

use polars::prelude::{Expr, NULL, element, lit};

use super::aggregates::DDOF;
use super::lists::elements::OVER_ELEMENTS;
use super::lists::{INDEX, ITEM, JOIN, NULLS_EQUAL, OUT_OF_BOUNDS, SORT, sort};
use super::picking::{EXPLODE, explode_options};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Texts, Value as Val};
use crate::registry::Type::{Arrays as A, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const AS_ARRAY: Parameter = optional(
    "as_array",
    Boolean,
    "false",
    "As an array; the numbers must be constants then. Else as a list.",
);
const IGNORE_NULLS: &[Parameter] =
    &[optional("ignore_nulls", Boolean, "true", "Else null is the answer where nulls could change it.")];

/// A cell that shows a verb of arrays of three whole numbers.
macro_rules! on_arrays {
    ($call:literal) => {
        concat!(
            "frame(#{ a: [[3, 1, 2], [4, (), 4]] }).select(col(\"a\").cast(Array(Int64, 3)).arr.",
            $call,
            ")"
        )
    };
}

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $summary:literal) => {
        plain!($name, |e: Expr| e.arr().$name(), $summary)
    };
    ($name:ident, $run:expr, $summary:literal) => {
        verb(A, stringify!($name), E, $summary, |c| c.map($run)).examples(&[concat!(
            "frame(#{ a: [[3, 1, 2], [4, (), 4]] }).select(col(\"a\").cast(Array(Int64, 3)).arr.",
            stringify!($name),
            "())"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(len, "The number of elements."),
    plain!(sum, "The sum of the elements."),
    plain!(mean, "The mean of the elements."),
    plain!(median, "The median of the elements."),
    plain!(min, "The least element."),
    plain!(max, "The greatest element."),
    plain!(arg_min, "The place of the least element, from 0."),
    plain!(arg_max, "The place of the greatest element, from 0."),
    plain!(first, |e: Expr| e.arr().get(lit(0), true), "The first element."),
    plain!(last, |e: Expr| e.arr().get(lit(-1), true), "The last element."),
    plain!(reverse, |e: Expr| e.arr().eval(element().reverse(), false), "In the opposite order."),
    plain!(n_unique, |e: Expr| e.arr().agg(element().n_unique()), "The number of different elements."),
    plain!(to_list, "As lists."),
    verb(A, "std", E, "The standard deviation of the elements.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.arr().std(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on_arrays!("std()")]),
    verb(A, "var", E, "The variance of the elements.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.arr().var(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on_arrays!("var()")]),
    verb(A, "any", E, "Whether one element holds.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.arr().agg(element().any(ignore_nulls)))
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [[true, false], [false, ()]]", "cast(Array(Boolean, 2)).arr.any()")]),
    verb(A, "all", E, "Whether all elements hold.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.arr().agg(element().all(ignore_nulls)))
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [[true, false], [true, ()]]", "cast(Array(Boolean, 2)).arr.all()")]),
    verb(A, "unique", E, "Each element once, as a list.", |c| {
        let keep = c.boolean("maintain_order")?;
        let once = if keep { element().unique_stable() } else { element().unique() };
        c.map(|e| e.arr().eval(once, true))
    })
    .takes(&[optional("maintain_order", Boolean, "false", "In the order of their first appearance.")])
    .examples(&[on_arrays!("unique(#{ maintain_order: true })")]),
    verb(A, "sort", E, "With its elements sorted.", |c| {
        let options = sort(c)?;
        c.map(|e| e.arr().sort(options))
    })
    .takes(SORT)
    .examples(&[on_arrays!("sort()"), on_arrays!("sort(#{ descending: true, nulls_last: true })")]),
    verb(A, "get", E, "The element at a place.", |c| {
        let (index, null_on_oob) = (c.operand("index")?, c.boolean("null_on_oob")?);
        c.map(|e| e.arr().get(index, null_on_oob))
    })
    .takes(&[INDEX, OUT_OF_BOUNDS])
    .examples(&[on_arrays!("get(1)"), on_arrays!("get(9, #{ null_on_oob: true })")]),
    verb(A, "slice", E, "So many elements from a place on.", |c| {
        let (offset, as_array) = (c.operand("offset")?, c.boolean("as_array")?);
        let rest = || if as_array { lit(i64::MAX) } else { lit(NULL) };
        let length = c.maybe_operand("length")?.unwrap_or_else(rest);
        Ok(Value::expression(c.expr()?.arr().slice(offset, length, as_array)?))
    })
    .takes(&[
        required("offset", Column, "The first place, from 0; counted from the end where negative."),
        absent("length", Column, "How many; all that follow by default."),
        AS_ARRAY,
    ])
    .examples(&[on_arrays!("slice(1)"), on_arrays!("slice(0, 2, #{ as_array: true })")]),
    verb(A, "head", E, "The first elements.", |c| {
        let (n, as_array) = (c.operand("n")?, c.boolean("as_array")?);
        Ok(Value::expression(c.expr()?.arr().head(n, as_array)?))
    })
    .takes(&[optional("n", Column, "5", "How many."), AS_ARRAY])
    .examples(&[on_arrays!("head(2)"), on_arrays!("head(2, #{ as_array: true })")]),
    verb(A, "tail", E, "The last elements.", tail)
        .takes(&[optional("n", Column, "5", "How many."), AS_ARRAY])
        .examples(&[on_arrays!("tail(2)"), on_arrays!("tail(2, #{ as_array: true })")]),
    verb(A, "shift", E, "With its elements moved to later places.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.arr().shift(n))
    })
    .takes(&[optional("n", Column, "1", "How far; to earlier places where negative.")])
    .examples(&[on_arrays!("shift()")]),
    verb(A, "contains", E, "Whether the element is in it.", |c| {
        let (item, nulls_equal) = (c.value("item")?, c.boolean("nulls_equal")?);
        c.map(|e| e.arr().contains(item, nulls_equal))
    })
    .takes(&[ITEM, NULLS_EQUAL])
    .examples(&[on_arrays!("contains(4)")]),
    verb(A, "count_matches", E, "How often the element is in it.", |c| {
        let element = c.value("element")?;
        c.map(|e| e.arr().count_matches(element))
    })
    .takes(&[required("element", Val, "The element.")])
    .examples(&[on_arrays!("count_matches(4)")]),
    verb(A, "join", E, "The elements as one string.", |c| {
        let (separator, ignore_nulls) = (c.value("separator")?, c.boolean("ignore_nulls")?);
        c.map(|e| e.arr().join(separator, ignore_nulls))
    })
    .takes(JOIN)
    .examples(&[on!("a: [[\"x\", \"y\"], [\"z\", ()]]", "cast(Array(String, 2)).arr.join(\"-\")")]),
    verb(A, "explode", E, "A row for each element.", |c| {
        let options = explode_options(c)?;
        c.map(|e| e.arr().explode(options))
    })
    .takes(EXPLODE)
    .examples(&[on_arrays!("explode()")]),
    verb(A, "eval", E, "An expression worked out over the elements, for each array.", |c| {
        let (expression, as_list) = (c.operand("expr")?, c.boolean("as_list")?);
        c.map(|e| e.arr().eval(expression, as_list))
    })
    .takes(&[OVER_ELEMENTS, optional("as_list", Boolean, "false", "As lists, whose lengths may differ.")])
    .examples(&[
        on_arrays!("eval(element() * 10)"),
        on_arrays!("eval(element().drop_nulls(), #{ as_list: true })"),
    ]),
    verb(
        A,
        "agg",
        E,
        "An expression worked out over the elements; one value, not a list, where it gives one.",
        |c| {
            let expression = c.operand("expr")?;
            c.map(|e| e.arr().agg(expression))
        },
    )
    .takes(&[OVER_ELEMENTS])
    .examples(&[on_arrays!("agg(element().null_count())")]),
    verb(A, "to_struct", E, "As a struct: the elements by name.", |c| {
        let names = if c.has("fields") { Some(c.texts("fields")?) } else { None };
        c.map(|e| match names {
            Some(names) => e.arr().to_struct(None).struct_().rename_fields(names),
            None => e.arr().to_struct(None),
        })
    })
    .takes(&[absent("fields", Texts, "The names; field_0, field_1 and so on by default.")])
    .examples(&[on_arrays!("to_struct()"), on_arrays!("to_struct([\"x\", \"y\", \"z\"])")]),
];

fn tail(call: &Call<'_>) -> Result<Value, Fault> {
    let (n, as_array) = (call.operand("n")?, call.boolean("as_array")?);
    if as_array {
        let n = call.integer("n")?;
        return Ok(Value::expression(call.expr()?.arr().slice(lit(-n), lit(n), true)?));
    }
    Ok(Value::expression(call.expr()?.arr().tail(n, false)?))
}
