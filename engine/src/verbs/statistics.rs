//! Figures about all columns of a frame.

mod describe;

use fram_frame::Frame;
use polars::prelude::{Column, DataFrame, Expr, LazyFrame, all, lit, pearson_corr};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Integer, Number, Text};
use crate::registry::Type::Frame as F;
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const DDOF: Parameter =
    optional("ddof", Integer, "1", "What is taken from the number of rows before dividing by it.");
const INTERPOLATION: Parameter =
    optional("interpolation", Text, "nearest", "nearest, lower, higher, midpoint, linear or equiprobable.");

pub(super) const VERBS: &[Verb] = &[
    verb(
        F,
        "describe",
        F,
        "Runs the frame; counts, means, extremes and percentiles of its columns.",
        describe::describe,
    )
    .takes(&[absent("percentiles", Any, "Numbers from 0 to 1; else 0.25, 0.5 and 0.75."), INTERPOLATION])
    .examples(&["frame(#{ n: [1, 2, 3, ()], s: [\"a\", \"b\", \"b\", \"c\"] }).describe()"]),
    verb(F, "sum", F, "The sum of each column.", |call| call.plan(LazyFrame::sum))
        .examples(&["frame(#{ a: [1, 2], b: [0.5, 1.0] }).sum()"]),
    verb(F, "mean", F, "The mean of each column.", |call| call.plan(LazyFrame::mean))
        .examples(&["frame(#{ a: [1, 2] }).mean()"]),
    verb(F, "median", F, "The median of each column.", |call| call.plan(LazyFrame::median))
        .examples(&["frame(#{ a: [1, 2, 9] }).median()"]),
    verb(F, "min", F, "The least value of each column.", |call| call.plan(LazyFrame::min))
        .examples(&["frame(#{ a: [1, 2], b: [\"x\", \"y\"] }).min()"]),
    verb(F, "max", F, "The greatest value of each column.", |call| call.plan(LazyFrame::max))
        .examples(&["frame(#{ a: [1, 2], b: [\"x\", \"y\"] }).max()"]),
    verb(F, "count", F, "How many values of each column are not null.", |call| call.plan(LazyFrame::count))
        .examples(&["frame(#{ a: [1, ()], b: [1, 2] }).count()"]),
    verb(F, "product", F, "The product of each column.", |call| {
        call.plan(|lazy| lazy.select([all().as_expr().product()]))
    })
    .examples(&["frame(#{ a: [2, 3] }).product()"]),
    verb(F, "std", F, "The standard deviation of each column.", |call| {
        let ddof = ddof(call)?;
        call.plan(|lazy| lazy.std(ddof))
    })
    .takes(&[DDOF])
    .examples(&["frame(#{ a: [1, 2, 3] }).std()"]),
    verb(F, "var", F, "The variance of each column.", |call| {
        let ddof = ddof(call)?;
        call.plan(|lazy| lazy.var(ddof))
    })
    .takes(&[DDOF])
    .examples(&["frame(#{ a: [1, 2, 3] }).var()"]),
    verb(F, "quantile", F, "The value that a share of each column's values does not pass.", |call| {
        let (share, method) = (call.number("quantile")?, call.quantile_method()?);
        if !(0.0..=1.0).contains(&share) {
            return Err(call.out_of_range("quantile", "from 0 to 1"));
        }
        call.plan(|lazy| lazy.quantile(lit(share), method))
    })
    .takes(&[required("quantile", Number, "The share, from 0 to 1."), INTERPOLATION])
    .examples(&["frame(#{ a: [1, 2, 3, 4] }).quantile(0.5)"]),
    verb(F, "corr", F, "How each pair of columns goes together: Pearson's correlation, from -1 to 1.", corr)
        .examples(&["frame(#{ a: [1, 2, 3], b: [3, 2, 1] }).corr()"]),
];

fn ddof(call: &Call<'_>) -> Result<u8, Fault> {
    u8::try_from(call.integer("ddof")?).map_err(|_| call.out_of_range("ddof", "from 0 to 255"))
}

fn corr(call: &Call<'_>) -> Result<Value, Fault> {
    let names: Vec<String> = call.frame()?.schema().iter_names().map(ToString::to_string).collect();
    let column = |name: &str| polars::prelude::col(name);
    let width = names.len();
    // One figure for each pair, whichever of the two comes first.
    let pairs: Vec<Expr> = (0..width)
        .flat_map(|one| (one..width).map(move |other| (one, other)))
        .map(|(one, other)| {
            pearson_corr(column(&names[one]), column(&names[other])).alias(format!("{one} {other}"))
        })
        .collect();
    let figures = call.run_plan(call.lazy()?.select(pairs))?;
    let figure = |one: usize, other: usize| {
        let figure = figures.column(&format!("{} {}", one.min(other), one.max(other))).ok()?;
        figure.f64().ok().and_then(|values| values.get(0))
    };
    let columns: Vec<Column> = names
        .iter()
        .enumerate()
        .map(|(at, name)| Column::new(name.into(), (0..width).map(|row| figure(row, at)).collect::<Vec<_>>()))
        .collect();
    Ok(Value::Frame(Frame::from_data(DataFrame::new(width, columns)?)))
}
