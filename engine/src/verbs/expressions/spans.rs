//! Windows by time: of the rows that another column puts into the span before each row.

use polars::polars_compute::rolling::{RollingFnParams, RollingVarParams};
use polars::prelude::RollingOptionsDynamicWindow;

use super::aggregates::DDOF;
use super::rolling::{INTERPOLATION, RANK_METHOD, RANK_SEED, RANKS, share};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Column, Duration, Integer, Number, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, optional, required, verb};

const BY: Parameter = required("by", Column, "Times or whole numbers, in any order, without nulls.");
const SPAN: Parameter = required("window_size", Duration, "How far back, as \"10m\", \"1d\" or \"3i\".");
const LEAST: Parameter = optional("min_samples", Integer, "1", "Values below which the result is null.");
const CLOSED: Parameter =
    optional("closed", Text, "right", "Which ends belong to the window: left, right, both, none.");

/// A verb over a window of time.
macro_rules! span {
    ($name:ident, $parameters:expr, $params:expr, $summary:literal) => {
        verb(E, stringify!($name), E, $summary, |c| {
            let (by, options) = (c.operand("by")?, options(c, $params(c)?)?);
            c.map(|e| e.$name(by, options))
        })
        .takes($parameters)
        .examples(&[
            concat!(
                "frame(#{ a: [1, 2, 4, 9], i: [0, 1, 2, 5] }).select(col(\"a\").",
                stringify!($name),
                "(\"i\", \"2i\"))"
            ),
            concat!(
                "frame(#{ a: [1, 2, 4, 9], i: [0, 1, 2, 5] }).select(col(\"a\").",
                stringify!($name),
                "(\"i\", \"3i\", #{ min_samples: 2, closed: \"both\" }))"
            ),
        ])
    };
}

const PLAIN: &[Parameter] = &[BY, SPAN, LEAST, CLOSED];
const DEVIATION: &[Parameter] = &[BY, SPAN, LEAST, CLOSED, DDOF];
const SUM: &[Parameter] =
    &[BY, SPAN, optional("min_samples", Integer, "0", "Values below which the result is null."), CLOSED];

pub(super) const VERBS: &[Verb] = &[
    span!(rolling_sum_by, SUM, none, "The sum of the values in the span before each row."),
    span!(rolling_mean_by, PLAIN, none, "The mean of the values in the span before each row."),
    span!(rolling_min_by, PLAIN, none, "The least value in the span before each row."),
    span!(rolling_max_by, PLAIN, none, "The greatest value in the span before each row."),
    span!(rolling_median_by, PLAIN, none, "The median of the values in the span before each row."),
    span!(rolling_std_by, DEVIATION, deviation, "The standard deviation in the span before each row."),
    span!(rolling_var_by, DEVIATION, deviation, "The variance in the span before each row."),
    verb(E, "rolling_quantile_by", E, "The value below which this share of the span's values lies.", |c| {
        let (by, share, method) = (c.operand("by")?, share(c)?, c.quantile_method()?);
        let options = options(c, None)?;
        c.map(|e| e.rolling_quantile_by(by, method, share, options))
    })
    .takes(&[BY, SPAN, required("quantile", Number, "From 0 to 1."), INTERPOLATION, LEAST, CLOSED])
    .examples(&[on!(
        "a: [1, 2, 4, 9], i: [0, 1, 2, 5]",
        "rolling_quantile_by(\"i\", \"3i\", #{ quantile: 0.5, interpolation: \"linear\" })"
    )]),
    span!(
        rolling_rank_by,
        &[BY, SPAN, RANK_METHOD, RANK_SEED, LEAST, CLOSED],
        rank,
        "The rank of the row among the values in the span before it, from 1."
    ),
];

fn none(_call: &Call<'_>) -> Result<Option<RollingFnParams>, Fault> {
    Ok(None)
}

fn deviation(call: &Call<'_>) -> Result<Option<RollingFnParams>, Fault> {
    Ok(Some(RollingFnParams::Var(RollingVarParams { ddof: call.ddof()? })))
}

fn rank(call: &Call<'_>) -> Result<Option<RollingFnParams>, Fault> {
    Ok(Some(RollingFnParams::Rank { method: call.choice("method", RANKS)?, seed: call.seed("seed")? }))
}

fn options(
    call: &Call<'_>,
    fn_params: Option<RollingFnParams>,
) -> Result<RollingOptionsDynamicWindow, Fault> {
    Ok(RollingOptionsDynamicWindow {
        window_size: call.length("window_size")?,
        min_periods: call.count("min_samples")?,
        closed_window: call.closed_window()?,
        fn_params,
    })
}
