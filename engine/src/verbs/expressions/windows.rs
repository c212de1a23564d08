//! Expressions worked out within groups of rows, and within a window of time before each row.

use polars::prelude::{Expr, WindowMapping};

use super::order::sort_options;
use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Duration, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, absent, optional, required, rest, verb};
use crate::value::Value;

const MAPPINGS: Choices<WindowMapping> = &[
    ("group_to_rows", WindowMapping::GroupsToRows),
    ("join", WindowMapping::Join),
    ("explode", WindowMapping::Explode),
];

pub(super) const VERBS: &[Verb] = &[
    verb(E, "over", E, "Worked out for each group of rows, and given to all its rows.", over)
        .takes(&[
            rest("partition_by", Column, "What makes a group; may be left out where `order_by` is given."),
            absent("order_by", Column, "The order of the rows within a group; several in an array."),
            optional("descending", Boolean, "false", "Greatest first."),
            optional("nulls_last", Boolean, "false", "Nulls at the end."),
            optional(
                "mapping_strategy",
                Text,
                "group_to_rows",
                "group_to_rows; join for lists; explode to put groups one behind the other.",
            ),
        ])
        .examples(&[
            "frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] })\n    \
             .with_columns(col(\"v\").sum().over(\"k\").alias(\"total\"))",
            "frame(#{ k: [\"a\", \"a\", \"b\"], t: [2, 1, 1], v: [10, 20, 30] })\n    \
             .with_columns(col(\"v\").cum_sum().over(\"k\", #{ order_by: \"t\" }).alias(\"so_far\"))",
            "frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] })\n    \
             .select(\"k\", col(\"v\").over(\"k\", #{ mapping_strategy: \"join\" }))",
        ]),
    verb(E, "rolling", E, "Worked out for each row over a window that ends there.", |c| {
        let (index, period) = (c.operand("index_column")?, c.length("period")?);
        let (offset, closed) = (c.maybe_length("offset")?.unwrap_or(-period), c.closed_window()?);
        c.map(|e| e.rolling(index, period, offset, closed))
    })
    .takes(&[
        required("index_column", Column, "Sorted times or whole numbers."),
        required("period", Duration, "The length of the window, as \"10m\", \"1d\" or \"3i\"."),
        absent("offset", Duration, "How far the window is moved; else it ends at the row."),
        optional("closed", Text, "right", "Which ends belong to the window: left, right, both, none."),
    ])
    .examples(&[of!(
        "i: [0, 1, 2, 5], a: [1, 2, 3, 4]",
        "col(\"a\").sum().rolling(\"i\", #{ period: \"2i\" })"
    )]),
];

fn over(call: &Call<'_>) -> Result<Value, Fault> {
    let (keys, order) = (call.columns("partition_by")?, call.columns("order_by")?);
    if keys.is_empty() && order.is_empty() {
        return Err(Fault::argument("`over` needs what makes a group, or `order_by`")
            .hint("as `over(\"host\")` or `over(#{ order_by: \"time\" })`"));
    }
    let options = sort_options(call)?;
    let keys: Option<Vec<Expr>> = (!keys.is_empty()).then_some(keys);
    let order = (!order.is_empty()).then_some((order, options));
    let mapping = call.choice("mapping_strategy", MAPPINGS)?;
    Ok(Value::expression(call.expr()?.over_with_options(keys, order, mapping)?))
}
