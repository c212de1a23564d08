//! Operators as verbs, and numbers rounded, bounded and without their signs.

use polars::prelude::{Expr, RoundMode};

use crate::call::{Call, Choices};
use crate::fault::Fault;
use crate::registry::Kind::{Column, Integer, Text, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, absent, optional, required, verb};
use crate::value::Value;

const MODES: Choices<RoundMode> = &[
    ("half_to_even", RoundMode::HalfToEven),
    ("half_away_from_zero", RoundMode::HalfAwayFromZero),
    ("to_zero", RoundMode::ToZero),
];

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Expression, "", $name, Expr::$name, $values, $summary)
    };
}

/// An operator on two columns.
macro_rules! operator {
    ($name:literal, $run:expr, $summary:literal) => {
        verb(E, $name, E, $summary, |c| {
            let other = c.operand("other")?;
            c.map(|e| $run(e, other))
        })
        .takes(&[required("other", Column, "The other side: a column, an expression or a number.")])
        .examples(&[concat!(
            "frame(#{ a: [7, -7, ()], b: [2, 2, 2] }).select(col(\"a\").",
            $name,
            "(\"b\"))"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    verb(E, "add", E, "The sum of both; strings are joined. The same as `+`.", |c| {
        let other = c.value("other")?;
        c.map(|e| e + other)
    })
    .takes(&[required("other", Val, "The other side: a value or an expression.")])
    .examples(&[on!("a: [1, 2], b: [3, ()]", "add(col(\"b\"))"), on!("a: [\"x\"]", "add(\"y\")")]),
    operator!("sub", |e: Expr, other| e - other, "The difference of both. The same as `-`."),
    operator!("mul", |e: Expr, other| e * other, "The product of both. The same as `*`."),
    operator!("truediv", Expr::true_div, "The quotient as a number with a fraction. The same as `/`."),
    operator!("floordiv", Expr::floor_div, "The quotient rounded down to a whole number."),
    operator!("mod", |e: Expr, other| e % other, "What is left of a division. The same as `%`."),
    verb(E, "pow", E, "This number to a power. The same as `**`.", |c| {
        let exponent = c.operand("exponent")?;
        c.map(|e| e.pow(exponent))
    })
    .takes(&[required("exponent", Column, "The power.")])
    .examples(&[on!("a: [1, 2, 3]", "pow(2)"), on!("a: [2.0, 9.0]", "pow(0.5)")]),
    verb(E, "neg", E, "With the opposite sign.", |c| c.map(|e| -e))
        .examples(&[on!("a: [1, -2, ()]", "neg()")]),
    plain!(abs, "[-1, 2, ()]", "Without its sign."),
    plain!(sign, "[-1.5, 0.0, 3.0]", "-1, 0 or 1, as it is less than, equal to or greater than 0."),
    plain!(floor, "[1.5, -1.5]", "The next whole number below."),
    plain!(ceil, "[1.5, -1.5]", "The next whole number above."),
    verb(E, "round", E, "Rounded to so many digits behind the point.", |c| {
        let (decimals, mode) = (c.small("decimals")?, c.choice("mode", MODES)?);
        c.map(|e| e.round(decimals, mode))
    })
    .takes(&[
        optional("decimals", Integer, "0", "Digits behind the point."),
        optional(
            "mode",
            Text,
            "half_to_even",
            "Halves: half_to_even, half_away_from_zero; or to_zero for all.",
        ),
    ])
    .examples(&[
        on!("a: [0.5, 1.5, 2.345]", "round()"),
        on!("a: [0.25, 0.35]", "round(1, \"half_away_from_zero\")"),
    ]),
    verb(E, "round_sig_figs", E, "Rounded to so many digits that count.", |c| {
        let digits = c.small("digits")?;
        let digits = i32::try_from(digits).map_err(|_| c.out_of_range("digits", "smaller"))?;
        c.map(|e| e.round_sig_figs(digits))
    })
    .takes(&[required("digits", Integer, "How many digits, from the first that is not 0.")])
    .examples(&[on!("a: [0.01234, 123456.0]", "round_sig_figs(2)")]),
    verb(E, "truncate", E, "Cut to so many digits behind the point.", |c| {
        let decimals = c.small("decimals")?;
        c.map(|e| e.truncate(decimals))
    })
    .takes(&[optional("decimals", Integer, "0", "Digits behind the point.")])
    .examples(&[on!("a: [1.99, -1.99]", "truncate(1)")]),
    verb(E, "clip", E, "Kept between two bounds.", clip)
        .takes(&[
            absent("lower_bound", Column, "The least; what is less becomes it."),
            absent("upper_bound", Column, "The greatest; what is greater becomes it."),
        ])
        .examples(&[on!("a: [1, 5, 9, ()]", "clip(2, 8)"), on!("a: [1, 5, 9]", "clip(#{ upper_bound: 5 })")]),
];

fn clip(call: &Call<'_>) -> Result<Value, Fault> {
    let bounds = (call.maybe_operand("lower_bound")?, call.maybe_operand("upper_bound")?);
    call.map(|e| match bounds {
        (Some(lower), Some(upper)) => e.clip(lower, upper),
        (Some(lower), None) => e.clip_min(lower),
        (None, Some(upper)) => e.clip_max(upper),
        (None, None) => e,
    })
}
