//! Which rows and columns of a frame, and in which order.

use fram_frame::Frame;
use polars::prelude::{LazyFrame, SortMultipleOptions};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Booleans, Column, Integer, NamedColumn};
use crate::registry::Type::{Frame as F, Integer as I};
use crate::registry::{Verb, optional, some_rest, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "filter", F, "Keeps the rows for which every condition holds.", filter)
        .takes(&[some_rest("conditions", Column, "Expressions, or SQL expressions in strings.")])
        .examples(&[
            "frame(#{ a: [1, 2, 3] }).filter(col(\"a\") > 1)",
            "frame(#{ a: [1, 2, 3] }).filter(\"a BETWEEN 2 AND 3\")",
        ]),
    verb(F, "select", F, "These columns, in this order.", |call| {
        let columns = call.columns("columns")?;
        call.expressions(|lazy| lazy.select(&columns))
    })
    .takes(&[some_rest(
        "columns",
        NamedColumn,
        "Names, expressions, or SQL expressions in strings; a map names them.",
    )])
    .examples(&["frame(#{ a: [1, 2], b: [\"x\", \"y\"] }).select(\"b\", (col(\"a\") * 2).alias(\"twice\"))"]),
    verb(F, "with_columns", F, "Adds columns, or replaces those of the same name.", |call| {
        let columns = call.columns("columns")?;
        call.expressions(|lazy| lazy.with_columns(&columns))
    })
    .takes(&[some_rest(
        "columns",
        NamedColumn,
        "Names, expressions, or SQL expressions in strings; a map names them.",
    )])
    .examples(&["frame(#{ a: [1, 2] }).with_columns((col(\"a\") + 1).alias(\"b\"))"]),
    verb(F, "sort", F, "Sorts the rows.", sort)
        .takes(&[
            some_rest("by", Column, "What to sort by, first things first."),
            optional("descending", Booleans, "false", "Greatest first; one for all columns or one for each."),
            optional(
                "nulls_last",
                Booleans,
                "false",
                "Nulls after everything else; one for all columns or one for each.",
            ),
            optional("maintain_order", Boolean, "false", "Equal rows keep their order."),
        ])
        .examples(&["frame(#{ a: [2, 1, ()] }).sort(\"a\", #{ descending: true, nulls_last: true })"]),
    verb(F, "head", F, "The first rows.", |call| {
        let rows = call.small("n")?;
        call.plan(|lazy| lazy.limit(rows))
    })
    .takes(&[optional("n", Integer, "5", "Rows.")])
    .examples(&["frame(#{ a: [1, 2, 3] }).head(2)"]),
    verb(F, "tail", F, "The last rows.", |call| {
        let rows = call.small("n")?;
        call.plan(|lazy| lazy.tail(rows))
    })
    .takes(&[optional("n", Integer, "5", "Rows.")])
    .examples(&["frame(#{ a: [1, 2, 3] }).tail(2)"]),
    verb(F, "height", I, "The number of rows; counts them where that is not known.", |call| {
        Ok(super::integer(super::height(call)?))
    })
    .examples(&["frame(#{ a: [1, 2, 3] }).height()"]),
    verb(F, "len", I, "The number of rows, as `height` gives it.", |call| {
        Ok(super::integer(super::height(call)?))
    })
    .examples(&["len(frame(#{ a: [1, 2, 3] }))"]),
    verb(
        F,
        "collect",
        F,
        "Runs the frame and keeps its rows: in memory, or on a cluster's workers where they are many, and computed again there if they are lost.",
        collect,
    )
    .examples(&["frame(#{ a: [1, 2] }).filter(col(\"a\") > 1).collect()"]),
];

fn filter(call: &Call<'_>) -> Result<Value, Fault> {
    let conditions = call.columns("conditions")?;
    call.expressions(|lazy| conditions.iter().cloned().fold(lazy, LazyFrame::filter))
}

fn sort(call: &Call<'_>) -> Result<Value, Fault> {
    let by = call.columns("by")?;
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(call.booleans("descending", by.len())?)
        .with_nulls_last_multi(call.booleans("nulls_last", by.len())?)
        .with_maintain_order(call.boolean("maintain_order")?);
    call.expressions(|lazy| lazy.sort_by_exprs(&by, options.clone()))
}

fn collect(call: &Call<'_>) -> Result<Value, Fault> {
    let held = call.frame()?.held(&*call.host.runner(), &call.host.watch())?;
    Ok(Value::Frame(Frame::from_held(held)?))
}
