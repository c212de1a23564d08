//! Comparisons and logic as verbs, and whether a value is in a range, in a list, or close to another.

use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Number, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, optional, required, some_rest, verb};
use crate::value::Value;

const OTHER: &[Parameter] = &[required("other", Val, "A value or an expression.")];

/// A comparison with a value.
macro_rules! comparison {
    ($name:literal, $run:expr, $summary:literal) => {
        verb(E, $name, E, $summary, |c| {
            let other = c.value("other")?;
            c.map(|e| $run(e, other))
        })
        .takes(OTHER)
        .examples(&[concat!("frame(#{ a: [1, 2, 3, ()] }).select(col(\"a\").", $name, "(2))")])
    };
}

/// Several conditions, joined.
macro_rules! joined {
    ($name:literal, $join:expr, $summary:literal) => {
        verb(E, $name, E, $summary, |c| {
            let others = c.columns("others")?;
            c.map(|e| others.into_iter().fold(e, $join))
        })
        .takes(&[some_rest("others", Column, "Further conditions.")])
        .examples(&[concat!(
            "frame(#{ a: [true, true, false], b: [true, false, ()] }).select(col(\"a\").",
            $name,
            "(\"b\"))"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    comparison!("eq", Expr::eq, "Whether both are equal. The same as `==`."),
    comparison!("ne", Expr::neq, "Whether both differ. The same as `!=`."),
    comparison!("lt", Expr::lt, "Whether it is less. The same as `<`."),
    comparison!("le", Expr::lt_eq, "Whether it is less or equal. The same as `<=`."),
    comparison!("gt", Expr::gt, "Whether it is greater. The same as `>`."),
    comparison!("ge", Expr::gt_eq, "Whether it is greater or equal. The same as `>=`."),
    comparison!("eq_missing", Expr::eq_missing, "Whether both are equal, or both are null."),
    comparison!("ne_missing", Expr::neq_missing, "Whether both differ; null differs from every value."),
    joined!("and_", Expr::and, "Whether all hold. The same as `&`."),
    joined!("or_", Expr::or, "Whether one holds. The same as `|`."),
    verb(E, "xor", E, "Whether exactly one of both holds. The same as `^`.", |c| {
        let other = c.operand("other")?;
        c.map(|e| e.xor(other))
    })
    .takes(&[required("other", Column, "The other condition.")])
    .examples(&[on!("a: [true, true, false], b: [true, false, false]", "xor(\"b\")")]),
    simple!(
        Expression,
        "",
        not_,
        Expr::not,
        "[true, false, ()]",
        "Whether it does not hold. The same as `!`."
    ),
    verb(E, "is_in", E, "Whether it is one of several values.", |c| {
        let (other, nulls) = (c.operand("other")?, c.boolean("nulls_equal")?);
        c.map(|e| e.is_in(other, nulls))
    })
    .takes(&[
        required("other", Column, "An array of values, or a column of lists."),
        optional("nulls_equal", Boolean, "false", "Null is in a list with null."),
    ])
    .examples(&[
        "frame(#{ a: [1, 2, 3] }).filter(col(\"a\").is_in([1, 3]))",
        on!("a: [1, 2, ()], b: [[1], [3], [()]]", "is_in(\"b\", #{ nulls_equal: true })"),
    ]),
    verb(E, "is_between", E, "Whether it lies between two values.", |c| {
        let (lower, upper) = (c.operand("lower_bound")?, c.operand("upper_bound")?);
        let closed = c.closed_interval()?;
        c.map(|e| e.is_between(lower, upper, closed))
    })
    .takes(&[
        required("lower_bound", Column, "The least; a string is a column, `lit(\"…\")` a value."),
        required("upper_bound", Column, "The greatest."),
        optional("closed", Text, "both", "Which ends belong to it: both, left, right, none."),
    ])
    .examples(&[
        on!("a: [1, 2, 3]", "is_between(2, 3)"),
        on!("a: [1, 2, 3], b: [1, 3, 3]", "is_between(1, \"b\", #{ closed: \"left\" })"),
    ]),
    verb(E, "is_close", E, "Whether two numbers are as good as equal.", is_close)
        .takes(&[
            required("other", Column, "The other number."),
            optional("abs_tol", Number, "0.0", "The difference that is allowed, whatever the numbers."),
            optional(
                "rel_tol",
                Number,
                "1e-09",
                "The difference that is allowed, as a share of the greater one.",
            ),
            optional("nans_equal", Boolean, "false", "Two NaN are close."),
        ])
        .examples(&[on!("a: [1.0, 1.1, ()]", "is_close(1.05, #{ abs_tol: 0.06 })")]),
];

fn is_close(call: &Call<'_>) -> Result<Value, Fault> {
    let other = call.operand("other")?;
    let (absolute, relative) = (call.number("abs_tol")?, call.number("rel_tol")?);
    if absolute < 0.0 || !(0.0..1.0).contains(&relative) {
        return Err(Fault::argument("`abs_tol` must be 0 or more, `rel_tol` from 0 to less than 1"));
    }
    let nans_equal = call.boolean("nans_equal")?;
    call.map(|e| e.is_close(other, absolute, relative, nans_equal))
}
