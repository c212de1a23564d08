//! Some of a frame's rows: by place, by size, by chance.

use fram_frame::Frame;
use polars::prelude::{LazyFrame, SortMultipleOptions};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Booleans, Column, Integer, Number, Value as Val};
use crate::registry::Type::Frame as F;
use crate::registry::{Parameter, Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

const K: Parameter = required("k", Integer, "Rows.");
const BY: Parameter =
    required("by", Column, "What rows are compared by: one column or an array, first things first.");
const REVERSE: Parameter =
    optional("reverse", Booleans, "false", "The other end, for all columns or for each.");

pub(super) const VERBS: &[Verb] = &[
    verb(F, "limit", F, "The first rows.", |call| {
        let rows = call.small("n")?;
        call.plan(|lazy| lazy.limit(rows))
    })
    .takes(&[optional("n", Integer, "5", "Rows.")]),
    verb(F, "slice", F, "Rows from a place on.", |call| {
        let offset = call.integer("offset")?;
        let length = if call.has("length") { call.small("length")? } else { u32::MAX };
        call.plan(|lazy| lazy.slice(offset, length))
    })
    .takes(&[
        required("offset", Integer, "The first row, from 0; counted from the end where negative."),
        absent("length", Integer, "Rows; else all that follow."),
    ])
    .examples(&["frame(#{ a: [1, 2, 3, 4] }).slice(1, 2)"]),
    verb(F, "first", F, "The first row.", |call| call.plan(LazyFrame::first))
        .examples(&["frame(#{ a: [1, 2, 3] }).first()"]),
    verb(F, "last", F, "The last row.", |call| call.plan(LazyFrame::last))
        .examples(&["frame(#{ a: [1, 2, 3] }).last()"]),
    verb(F, "gather_every", F, "Every so-manieth row.", |call| {
        let (step, offset) = (call.count("n")?, call.count("offset")?);
        if step == 0 {
            return Err(call.out_of_range("n", "1 or more"));
        }
        call.plan(|lazy| lazy.select([polars::prelude::col("*").gather_every(step, offset)]))
    })
    .takes(&[
        required("n", Integer, "The step, in rows."),
        optional("offset", Integer, "0", "The first row, from 0."),
    ])
    .examples(&["frame(#{ a: [1, 2, 3, 4, 5] }).gather_every(2)"]),
    verb(F, "top_k", F, "The rows with the greatest values.", |call| extreme(call, LazyFrame::top_k))
        .takes(&[K, BY, REVERSE])
        .examples(&["frame(#{ a: [3, 1, 2] }).top_k(2, \"a\")"]),
    verb(F, "bottom_k", F, "The rows with the least values.", |call| extreme(call, LazyFrame::bottom_k))
        .takes(&[K, BY, REVERSE])
        .examples(&["frame(#{ a: [3, 1, 2] }).bottom_k(2, \"a\")"]),
    verb(F, "sample", F, "Runs the frame; some of its rows by chance.", sample)
        .takes(&[
            absent("n", Integer, "Rows; 1 where neither this nor `fraction` is given."),
            absent("fraction", Number, "The share of rows, as 0.1."),
            optional("with_replacement", Boolean, "false", "A row may come more than once."),
            absent("shuffle", Boolean, "Whether rows come in any order; else as it is fastest."),
            absent("seed", Integer, "The same number gives the same rows."),
        ])
        .examples(&["frame(#{ a: [1, 2, 3, 4, 5] }).sample(2, #{ seed: 1 }).height()"]),
    verb(F, "reverse", F, "The rows from the last to the first.", |call| call.plan(LazyFrame::reverse))
        .examples(&["frame(#{ a: [1, 2, 3] }).reverse()"]),
    verb(F, "clear", F, "The columns without rows.", |call| call.plan(LazyFrame::clear))
        .examples(&["frame(#{ a: [1, 2] }).clear()"]),
    verb(F, "remove", F, "Leaves out the rows for which every condition holds.", |call| {
        let conditions = call.columns("conditions")?;
        let all = conditions.into_iter().reduce(polars::prelude::Expr::and);
        call.plan(|lazy| match all {
            Some(all) => lazy.remove(all),
            None => lazy,
        })
    })
    .takes(&[some_rest("conditions", Column, "Expressions, or SQL expressions in strings.")])
    .examples(&["frame(#{ a: [1, 2, ()] }).remove(\"a = 1\")"]),
    verb(F, "shift", F, "Moves values down by some rows, up where negative.", |call| {
        let rows = call.integer("n")?;
        let filler = call.maybe_value("fill_value")?;
        call.plan(|lazy| match filler {
            Some(filler) => lazy.shift_and_fill(rows, filler),
            None => lazy.shift(rows),
        })
    })
    .takes(&[
        optional("n", Integer, "1", "Rows."),
        absent("fill_value", Val, "What comes instead of what has moved; else null."),
    ])
    .examples(&["frame(#{ a: [1, 2, 3] }).shift(1)"]),
];

/// What picks the rows at one end.
type Pick = fn(LazyFrame, u32, Vec<polars::prelude::Expr>, SortMultipleOptions) -> LazyFrame;

fn extreme(call: &Call<'_>, pick: Pick) -> Result<Value, Fault> {
    let (rows, by) = (call.small("k")?, call.columns("by")?);
    let options =
        SortMultipleOptions::default().with_order_descending_multi(call.booleans("reverse", by.len())?);
    call.plan(|lazy| pick(lazy, rows, by, options))
}

fn sample(call: &Call<'_>) -> Result<Value, Fault> {
    if call.has("n") && call.has("fraction") {
        return Err(Fault::argument("`sample` takes `n` or `fraction`, not both"));
    }
    let (replace, shuffle) = (call.boolean("with_replacement")?, call.maybe_boolean("shuffle")?);
    let seed = call.maybe_integer("seed")?.map(i64::cast_unsigned);
    let fraction = call.maybe_number("fraction")?;
    if fraction.is_some_and(|share| !(share >= 0.0 && (replace || share <= 1.0))) {
        return Err(call.out_of_range("fraction", "from 0 to 1; more only with `with_replacement`"));
    }
    let data = call.data()?;
    let rows = match fraction {
        Some(share) => (data.height() as f64 * share) as usize,
        None if call.has("n") => call.count("n")?,
        None => 1,
    };
    if rows > data.height() && !replace {
        return Err(Fault::argument(format!("{rows} rows cannot be drawn from {}", data.height()))
            .hint("`#{ with_replacement: true }` may draw a row more than once"));
    }
    Ok(Value::Frame(Frame::from_data(data.sample_n_literal(rows, replace, shuffle, seed)?)))
}
