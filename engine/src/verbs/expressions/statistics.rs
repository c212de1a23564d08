//! How often values are there: counts of each, and histograms.

use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Integer, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, absent, optional, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(E, "value_counts", E, "Each value and how often it is there, as structs.", |c| {
        let (sort, parallel, normalize) =
            (c.boolean("sort")?, c.boolean("parallel")?, c.boolean("normalize")?);
        let default = if normalize { "proportion" } else { "count" };
        let name = c.maybe_text("name")?.unwrap_or_else(|| default.to_owned());
        c.map(|e| e.value_counts(sort, parallel, &name, normalize))
    })
    .takes(&[
        optional("sort", Boolean, "false", "Most frequent first; else in no order."),
        optional("parallel", Boolean, "false", "On several threads; not inside groups."),
        absent("name", Text, "The name of the counts; `count`, or `proportion` where normalized."),
        optional("normalize", Boolean, "false", "Shares of all, not counts."),
    ])
    .examples(&[
        on!("a: [\"x\", \"x\", \"y\"]", "value_counts(#{ sort: true })"),
        on!("a: [\"x\", \"x\", \"x\", \"y\"]", "value_counts(#{ sort: true, normalize: true })"),
    ]),
    simple!(
        Expression,
        "",
        unique_counts,
        Expr::unique_counts,
        "[\"x\", \"x\", \"y\"]",
        "How often each value is there, in the order of their first appearance."
    ),
    verb(E, "hist", E, "How many values fall into each of several classes.", hist)
        .takes(&[
            absent("bins", Column, "The bounds of the classes, in an array."),
            absent("bin_count", Integer, "How many classes of equal width; 10 by default."),
            optional("include_category", Boolean, "false", "Each class's bounds as text beside its count."),
            optional("include_breakpoint", Boolean, "false", "Each class's upper bound beside its count."),
        ])
        .examples(&[
            on!("a: [1, 2, 3, 8]", "hist([0, 5, 10])"),
            on!("a: [1, 2, 3, 8]", "hist(#{ bin_count: 2, include_breakpoint: true })"),
        ]),
];

fn hist(call: &Call<'_>) -> Result<Value, Fault> {
    let (bins, count) = (call.operand_column("bins")?, call.maybe_count("bin_count")?);
    if bins.is_some() && count.is_some() {
        return Err(Fault::argument("`hist` takes `bins` or `bin_count`, not both"));
    }
    let (category, breakpoint) = (call.boolean("include_category")?, call.boolean("include_breakpoint")?);
    call.map(|e| e.hist(bins, count, category, breakpoint))
}
