//! Column types by the names that users write: Polars' class names (`Int64`), its short names (`i64`) and nested
//! forms (`list[i64]`).

use indexmap::IndexMap;
use polars::prelude::{DataType, Field, TimeUnit, TimeZone};

use crate::fault::Fault;
use crate::nearest;
use crate::value::Value;

/// Types without parameters: the name as a variable, further names, the type.
pub(crate) const PLAIN: &[(&str, &[&str], DataType)] = &[
    ("Boolean", &["bool"], DataType::Boolean),
    ("Int8", &["i8"], DataType::Int8),
    ("Int16", &["i16"], DataType::Int16),
    ("Int32", &["i32"], DataType::Int32),
    ("Int64", &["i64", "int", "integer"], DataType::Int64),
    ("Int128", &["i128"], DataType::Int128),
    ("UInt8", &["u8"], DataType::UInt8),
    ("UInt16", &["u16"], DataType::UInt16),
    ("UInt32", &["u32"], DataType::UInt32),
    ("UInt64", &["u64"], DataType::UInt64),
    ("UInt128", &["u128"], DataType::UInt128),
    ("Float32", &["f32"], DataType::Float32),
    ("Float64", &["f64", "float"], DataType::Float64),
    ("String", &["str", "string", "Utf8"], DataType::String),
    ("Binary", &["binary"], DataType::Binary),
    ("Date", &["date"], DataType::Date),
    ("Time", &["time"], DataType::Time),
    (
        "Datetime",
        &["datetime", "datetime[μs]", "datetime[us]"],
        DataType::Datetime(TimeUnit::Microseconds, None),
    ),
    ("Duration", &["duration", "duration[μs]", "duration[us]"], DataType::Duration(TimeUnit::Microseconds)),
    ("Null", &["null"], DataType::Null),
];

/// The type that an argument names.
pub(crate) fn from_value(value: &Value) -> Result<DataType, Fault> {
    match value {
        Value::DataType(kind) => Ok((**kind).clone()),
        Value::Text(text) => parse(text),
        other => Err(Fault::argument(format!(
            "a column type is wanted, as Int64 or \"i64\", not {}",
            other.kind().article()
        ))),
    }
}

/// The type of this name.
pub(crate) fn parse(text: &str) -> Result<DataType, Fault> {
    let text = text.trim();
    plain(text).or_else(|| nested(text)).ok_or_else(|| unknown(text))
}

/// The type without parameters of this name.
pub(crate) fn plain(text: &str) -> Option<DataType> {
    match text {
        "Categorical" | "cat" | "categorical" => return Some(categorical()),
        "Decimal" | "decimal" => return Some(DataType::Decimal(38, 0)),
        _ => {}
    }
    PLAIN
        .iter()
        .find(|(name, more, _)| *name == text || more.contains(&text))
        .map(|(_, _, kind)| kind.clone())
}

/// The fields of a struct, from names and types.
pub(crate) fn fields(map: &IndexMap<String, Value>) -> Result<Vec<Field>, Fault> {
    map.iter().map(|(name, kind)| Ok(Field::new(name.as_str().into(), from_value(kind)?))).collect()
}

/// Strings stored as numbers.
pub(crate) fn categorical() -> DataType {
    DataType::from_categories(polars::prelude::Categories::global())
}

/// A unit of time by name.
pub(crate) fn time_unit(text: &str) -> Result<TimeUnit, Fault> {
    match text {
        "ns" => Ok(TimeUnit::Nanoseconds),
        "us" | "μs" => Ok(TimeUnit::Microseconds),
        "ms" => Ok(TimeUnit::Milliseconds),
        other => Err(Fault::argument(format!("a time unit is ns, us or ms, not \"{other}\"")).at(other)),
    }
}

/// A time zone by its IANA name.
pub(crate) fn time_zone(text: &str) -> Result<TimeZone, Fault> {
    TimeZone::validate_time_zone(text).map_err(|_| {
        Fault::argument(format!("time zone \"{text}\" is unknown"))
            .hint("IANA names are wanted, as \"UTC\" or \"Europe/Oslo\"")
            .at(text)
    })?;
    TimeZone::opt_try_new(Some(text))
        .ok()
        .flatten()
        .ok_or_else(|| Fault::argument("a time zone needs a name"))
}

fn nested(text: &str) -> Option<DataType> {
    let (outer, inner) = text.strip_suffix(']').and_then(|text| text.split_once('['))?;
    match outer {
        "list" => Some(DataType::List(Box::new(parse(inner).ok()?))),
        "array" | "arr" => {
            let (element, width) = inner.rsplit_once(',')?;
            Some(DataType::Array(Box::new(parse(element).ok()?), width.trim().parse().ok()?))
        }
        "decimal" => {
            let (precision, scale) = inner.split_once(',')?;
            Some(DataType::Decimal(precision.trim().parse().ok()?, scale.trim().parse().ok()?))
        }
        "duration" => Some(DataType::Duration(time_unit(inner).ok()?)),
        "datetime" => {
            let (unit, zone) =
                inner.split_once(',').map_or((inner, None), |(unit, zone)| (unit, Some(zone.trim())));
            let zone = zone.map(time_zone).transpose().ok()?;
            Some(DataType::Datetime(time_unit(unit.trim()).ok()?, zone))
        }
        _ => None,
    }
}

fn unknown(text: &str) -> Fault {
    let names =
        || PLAIN.iter().flat_map(|(name, more, _)| std::iter::once(*name).chain(more.iter().copied()));
    let fault = Fault::argument(format!("column type \"{text}\" is unknown")).at(text);
    match nearest::names(text, names()).first() {
        Some(near) => fault.hint(format!("did you mean \"{near}\"?")),
        None => fault.hint("types are Int64, Float64, String, Boolean, Date, Datetime, Duration, …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_type_is_read() {
        assert_eq!(parse("Int64").unwrap(), DataType::Int64);
        assert_eq!(parse("i64").unwrap(), DataType::Int64);
        assert_eq!(parse("list[list[str]]").unwrap().to_string(), "list[list[str]]");
        assert_eq!(parse("datetime[ms, UTC]").unwrap().to_string(), "datetime[ms, UTC]");
        assert_eq!(parse("decimal[10,2]").unwrap(), DataType::Decimal(10, 2));
        assert!(parse("datetime[ms, Mars]").is_err());
        assert_eq!(parse("Int46").unwrap_err().hint.as_deref(), Some("did you mean \"Int64\"?"));
    }
}
