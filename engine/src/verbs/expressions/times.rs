//! Days, moments, times of day and lengths of time: from text, and from their parts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use polars::prelude::{
    DataType, DatetimeArgs, DurationArgs, Expr, LiteralValue, Scalar, TimeUnit, datetime as of_parts,
    duration as of_units, lit,
};

use polars_plan::plans::TypedLiteral;

use super::strings::{AMBIGUOUS, ambiguous};
use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Column, Text};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const MONTH: Parameter = absent("month", Column, "The month, from 1.");
const DAY: Parameter = absent("day", Column, "The day of the month, from 1.");
const CLOCK: [Parameter; 4] = [
    absent("hour", Column, "The hour; 0 by default."),
    absent("minute", Column, "The minute; 0 by default."),
    absent("second", Column, "The second; 0 by default."),
    absent("microsecond", Column, "The millionths of the second; 0 by default."),
];

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "date", E, "A day, from text or from its parts.", date)
        .takes(&[
            required("year", Column, "The year; or, alone, the whole day as text, \"2020-09-21\"."),
            MONTH,
            DAY,
        ])
        .examples(&["date(\"2020-09-21\")", of!("y: [2020, 2021], m: [9, 1]", "date(\"y\", \"m\", 1)")]),
    verb(Cell, "datetime", E, "A moment, from text or from its parts.", moment)
        .takes(&[
            required("year", Column, "The year; or, alone, the whole as text, \"2020-09-21 04:14:36\"."),
            absent("month", Column, "The month, from 1; behind text, its zone."),
            DAY,
            CLOCK[0],
            CLOCK[1],
            CLOCK[2],
            CLOCK[3],
            optional("time_unit", Text, "us", "The unit that it is stored in: ns, us or ms."),
            absent("time_zone", Text, "Its zone, as UTC."),
            AMBIGUOUS,
        ])
        .examples(&[
            "datetime(\"2020-09-21 04:14:36\")",
            "datetime(\"2020-09-21 04:14:36\", \"UTC\")",
            of!("y: [2020], h: [4]", "datetime(\"y\", 9, 21, \"h\", 14)"),
        ]),
    verb(Cell, "time", E, "A time of day, from text or from its parts.", time)
        .takes(&[
            absent("hour", Column, "The hour, 0 by default; or, alone, the whole as text, \"12:30\"."),
            CLOCK[1],
            CLOCK[2],
            CLOCK[3],
        ])
        .examples(&["time(\"12:30\")", of!("h: [4, 5], m: [14, 0]", "time(\"h\", \"m\")")]),
    verb(Cell, "duration", E, "A length of time, from text or from its parts.", duration)
        .takes(&[
            absent("text", Text, "As \"1h30m\", \"2d\" or \"500ms\"."),
            absent("weeks", Column, "Weeks."),
            absent("days", Column, "Days."),
            absent("hours", Column, "Hours."),
            absent("minutes", Column, "Minutes."),
            absent("seconds", Column, "Seconds."),
            absent("milliseconds", Column, "Thousandths of a second."),
            absent("microseconds", Column, "Millionths of a second."),
            absent("nanoseconds", Column, "Billionths of a second."),
            absent(
                "time_unit",
                Text,
                "The unit that it is stored in; us by default, ns where nanoseconds are given.",
            ),
        ])
        .examples(&[
            "duration(\"1h30m\")",
            of!("d: [1, 2]", "duration(#{ days: \"d\", hours: 12 }).alias(\"length\")"),
        ]),
    verb(Cell, "from_epoch", E, "Moments from the time since 1970.", from_epoch)
        .takes(&[
            required("column", Column, "The numbers."),
            optional("time_unit", Text, "s", "What they count: d, s, ms, us or ns."),
        ])
        .examples(&[
            of!("a: [1600661676]", "from_epoch(\"a\")"),
            of!("a: [18526]", "from_epoch(\"a\", \"d\")"),
        ]),
];

/// The text that stands for a whole day, moment or time of day, where it stands alone.
fn alone<'a>(call: &'a Call<'_>, name: &str, others: &[&str]) -> Option<&'a str> {
    match call.any(name) {
        Some(Value::Text(text)) if !others.iter().any(|other| call.has(other)) => Some(text),
        _ => None,
    }
}

/// A moment from the parts that are given.
fn parts(call: &Call<'_>, args: DatetimeArgs) -> Result<DatetimeArgs, Fault> {
    let zero = |name: &str| Ok::<Expr, Fault>(call.maybe_operand(name)?.unwrap_or_else(|| lit(0)));
    let args = args.with_hms(zero("hour")?, zero("minute")?, zero("second")?);
    Ok(args.with_microsecond(zero("microsecond")?))
}

fn day_parts(call: &Call<'_>) -> Result<DatetimeArgs, Fault> {
    let number = |name: &str| match call.any(name) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    if let (Some(year), Some(month), Some(day)) = (number("year"), number("month"), number("day"))
        && !is_day(year, month, day)
    {
        return Err(Fault::argument(format!("{year}-{month:02}-{day:02} is not a day"))
            .hint("year, month and day, as 2020, 9, 21"));
    }
    Ok(DatetimeArgs::new(call.operand("year")?, call.operand("month")?, call.operand("day")?))
}

fn date(call: &Call<'_>) -> Result<Value, Fault> {
    if let Some(text) = alone(call, "year", &["month", "day"]) {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
            .map_err(|_| unreadable("a day", text, "2020-09-21"))?;
        return Ok(constant(Scalar::new_date(days(day))));
    }
    Ok(Value::expression(of_parts(day_parts(call)?).cast(DataType::Date).alias("date")))
}

fn is_day(year: i64, month: i64, day: i64) -> bool {
    let parts = (i32::try_from(year), u32::try_from(month), u32::try_from(day));
    matches!(parts, (Ok(year), Ok(month), Ok(day)) if NaiveDate::from_ymd_opt(year, month, day).is_some())
}

fn days(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

fn constant(scalar: Scalar) -> Value {
    Value::expression(lit(LiteralValue::from(scalar)))
}

fn moment(call: &Call<'_>) -> Result<Value, Fault> {
    let (unit, ambiguous) = (call.time_unit()?, ambiguous(call)?);
    if let Some(text) = alone(call, "year", &["day", "hour"]) {
        // `datetime(text, zone)`: the zone stands where the month would.
        let zone = match call.any("month") {
            Some(Value::Text(zone)) => Some(datatype::time_zone(zone)?),
            _ => call.maybe_time_zone()?,
        };
        let micros =
            micros(text.trim()).ok_or_else(|| unreadable("a moment", text, "2020-09-21 04:14:36"))?;
        let plain = lit(micros).cast(DataType::Datetime(TimeUnit::Microseconds, None));
        let plain = if unit == TimeUnit::Microseconds { plain } else { plain.dt().cast_time_unit(unit) };
        let missing = polars::prelude::NonExistent::Raise;
        return Ok(Value::expression(match zone {
            Some(zone) => plain.dt().replace_time_zone(Some(zone), ambiguous, missing),
            None => plain,
        }));
    }
    let args = parts(call, day_parts(call)?)?.with_time_unit(unit);
    Ok(Value::expression(of_parts(args.with_time_zone(call.maybe_time_zone()?).with_ambiguous(ambiguous))))
}

/// Microseconds since 1970 of a moment as ISO 8601 writes it.
fn micros(text: &str) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_micros());
    }
    const FORMS: &[&str] =
        &["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let moment = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let moment = moment.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Some(moment.and_utc().timestamp_micros())
}

fn time(call: &Call<'_>) -> Result<Value, Fault> {
    if let Some(text) = alone(call, "hour", &["minute"]).filter(|text| text.contains(':')) {
        let read = ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|form| NaiveTime::parse_from_str(text.trim(), form).ok());
        let time = read.ok_or_else(|| unreadable("a time of day", text, "12:30:00"))?;
        let seconds = i64::from(time.num_seconds_from_midnight());
        let nanoseconds = seconds * 1_000_000_000 + i64::from(time.nanosecond());
        return Ok(constant(Scalar::new(DataType::Time, polars::prelude::AnyValue::Time(nanoseconds))));
    }
    let moment = of_parts(parts(call, DatetimeArgs::new(lit(1970), lit(1), lit(1)))?);
    Ok(Value::expression(moment.cast(DataType::Time).alias("time")))
}

fn duration(call: &Call<'_>) -> Result<Value, Fault> {
    if let Some(text) = call.maybe_text("text")? {
        return length(&text);
    }
    let zero = |name: &str| Ok::<Expr, Fault>(call.maybe_operand(name)?.unwrap_or_else(|| lit(0)));
    let unit = match call.maybe_text("time_unit")? {
        Some(unit) => datatype::time_unit(&unit)?,
        None if call.has("nanoseconds") => TimeUnit::Nanoseconds,
        None => TimeUnit::Microseconds,
    };
    Ok(Value::expression(of_units(DurationArgs {
        weeks: zero("weeks")?,
        days: zero("days")?,
        hours: zero("hours")?,
        minutes: zero("minutes")?,
        seconds: zero("seconds")?,
        milliseconds: zero("milliseconds")?,
        microseconds: zero("microseconds")?,
        nanoseconds: zero("nanoseconds")?,
        time_unit: unit,
    })))
}

fn length(text: &str) -> Result<Value, Fault> {
    let wrong = || unreadable("a length of time", text, "1h30m");
    let length = polars::prelude::Duration::try_parse(text.trim()).map_err(|_| wrong())?;
    if length.months() != 0 {
        return Err(Fault::argument("months and years have no fixed length")
            .hint("use days or weeks")
            .at(text));
    }
    let days = i128::from(length.weeks()) * 7 + i128::from(length.days());
    let sign = if length.negative() { -1 } else { 1 };
    let micros = sign * (days * 86_400_000_000 + i128::from(length.nanoseconds()) / 1_000);
    let micros = i64::try_from(micros)
        .map_err(|_| Fault::argument(format!("\"{text}\" is longer than 292,000 years")).at(text))?;
    Ok(Value::expression(lit(micros).cast(DataType::Duration(TimeUnit::Microseconds))))
}

fn from_epoch(call: &Call<'_>) -> Result<Value, Fault> {
    let column = call.operand("column")?;
    let unit = call.word("time_unit", &["d", "s", "ms", "us", "ns"])?;
    Ok(Value::expression(match unit {
        "d" => column.strict_cast(DataType::Date),
        "s" => in_micros(column, 1_000_000),
        "ms" => in_micros(column, 1_000),
        unit => column.strict_cast(DataType::Datetime(datatype::time_unit(unit)?, None)),
    }))
}

/// Moments from a count of so many microseconds each.
fn in_micros(count: Expr, each: i64) -> Expr {
    (count * each.typed_lit()).strict_cast(DataType::Datetime(TimeUnit::Microseconds, None))
}

fn unreadable(what: &str, text: &str, example: &str) -> Fault {
    Fault::argument(format!("\"{text}\" is not {what}")).hint(format!("write it as \"{example}\"")).at(text)
}
