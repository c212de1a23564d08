//! Verbs of expressions, a file for each family. They are Polars' own, with Polars' names, parameters and defaults;
//! `tests/oracles/expressions.py` asks Python Polars for what their examples must give.

/// A cell that shows a verb of `col("a")` over these columns.
macro_rules! on {
    ($columns:literal, $call:literal) => {
        concat!("frame(#{ ", $columns, " }).select(col(\"a\").", $call, ")")
    };
}

/// A cell that shows expressions over these columns.
macro_rules! of {
    ($columns:literal, $expressions:literal) => {
        concat!("frame(#{ ", $columns, " }).select(", $expressions, ")")
    };
}

/// A verb without parameters, named as Polars' method, and shown over a column of these values. `$space` is its
/// namespace as it is written after the column.
macro_rules! simple {
    ($on:ident, $space:literal, $name:ident, $run:expr, $values:literal, $summary:literal) => {
        $crate::registry::verb(
            $crate::registry::Type::$on,
            stringify!($name),
            $crate::registry::Type::Expression,
            $summary,
            |c| c.map($run),
        )
        .examples(&[concat!(
            "frame(#{ a: ",
            $values,
            " }).select(col(\"a\")",
            $space,
            ".",
            stringify!($name),
            "())"
        )])
    };
}

mod aggregates;
mod arithmetic;
mod arrays;
mod binary;
mod branches;
mod casting;
mod categories;
mod closures;
mod columns;
mod combining;
mod comparisons;
mod conditions;
mod cumulative;
mod dates;
mod folds;
mod horizontal;
mod lists;
mod mathematics;
mod missing;
mod names;
mod order;
mod picking;
mod ranges;
mod replacing;
mod rolling;
mod selectors;
mod smoothing;
mod spans;
mod statistics;
mod strings;
mod structs;
mod times;
mod types;
mod windows;

#[cfg(test)]
mod tests;

use crate::registry::Verb;

/// Every table of verbs of expressions, and of functions that give expressions.
pub(super) const TABLES: &[&[Verb]] = &[
    aggregates::VERBS,
    arithmetic::VERBS,
    arrays::VERBS,
    binary::VERBS,
    branches::VERBS,
    casting::VERBS,
    categories::VERBS,
    closures::VERBS,
    columns::VERBS,
    combining::VERBS,
    comparisons::VERBS,
    conditions::VERBS,
    cumulative::VERBS,
    dates::VERBS,
    dates::calendars::VERBS,
    dates::moving::VERBS,
    folds::VERBS,
    horizontal::VERBS,
    lists::VERBS,
    lists::elements::VERBS,
    mathematics::VERBS,
    missing::VERBS,
    names::VERBS,
    order::VERBS,
    picking::VERBS,
    ranges::VERBS,
    replacing::VERBS,
    rolling::VERBS,
    selectors::VERBS,
    smoothing::VERBS,
    spans::VERBS,
    statistics::VERBS,
    strings::VERBS,
    strings::patterns::VERBS,
    strings::reading::VERBS,
    structs::VERBS,
    times::VERBS,
    types::VERBS,
    windows::VERBS,
];
