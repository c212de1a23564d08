//! Values so far, differences to other rows, and rows moved.

use polars::prelude::Expr;
use polars::series::ops::NullBehavior;

use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Integer, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const REVERSE: &[Parameter] = &[optional("reverse", Boolean, "false", "From the last row back.")];
const EARLIER: Parameter = optional("n", Column, "1", "How many rows earlier; later where it is negative.");

/// What nulls at the beginning of a difference become.
pub(super) const NULLS: Choices<NullBehavior> =
    &[("ignore", NullBehavior::Ignore), ("drop", NullBehavior::Drop)];
/// How differences treat the rows that have no earlier one.
pub(super) const NULL_BEHAVIOR: Parameter = optional(
    "null_behavior",
    Text,
    "ignore",
    "Rows without an earlier one: ignore gives null, drop leaves them out.",
);

/// A verb over all rows so far.
macro_rules! so_far {
    ($name:ident, $summary:literal) => {
        verb(E, stringify!($name), E, $summary, |c| {
            let reverse = c.boolean("reverse")?;
            c.map(|e| e.$name(reverse))
        })
        .takes(REVERSE)
        .examples(&[
            concat!("frame(#{ a: [2, 1, (), 3] }).select(col(\"a\").", stringify!($name), "())"),
            concat!(
                "frame(#{ a: [2, 1, (), 3] }).select(col(\"a\").",
                stringify!($name),
                "(#{ reverse: true }))"
            ),
        ])
    };
}

pub(super) const VERBS: &[Verb] = &[
    so_far!(cum_sum, "The sum of the rows so far."),
    so_far!(cum_prod, "The product of the rows so far."),
    so_far!(cum_min, "The least value so far."),
    so_far!(cum_max, "The greatest value so far."),
    so_far!(cum_count, "The number of values so far that are not null."),
    verb(E, "cumulative_eval", E, "An expression worked out anew over the rows so far, for each row.", |c| {
        let (evaluation, least) = (c.operand("expr")?, c.count("min_samples")?);
        c.map(|e| e.cumulative_eval(evaluation, least))
    })
    .takes(&[
        required("expr", Column, "The expression; `element()` stands for the rows so far."),
        optional("min_samples", Integer, "1", "Values below which the result is null."),
    ])
    .examples(&[on!("a: [1, 2, 3]", "cumulative_eval(element().first() + element().last())")]),
    verb(E, "diff", E, "The difference to an earlier row.", |c| {
        let (n, nulls) = (c.operand("n")?, c.choice("null_behavior", NULLS)?);
        c.map(|e| e.diff(n, nulls))
    })
    .takes(&[EARLIER, NULL_BEHAVIOR])
    .examples(&[on!("a: [1, 4, 9]", "diff()"), on!("a: [1, 4, 9]", "diff(2, \"drop\")")]),
    verb(E, "pct_change", E, "The change since an earlier row, as a share of that row's value.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.pct_change(n))
    })
    .takes(&[EARLIER])
    .examples(&[on!("a: [10, 11, 12]", "pct_change()")]),
    verb(E, "shift", E, "The value of an earlier row.", shift)
        .takes(&[EARLIER, absent("fill_value", Val, "The value where there is no such row.")])
        .examples(&[on!("a: [1, 2, 3]", "shift()"), on!("a: [1, 2, 3]", "shift(-1, #{ fill_value: 0 })")]),
    simple!(
        Expression,
        "",
        rle,
        Expr::rle,
        "[1, 1, 2]",
        "Runs of equal values: how long each is, and its value."
    ),
    simple!(
        Expression,
        "",
        rle_id,
        Expr::rle_id,
        "[1, 1, 2, 1]",
        "The number of the run of equal values that a row is in, from 0."
    ),
];

fn shift(call: &Call<'_>) -> Result<Value, Fault> {
    let (n, fill) = (call.operand("n")?, call.maybe_value("fill_value")?);
    call.map(|e| match fill {
        Some(fill) => e.shift_and_fill(n, fill),
        None => e.shift(n),
    })
}
