//! Rows made from nothing but bounds: whole numbers, days, moments, times of day, and values repeated.

use polars::prelude::{
    ClosedWindow, DataType as PolarsType, Duration as Span, Expr, PolarsResult, TimeUnit, TimeZone,
};
use polars_plan::dsl::functions::{
    date_range, date_ranges, datetime_range, datetime_ranges, int_range, int_ranges, len, linear_space,
    linear_spaces, lit, repeat, time_range, time_ranges,
};

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, DataType, Duration, Integer, Text, Value as Val};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const START: Parameter = optional("start", Column, "0", "The first number; or, alone, the end.");
const END: Parameter = absent("end", Column, "The number behind the last.");
const KIND: Parameter = optional("dtype", DataType, "Int64", "The type of the numbers.");
const CLOSED: Parameter =
    optional("closed", Text, "both", "Which ends belong to it: both, left, right, none.");
const DAYS: &[Parameter] = &[
    required("start", Column, "The first day."),
    required("end", Column, "The last day."),
    optional("interval", Duration, "1d", "From one to the next, as \"1d\" or \"1mo\"."),
    CLOSED,
];
const MOMENTS: &[Parameter] = &[
    required("start", Column, "The first moment."),
    required("end", Column, "The last moment."),
    optional("interval", Duration, "1d", "From one to the next, as \"1h\" or \"1d\"."),
    CLOSED,
    absent("time_unit", Text, "ns, us or ms; as the bounds have it by default."),
    absent("time_zone", Text, "The zone, as \"UTC\"; as the bounds have it by default."),
];
const TIMES: &[Parameter] = &[
    absent("start", Column, "The first time of day; midnight by default."),
    absent("end", Column, "The last time of day; just before midnight by default."),
    optional("interval", Duration, "1h", "From one to the next, as \"1h\" or \"10m\"."),
    CLOSED,
];
const POINTS: [Parameter; 4] = [
    required("start", Column, "The first value."),
    required("end", Column, "The last value."),
    required("num_samples", Column, "How many values."),
    CLOSED,
];
const FILLED: &[Parameter] =
    &[required("n", Column, "How many."), optional("dtype", DataType, "Float64", "The type of the numbers.")];

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "int_range", E, "Whole numbers from one to the other.", integers)
        .takes(&[START, END, optional("step", Integer, "1", "From one to the next."), KIND])
        .examples(&[
            "frame(#{ a: [7, 8, 9] }).with_columns(int_range(len()).alias(\"i\"))",
            "frame(#{ a: [0] }).select(int_range(1, 10, 3))",
        ]),
    verb(Cell, "arange", E, "Whole numbers from one to the other; the same as `int_range`.", integers)
        .takes(&[START, END, optional("step", Integer, "1", "From one to the next."), KIND])
        .examples(&["frame(#{ a: [0] }).select(arange(3))"]),
    verb(Cell, "int_ranges", E, "For each row, whole numbers from one to the other, as a list.", |c| {
        let (start, end) = bounds(c)?;
        Ok(Value::expression(int_ranges(start, end, c.operand("step")?, kind(c, PolarsType::Int64)?)))
    })
    .takes(&[START, END, optional("step", Column, "1", "From one to the next."), KIND])
    .examples(&[of!("a: [1, 2], b: [3, 5]", "int_ranges(\"a\", \"b\")")]),
    verb(Cell, "row_index", E, "The number of each row, from 0.", |c| {
        let index = int_range(lit(0u32).cast(PolarsType::UInt32), len(), 1, PolarsType::UInt32);
        Ok(Value::expression(index.alias(c.text("name")?)))
    })
    .takes(&[optional("name", Text, "index", "The name that it gets.")])
    .examples(&[of!("a: [\"x\", \"y\"]", "row_index(), \"a\"")]),
    verb(Cell, "date_range", E, "Days from one to the other.", |c| days(c, date_range))
        .takes(DAYS)
        .examples(&["frame(#{ a: [0] }).select(date_range(date(\"2020-01-30\"), date(\"2020-02-02\")))"]),
    verb(Cell, "date_ranges", E, "For each row, days from one to the other, as a list.", |c| {
        days(c, date_ranges)
    })
    .takes(DAYS)
    .examples(&[of!("a: [date(\"2020-01-30\")], b: [date(\"2020-02-01\")]", "date_ranges(\"a\", \"b\")")]),
    verb(Cell, "datetime_range", E, "Moments from one to the other.", |c| moments(c, datetime_range))
        .takes(MOMENTS)
        .examples(&["frame(#{ a: [0] })\n    \
        .select(datetime_range(datetime(\"2020-01-30 00:00\"), datetime(\"2020-01-30 02:00\"), \"1h\"))"]),
    verb(Cell, "datetime_ranges", E, "For each row, moments from one to the other, as a list.", |c| {
        moments(c, datetime_ranges)
    })
    .takes(MOMENTS)
    .examples(&[of!(
        "a: [datetime(\"2020-01-30 00:00\")], b: [datetime(\"2020-01-30 01:00\")]",
        "datetime_ranges(\"a\", \"b\", \"30m\")"
    )]),
    verb(Cell, "time_range", E, "Times of day from one to the other.", |c| {
        let (start, end) = times(c)?;
        Ok(Value::expression(time_range(start, end, hours(c)?, c.closed_window()?)))
    })
    .takes(TIMES)
    .examples(&["frame(#{ a: [0] }).select(time_range(time(9, 0), time(10, 0), \"30m\"))"]),
    verb(Cell, "time_ranges", E, "For each row, times of day from one to the other, as a list.", |c| {
        let (start, end) = times(c)?;
        Ok(Value::expression(time_ranges(start, end, hours(c)?, c.closed_window()?)))
    })
    .takes(TIMES)
    .examples(&["frame(#{ a: [0] }).select(time_ranges(time(9, 0), time(10, 0)))"]),
    verb(Cell, "linear_space", E, "So many values from one to the other, in equal steps.", |c| {
        let (start, end, count) = (c.operand("start")?, c.operand("end")?, c.operand("num_samples")?);
        Ok(Value::expression(linear_space(start, end, count, c.closed_interval()?)))
    })
    .takes(&POINTS)
    .examples(&["frame(#{ a: [0] }).select(linear_space(0, 1, 5))"]),
    verb(Cell, "linear_spaces", E, "For each row, so many values from one to the other, as a list.", |c| {
        let (start, end, count) = (c.operand("start")?, c.operand("end")?, c.operand("num_samples")?);
        let (closed, as_array) = (c.closed_interval()?, c.boolean("as_array")?);
        Ok(Value::expression(linear_spaces(start, end, count, closed, as_array)?))
    })
    .takes(&[
        POINTS[0],
        POINTS[1],
        POINTS[2],
        CLOSED,
        optional("as_array", Boolean, "false", "As arrays; the number of values must be a constant then."),
    ])
    .examples(&[of!("a: [0, 1], b: [1, 3]", "linear_spaces(\"a\", \"b\", 3)")]),
    verb(Cell, "repeat", E, "A value repeated.", |c| {
        let value = c.value("value")?;
        let value = if c.has("dtype") { value.strict_cast(c.data_type("dtype")?) } else { value };
        Ok(Value::expression(repeat(value, c.operand("n")?)))
    })
    .takes(&[
        required("value", Val, "The value."),
        required("n", Column, "How often."),
        absent("dtype", DataType, "The type that it gets."),
    ])
    .examples(&["frame(#{ a: [0] }).select(repeat(\"x\", 3))"]),
    verb(Cell, "ones", E, "Ones.", |c| filled(c, 1, "ones"))
        .takes(FILLED)
        .examples(&["frame(#{ a: [0] }).select(ones(2))"]),
    verb(Cell, "zeros", E, "Zeros.", |c| filled(c, 0, "zeros"))
        .takes(FILLED)
        .examples(&["frame(#{ a: [0] }).select(zeros(2, Int8))"]),
];

/// Polars' function of days, of one range or of one a row.
type Days = fn(Option<Expr>, Option<Expr>, Option<Span>, Option<Expr>, ClosedWindow) -> PolarsResult<Expr>;
/// Polars' function of moments, of one range or of one a row.
type Moments = fn(
    Option<Expr>,
    Option<Expr>,
    Option<Span>,
    Option<Expr>,
    ClosedWindow,
    Option<TimeUnit>,
    Option<TimeZone>,
) -> PolarsResult<Expr>;

fn days(call: &Call<'_>, range: Days) -> Result<Value, Fault> {
    let (start, end, interval) = (call.operand("start")?, call.operand("end")?, call.length("interval")?);
    let closed = call.closed_window()?;
    Ok(Value::expression(range(Some(start), Some(end), Some(interval), None, closed)?))
}

fn moments(call: &Call<'_>, range: Moments) -> Result<Value, Fault> {
    let (start, end, interval) = (call.operand("start")?, call.operand("end")?, call.length("interval")?);
    let (unit, zone) = (unit(call)?, call.maybe_time_zone()?);
    let closed = call.closed_window()?;
    Ok(Value::expression(range(Some(start), Some(end), Some(interval), None, closed, unit, zone)?))
}

/// `start` and `end`; one alone is the end.
fn bounds(call: &Call<'_>) -> Result<(Expr, Expr), Fault> {
    match call.maybe_operand("end")? {
        Some(end) => Ok((call.operand("start")?, end)),
        None if call.has("start") => Ok((lit(0), call.operand("start")?)),
        None => Err(Fault::argument(format!("`{}` needs an end", call.verb.name)).hint("as `int_range(10)`")),
    }
}

fn integers(call: &Call<'_>) -> Result<Value, Fault> {
    let ((start, end), step) = (bounds(call)?, call.integer("step")?);
    if step == 0 {
        return Err(call.out_of_range("step", "another number than 0"));
    }
    Ok(Value::expression(int_range(start, end, step, kind(call, PolarsType::Int64)?)))
}

fn kind(call: &Call<'_>, default: PolarsType) -> Result<PolarsType, Fault> {
    if call.has("dtype") { call.data_type("dtype") } else { Ok(default) }
}

/// The unit of moments; billionths where the interval needs them.
fn unit(call: &Call<'_>) -> Result<Option<polars::prelude::TimeUnit>, Fault> {
    match call.maybe_text("time_unit")? {
        Some(unit) => datatype::time_unit(&unit).map(Some),
        None if call.text("interval")?.contains("ns") => Ok(Some(polars::prelude::TimeUnit::Nanoseconds)),
        None => Ok(None),
    }
}

/// `interval` where it must not be longer than hours.
fn hours(call: &Call<'_>) -> Result<polars::prelude::Duration, Fault> {
    let interval = call.length("interval")?;
    if interval.months() != 0 || interval.weeks() != 0 || interval.days() != 0 {
        return Err(call.out_of_range("interval", "of hours or less"));
    }
    Ok(interval)
}

fn times(call: &Call<'_>) -> Result<(Expr, Expr), Fault> {
    const LAST: i64 = 86_400_000_000_000 - 1_000;
    let at = |nanoseconds: i64| lit(nanoseconds).cast(PolarsType::Int64).cast(PolarsType::Time);
    let start = call.maybe_operand("start")?.unwrap_or_else(|| at(0).alias("literal"));
    Ok((start, call.maybe_operand("end")?.unwrap_or_else(|| at(LAST))))
}

fn filled(call: &Call<'_>, number: i64, name: &str) -> Result<Value, Fault> {
    let value = lit(number).strict_cast(kind(call, PolarsType::Float64)?);
    Ok(Value::expression(repeat(value, call.operand("n")?).alias(name)))
}
