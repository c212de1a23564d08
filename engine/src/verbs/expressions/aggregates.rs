//! Many values as one: sums, means, extremes, counts, the first and the last.

use polars::prelude::{DataTypeExpr, Expr, lit};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Integer, Number, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, optional, required, verb};
use crate::value::Value;

/// What is taken off the number of values in a divisor.
pub(super) const DDOF: Parameter =
    optional("ddof", Integer, "1", "Taken off the number of values in the divisor.");
const BY: &[Parameter] = &[required("by", Column, "The column whose order decides.")];
const IGNORE_NULLS: &[Parameter] = &[optional("ignore_nulls", Boolean, "false", "Nulls are passed over.")];

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Expression, "", $name, Expr::$name, $values, $summary)
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(sum, "[1, 2, ()]", "The sum; 0 of no values."),
    plain!(product, "[2, 3]", "The product; 1 of no values."),
    plain!(mean, "[1, 2, ()]", "The mean."),
    plain!(median, "[1, 2, 9]", "The median."),
    plain!(min, "[1, 2, ()]", "The least value."),
    plain!(max, "[1, 2, ()]", "The greatest value."),
    plain!(nan_min, "[1.0, 0.0 / 0.0]", "The least value; NaN where there is one."),
    plain!(nan_max, "[1.0, 0.0 / 0.0]", "The greatest value; NaN where there is one."),
    verb(E, "min_by", E, "The value where another column is least.", |c| {
        let by = c.operand("by")?;
        c.map(|e| e.min_by(by))
    })
    .takes(BY)
    .examples(&[on!("a: [\"x\", \"y\"], b: [2, 1]", "min_by(\"b\")")]),
    verb(E, "max_by", E, "The value where another column is greatest.", |c| {
        let by = c.operand("by")?;
        c.map(|e| e.max_by(by))
    })
    .takes(BY)
    .examples(&[on!("a: [\"x\", \"y\"], b: [2, 1]", "max_by(\"b\")")]),
    plain!(arg_min, "[3, 1, 2]", "The place of the least value, from 0."),
    plain!(arg_max, "[3, 1, 2]", "The place of the greatest value, from 0."),
    verb(E, "std", E, "The standard deviation.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.std(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on!("a: [1, 3, 5]", "std()"), on!("a: [1, 3, 5]", "std(0)")]),
    verb(E, "var", E, "The variance.", |c| {
        let ddof = c.ddof()?;
        c.map(|e| e.var(ddof))
    })
    .takes(&[DDOF])
    .examples(&[on!("a: [1, 3, 5]", "var()")]),
    verb(E, "quantile", E, "The value below which this share of the values lies.", quantile)
        .takes(&[
            required("quantile", Column, "From 0 to 1; an array of them gives a list."),
            optional(
                "interpolation",
                Text,
                "nearest",
                "Between two values: nearest, lower, higher, midpoint, linear or equiprobable.",
            ),
        ])
        .examples(&[
            on!("a: [1, 2, 3, 4]", "quantile(0.5)"),
            on!("a: [1, 2, 3, 4]", "quantile(0.5, \"linear\")"),
            on!("a: [1, 2, 3, 4]", "quantile([0.25, 0.75])"),
        ]),
    verb(E, "first", E, "The first value.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| if ignore_nulls { e.first_non_null() } else { e.first() })
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [(), 1, 2]", "first()"), on!("a: [(), 1, 2]", "first(#{ ignore_nulls: true })")]),
    verb(E, "last", E, "The last value.", |c| {
        let ignore_nulls = c.boolean("ignore_nulls")?;
        c.map(|e| if ignore_nulls { e.last_non_null() } else { e.last() })
    })
    .takes(IGNORE_NULLS)
    .examples(&[on!("a: [1, 2, ()]", "last()"), on!("a: [1, 2, ()]", "last(#{ ignore_nulls: true })")]),
    verb(E, "item", E, "The only value; several are an error.", |c| {
        let allow_empty = c.boolean("allow_empty")?;
        c.map(|e| e.item(allow_empty))
    })
    .takes(&[optional("allow_empty", Boolean, "false", "Null, not an error, where there is no value.")])
    .examples(&[on!("a: [1]", "item()")]),
    plain!(count, "[1, ()]", "The number of values that are not null."),
    plain!(len, "[1, ()]", "The number of values, nulls too."),
    plain!(n_unique, "[1, 1, ()]", "The number of different values; null is one."),
    plain!(approx_n_unique, "[1, 1, 2]", "About how many different values there are; quicker for very many."),
    plain!(null_count, "[1, ()]", "The number of nulls."),
    verb(E, "implode", E, "All values as one list.", |c| {
        let maintain_order = c.boolean("maintain_order")?;
        c.map(|e| e.implode(maintain_order))
    })
    .takes(&[optional("maintain_order", Boolean, "true", "In the order of the rows.")])
    .examples(&[on!("a: [1, 2]", "implode()")]),
    verb(E, "dot", E, "The sum of the products with another column.", |c| {
        let other = c.operand("other")?;
        c.map(|e| e.dot(other))
    })
    .takes(&[required("other", Column, "The other column.")])
    .examples(&[on!("a: [1, 2, 3], b: [4, 5, 6]", "dot(\"b\")")]),
    verb(E, "mode", E, "The values that are there most often.", |c| {
        let maintain_order = c.boolean("maintain_order")?;
        c.map(|e| e.mode(maintain_order))
    })
    .takes(&[optional("maintain_order", Boolean, "false", "In the order of their first appearance.")])
    .examples(&[on!("a: [1, 1, 2]", "mode()"), on!("a: [2, 1]", "mode(#{ maintain_order: true })")]),
    verb(E, "skew", E, "How lopsided the values lie: 0 where they lie evenly.", |c| {
        let bias = c.boolean("bias")?;
        c.map(|e| e.skew(bias))
    })
    .takes(&[optional("bias", Boolean, "true", "With false, corrected for few values.")])
    .examples(&[on!("a: [1, 2, 9]", "skew()"), on!("a: [1, 2, 9]", "skew(#{ bias: false })")]),
    verb(E, "kurtosis", E, "How heavy the tails are.", |c| {
        let (fisher, bias) = (c.boolean("fisher")?, c.boolean("bias")?);
        c.map(|e| e.kurtosis(fisher, bias))
    })
    .takes(&[
        optional("fisher", Boolean, "true", "A normal distribution has 0, else 3."),
        optional("bias", Boolean, "true", "With false, corrected for few values."),
    ])
    .examples(&[
        on!("a: [1, 2, 3, 9]", "kurtosis()"),
        on!("a: [1, 2, 3, 9]", "kurtosis(#{ fisher: false, bias: false })"),
    ]),
    verb(E, "entropy", E, "The entropy of the values, taken as weights.", |c| {
        let (base, normalize) = (c.number("base")?, c.boolean("normalize")?);
        c.map(|e| e.entropy(base, normalize))
    })
    .takes(&[
        optional("base", Number, "2.718281828459045", "The base of the logarithm."),
        optional("normalize", Boolean, "true", "The values are divided by their sum first."),
    ])
    .examples(&[on!("a: [1.0, 1.0, 2.0]", "entropy(2)")]),
];

fn quantile(call: &Call<'_>) -> Result<Value, Fault> {
    if matches!(call.any("quantile"), Some(Value::Integer(_) | Value::Float(_) | Value::List(_)))
        && !call.numbers("quantile")?.iter().all(|share| (0.0..=1.0).contains(share))
    {
        return Err(call.out_of_range("quantile", "from 0 to 1"));
    }
    let is_list = matches!(call.any("quantile"), Some(Value::List(_)));
    let (share, method) = (call.operand("quantile")?, call.quantile_method()?);
    call.map(|e| match is_list {
        // Polars' plans say that several are one number, which they are not.
        true => {
            let one = DataTypeExpr::OfExpr(Box::new(e.clone().quantile(lit(0.5), method)));
            e.quantile(share, method).cast(one.wrap_in_list())
        }
        false => e.quantile(share, method),
    })
}
