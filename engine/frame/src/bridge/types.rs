//! Which Arrow type is which Polars type. Both ways are total: a type that cannot be carried is `None`, never a
//! panic, whatever a file's metadata says.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType as Arrow, Field as ArrowField, FieldRef, Fields, TimeUnit as ArrowUnit};
use polars::datatypes::{Categories, FrozenCategories, TimeZone};
use polars::prelude::{DataType, Field, PlSmallStr, TimeUnit};

/// Where Polars writes an enum's values, each as `length;text`, in a field's metadata.
const ENUM_VALUES: &str = "_PL_ENUM_VALUES2";
/// Where Polars writes a categorical's name, namespace and physical type in a field's metadata.
const CATEGORICAL: &str = "_PL_CATEGORICAL2";

/// The Arrow field that carries a Polars type, the same that Polars exports.
pub(super) fn arrow_field(name: &str, dtype: &DataType) -> Option<ArrowField> {
    let field = ArrowField::new(name, arrow_type(dtype)?, true);
    let Some(metadata) = dtype.to_arrow_field_metadata() else { return Some(field) };
    let metadata = metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    Some(field.with_metadata(metadata.collect()))
}

fn arrow_type(dtype: &DataType) -> Option<Arrow> {
    Some(match dtype {
        DataType::Null => Arrow::Null,
        DataType::Boolean => Arrow::Boolean,
        DataType::Int8 => Arrow::Int8,
        DataType::Int16 => Arrow::Int16,
        DataType::Int32 => Arrow::Int32,
        DataType::Int64 => Arrow::Int64,
        DataType::UInt8 => Arrow::UInt8,
        DataType::UInt16 => Arrow::UInt16,
        DataType::UInt32 => Arrow::UInt32,
        DataType::UInt64 => Arrow::UInt64,
        DataType::Float32 => Arrow::Float32,
        DataType::Float64 => Arrow::Float64,
        DataType::String => Arrow::Utf8View,
        DataType::Binary => Arrow::BinaryView,
        DataType::BinaryOffset => Arrow::LargeBinary,
        DataType::Date => Arrow::Date32,
        DataType::Time => Arrow::Time64(ArrowUnit::Nanosecond),
        DataType::Datetime(unit, zone) => {
            Arrow::Timestamp(arrow_unit(*unit), zone.as_ref().map(|zone| Arc::from(zone.as_str())))
        }
        DataType::Duration(unit) => Arrow::Duration(arrow_unit(*unit)),
        DataType::Decimal(precision, scale) => {
            Arrow::Decimal128(u8::try_from(*precision).ok()?, i8::try_from(*scale).ok()?)
        }
        DataType::List(inner) => Arrow::LargeList(Arc::new(arrow_field("item", inner)?)),
        DataType::Array(inner, width) => {
            Arrow::FixedSizeList(Arc::new(arrow_field("item", inner)?), i32::try_from(*width).ok()?)
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| arrow_field(field.name(), field.dtype()));
            Arrow::Struct(fields.collect::<Option<Vec<_>>>()?.into())
        }
        DataType::Categorical(..) | DataType::Enum(..) => {
            let key = arrow_type(&DataType::from(dtype.cat_physical().ok()?))?;
            Arrow::Dictionary(Box::new(key), Box::new(Arrow::Utf8View))
        }
        _ => return None,
    })
}

/// The Polars type that a field's rows get. Several Arrow types may become one Polars type: see `canonical`.
pub(super) fn polars_type(field: &FieldRef) -> Option<DataType> {
    Some(match field.data_type() {
        Arrow::Null => DataType::Null,
        Arrow::Boolean => DataType::Boolean,
        Arrow::Int8 => DataType::Int8,
        Arrow::Int16 => DataType::Int16,
        Arrow::Int32 => DataType::Int32,
        Arrow::Int64 => DataType::Int64,
        Arrow::UInt8 => DataType::UInt8,
        Arrow::UInt16 => DataType::UInt16,
        Arrow::UInt32 => DataType::UInt32,
        Arrow::UInt64 => DataType::UInt64,
        Arrow::Float16 | Arrow::Float32 => DataType::Float32,
        Arrow::Float64 => DataType::Float64,
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => DataType::String,
        Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => {
            DataType::Binary
        }
        Arrow::Date32 => DataType::Date,
        Arrow::Date64 => DataType::Datetime(TimeUnit::Milliseconds, None),
        Arrow::Time32(_) | Arrow::Time64(_) => DataType::Time,
        Arrow::Timestamp(unit, zone) => {
            DataType::Datetime(polars_unit(*unit), zone.as_deref().and_then(time_zone))
        }
        Arrow::Duration(unit) => DataType::Duration(polars_unit(*unit)),
        Arrow::Decimal32(precision, scale)
        | Arrow::Decimal64(precision, scale)
        | Arrow::Decimal128(precision, scale) => {
            DataType::Decimal(usize::from(*precision), usize::try_from(*scale).ok()?)
        }
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::ListView(item) | Arrow::LargeListView(item) => {
            DataType::List(Box::new(polars_type(item)?))
        }
        Arrow::FixedSizeList(item, width) => {
            DataType::Array(Box::new(polars_type(item)?), usize::try_from(*width).ok()?)
        }
        Arrow::Struct(fields) => DataType::Struct(polars_fields(fields)?),
        Arrow::Map(entries, _) => DataType::List(Box::new(polars_type(entries)?)),
        Arrow::Dictionary(_, values) => match categorical(field.metadata(), values) {
            Some(dtype) => dtype,
            None => polars_type(&Arc::new(ArrowField::new("", values.as_ref().clone(), true)))?,
        },
        Arrow::RunEndEncoded(_, values) => polars_type(values)?,
        Arrow::Decimal256(..) | Arrow::Interval(_) | Arrow::Union(..) => return None,
    })
}

fn polars_fields(fields: &Fields) -> Option<Vec<Field>> {
    let field = |field: &FieldRef| Some(Field::new(PlSmallStr::from_str(field.name()), polars_type(field)?));
    fields.iter().map(field).collect()
}

/// The categorical or enum that Polars wrote into the metadata; any other dictionary is a plain column of its values.
fn categorical(metadata: &HashMap<String, String>, values: &Arrow) -> Option<DataType> {
    if !matches!(values, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View) {
        return None;
    }
    if let Some(mut text) = metadata.get(ENUM_VALUES).map(String::as_str) {
        let mut categories = Vec::new();
        while !text.is_empty() {
            categories.push(counted_text(&mut text)?);
        }
        return Some(DataType::from_frozen_categories(FrozenCategories::new(categories).ok()?));
    }
    let mut text = metadata.get(CATEGORICAL)?.as_str();
    let (name, namespace) = (counted_text(&mut text)?, counted_text(&mut text)?);
    let physical = text.strip_suffix(';')?.parse().ok()?;
    Some(DataType::from_categories(Categories::new(name.into(), namespace.into(), physical)))
}

/// Takes one `length;text` from the front.
fn counted_text<'a>(text: &mut &'a str) -> Option<&'a str> {
    let (length, rest) = text.split_once(';')?;
    let (counted, rest) = rest.split_at_checked(length.parse().ok()?)?;
    *text = rest;
    Some(counted)
}

/// The time zone by a name that Polars knows. An instant stays the same instant under any name, so an offset that
/// has no name (`+05:30`) becomes UTC.
fn time_zone(name: &str) -> Option<TimeZone> {
    let has_minutes = name.starts_with(['+', '-']) && !name.ends_with("00");
    if name.is_empty() {
        return None;
    }
    let zone = if has_minutes || name == "*" { "UTC" } else { name };
    TimeZone::opt_try_new(Some(zone)).ok().flatten().or(Some(TimeZone::UTC))
}

fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Milliseconds => ArrowUnit::Millisecond,
        TimeUnit::Microseconds => ArrowUnit::Microsecond,
        TimeUnit::Nanoseconds => ArrowUnit::Nanosecond,
    }
}

fn polars_unit(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second | ArrowUnit::Millisecond => TimeUnit::Milliseconds,
        ArrowUnit::Microsecond => TimeUnit::Microseconds,
        ArrowUnit::Nanosecond => TimeUnit::Nanoseconds,
    }
}
