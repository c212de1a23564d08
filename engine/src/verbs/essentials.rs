//! What expressions do most: names, types, nulls, aggregates, arithmetic, order, windows.

pub(super) mod cells;
pub(super) mod dates;
pub(super) mod strings;

use polars::prelude::{
    ClosedInterval, ExplodeOptions, Expr, QuantileMethod, RankMethod, RankOptions, RoundMode, SortOptions,
    lit,
};

use polars::series::ops::NullBehavior;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, DataType, Integer, Number, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, rest, some_rest, verb};
use crate::value::Value;

/// An expression's verb without parameters.
const fn plain(
    name: &'static str,
    summary: &'static str,
    run: fn(&Call<'_>) -> Result<Value, Fault>,
) -> Verb {
    verb(E, name, E, summary, run)
}

const DDOF: &[Parameter] =
    &[optional("ddof", Integer, "1", "Subtracted from the number of rows in the divisor.")];
const ROWS: &[Parameter] = &[optional("n", Integer, "5", "Rows.")];

pub(super) const VERBS: &[Verb] = &[
    plain("alias", "The expression under this name.", |c| {
        let name = c.text("name")?;
        c.map(|e| e.alias(name))
    })
    .takes(&[required("name", Text, "The new name.")])
    .examples(&["frame(#{ a: [1] }).select((col(\"a\") + 1).alias(\"b\"))"]),
    plain("cast", "The expression as another type; a value that does not fit is an error.", cast)
        .takes(&[
            required("dtype", DataType, "The type, as Int64 or \"i64\"."),
            optional("strict", Boolean, "true", "With false, what does not fit becomes null."),
        ])
        .examples(&["frame(#{ a: [\"1\", \"2\"] }).select(col(\"a\").cast(Int64))"]),
    plain("is_null", "Whether there is no value.", |c| c.map(Expr::is_null)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").is_null())"]),
    plain("is_not_null", "Whether there is a value.", |c| c.map(Expr::is_not_null)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").is_not_null())"]),
    plain("is_nan", "Whether it is no number.", |c| c.map(Expr::is_nan)).examples(&["frame(#{ a: [1.0] }).select(col(\"a\").is_nan())"]),
    plain("is_finite", "Whether it is a finite number.", |c| c.map(Expr::is_finite)).examples(&["frame(#{ a: [1.0] }).select(col(\"a\").is_finite())"]),
    plain("not_", "Not so.", |c| c.map(Expr::not)).examples(&["frame(#{ a: [true] }).select(col(\"a\").not_())"]),
    plain("is_in", "Whether it is one of several values.", |c| {
        let (other, nulls) = (c.value("other")?, c.boolean("nulls_equal")?);
        c.map(|e| e.is_in(other, nulls))
    })
    .takes(&[required("other", Val, "An array, or an expression."), optional("nulls_equal", Boolean, "false", "Null is in a list with null.")])
    .examples(&["frame(#{ a: [1, 2, 3] }).filter(col(\"a\").is_in([1, 3]))"]),
    plain("is_between", "Whether it lies between two values.", is_between)
        .takes(&[
            required("lower_bound", Val, "The least."),
            required("upper_bound", Val, "The greatest."),
            optional("closed", Text, "both", "Which ends belong to it: both, left, right, none."),
        ])
        .examples(&["frame(#{ a: [1, 2, 3] }).filter(col(\"a\").is_between(2, 3))"]),
    plain("eq_missing", "Whether both are equal, or both are null.", |c| {
        let other = c.value("other")?;
        c.map(|e| e.eq_missing(other))
    })
    .takes(&[required("other", Val, "A value or an expression.")])
    .examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").eq_missing(()))"]),
    plain("fill_null", "A value where there is none.", |c| {
        let value = c.value("value")?;
        c.map(|e| e.fill_null(value))
    })
    .takes(&[required("value", Val, "A value or an expression.")])
    .examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").fill_null(0))"]),
    plain("drop_nulls", "Without nulls.", |c| c.map(Expr::drop_nulls)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").drop_nulls())"]),
    plain("sum", "The sum.", |c| c.map(Expr::sum)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").sum())"]),
    plain("product", "The product.", |c| c.map(Expr::product)).examples(&["frame(#{ a: [2, 3] }).select(col(\"a\").product())"]),
    plain("mean", "The mean.", |c| c.map(Expr::mean)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").mean())"]),
    plain("median", "The median.", |c| c.map(Expr::median)).examples(&["frame(#{ a: [1, 2, 9] }).select(col(\"a\").median())"]),
    plain("min", "The least value.", |c| c.map(Expr::min)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").min())"]),
    plain("max", "The greatest value.", |c| c.map(Expr::max)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").max())"]),
    plain("std", "The standard deviation.", |c| {
        let ddof = ddof(c)?;
        c.map(|e| e.std(ddof))
    })
    .takes(DDOF)
    .examples(&["frame(#{ a: [1, 3] }).select(col(\"a\").std())"]),
    plain("var", "The variance.", |c| {
        let ddof = ddof(c)?;
        c.map(|e| e.var(ddof))
    })
    .takes(DDOF)
    .examples(&["frame(#{ a: [1, 3] }).select(col(\"a\").var())"]),
    plain("variance", "The variance; the same as `var`.", |c| {
        let ddof = ddof(c)?;
        c.map(|e| e.var(ddof))
    })
    .takes(DDOF)
    .examples(&["frame(#{ a: [1, 3] }).select(col(\"a\").variance())"]),
    plain("quantile", "The value below which this share of the values lies.", quantile)
        .takes(&[
            required("quantile", Number, "From 0 to 1."),
            optional("interpolation", Text, "nearest", "Between two values: nearest, lower, higher, midpoint, linear."),
        ])
        .examples(&["frame(#{ a: [1, 2, 3] }).select(col(\"a\").quantile(0.5))"]),
    plain("first", "The first value.", |c| c.map(Expr::first)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").first())"]),
    plain("last", "The last value.", |c| c.map(Expr::last)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").last())"]),
    plain("count", "The number of values that are not null.", |c| c.map(Expr::count)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").count())"]),
    plain("len", "The number of values, nulls too.", |c| c.map(Expr::len)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").len())"]),
    plain("n_unique", "The number of different values; null is one.", |c| c.map(Expr::n_unique)).examples(&["frame(#{ a: [1, 1, ()] }).select(col(\"a\").n_unique())"]),
    plain("null_count", "The number of nulls.", |c| c.map(Expr::null_count)).examples(&["frame(#{ a: [1, ()] }).select(col(\"a\").null_count())"]),
    plain("unique", "Each value once.", |c| {
        let keep = c.boolean("maintain_order")?;
        c.map(|e| if keep { e.unique_stable() } else { e.unique() })
    })
    .takes(&[optional("maintain_order", Boolean, "false", "In the order of their first appearance.")])
    .examples(&["frame(#{ a: [1, 1, 2] }).select(col(\"a\").unique(#{ maintain_order: true }))"]),
    plain("any", "Whether one is true.", |c| c.map(|e| e.any(true))).examples(&["frame(#{ a: [true, false] }).select(col(\"a\").any())"]),
    plain("all", "Whether all are true.", |c| c.map(|e| e.all(true))).examples(&["frame(#{ a: [true, false] }).select(col(\"a\").all())"]),
    plain("implode", "All values as one list.", |c| c.map(|e| e.implode(true))).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").implode())"]),
    plain("explode", "A row for each element of a list.", |c| {
        c.map(|e| e.explode(ExplodeOptions { empty_as_null: true, keep_nulls: true }))
    })
    .examples(&["frame(#{ a: [[1, 2], [3]] }).select(col(\"a\").explode())"]),
    plain("abs", "Without its sign.", |c| c.map(Expr::abs)).examples(&["frame(#{ a: [-1] }).select(col(\"a\").abs())"]),
    plain("sqrt", "The square root.", |c| c.map(Expr::sqrt)).examples(&["frame(#{ a: [4.0] }).select(col(\"a\").sqrt())"]),
    plain("exp", "e to this power.", |c| c.map(Expr::exp)).examples(&["frame(#{ a: [0.0] }).select(col(\"a\").exp())"]),
    plain("log", "The logarithm.", |c| {
        let base = c.number("base")?;
        c.map(|e| e.log(lit(base)))
    })
    .takes(&[optional("base", Number, "2.718281828459045", "The base.")])
    .examples(&["frame(#{ a: [8.0] }).select(col(\"a\").log(2))"]),
    plain("floor", "The next whole number below.", |c| c.map(Expr::floor)).examples(&["frame(#{ a: [1.5] }).select(col(\"a\").floor())"]),
    plain("ceil", "The next whole number above.", |c| c.map(Expr::ceil)).examples(&["frame(#{ a: [1.5] }).select(col(\"a\").ceil())"]),
    plain("round", "Rounded; halves go to the even neighbour.", |c| {
        let places = c.count("decimals")?;
        c.map(|e| e.round(u32::try_from(places).unwrap_or(u32::MAX), RoundMode::HalfToEven))
    })
    .takes(&[optional("decimals", Integer, "0", "Digits behind the point.")])
    .examples(&["frame(#{ a: [1.25] }).select(col(\"a\").round(1))"]),
    plain("cum_sum", "The sum of the rows so far.", |c| c.map(|e| e.cum_sum(false))).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").cum_sum())"]),
    plain("diff", "The difference to an earlier row.", |c| {
        let n = c.integer("n")?;
        c.map(|e| e.diff(lit(n), NullBehavior::Ignore))
    })
    .takes(&[optional("n", Integer, "1", "How many rows earlier.")])
    .examples(&["frame(#{ a: [1, 4] }).select(col(\"a\").diff())"]),
    plain("shift", "The value of an earlier row.", |c| {
        let n = c.integer("n")?;
        let fill = c.maybe_value("fill_value")?;
        c.map(|e| match fill {
            Some(fill) => e.shift_and_fill(lit(n), fill),
            None => e.shift(lit(n)),
        })
    })
    .takes(&[optional("n", Integer, "1", "How many rows earlier."), absent("fill_value", Val, "The value where there is no such row.")])
    .examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").shift())"]),
    plain("rank", "The place in the order of values, from 1.", rank)
        .takes(&[
            optional("method", Text, "average", "Of equal values: average, min, max, dense, ordinal."),
            optional("descending", Boolean, "false", "Greatest first."),
        ])
        .examples(&["frame(#{ a: [3, 1] }).select(col(\"a\").rank())"]),
    plain("sort", "Sorted.", |c| {
        let options = SortOptions::default().with_order_descending(c.boolean("descending")?).with_nulls_last(c.boolean("nulls_last")?);
        c.map(|e| e.sort(options))
    })
    .takes(&[optional("descending", Boolean, "false", "Greatest first."), optional("nulls_last", Boolean, "false", "Nulls at the end.")])
    .examples(&["frame(#{ a: [2, 1] }).select(col(\"a\").sort())"]),
    plain("reverse", "In the opposite order.", |c| c.map(Expr::reverse)).examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").reverse())"]),
    plain("head", "The first values.", |c| {
        let n = c.count("n")?;
        c.map(|e| e.head(Some(n)))
    })
    .takes(ROWS)
    .examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").head(1))"]),
    plain("tail", "The last values.", |c| {
        let n = c.count("n")?;
        c.map(|e| e.tail(Some(n)))
    })
    .takes(ROWS)
    .examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").tail(1))"]),
    plain("filter", "Only the values for which the condition holds.", |c| {
        let condition = c.column("predicate")?;
        c.map(|e| e.filter(condition))
    })
    .takes(&[required("predicate", Column, "The condition.")])
    .examples(&["frame(#{ a: [1, 2] }).select(col(\"a\").filter(col(\"a\") > 1))"]),
    plain("over", "Worked out for each group of rows, and given to all its rows.", |c| {
        let keys = c.columns("partition_by")?;
        Ok(Value::expression(c.expr()?.over(keys)?))
    })
    .takes(&[some_rest("partition_by", Column, "What makes a group.")])
    .examples(&["frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] }).with_columns(col(\"v\").sum().over(\"k\").alias(\"total\"))"]),
    plain("sort_by", "Sorted by other columns.", |c| {
        let by = c.columns("by")?;
        let descending = c.booleans("descending", by.len())?;
        let options = polars::prelude::SortMultipleOptions::default().with_order_descending_multi(descending);
        c.map(|e| e.sort_by(by, options))
    })
    .takes(&[rest("by", Column, "What to sort by."), optional("descending", crate::registry::Kind::Booleans, "false", "Greatest first.")])
    .examples(&["frame(#{ a: [1, 2], b: [2, 1] }).select(col(\"a\").sort_by(\"b\"))"]),
];

fn ddof(call: &Call<'_>) -> Result<u8, Fault> {
    u8::try_from(call.count("ddof")?).map_err(|_| call.out_of_range("ddof", "from 0 to 255"))
}

fn cast(call: &Call<'_>) -> Result<Value, Fault> {
    let (kind, strict) = (call.data_type("dtype")?, call.boolean("strict")?);
    call.map(|e| if strict { e.strict_cast(kind) } else { e.cast(kind) })
}

fn is_between(call: &Call<'_>) -> Result<Value, Fault> {
    let (lower, upper) = (call.value("lower_bound")?, call.value("upper_bound")?);
    let closed = match call.word("closed", &["both", "left", "right", "none"])? {
        "left" => ClosedInterval::Left,
        "right" => ClosedInterval::Right,
        "none" => ClosedInterval::None,
        _ => ClosedInterval::Both,
    };
    call.map(|e| e.is_between(lower, upper, closed))
}

fn quantile(call: &Call<'_>) -> Result<Value, Fault> {
    let share = call.number("quantile")?;
    if !(0.0..=1.0).contains(&share) {
        return Err(call.out_of_range("quantile", "from 0 to 1"));
    }
    let method = match call.word("interpolation", &["nearest", "lower", "higher", "midpoint", "linear"])? {
        "lower" => QuantileMethod::Lower,
        "higher" => QuantileMethod::Higher,
        "midpoint" => QuantileMethod::Midpoint,
        "linear" => QuantileMethod::Linear,
        _ => QuantileMethod::Nearest,
    };
    call.map(|e| e.quantile(lit(share), method))
}

fn rank(call: &Call<'_>) -> Result<Value, Fault> {
    let method = match call.word("method", &["average", "min", "max", "dense", "ordinal"])? {
        "min" => RankMethod::Min,
        "max" => RankMethod::Max,
        "dense" => RankMethod::Dense,
        "ordinal" => RankMethod::Ordinal,
        _ => RankMethod::Average,
    };
    let descending = call.boolean("descending")?;
    call.map(|e| e.rank(RankOptions { method, descending }, None))
}
