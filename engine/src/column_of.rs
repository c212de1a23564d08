//! Script arrays as columns: one type that holds every element, or an error that names the first that doesn't fit.

use indexmap::IndexSet;
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Expr, IntoLazy, IntoSeries, LazyFrame, NamedFrom, PlSmallStr,
    Series, StructChunked, TimeUnit,
};

use crate::fault::Fault;
use crate::value::Value;

/// How deep arrays and object maps may lie in each other.
const DEEPEST: usize = 100;
/// The greatest whole number up to which a float holds each.
pub(crate) const LARGEST_EXACT: u64 = 1 << 53;

/// The elements as a column of this name.
pub(crate) fn series(name: &str, values: &[Value]) -> Result<Series, Fault> {
    if is_deeper(values, DEEPEST) {
        return Err(Fault::new("TooDeep", format!("values lie in each other more than {DEEPEST} deep")));
    }
    column(name, values)
}

fn is_deeper(values: &[Value], deepest: usize) -> bool {
    values.iter().any(|value| match value {
        Value::List(inner) => deepest == 0 || is_deeper(inner, deepest - 1),
        Value::Map(inner) => {
            deepest == 0 || inner.values().any(|value| is_deeper(std::slice::from_ref(value), deepest - 1))
        }
        _ => false,
    })
}

fn column(name: &str, values: &[Value]) -> Result<Series, Fault> {
    let label = PlSmallStr::from(name);
    match shape(name, values)? {
        Shape::Null => Ok(Series::full_null(label, values.len(), &DataType::Null)),
        Shape::Boolean => Ok(Series::new(
            label,
            each(values, |value| if let Value::Boolean(flag) = value { Some(*flag) } else { None }),
        )),
        Shape::Integer => Ok(Series::new(
            label,
            each(values, |value| if let Value::Integer(number) = value { Some(*number) } else { None }),
        )),
        Shape::Number => {
            let is_inexact = |value: &Value| matches!(value, Value::Integer(number) if number.unsigned_abs() > LARGEST_EXACT);
            match values.iter().position(is_inexact) {
                Some(row) => Err(mixed(
                    name,
                    format!("element {row} is a whole number that floats beside it cannot hold"),
                )),
                None => Ok(Series::new(label, each(values, as_number))),
            }
        }
        Shape::Text => Ok(Series::new(
            label,
            each(values, |value| if let Value::Text(text) = value { Some(text.as_str()) } else { None }),
        )),
        Shape::List => lists(label, values),
        Shape::Map => structs(label, values),
        Shape::Expression => expressions(label, values),
    }
}

/// What all elements have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Map,
    Expression,
}

fn shape(name: &str, values: &[Value]) -> Result<Shape, Fault> {
    let mut found = Shape::Null;
    for (row, value) in values.iter().enumerate() {
        let this = match value {
            Value::Nothing => continue,
            Value::Boolean(_) => Shape::Boolean,
            Value::Integer(_) => Shape::Integer,
            Value::Float(_) => Shape::Number,
            Value::Text(_) => Shape::Text,
            Value::List(_) => Shape::List,
            Value::Map(_) => Shape::Map,
            Value::Expression(_) => Shape::Expression,
            other => return Err(unfit(name, row, other)),
        };
        found = match (found, this) {
            (Shape::Null, this) => this,
            (Shape::Integer, Shape::Number) | (Shape::Number, Shape::Integer) => Shape::Number,
            (found, this) if found == this => found,
            _ => return Err(unfit(name, row, value)),
        };
    }
    Ok(found)
}

fn unfit(name: &str, row: usize, value: &Value) -> Fault {
    mixed(name, format!("element {row} is {}", value.kind().article()))
}

fn mixed(name: &str, what: String) -> Fault {
    let column = if name.is_empty() { "the array".to_owned() } else { format!("column `{name}`") };
    Fault::new("MixedTypes", format!("{column} mixes types: {what}"))
        .hint("a column holds one type; write `()` for a missing value")
        .at(name)
}

fn each<'a, T>(values: &'a [Value], read: impl Fn(&'a Value) -> Option<T>) -> Vec<Option<T>> {
    values.iter().map(read).collect()
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn lists(label: PlSmallStr, values: &[Value]) -> Result<Series, Fault> {
    let flat: Vec<Value> = values
        .iter()
        .flat_map(|value| if let Value::List(inner) = value { inner.clone() } else { Vec::new() })
        .collect();
    let elements = column(&label, &flat)?;
    let mut start = 0i64;
    let rows: Vec<AnyValue<'_>> = values
        .iter()
        .map(|value| match value {
            Value::List(inner) => {
                let slice = elements.slice(start, inner.len());
                start += i64::try_from(inner.len()).unwrap_or(0);
                AnyValue::List(slice)
            }
            _ => AnyValue::Null,
        })
        .collect();
    let kind = DataType::List(Box::new(elements.dtype().clone()));
    Ok(Series::from_any_values_and_dtype(label, &rows, &kind, true)?)
}

fn structs(label: PlSmallStr, values: &[Value]) -> Result<Series, Fault> {
    let maps = values.iter().filter_map(|value| if let Value::Map(map) = value { Some(map) } else { None });
    let keys: IndexSet<&str> = maps.flat_map(|map| map.keys().map(String::as_str)).collect();
    let field = |key: &&str| {
        let column: Vec<Value> = values
            .iter()
            .map(|value| {
                if let Value::Map(map) = value {
                    map.get(*key).cloned().unwrap_or(Value::Nothing)
                } else {
                    Value::Nothing
                }
            })
            .collect();
        self::column(key, &column)
    };
    let fields: Vec<Series> = keys.iter().map(field).collect::<Result<_, _>>()?;
    Ok(StructChunked::from_series(label, values.len(), fields.iter())?.into_series())
}

/// Dates, times and other constant expressions: each is worked out, all together.
fn expressions(label: PlSmallStr, values: &[Value]) -> Result<Series, Fault> {
    let mut parts: Option<Series> = None;
    for (row, value) in values.iter().enumerate() {
        let part = match value {
            Value::Expression(expression) => constant(expression)?,
            _ => Series::full_null(label.clone(), 1, &DataType::Null),
        };
        parts = Some(match parts {
            None => part,
            Some(mut all) => {
                if all.dtype() == &DataType::Null {
                    all = all.cast(part.dtype())?;
                }
                if ![&DataType::Null, all.dtype()].contains(&part.dtype()) {
                    let what =
                        format!("element {row} is {}, those before it are {}", part.dtype(), all.dtype());
                    return Err(mixed(&label, what));
                }
                all.append(&part.cast(all.dtype())?)?;
                all
            }
        });
    }
    Ok(parts
        .unwrap_or_else(|| {
            Series::full_null(label.clone(), 0, &DataType::Datetime(TimeUnit::Microseconds, None))
        })
        .with_name(label))
}

/// The one value of an expression that names no column.
pub(crate) fn constant(expression: &Expr) -> Result<Series, Fault> {
    let row = DataFrame::new(1, vec![Column::full_null("".into(), 1, &DataType::Null)])?;
    let result = collected(row.lazy().select([expression.clone().alias("value")]))?;
    Ok(result.column("value")?.as_materialized_series().clone())
}

/// Rows of a plan over rows in memory that are few already.
#[expect(
    clippy::disallowed_methods,
    reason = "a few rows in memory need no source, no progress and no supervisor"
)]
pub(crate) fn collected(lazy: LazyFrame) -> Result<DataFrame, Fault> {
    Ok(lazy.collect()?)
}
