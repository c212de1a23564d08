//! `.dt`: parts of moments, and lengths of time.

use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Duration, Text};
use crate::registry::Type::{Dates, Expression as E};
use crate::registry::{Verb, required, verb};
use crate::value::Value;

/// A part of a moment, shown by the same example.
macro_rules! part {
    ($name:literal, $method:ident, $summary:literal) => {
        verb(Dates, $name, E, $summary, |c| c.map(|e| e.dt().$method())).examples(&[concat!(
            "frame(#{ t: [datetime(\"2020-09-21 04:14:36\")] }).select(col(\"t\").dt.",
            $name,
            "())"
        )])
    };
}

/// A length of time in a unit.
macro_rules! total {
    ($name:literal, $method:ident, $summary:literal) => {
        verb(Dates, $name, E, $summary, |c| c.map(|e| e.dt().$method(false))).examples(&[concat!(
            "frame(#{ d: [duration(\"36h\")] }).select(col(\"d\").dt.",
            $name,
            "())"
        )])
    };
}

pub(in crate::verbs) const VERBS: &[Verb] = &[
    part!("year", year, "The year."),
    part!("month", month, "The month, from 1."),
    part!("day", day, "The day of the month, from 1."),
    part!("hour", hour, "The hour, from 0."),
    part!("minute", minute, "The minute, from 0."),
    part!("second", second, "The second, from 0."),
    part!("millisecond", millisecond, "The thousandths of the second."),
    part!("weekday", weekday, "The day of the week: Monday is 1, Sunday 7."),
    part!("week", week, "The week of the year, as ISO 8601 counts."),
    part!("date", date, "The day."),
    part!("time", time, "The time of day."),
    total!("total_days", total_days, "Whole days."),
    total!("total_hours", total_hours, "Whole hours."),
    total!("total_minutes", total_minutes, "Whole minutes."),
    total!("total_seconds", total_seconds, "Whole seconds."),
    total!("total_milliseconds", total_milliseconds, "Whole thousandths of a second."),
    verb(Dates, "truncate", E, "The beginning of the span that it lies in.", |c| {
        let every = c.value("every")?;
        c.map(|e: Expr| e.dt().truncate(every))
    })
    .takes(&[required("every", Duration, "The span, as \"10m\", \"1h\" or \"1d\".")])
    .examples(&[
        "frame(#{ t: [datetime(\"2020-09-21 04:14:36\")] }).select(col(\"t\").dt.truncate(\"10m\"))",
    ]),
    verb(Dates, "strftime", E, "Written in a form.", written)
        .takes(&[required("format", Text, "As `%Y-%m-%d %H:%M`.")])
        .examples(&[
            "frame(#{ t: [datetime(\"2020-09-21 04:14:36\")] }).select(col(\"t\").dt.strftime(\"%H:%M\"))",
        ]),
    verb(Dates, "to_string", E, "Written in a form.", written)
        .takes(&[required("format", Text, "As `%Y-%m-%d %H:%M`.")])
        .examples(&[
            "frame(#{ t: [datetime(\"2020-09-21 04:14:36\")] }).select(col(\"t\").dt.to_string(\"%H:%M\"))",
        ]),
];

fn written(call: &Call<'_>) -> Result<Value, Fault> {
    let format = call.text("format")?;
    call.map(|e| e.dt().to_string(&format))
}
