//! Functions that make expressions of several columns, and constants of time.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use polars::prelude::{DataType, Expr, LiteralValue, TimeUnit, coalesce, concat_str, lit};

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Text};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

pub(in crate::verbs) const VERBS: &[Verb] = &[
    verb(Cell, "coalesce", E, "The first value that is not null.", |c| {
        Ok(Value::expression(coalesce(&c.columns("columns")?)))
    })
    .takes(&[some_rest("columns", Column, "Columns, in order.")])
    .examples(&["frame(#{ a: [1, ()], b: [5, 6] }).select(coalesce(\"a\", \"b\"))"]),
    verb(Cell, "concat_str", E, "Columns written one behind the other.", |c| {
        Ok(Value::expression(concat_str(
            c.columns("columns")?,
            &c.text("separator")?,
            c.boolean("ignore_nulls")?,
        )))
    })
    .takes(&[
        some_rest("columns", Column, "Columns; other types are written as text."),
        optional("separator", Text, "", "Between two columns."),
        optional("ignore_nulls", Boolean, "false", "Leave nulls out; else one null makes the whole null."),
    ])
    .examples(&["frame(#{ a: [\"x\"], b: [1] }).select(concat_str(\"a\", \"b\", #{ separator: \"-\" }))"]),
    verb(Cell, "date", E, "A day.", date)
        .takes(&[required("text", Text, "As \"2020-09-21\".")])
        .examples(&["date(\"2020-09-21\")"]),
    verb(Cell, "datetime", E, "A moment.", moment)
        .takes(&[
            required("text", Text, "As \"2020-09-21 04:14:36\"."),
            absent("time_zone", Text, "Its zone, as UTC."),
        ])
        .examples(&["datetime(\"2020-09-21 04:14:36\")"]),
    verb(Cell, "duration", E, "A length of time.", duration)
        .takes(&[required("text", Text, "As \"1h30m\", \"2d\" or \"500ms\".")])
        .examples(&["duration(\"1h30m\")"]),
];

fn date(call: &Call<'_>) -> Result<Value, Fault> {
    let text = call.text("text")?;
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map_err(|_| unreadable("a day", &text, "2020-09-21"))?;
    Ok(Value::expression(lit(LiteralValue::from(polars::prelude::Scalar::new_date(days(day))))))
}

fn days(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

fn moment(call: &Call<'_>) -> Result<Value, Fault> {
    let text = call.text("text")?;
    let zone = call.maybe_text("time_zone")?.map(|zone| datatype::time_zone(&zone)).transpose()?;
    let micros = micros(text.trim()).ok_or_else(|| unreadable("a moment", &text, "2020-09-21 04:14:36"))?;
    let plain: Expr = lit(micros).cast(DataType::Datetime(TimeUnit::Microseconds, None));
    Ok(Value::expression(match zone {
        Some(zone) => {
            plain.dt().replace_time_zone(Some(zone), lit("raise"), polars::prelude::NonExistent::Raise)
        }
        None => plain,
    }))
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

fn duration(call: &Call<'_>) -> Result<Value, Fault> {
    let text = call.text("text")?;
    let wrong = || unreadable("a length of time", &text, "1h30m");
    let length = polars::prelude::Duration::try_parse(text.trim()).map_err(|_| wrong())?;
    if length.months() != 0 {
        return Err(Fault::argument("months and years have no fixed length")
            .hint("use days or weeks")
            .at(text));
    }
    let days = (length.weeks() * 7 + length.days()) * 86_400_000_000_000;
    let sign = if length.negative() { -1 } else { 1 };
    let micros = sign * (days + length.nanoseconds()) / 1_000;
    Ok(Value::expression(lit(micros).cast(DataType::Duration(TimeUnit::Microseconds))))
}

fn unreadable(what: &str, text: &str, example: &str) -> Fault {
    Fault::argument(format!("\"{text}\" is not {what}")).hint(format!("write it as \"{example}\"")).at(text)
}
