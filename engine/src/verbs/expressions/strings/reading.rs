//! What strings say: dates, moments, numbers, JSON, encoded bytes.

use polars::prelude::{DataType as PolarsType, Expr, NULL, StrptimeOptions, TimeUnit, coalesce, lit, when};

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, DataType, Integer, Text, Value as Val};
use crate::registry::Type::{Expression as E, Strings as S};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const FORMAT: Parameter = absent("format", Text, "As `%Y-%m-%d %H:%M:%S%.f`; found out by default.");
const STRICT: Parameter =
    optional("strict", Boolean, "true", "What cannot be read is an error; else it becomes null.");
const EXACT: Parameter =
    optional("exact", Boolean, "true", "The whole string is read; else a part of it may do.");
const CACHE: Parameter = optional("cache", Boolean, "true", "Equal strings are read once.");
/// Clock times that are there twice, where summer time ends.
pub(in crate::verbs::expressions) const AMBIGUOUS: Parameter =
    optional("ambiguous", Val, "raise", "Clock times that are there twice: raise, earliest, latest or null.");

pub(in crate::verbs::expressions) const VERBS: &[Verb] = &[
    verb(S, "to_date", E, "The day that is written there.", |c| {
        let options = options(c)?;
        c.map(|e| read(e, PolarsType::Date, options, lit("raise")))
    })
    .takes(&[FORMAT, STRICT, EXACT, CACHE])
    .examples(&[
        on!(r#"a: ["2020-09-21"]"#, "str.to_date()"),
        on!(r#"a: ["21.9.2020", "x"]"#, r#"str.to_date("%d.%m.%Y", #{ strict: false })"#),
    ]),
    verb(S, "to_datetime", E, "The moment that is written there.", |c| {
        let unit = c.maybe_text("time_unit")?.map(|unit| datatype::time_unit(&unit)).transpose()?;
        to_datetime(c, unit, c.maybe_time_zone()?)
    })
    .takes(&[
        FORMAT,
        absent("time_unit", Text, "ns, us or ms; as the format asks by default, else us."),
        absent("time_zone", Text, "The zone of the result, as UTC."),
        STRICT,
        EXACT,
        CACHE,
        AMBIGUOUS,
    ])
    .examples(&[
        on!(r#"a: ["2020-09-21 04:14:36.132"]"#, r#"str.to_datetime("%Y-%m-%d %H:%M:%S%.f")"#),
        on!(r#"a: ["2020-09-21 04:14"]"#, r#"str.to_datetime(#{ time_unit: "ms", time_zone: "UTC" })"#),
    ]),
    verb(S, "to_time", E, "The time of day that is written there.", |c| {
        let options = StrptimeOptions { exact: true, ..partial(c)? };
        c.map(|e| e.str().to_time(options))
    })
    .takes(&[FORMAT, STRICT, CACHE])
    .examples(&[on!(r#"a: ["04:14:36"]"#, r#"str.to_time("%H:%M:%S")"#)]),
    verb(S, "strptime", E, "The day, moment or time of day that is written there.", strptime)
        .takes(&[
            required("dtype", DataType, "Date, Datetime or Time."),
            FORMAT,
            STRICT,
            EXACT,
            CACHE,
            AMBIGUOUS,
        ])
        .examples(&[on!(r#"a: ["2020-09-21"]"#, r#"str.strptime(Date, "%Y-%m-%d")"#)]),
    verb(S, "to_integer", E, "The whole number that is written there.", |c| {
        let (base, strict) = (c.operand("base")?, c.boolean("strict")?);
        let kind = if c.has("dtype") { c.data_type("dtype")? } else { PolarsType::Int64 };
        c.map(|e| e.str().to_integer(base, Some(kind), strict))
    })
    .takes(&[
        optional("base", Column, "10", "The base of the digits, from 2 to 36."),
        optional("dtype", DataType, "Int64", "The type of whole numbers."),
        STRICT,
    ])
    .examples(&[
        on!(r#"a: ["ff", "10"]"#, "str.to_integer(#{ base: 16 })"),
        on!(r#"a: ["7", "x"]"#, "str.to_integer(#{ dtype: UInt8, strict: false })"),
    ]),
    verb(S, "to_decimal", E, "The exact decimal number that is written there; null where none is.", |c| {
        let scale = c.count("scale")?;
        c.map(|e| e.str().to_decimal(scale))
    })
    .takes(&[required("scale", Integer, "Digits behind the point.")])
    .examples(&[on!(r#"a: ["1.25", "3"]"#, "str.to_decimal(#{ scale: 2 })")]),
    verb(S, "json_decode", E, "The value that is written there as JSON.", |c| {
        let kind = c.data_type("dtype")?;
        c.map(|e| e.str().json_decode(kind))
    })
    .takes(&[required("dtype", DataType, "Its type, as `Struct(#{ pid: Int64 })` or \"list[i64]\".")])
    .examples(&[
        on!(r#"a: ["[1, 2]", "[]"]"#, "str.json_decode(List(Int64))"),
        on!("a: [`{\"pid\": 7}`]", "str.json_decode(Struct(#{ pid: Int64 }))"),
    ]),
    verb(S, "json_path_match", E, "What a path finds in JSON, as a string.", |c| {
        let path = c.value("json_path")?;
        c.map(|e| e.str().json_path_match(path))
    })
    .takes(&[required("json_path", Val, "The path, as \"$.process.pid\".")])
    .examples(&[on!("a: [`{\"pid\": 7}`, `{}`]", r#"str.json_path_match("$.pid")"#)]),
    verb(S, "encode", E, "Written as hex or base64.", |c| {
        let hex = is_hex(c)?;
        c.map(|e| if hex { e.str().hex_encode() } else { e.str().base64_encode() })
    })
    .takes(&[ENCODING])
    .examples(&[
        on!(r#"a: ["cmd"]"#, r#"str.encode("base64")"#),
        on!(r#"a: ["cmd"]"#, r#"str.encode("hex")"#),
    ]),
    verb(S, "decode", E, "The bytes that hex or base64 stands for.", |c| {
        let (hex, strict) = (is_hex(c)?, c.boolean("strict")?);
        c.map(|e| if hex { e.str().hex_decode(strict) } else { e.str().base64_decode(strict) })
    })
    .takes(&[ENCODING, STRICT])
    .examples(&[
        r#"frame(#{ a: ["Y21k"] }).select(col("a").str.decode("base64").cast(String))"#,
        on!(r#"a: ["636d64", "x"]"#, r#"str.decode("hex", #{ strict: false })"#),
    ]),
];

/// How bytes are written: hex or base64.
pub(in crate::verbs::expressions) const ENCODING: Parameter = required("encoding", Text, "hex or base64.");

/// Whether `encoding` is hex, and not base64.
pub(in crate::verbs::expressions) fn is_hex(call: &Call<'_>) -> Result<bool, Fault> {
    Ok(call.word("encoding", &["hex", "base64"])? == "hex")
}

/// What clock times that are there twice mean.
pub(in crate::verbs::expressions) fn ambiguous(call: &Call<'_>) -> Result<Expr, Fault> {
    Ok(call.maybe_value("ambiguous")?.unwrap_or_else(|| lit("raise")))
}

/// Options without `exact`, which not every verb has.
fn partial(call: &Call<'_>) -> Result<StrptimeOptions, Fault> {
    Ok(StrptimeOptions {
        format: call.maybe_text("format")?.map(Into::into),
        strict: call.boolean("strict")?,
        cache: call.boolean("cache")?,
        ..StrptimeOptions::default()
    })
}

fn options(call: &Call<'_>) -> Result<StrptimeOptions, Fault> {
    Ok(StrptimeOptions { exact: call.boolean("exact")?, ..partial(call)? })
}

/// Strings read. Polars' streaming engine makes nulls of strings that no form fits, where it has to find the form out:
/// so what is null then and was a string is read again, strictly.
fn read(text: Expr, kind: PolarsType, options: StrptimeOptions, ambiguous: Expr) -> Expr {
    let must_fit = options.strict && options.format.is_none();
    let read = text.clone().str().strptime(kind.clone(), options, ambiguous.clone());
    if !must_fit {
        return read;
    }
    let is_unread = read.clone().is_null().and(text.clone().is_not_null());
    let unread = when(is_unread).then(text).otherwise(lit(NULL));
    let form = if kind == PolarsType::Date { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S" };
    let strict = StrptimeOptions { format: Some(form.into()), ..StrptimeOptions::default() };
    coalesce(&[read, unread.str().strptime(kind, strict, ambiguous)])
}

fn to_datetime(
    call: &Call<'_>,
    unit: Option<TimeUnit>,
    zone: Option<polars::prelude::TimeZone>,
) -> Result<Value, Fault> {
    let (options, ambiguous) = (options(call)?, ambiguous(call)?);
    let format = options.format.as_deref().unwrap_or_default();
    let written = match format {
        format if format.contains("%.9f") || format.contains("%9f") => TimeUnit::Nanoseconds,
        format if format.contains("%.3f") || format.contains("%3f") => TimeUnit::Milliseconds,
        _ => TimeUnit::Microseconds,
    };
    let kind = PolarsType::Datetime(unit.unwrap_or(written), zone);
    call.map(|e| read(e, kind, options, ambiguous))
}

fn strptime(call: &Call<'_>) -> Result<Value, Fault> {
    let options = options(call)?;
    match call.data_type("dtype")? {
        PolarsType::Date => call.map(|e| read(e, PolarsType::Date, options, lit("raise"))),
        PolarsType::Time => call.map(|e| e.str().to_time(options)),
        PolarsType::Datetime(unit, zone) => to_datetime(call, Some(unit), zone),
        other => Err(call.out_of_range("dtype", &format!("Date, Datetime or Time, not {other}"))),
    }
}
