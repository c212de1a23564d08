//! One value of a column as a value of the script: plain where the script has such a type, else a constant
//! expression of the column's own type.

use polars::prelude::{AnyValue, Column, Field, Scalar, lit};

use crate::value::Value;

/// The value. Dates, times, decimals, binaries and what `i64` cannot hold become constants that keep their type.
pub(crate) fn value(any: &AnyValue<'_>) -> Value {
    match any {
        AnyValue::Null => Value::Nothing,
        AnyValue::Boolean(flag) => Value::Boolean(*flag),
        AnyValue::Float32(number) => Value::Float(f64::from(*number)),
        AnyValue::Float64(number) => Value::Float(*number),
        AnyValue::List(elements) | AnyValue::Array(elements, _) => {
            Value::List(elements.iter().map(|element| value(&element)).collect())
        }
        AnyValue::Struct(..) | AnyValue::StructOwned(..) => structure(any),
        other if other.is_integer() => {
            let number = other.extract::<i128>().and_then(|number| i64::try_from(number).ok());
            number.map_or_else(|| constant(other), Value::Integer)
        }
        other => match other.get_str() {
            Some(text) => Value::Text(text.to_owned()),
            None => constant(other),
        },
    }
}

/// All values of a column.
pub(crate) fn values(column: &Column) -> Vec<Value> {
    column.as_materialized_series().iter().map(|any| value(&any)).collect()
}

fn constant(any: &AnyValue<'_>) -> Value {
    let any = any.clone().into_static();
    Value::expression(lit(Scalar::new(any.dtype(), any)))
}

fn structure(any: &AnyValue<'_>) -> Value {
    let entry = |(field, inner): (&Field, &AnyValue<'_>)| (field.name().to_string(), value(inner));
    match any {
        AnyValue::StructOwned(row) => Value::Map(row.1.iter().zip(&row.0).map(entry).collect()),
        AnyValue::Struct(_, _, fields) => {
            let values: Vec<AnyValue<'_>> = any._iter_struct_av().collect();
            Value::Map(fields.iter().zip(&values).map(entry).collect())
        }
        other => constant(other),
    }
}
