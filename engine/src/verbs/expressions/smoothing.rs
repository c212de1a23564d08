//! Exponentially weighted values: older rows count less and less.

use polars::prelude::EWMOptions;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Integer, Number};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, verb};

const COM: Parameter = absent("com", Number, "The decay as a centre of mass, 0 or more.");
const SPAN: Parameter = absent("span", Number, "The decay as a span of rows, 1 or more.");
const HALF_LIFE: Parameter =
    absent("half_life", Number, "The decay as the rows after which a weight is half.");
const ALPHA: Parameter = absent("alpha", Number, "The decay itself, above 0 and up to 1.");
const ADJUST: Parameter =
    optional("adjust", Boolean, "true", "The first rows are corrected for having few before them.");
const BIAS: Parameter = optional("bias", Boolean, "false", "Not corrected for few values.");
const LEAST: Parameter = optional("min_samples", Integer, "1", "Values below which the result is null.");
const IGNORE_NULLS: Parameter = optional("ignore_nulls", Boolean, "false", "Weights pass over nulls.");

/// A verb over all rows so far, weighted.
macro_rules! weighted {
    ($name:ident, $parameters:expr, $summary:literal) => {
        verb(E, stringify!($name), E, $summary, |c| {
            let options = options(c)?;
            c.map(|e| e.$name(options))
        })
        .takes($parameters)
        .examples(&[
            concat!("frame(#{ a: [1, 2, (), 4] }).select(col(\"a\").", stringify!($name), "(#{ com: 1 }))"),
            concat!(
                "frame(#{ a: [1, 2, (), 4] }).select(col(\"a\").",
                stringify!($name),
                "(#{ half_life: 2, ignore_nulls: true }))"
            ),
        ])
    };
}

const MEAN: &[Parameter] = &[COM, SPAN, HALF_LIFE, ALPHA, ADJUST, LEAST, IGNORE_NULLS];
const SUM: &[Parameter] = &[COM, SPAN, HALF_LIFE, ALPHA, LEAST, IGNORE_NULLS];
const DEVIATION: &[Parameter] = &[COM, SPAN, HALF_LIFE, ALPHA, ADJUST, BIAS, LEAST, IGNORE_NULLS];

pub(super) const VERBS: &[Verb] = &[
    weighted!(ewm_mean, MEAN, "The weighted mean of the rows so far."),
    weighted!(ewm_sum, SUM, "The weighted sum of the rows so far."),
    weighted!(ewm_std, DEVIATION, "The weighted standard deviation of the rows so far."),
    weighted!(ewm_var, DEVIATION, "The weighted variance of the rows so far."),
];

fn options(call: &Call<'_>) -> Result<EWMOptions, Fault> {
    let given = |name: &str| call.verb.parameters.iter().any(|known| known.name == name);
    Ok(EWMOptions {
        alpha: alpha(call)?,
        adjust: if given("adjust") { call.boolean("adjust")? } else { false },
        bias: if given("bias") { call.boolean("bias")? } else { false },
        min_periods: call.count("min_samples")?,
        ignore_nulls: call.boolean("ignore_nulls")?,
    })
}

/// The decay, from the one parameter that gives it.
fn alpha(call: &Call<'_>) -> Result<f64, Fault> {
    let (com, span) = (call.maybe_number("com")?, call.maybe_number("span")?);
    let (half_life, alpha) = (call.maybe_number("half_life")?, call.maybe_number("alpha")?);
    match (com, span, half_life, alpha) {
        (Some(com), None, None, None) if com >= 0.0 => Ok(1.0 / (1.0 + com)),
        (Some(_), None, None, None) => Err(call.out_of_range("com", "0 or more")),
        (None, Some(span), None, None) if span >= 1.0 => Ok(2.0 / (span + 1.0)),
        (None, Some(_), None, None) => Err(call.out_of_range("span", "1 or more")),
        (None, None, Some(rows), None) if rows > 0.0 => Ok(1.0 - (-std::f64::consts::LN_2 / rows).exp()),
        (None, None, Some(_), None) => Err(call.out_of_range("half_life", "more than 0")),
        (None, None, None, Some(alpha)) if alpha > 0.0 && alpha <= 1.0 => Ok(alpha),
        (None, None, None, Some(_)) => Err(call.out_of_range("alpha", "above 0 and at most 1")),
        _ => Err(Fault::argument(format!(
            "`{}` needs one of `com`, `span`, `half_life` and `alpha`",
            call.verb.name
        ))
        .hint("as `#{ half_life: 10 }`")),
    }
}
