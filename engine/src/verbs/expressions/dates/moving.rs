//! Moments moved, cut to a span, and put together from parts.

use polars::prelude::{Expr, NULL, lit};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Column, Text, Value as Val};
use crate::registry::Type::{Dates as D, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;
use crate::verbs::expressions::strings::{AMBIGUOUS, ambiguous};

const SPAN: &[Parameter] = &[required("every", Val, "The span, as \"10m\", \"1h\", \"1d\" or \"1mo\".")];

pub(in crate::verbs::expressions) const VERBS: &[Verb] = &[
    verb(D, "truncate", E, "The beginning of the span that it lies in.", |c| {
        let every = c.span("every")?;
        c.map(|e| e.dt().truncate(every))
    })
    .takes(SPAN)
    .examples(&[
        on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.truncate(\"10m\")"),
        on!("a: [date(\"2020-09-21\")]", "dt.truncate(\"1mo\")"),
    ]),
    verb(D, "round", E, "The nearest beginning of a span.", |c| {
        let every = c.span("every")?;
        c.map(|e| e.dt().round(every))
    })
    .takes(SPAN)
    .examples(&[on!("a: [datetime(\"2020-09-21 04:16:36\")]", "dt.round(\"10m\")")]),
    verb(D, "offset_by", E, "Moved by a length of time, months and years too.", |c| {
        let by = c.span("by")?;
        c.map(|e| e.dt().offset_by(by))
    })
    .takes(&[required("by", Val, "How far, as \"1mo\", \"-2d\" or \"1y2h\"; or a column of such texts.")])
    .examples(&[on!("a: [datetime(\"2020-01-31 04:14:36\")]", "dt.offset_by(\"1mo\")")]),
    of_moment!(
        month_start,
        "[datetime(\"2020-09-21 04:14:36\")]",
        "The first day of the month, at the same time of day."
    ),
    of_moment!(
        month_end,
        "[datetime(\"2020-09-21 04:14:36\")]",
        "The last day of the month, at the same time of day."
    ),
    verb(D, "combine", E, "Its day, with another time of day.", |c| {
        let (time, unit) = (c.operand("time")?, c.time_unit()?);
        c.map(|e| e.dt().combine(time, unit))
    })
    .takes(&[
        required("time", Column, "A time of day, as `time(12, 30)`."),
        optional("time_unit", Text, "us", "The unit of the result: ns, us or ms."),
    ])
    .examples(&[on!("a: [date(\"2020-09-21\")]", "dt.combine(time(12, 30))")]),
    verb(D, "replace", E, "With some of its parts replaced.", replace)
        .takes(&[
            absent("year", Column, "The year."),
            absent("month", Column, "The month, from 1."),
            absent("day", Column, "The day of the month, from 1."),
            absent("hour", Column, "The hour."),
            absent("minute", Column, "The minute."),
            absent("second", Column, "The second."),
            absent("microsecond", Column, "The millionths of the second."),
            AMBIGUOUS,
        ])
        .examples(&[on!(
            "a: [datetime(\"2020-09-21 04:14:36\")]",
            "dt.replace(#{ day: 1, hour: 0, minute: 0, second: 0 })"
        )]),
];

fn replace(call: &Call<'_>) -> Result<Value, Fault> {
    let part = |name: &str| Ok::<Expr, Fault>(call.maybe_operand(name)?.unwrap_or_else(|| lit(NULL)));
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    let (hour, minute, second) = (part("hour")?, part("minute")?, part("second")?);
    let (microsecond, ambiguous) = (part("microsecond")?, ambiguous(call)?);
    call.map(|e| e.dt().replace(year, month, day, hour, minute, second, microsecond, ambiguous))
}
