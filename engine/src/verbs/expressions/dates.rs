//! `.dt`: parts of days and moments, and the units of lengths of time. Moments changed are left to `moving`, time
//! zones and working days to `calendars`.

/// A verb without parameters over a moment, shown on these values.
macro_rules! of_moment {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Dates, ".dt", $name, |e: Expr| e.dt().$name(), $values, $summary)
    };
}

pub(super) mod calendars;
pub(super) mod moving;

use polars::prelude::{DataType, Expr, lit};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Text};
use crate::registry::Type::{Dates as D, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const FRACTIONAL: &[Parameter] =
    &[optional("fractional", Boolean, "false", "With a fraction; else whole ones.")];
const UNIT: Parameter = optional("time_unit", Text, "us", "ns, us or ms.");

/// A part of a moment.
macro_rules! part {
    ($name:ident, $summary:literal) => {
        of_moment!($name, "[datetime(\"2020-09-21 04:14:36.123456\"), ()]", $summary)
    };
}

/// A length of time in a unit.
macro_rules! total {
    ($name:ident, $summary:literal) => {
        verb(D, stringify!($name), E, $summary, |c| {
            let fractional = c.boolean("fractional")?;
            c.map(|e| e.dt().$name(fractional))
        })
        .takes(FRACTIONAL)
        .examples(&[
            concat!("frame(#{ a: [duration(\"36h\"), ()] }).select(col(\"a\").dt.", stringify!($name), "())"),
            concat!(
                "frame(#{ a: [duration(\"90m\")] }).select(col(\"a\").dt.",
                stringify!($name),
                "(#{ fractional: true }))"
            ),
        ])
    };
}

pub(super) const VERBS: &[Verb] = &[
    part!(millennium, "The millennium: 3 from 2001 on."),
    part!(century, "The century: 21 from 2001 on."),
    part!(year, "The year."),
    part!(iso_year, "The year that the week belongs to, as ISO 8601 counts."),
    part!(is_leap_year, "Whether the year has 366 days."),
    part!(quarter, "The quarter of the year, from 1."),
    part!(month, "The month, from 1."),
    part!(days_in_month, "The number of days of the month."),
    part!(week, "The week of the year, as ISO 8601 counts."),
    part!(weekday, "The day of the week: Monday is 1, Sunday 7."),
    part!(day, "The day of the month, from 1."),
    part!(ordinal_day, "The day of the year, from 1."),
    part!(hour, "The hour, from 0."),
    part!(minute, "The minute, from 0."),
    verb(D, "second", E, "The second, from 0.", |c| {
        let fractional = c.boolean("fractional")?;
        c.map(|e| match fractional {
            true => e.clone().dt().second() + e.dt().nanosecond().true_div(lit(1e9)),
            false => e.dt().second(),
        })
    })
    .takes(FRACTIONAL)
    .examples(&[
        on!("a: [datetime(\"2020-09-21 04:14:36.5\")]", "dt.second()"),
        on!("a: [datetime(\"2020-09-21 04:14:36.5\")]", "dt.second(#{ fractional: true })"),
    ]),
    part!(millisecond, "The thousandths of the second."),
    part!(microsecond, "The millionths of the second."),
    part!(nanosecond, "The billionths of the second."),
    part!(date, "The day."),
    part!(time, "The time of day."),
    total!(total_days, "In days."),
    total!(total_hours, "In hours."),
    total!(total_minutes, "In minutes."),
    total!(total_seconds, "In seconds."),
    total!(total_milliseconds, "In thousandths of a second."),
    total!(total_microseconds, "In millionths of a second."),
    total!(total_nanoseconds, "In billionths of a second."),
    verb(D, "timestamp", E, "The time since 1970 in a unit.", |c| {
        let unit = c.time_unit()?;
        c.map(|e| e.dt().timestamp(unit))
    })
    .takes(&[UNIT])
    .examples(&[on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.timestamp(\"ms\")")]),
    verb(D, "epoch", E, "The time since 1970 in a unit, seconds and days too.", epoch)
        .takes(&[optional("time_unit", Text, "us", "ns, us, ms, s or d.")])
        .examples(&[
            on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.epoch(\"s\")"),
            on!("a: [date(\"2020-09-21\")]", "dt.epoch(\"d\")"),
        ]),
    verb(D, "to_string", E, "Written in a form.", |c| {
        let format = c.maybe_text("format")?.unwrap_or_else(|| "iso".to_owned());
        c.map(|e| e.dt().to_string(&format))
    })
    .takes(&[absent("format", Text, "As `%Y-%m-%d %H:%M`; as ISO 8601 by default.")])
    .examples(&[
        on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.to_string(\"%H:%M\")"),
        on!("a: [date(\"2020-09-21\")]", "dt.to_string()"),
    ]),
    verb(D, "strftime", E, "Written in a form.", |c| {
        let format = c.text("format")?;
        c.map(|e| e.dt().strftime(&format))
    })
    .takes(&[required("format", Text, "As `%Y-%m-%d %H:%M`.")])
    .examples(&[on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.strftime(\"%H:%M\")")]),
    verb(D, "cast_time_unit", E, "The same moments and lengths of time, stored in another unit.", |c| {
        let unit = c.time_unit()?;
        c.map(|e| e.dt().cast_time_unit(unit))
    })
    .takes(&[required("time_unit", Text, "ns, us or ms.")])
    .examples(&[on!("a: [datetime(\"2020-09-21 04:14:36.123456\")]", "dt.cast_time_unit(\"ms\")")]),
];

fn epoch(call: &Call<'_>) -> Result<Value, Fault> {
    use polars::prelude::TimeUnit::{Microseconds, Milliseconds, Nanoseconds};
    let unit = call.word("time_unit", &["ns", "us", "ms", "s", "d"])?;
    call.map(|e| match unit {
        "ns" => e.dt().timestamp(Nanoseconds),
        "us" => e.dt().timestamp(Microseconds),
        "ms" => e.dt().timestamp(Milliseconds),
        "s" => e.dt().timestamp(Milliseconds).floor_div(lit(1000).cast(DataType::Int64)),
        _ => e.cast(DataType::Date).cast(DataType::Int32),
    })
}
