//! Time zones and working days.

use polars::prelude::{DataType, Expr, NonExistent, Roll, lit};
use polars_plan::dsl::functions::business_day_count;

use crate::call::{Call, Choices, list};
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Booleans, Column, Text};
use crate::registry::Type::{Cell, Dates as D, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;
use crate::verbs::expressions::strings::{AMBIGUOUS, ambiguous};

const NON_EXISTENT: Choices<NonExistent> = &[("raise", NonExistent::Raise), ("null", NonExistent::Null)];
const ROLLS: Choices<Roll> =
    &[("raise", Roll::Raise), ("forward", Roll::Forward), ("backward", Roll::Backward)];
const WEEK_MASK: Parameter =
    absent("week_mask", Booleans, "Which days are worked, Monday first; Monday to Friday by default.");
const HOLIDAYS: Parameter = absent("holidays", Column, "Days off, in an array or a column of lists.");

pub(in crate::verbs::expressions) const VERBS: &[Verb] = &[
    verb(D, "convert_time_zone", E, "The same moments on another zone's clock.", |c| {
        let zone = datatype::time_zone(&c.text("time_zone")?)?;
        c.map(|e| e.dt().convert_time_zone(zone))
    })
    .takes(&[required("time_zone", Text, "The zone, as \"Europe/Oslo\".")])
    .examples(&[on!(
        "a: [datetime(\"2020-09-21 04:14:36\", \"UTC\")]",
        "dt.convert_time_zone(\"Europe/Oslo\")"
    )]),
    verb(D, "replace_time_zone", E, "The same clock times, in another zone.", |c| {
        let (zone, ambiguous) = (c.maybe_time_zone()?, ambiguous(c)?);
        let missing = c.choice("non_existent", NON_EXISTENT)?;
        c.map(|e| e.dt().replace_time_zone(zone, ambiguous, missing))
    })
    .takes(&[
        absent("time_zone", Text, "The zone, as \"Europe/Oslo\"; none where left out."),
        AMBIGUOUS,
        optional("non_existent", Text, "raise", "Clock times that are not there: raise or null."),
    ])
    .examples(&[
        on!("a: [datetime(\"2020-09-21 04:14:36\")]", "dt.replace_time_zone(\"UTC\")"),
        on!("a: [datetime(\"2020-09-21 04:14:36\", \"UTC\")]", "dt.replace_time_zone(())"),
    ]),
    of_moment!(
        base_utc_offset,
        "[datetime(\"2020-07-01 12:00:00\", \"Europe/Oslo\")]",
        "How far the zone's own time is from UTC, without summer time."
    ),
    of_moment!(
        dst_offset,
        "[datetime(\"2020-07-01 12:00:00\", \"Europe/Oslo\")]",
        "How far summer time moves the clock."
    ),
    verb(D, "add_business_days", E, "Moved by so many working days.", |c| {
        let (n, mask, days) = (c.operand("n")?, week_mask(c)?, holidays(c)?);
        let roll = c.choice("roll", ROLLS)?;
        c.map(|e| e.dt().add_business_days(n, mask, days, roll))
    })
    .takes(&[
        required("n", Column, "How many; back where negative."),
        WEEK_MASK,
        HOLIDAYS,
        optional("roll", Text, "raise", "A day off at the start: raise, or go forward or backward first."),
    ])
    .examples(&[
        on!("a: [date(\"2020-09-18\")]", "dt.add_business_days(1)"),
        on!("a: [date(\"2020-09-18\")]", "dt.add_business_days(1, #{ holidays: [date(\"2020-09-21\")] })"),
    ]),
    verb(D, "is_business_day", E, "Whether it is a working day.", |c| {
        let (mask, days) = (week_mask(c)?, holidays(c)?);
        c.map(|e| e.dt().is_business_day(mask, days))
    })
    .takes(&[WEEK_MASK, HOLIDAYS])
    .examples(&[on!("a: [date(\"2020-09-18\"), date(\"2020-09-19\")]", "dt.is_business_day()")]),
    verb(
        Cell,
        "business_day_count",
        E,
        "How many working days lie between two days; the second is not counted.",
        |c| {
            let (start, end, mask) = (c.operand("start")?, c.operand("end")?, week_mask(c)?);
            Ok(Value::expression(business_day_count(start, end, mask, holidays(c)?)))
        },
    )
    .takes(&[
        required("start", Column, "The first day."),
        required("end", Column, "The day behind the last one."),
        WEEK_MASK,
        HOLIDAYS,
    ])
    .examples(&[of!(
        "a: [date(\"2020-09-18\")], b: [date(\"2020-09-23\")]",
        "business_day_count(\"a\", \"b\")"
    )]),
];

fn week_mask(call: &Call<'_>) -> Result<[bool; 7], Fault> {
    if !call.has("week_mask") {
        return Ok([true, true, true, true, true, false, false]);
    }
    let days = call.booleans("week_mask", 7)?;
    <[bool; 7]>::try_from(days).map_err(|_| call.out_of_range("week_mask", "seven Booleans, Monday first"))
}

fn holidays(call: &Call<'_>) -> Result<Expr, Fault> {
    let days = DataType::List(Box::new(DataType::Date));
    match call.any("holidays") {
        None => Ok(list(&[])?.cast(days)),
        Some(Value::List(values)) => Ok(list(values)?.cast(days)),
        Some(_) => Ok(call.maybe_operand("holidays")?.unwrap_or_else(|| lit(polars::prelude::NULL))),
    }
}
