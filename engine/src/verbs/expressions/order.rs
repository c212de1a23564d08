//! Values in order: sorted, ranked, the greatest and the least of them, shuffled.

use polars::prelude::{Expr, RankMethod, RankOptions, SearchSortedSide, SortMultipleOptions, SortOptions};

use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Booleans, Column, Integer, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

const DESCENDING: Parameter = optional("descending", Boolean, "false", "Greatest first.");
const NULLS_LAST: Parameter = optional("nulls_last", Boolean, "false", "Nulls at the end.");
const K: Parameter = optional("k", Column, "5", "How many.");
const K_BY: &[Parameter] = &[
    required("by", Column, "What decides; several in an array."),
    K,
    optional("reverse", Booleans, "false", "In the opposite order, once or for each column."),
];
const SIDES: Choices<SearchSortedSide> =
    &[("any", SearchSortedSide::Any), ("left", SearchSortedSide::Left), ("right", SearchSortedSide::Right)];
const RANKS: Choices<RankMethod> = &[
    ("average", RankMethod::Average),
    ("min", RankMethod::Min),
    ("max", RankMethod::Max),
    ("dense", RankMethod::Dense),
    ("ordinal", RankMethod::Ordinal),
    ("random", RankMethod::Random),
];

pub(super) const VERBS: &[Verb] = &[
    verb(E, "sort", E, "Sorted.", |c| {
        let options = sort_options(c)?;
        c.map(|e| e.sort(options))
    })
    .takes(&[DESCENDING, NULLS_LAST])
    .examples(&[
        on!("a: [2, (), 1]", "sort()"),
        on!("a: [2, (), 1]", "sort(#{ descending: true, nulls_last: true })"),
    ]),
    verb(E, "sort_by", E, "Sorted by other columns.", |c| {
        let by = c.columns("by")?;
        let options = by_options(c, by.len())?;
        c.map(|e| e.sort_by(by, options))
    })
    .takes(&[
        some_rest("by", Column, "What to sort by."),
        optional("descending", Booleans, "false", "Greatest first, once or for each column."),
        optional("nulls_last", Booleans, "false", "Nulls at the end, once or for each column."),
        optional("maintain_order", Boolean, "false", "Equal rows stay in their order."),
    ])
    .examples(&[
        on!("a: [1, 2, 3], b: [2, 1, 3]", "sort_by(\"b\")"),
        on!("a: [1, 2, 3], b: [1, 1, 2]", "sort_by(\"b\", \"a\", #{ descending: [false, true] })"),
    ]),
    verb(E, "arg_sort", E, "The places that put the values in order, from 0.", |c| {
        let (descending, nulls_last) = (c.boolean("descending")?, c.boolean("nulls_last")?);
        c.map(|e| e.arg_sort(descending, nulls_last))
    })
    .takes(&[DESCENDING, NULLS_LAST])
    .examples(&[on!("a: [20, 10, 30]", "arg_sort()")]),
    simple!(Expression, "", reverse, Expr::reverse, "[1, 2]", "In the opposite order."),
    verb(E, "rank", E, "The place in the order of values, from 1.", |c| {
        let (method, seed) = (c.choice("method", RANKS)?, c.seed("seed")?);
        let descending = c.boolean("descending")?;
        c.map(|e| e.rank(RankOptions { method, descending }, seed))
    })
    .takes(&[
        optional("method", Text, "average", "Of equal values: average, min, max, dense, ordinal or random."),
        DESCENDING,
        absent("seed", Integer, "For random: the same seed gives the same order."),
    ])
    .examples(&[
        on!("a: [3, 1, 1, ()]", "rank()"),
        on!("a: [3, 1, 1]", "rank(\"dense\", #{ descending: true })"),
    ]),
    verb(E, "top_k", E, "The greatest values.", |c| {
        let k = c.operand("k")?;
        c.map(|e| e.top_k(k))
    })
    .takes(&[K])
    .examples(&["frame(#{ a: [1, 3, 2] }).select(col(\"a\").top_k(2).sort())"]),
    verb(E, "bottom_k", E, "The least values.", |c| {
        let k = c.operand("k")?;
        c.map(|e| e.bottom_k(k))
    })
    .takes(&[K])
    .examples(&["frame(#{ a: [1, 3, 2] }).select(col(\"a\").bottom_k(2).sort())"]),
    verb(E, "top_k_by", E, "The values where other columns are greatest.", |c| {
        let (by, k) = (c.columns("by")?, c.operand("k")?);
        let reverse = c.booleans("reverse", by.len())?;
        c.map(|e| e.top_k_by(k, by, reverse))
    })
    .takes(K_BY)
    .examples(&[
        "frame(#{ a: [\"x\", \"y\", \"z\"], b: [1, 3, 2] }).select(col(\"a\").top_k_by(\"b\", 2).sort())",
    ]),
    verb(E, "bottom_k_by", E, "The values where other columns are least.", |c| {
        let (by, k) = (c.columns("by")?, c.operand("k")?);
        let reverse = c.booleans("reverse", by.len())?;
        c.map(|e| e.bottom_k_by(k, by, reverse))
    })
    .takes(K_BY)
    .examples(&[
        "frame(#{ a: [\"x\", \"y\", \"z\"], b: [1, 3, 2] }).select(col(\"a\").bottom_k_by(\"b\", 1))",
    ]),
    verb(E, "search_sorted", E, "Where a value belongs among sorted values, from 0.", |c| {
        let (element, side) = (c.value_column("element")?, c.choice("side", SIDES)?);
        let descending = c.boolean("descending")?;
        c.map(|e| e.search_sorted(element, side, descending))
    })
    .takes(&[
        required("element", Val, "A value, an array of them, or an expression."),
        optional("side", Text, "any", "Of equal values: any, left or right."),
        DESCENDING,
    ])
    .examples(&[
        on!("a: [1, 3, 5]", "search_sorted(4)"),
        on!("a: [1, 3, 3, 5]", "search_sorted([0, 3], \"right\")"),
    ]),
    verb(E, "index_of", E, "The place of a value, from 0; null where it is not there.", |c| {
        let element = c.value("element")?;
        c.map(|e| e.index_of(element))
    })
    .takes(&[required("element", Val, "The value.")])
    .examples(&[on!("a: [5, (), 7]", "index_of(7)")]),
    verb(E, "shuffle", E, "In a random order.", |c| {
        let seed = c.seed("seed")?;
        c.map(|e| e.shuffle(seed))
    })
    .takes(&[absent("seed", Integer, "The same seed gives the same order.")])
    .examples(&["frame(#{ a: [1, 2, 3] }).select(col(\"a\").shuffle(7).sort())"]),
    verb(E, "sample", E, "Some of the values, by chance.", |c| sampled(c, Expr::sample_n, Expr::sample_frac))
        .takes(&[
            absent("n", Column, "How many; 1 by default."),
            absent("fraction", Column, "Which share of them, instead of `n`."),
            optional("with_replacement", Boolean, "false", "A value may come more than once."),
            absent("shuffle", Boolean, "In a random order; else as it comes."),
            absent("seed", Integer, "The same seed gives the same values."),
        ])
        .examples(&["frame(#{ a: [1, 2, 3] }).select(col(\"a\").sample(2, #{ seed: 7 }).len())"]),
];

/// `descending` and `nulls_last` for one column.
pub(super) fn sort_options(call: &Call<'_>) -> Result<SortOptions, Fault> {
    Ok(SortOptions::default()
        .with_order_descending(call.boolean("descending")?)
        .with_nulls_last(call.boolean("nulls_last")?))
}

/// `descending`, `nulls_last` and `maintain_order` for several columns.
pub(super) fn by_options(call: &Call<'_>, columns: usize) -> Result<SortMultipleOptions, Fault> {
    Ok(SortMultipleOptions::default()
        .with_order_descending_multi(call.booleans("descending", columns)?)
        .with_nulls_last_multi(call.booleans("nulls_last", columns)?)
        .with_maintain_order(call.boolean("maintain_order")?))
}

/// Some of the values, or of the elements of each list, by chance: by their number, or by their share of all.
pub(super) fn sampled(
    call: &Call<'_>,
    by_count: fn(Expr, Expr, bool, Option<bool>, Option<u64>) -> Expr,
    by_share: fn(Expr, Expr, bool, Option<bool>, Option<u64>) -> Expr,
) -> Result<Value, Fault> {
    let (n, fraction) = (call.maybe_operand("n")?, call.maybe_operand("fraction")?);
    let (replace, shuffle) = (call.boolean("with_replacement")?, call.maybe_boolean("shuffle")?);
    let seed = call.seed("seed")?;
    match (n, fraction) {
        (Some(_), Some(_)) => Err(Fault::argument("`sample` takes `n` or `fraction`, not both")),
        (None, Some(fraction)) => call.map(|e| by_share(e, fraction, replace, shuffle, seed)),
        (n, None) => {
            let n = n.unwrap_or_else(|| polars::prelude::lit(1));
            call.map(|e| by_count(e, n, replace, shuffle, seed))
        }
    }
}
