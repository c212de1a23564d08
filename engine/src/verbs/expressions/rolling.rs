//! Windows of so many rows that end at each row: sums, means, extremes and the like of their values.

use polars::polars_compute::rolling::{RollingFnParams, RollingRankMethod, RollingVarParams};
use polars::prelude::RollingOptionsFixedWindow;

use super::aggregates::DDOF;
use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Integer, Number, Numbers, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, verb};

/// How many rows a window has.
pub(super) const WINDOW: Parameter = required("window_size", Integer, "Rows in a window.");
/// Weights of the values in a window.
pub(super) const WEIGHTS: Parameter =
    absent("weights", Numbers, "What each value in a window is multiplied by; as many as it has rows.");
/// How many values a window must have.
pub(super) const LEAST: Parameter =
    absent("min_samples", Integer, "Values below which the result is null; all of the window by default.");
/// Where the row stands in its window.
pub(super) const CENTER: Parameter =
    optional("center", Boolean, "false", "The row is in the middle of its window, not at its end.");
/// What a quantile between two values of a window is.
pub(super) const INTERPOLATION: Parameter = optional(
    "interpolation",
    Text,
    "nearest",
    "Between two values: nearest, lower, higher, midpoint, linear.",
);
/// Methods of ranks in windows.
pub(super) const RANKS: Choices<RollingRankMethod> = &[
    ("average", RollingRankMethod::Average),
    ("min", RollingRankMethod::Min),
    ("max", RollingRankMethod::Max),
    ("dense", RollingRankMethod::Dense),
    ("random", RollingRankMethod::Random),
];
/// How equal values are ranked.
pub(super) const RANK_METHOD: Parameter =
    optional("method", Text, "average", "Of equal values: average, min, max, dense or random.");
/// Where random ranks begin.
pub(super) const RANK_SEED: Parameter =
    absent("seed", Integer, "For random: the same seed gives the same ranks.");

/// A verb over a window of rows.
macro_rules! window {
    ($name:ident, $summary:literal) => {
        verb(E, stringify!($name), E, $summary, |c| {
            let options = options(c, None)?;
            c.map(|e| e.$name(options))
        })
        .takes(&[WINDOW, WEIGHTS, LEAST, CENTER])
        .examples(&[
            concat!("frame(#{ a: [1, 2, 3, 9] }).select(col(\"a\").", stringify!($name), "(2))"),
            concat!(
                "frame(#{ a: [1, 2, 3, 9] }).select(col(\"a\").",
                stringify!($name),
                "(3, #{ min_samples: 1, center: true }))"
            ),
        ])
    };
}

/// A deviation over a window of rows.
macro_rules! deviation {
    ($name:ident, $summary:literal) => {
        verb(E, stringify!($name), E, $summary, |c| {
            let options = options(c, Some(RollingFnParams::Var(RollingVarParams { ddof: c.ddof()? })))?;
            c.map(|e| e.$name(options))
        })
        .takes(&[WINDOW, WEIGHTS, LEAST, CENTER, DDOF])
        .examples(&[
            concat!("frame(#{ a: [1, 2, 4, 9] }).select(col(\"a\").", stringify!($name), "(3))"),
            concat!(
                "frame(#{ a: [1, 2, 4, 9] }).select(col(\"a\").",
                stringify!($name),
                "(2, #{ ddof: 0 }))"
            ),
        ])
    };
}

pub(super) const VERBS: &[Verb] = &[
    window!(rolling_sum, "The sum of the last rows."),
    window!(rolling_mean, "The mean of the last rows."),
    window!(rolling_min, "The least value of the last rows."),
    window!(rolling_max, "The greatest value of the last rows."),
    window!(rolling_median, "The median of the last rows."),
    deviation!(rolling_std, "The standard deviation of the last rows."),
    deviation!(rolling_var, "The variance of the last rows."),
    verb(E, "rolling_quantile", E, "The value below which this share of the last rows lies.", |c| {
        let (share, method) = (share(c)?, c.quantile_method()?);
        let options = options(c, None)?;
        c.map(|e| e.rolling_quantile(method, share, options))
    })
    .takes(&[
        required("quantile", Number, "From 0 to 1."),
        INTERPOLATION,
        optional("window_size", Integer, "2", "Rows in a window."),
        WEIGHTS,
        LEAST,
        CENTER,
    ])
    .examples(&[on!("a: [1, 2, 3, 9]", "rolling_quantile(0.5, \"linear\", 2)")]),
    verb(E, "rolling_rank", E, "The rank of the row among the last rows, from 1.", |c| {
        let rank = RollingFnParams::Rank { method: c.choice("method", RANKS)?, seed: c.seed("seed")? };
        let options = options(c, Some(rank))?;
        c.map(|e| e.rolling_rank(options))
    })
    .takes(&[WINDOW, RANK_METHOD, RANK_SEED, LEAST, CENTER])
    .examples(&[on!("a: [1, 4, 3, 9]", "rolling_rank(3)")]),
    verb(E, "rolling_skew", E, "How lopsided the last rows lie.", |c| {
        let options = options(c, Some(RollingFnParams::Skew { bias: c.boolean("bias")? }))?;
        c.map(|e| e.rolling_skew(options))
    })
    .takes(&[
        WINDOW,
        optional("bias", Boolean, "true", "With false, corrected for few values."),
        LEAST,
        CENTER,
    ])
    .examples(&[on!("a: [1, 2, 9, 4]", "rolling_skew(3)")]),
    verb(E, "rolling_kurtosis", E, "How heavy the tails of the last rows are.", |c| {
        let shape = RollingFnParams::Kurtosis { fisher: c.boolean("fisher")?, bias: c.boolean("bias")? };
        let options = options(c, Some(shape))?;
        c.map(|e| e.rolling_kurtosis(options))
    })
    .takes(&[
        WINDOW,
        optional("fisher", Boolean, "true", "A normal distribution has 0, else 3."),
        optional("bias", Boolean, "true", "With false, corrected for few values."),
        LEAST,
        CENTER,
    ])
    .examples(&[on!("a: [1, 4, 2, 9]", "rolling_kurtosis(4)")]),
];

/// A share from 0 to 1: `quantile`.
pub(super) fn share(call: &Call<'_>) -> Result<f64, Fault> {
    let share = call.number("quantile")?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(call.out_of_range("quantile", "from 0 to 1")) }
}

/// The window that the arguments describe.
pub(super) fn options(
    call: &Call<'_>,
    fn_params: Option<RollingFnParams>,
) -> Result<RollingOptionsFixedWindow, Fault> {
    let window_size = call.count("window_size")?;
    let min_periods = call.maybe_count("min_samples")?.unwrap_or(window_size);
    if min_periods > window_size {
        return Err(call.out_of_range("min_samples", "at most `window_size`"));
    }
    let weights = if call.has("weights") { Some(call.numbers("weights")?) } else { None };
    if weights.as_ref().is_some_and(|weights| weights.len() != window_size) {
        return Err(
            call.out_of_range("weights", &format!("{window_size} numbers, one for each row of a window"))
        );
    }
    Ok(RollingOptionsFixedWindow {
        window_size,
        min_periods,
        weights,
        center: call.boolean("center")?,
        fn_params,
    })
}
