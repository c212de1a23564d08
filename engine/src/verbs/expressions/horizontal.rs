//! Several columns as one, row by row: sums, means, extremes, whether all hold, the first that is not null.

use polars::prelude::Expr;
use polars_plan::dsl::functions::{
    all_horizontal, any_horizontal, coalesce, max_horizontal, mean_horizontal, min_horizontal, sum_horizontal,
};

use crate::registry::Kind::{Boolean, Column};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, optional, some_rest, verb};
use crate::value::Value;

const COLUMNS: Parameter = some_rest("exprs", Column, "Columns or expressions.");
const IGNORE_NULLS: Parameter =
    optional("ignore_nulls", Boolean, "true", "Else one null makes the whole null.");

/// A function of columns, row by row.
macro_rules! across {
    ($name:ident, $columns:literal, $summary:literal) => {
        verb(Cell, stringify!($name), E, $summary, |c| Ok(Value::expression($name(c.columns("exprs")?)?)))
            .takes(&[COLUMNS])
            .examples(&[concat!(
                "frame(#{ ",
                $columns,
                " }).with_columns(",
                stringify!($name),
                "(\"a\", \"b\").alias(\"all\"))"
            )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    across!(all_horizontal, "a: [true, true, ()], b: [true, false, true]", "Whether all hold in a row."),
    across!(any_horizontal, "a: [true, false, ()], b: [true, false, false]", "Whether one holds in a row."),
    across!(min_horizontal, "a: [1, 5, ()], b: [2, 4, 3]", "The least value of each row."),
    across!(max_horizontal, "a: [1, 5, ()], b: [2, 4, 3]", "The greatest value of each row."),
    verb(Cell, "sum_horizontal", E, "The sum of each row.", |c| {
        Ok(Value::expression(sum_horizontal(c.columns("exprs")?, c.boolean("ignore_nulls")?)?))
    })
    .takes(&[COLUMNS, IGNORE_NULLS])
    .examples(&[
        of!("a: [1, ()], b: [2, 3]", "sum_horizontal(\"a\", \"b\")"),
        of!("a: [1, ()], b: [2, 3]", "sum_horizontal(all(), #{ ignore_nulls: false })"),
    ]),
    verb(Cell, "mean_horizontal", E, "The mean of each row.", |c| {
        Ok(Value::expression(mean_horizontal(c.columns("exprs")?, c.boolean("ignore_nulls")?)?))
    })
    .takes(&[COLUMNS, IGNORE_NULLS])
    .examples(&[of!("a: [1, ()], b: [2, 3]", "mean_horizontal(\"a\", \"b\")")]),
    verb(Cell, "coalesce", E, "The first value of each row that is not null.", |c| {
        let columns: Vec<Expr> = c.columns("exprs")?;
        Ok(Value::expression(coalesce(&columns)))
    })
    .takes(&[some_rest("exprs", Column, "Columns, in order; `lit(…)` for a last resort.")])
    .examples(&[of!("a: [1, (), ()], b: [5, 6, ()]", "coalesce(\"a\", \"b\", lit(0))")]),
];
