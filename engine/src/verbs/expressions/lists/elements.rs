//! What is worked out of the elements of lists: sums and the like, conditions, and any expression over them.

use polars::prelude::{Expr, element};

use crate::registry::Kind::{Boolean, Column, Integer};
use crate::registry::Type::{Expression as E, Lists as L};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::verbs::expressions::aggregates::DDOF;
use crate::verbs::expressions::order::sampled;

/// An expression over the elements.
pub(in crate::verbs::expressions) const OVER_ELEMENTS: Parameter =
    required("expr", Column, "The expression; `element()` stands for the elements.");
const IGNORE_NULLS: &[Parameter] =
    &[optional("ignore_nulls", Boolean, "true", "Else null is the answer where nulls could change it.")];

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Lists, ".list", $name, |e: Expr| e.list().$name(), $values, $summary)
    };
}

pub(in crate::verbs::expressions) const VERBS: &[Verb] = &[
    plain!(sum, "[[1, 2], [], ()]", "The sum of the elements."),
    plain!(mean, "[[1, 2], []]", "The mean of the elements."),
    plain!(median, "[[1, 2, 9], []]", "The median of the elements."),
    plain!(min, "[[1, 2], []]", "The least element."),
    plain!(max, "[[1, 2], []]", "The greatest element."),
    plain!(arg_min, "[[3, 1, 2], []]", "The place of the least element, from 0."),
    plain!(arg_max, "[[3, 1, 2], []]", "The place of the greatest element, from 0."),
    plain!(drop_nulls, "[[1, (), 2]]", "Without nulls."),
    simple!(
        Lists,
        ".list",
        reverse,
        |e: Expr| e.list().eval(element().reverse()),
        "[[1, 2, 3], []]",
        "In the opposite order."
    ),
    simple!(
        Lists,
        ".list",
        n_unique,
        |e: Expr| e.list().agg(element().n_unique()),
        "[[1, 1, 2], []]",
        "The number of different elements."
    ),
    verb(L, "std", E, "The standard deviation of the elements.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.list().std(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on!("a: [[1, 3, 5]]", "list.std()")]),
    verb(L, "var", E, "The variance of the elements.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.list().var(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on!("a: [[1, 3, 5]]", "list.var()")]),
    verb(L, "any", E, "Whether one element holds.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.list().agg(element().any(ignore_nulls)))
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [[true, false], [false, ()], []]", "list.any()")]),
    verb(L, "all", E, "Whether all elements hold.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.list().agg(element().all(ignore_nulls)))
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [[true, false], [true, ()], []]", "list.all()")]),
    verb(L, "item", E, "The only element; several are an error.", |c| {
        let allow_empty = c.boolean("allow_empty")?;
        c.map(|e| e.list().agg(element().item(allow_empty)))
    })
    .takes(&[optional("allow_empty", Boolean, "false", "Null, not an error, where there is no element.")])
    .examples(&[on!("a: [[1], [2]]", "list.item()")]),
    verb(L, "unique", E, "Each element once.", |c| {
        let keep = c.boolean("maintain_order")?;
        let once = if keep { element().unique_stable() } else { element().unique() };
        c.map(|e| e.list().eval(once))
    })
    .takes(&[optional("maintain_order", Boolean, "false", "In the order of their first appearance.")])
    .examples(&[on!("a: [[2, 1, 2]]", "list.unique(#{ maintain_order: true })")]),
    verb(L, "filter", E, "Only the elements for which the condition holds.", |c| {
        let condition = c.operand("predicate")?;
        c.map(|e| e.list().eval(element().filter(condition)))
    })
    .takes(&[required("predicate", Column, "The condition; `element()` stands for an element.")])
    .examples(&[on!("a: [[1, 2, 3], [1]]", "list.filter(element() > 1)")]),
    verb(L, "eval", E, "An expression worked out over the elements, for each list.", |c| {
        let expression = c.operand("expr")?;
        c.map(|e| e.list().eval(expression))
    })
    .takes(&[OVER_ELEMENTS])
    .examples(&[
        on!("a: [[3, 1], [2]]", "list.eval(element() * 10)"),
        on!("a: [[3, 1]]", "list.eval(element().rank())"),
    ]),
    verb(
        L,
        "agg",
        E,
        "An expression worked out over the elements; one value, not a list, where it gives one.",
        |c| {
            let expression = c.operand("expr")?;
            c.map(|e| e.list().agg(expression))
        },
    )
    .takes(&[OVER_ELEMENTS])
    .examples(&[on!("a: [[1, ()], [2, 3]]", "list.agg(element().null_count())")]),
    verb(L, "sample", E, "Some of the elements, by chance.", |c| {
        sampled(
            c,
            |e, n, replace, shuffle, seed| e.list().sample_n(n, replace, shuffle, seed),
            |e, share, replace, shuffle, seed| e.list().sample_fraction(share, replace, shuffle, seed),
        )
    })
    .takes(&[
        absent("n", Column, "How many; 1 by default."),
        absent("fraction", Column, "Which share of them, instead of `n`."),
        optional("with_replacement", Boolean, "false", "An element may come more than once."),
        absent("shuffle", Boolean, "In a random order; else as it comes."),
        absent("seed", Integer, "The same seed gives the same elements."),
    ])
    .examples(&["frame(#{ a: [[1, 2, 3]] }).select(col(\"a\").list.sample(2, #{ seed: 7 }).list.len())"]),
];
