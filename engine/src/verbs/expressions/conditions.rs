//! Whether a value is of some sort: missing, a number, the first of its kind, in order.

use polars::prelude::{Expr, arg_where};

use crate::registry::Kind::Boolean;
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, optional, verb};

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Expression, "", $name, Expr::$name, $values, $summary)
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(is_null, "[1, ()]", "Whether there is no value."),
    plain!(is_not_null, "[1, ()]", "Whether there is a value."),
    plain!(is_nan, "[1.0, 0.0 / 0.0, ()]", "Whether it is no number (NaN); null is not NaN."),
    plain!(is_not_nan, "[1.0, 0.0 / 0.0, ()]", "Whether it is not NaN."),
    plain!(is_finite, "[1.0, 1.0 / 0.0, ()]", "Whether it is a finite number."),
    plain!(is_infinite, "[1.0, 1.0 / 0.0, ()]", "Whether it is infinite."),
    plain!(is_unique, "[1, 1, 2, ()]", "Whether the value is there only once."),
    plain!(is_duplicated, "[1, 1, 2, ()]", "Whether the value is there more than once."),
    plain!(is_first_distinct, "[1, 1, 2, 1]", "Whether the value is there for the first time."),
    plain!(is_last_distinct, "[1, 1, 2, 1]", "Whether the value is there for the last time."),
    plain!(peak_max, "[1, 5, 2, 7]", "Whether it is greater than both neighbours."),
    plain!(peak_min, "[1, 5, 2, 7]", "Whether it is less than both neighbours."),
    plain!(has_nulls, "[1, ()]", "Whether there are nulls."),
    verb(E, "is_empty", E, "Whether there are no values.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.is_empty(ignore_nulls))
    })
    .takes(&[optional("ignore_nulls", Boolean, "false", "Nulls alone are nothing.")])
    .examples(&[on!("a: [1, ()]", "is_empty()"), on!("a: [()]", "is_empty(#{ ignore_nulls: true })")]),
    verb(E, "is_sorted", E, "Whether the values are in order.", |c| {
        let (descending, nulls_last) = (c.boolean("descending")?, c.boolean("nulls_last")?);
        c.map(|e| e.is_sorted(Some(descending), Some(nulls_last)))
    })
    .takes(&[
        optional("descending", Boolean, "false", "Greatest first."),
        optional("nulls_last", Boolean, "false", "Nulls at the end."),
    ])
    .examples(&[on!("a: [1, 2, 2]", "is_sorted()"), on!("a: [1, 2]", "is_sorted(#{ descending: true })")]),
    verb(E, "any", E, "Whether one holds.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.any(ignore_nulls))
    })
    .takes(&[optional("ignore_nulls", Boolean, "true", "Else null is the answer where no value is true.")])
    .examples(&[on!("a: [true, false]", "any()"), on!("a: [(), false]", "any(#{ ignore_nulls: false })")]),
    verb(E, "all", E, "Whether all hold.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| e.all(ignore_nulls))
    })
    .takes(&[optional("ignore_nulls", Boolean, "true", "Else null is the answer where no value is false.")])
    .examples(&[on!("a: [true, false]", "all()"), on!("a: [(), true]", "all(#{ ignore_nulls: false })")]),
    simple!(Expression, "", arg_true, arg_where, "[false, true, true]", "The places of what holds, from 0."),
];
