//! A frame's first and last rows as a table to be shown.

use fram_display::{Column as Shown, Kind, RowCount, SchemaField, Table, Value};
use fram_frame::{Frame, Limit, Runner, Watch};
use polars::prelude::{AnyValue, Column, DataFrame, DataType, Field, Schema, TimeUnit};

use crate::fault::Fault;

/// Characters of a string that are handed on; the rest is counted.
const LONGEST_TEXT: usize = 2_000;
/// Characters of a string inside a list or a struct that are handed on.
const LONGEST_INNER_TEXT: usize = 200;
/// Elements of a list that are handed on; the rest is counted.
const MOST_ELEMENTS: usize = 12;
/// Fields of a struct that are handed on; the rest is counted.
const MOST_FIELDS: usize = 100;
/// Bytes of a binary that are handed on.
const MOST_BYTES: usize = 16;
/// How deep nested values are handed on.
const DEEPEST: usize = 4;

/// How much of a frame is shown.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// Rows.
    pub(crate) rows: usize,
    /// Columns.
    pub(crate) columns: usize,
    /// Half of the rows are the last ones, where it is known how many there are.
    pub(crate) with_last: bool,
}

/// Runs the frame as far as it is shown.
pub(super) fn of_frame(
    frame: &Frame,
    Window { rows, columns, with_last }: Window,
    runner: &dyn Runner,
    watch: &Watch,
) -> Result<Table, Fault> {
    let (narrow, hidden) = narrowed(frame, columns)?;
    let Some(height) = frame.known_rows() else {
        let data = narrow.collect(Limit::First(rows + 1), runner, watch)?;
        let more = data.height() > rows;
        let count =
            if more { RowCount::MoreThan(rows as u64) } else { RowCount::Exactly(data.height() as u64) };
        return Ok(table(&data.head(Some(rows)), columns, count, None, hidden));
    };
    let count = RowCount::Exactly(height as u64);
    let is_elsewhere = narrow.bytes_elsewhere().is_some();
    let limit = if is_elsewhere { Limit::First(rows) } else { Limit::All };
    let data = narrow.collect(limit, runner, watch)?;
    if height <= rows || !with_last {
        return Ok(table(&data.head(Some(rows)), columns, count, None, hidden));
    }
    let first = rows.div_ceil(2);
    let last = if is_elsewhere { last_rows(&narrow, rows - first, runner, watch)? } else { data.clone() };
    let shown = data.head(Some(first)).vstack(&last.tail(Some(rows - first)))?;
    Ok(table(&shown, columns, count, Some(first), hidden))
}

/// The last rows of a frame that lies elsewhere.
fn last_rows(frame: &Frame, rows: usize, runner: &dyn Runner, watch: &Watch) -> Result<DataFrame, Fault> {
    let wanted = u32::try_from(rows).unwrap_or(u32::MAX);
    let last = frame.lazy(runner, watch)?.tail(wanted);
    Ok(Frame::from_lazy(last)?.collect(Limit::All, runner, watch)?)
}

/// Names of the columns that are not shown.
type Hidden = Vec<String>;

/// The frame without the columns that are not shown: they are not even read.
fn narrowed(frame: &Frame, columns: usize) -> Result<(Frame, Hidden), Fault> {
    let schema = frame.schema();
    let hidden: Hidden = schema.iter_names().skip(columns).map(ToString::to_string).collect();
    let narrow = if hidden.is_empty() { frame.clone() } else { frame.first_columns(columns)? };
    Ok((narrow, hidden))
}

fn table(data: &DataFrame, columns: usize, rows: RowCount, gap: Option<usize>, hidden: Hidden) -> Table {
    let columns = data.columns().iter().take(columns).map(cells).collect();
    Table { columns, rows, gap, hidden, notes: Vec::new() }
}

/// One column's values, as far as they are shown.
pub(crate) fn cells(column: &Column) -> Shown {
    let series = column.as_materialized_series();
    let values = series.iter().map(|value| shown(&value, 0)).collect();
    Shown {
        name: column.name().to_string(),
        dtype: column.dtype().to_string(),
        kind: kind(column.dtype()),
        values,
    }
}

/// A schema as a tree.
pub(crate) fn fields(schema: &Schema) -> Vec<SchemaField> {
    fields_of_first(schema, usize::MAX)
}

/// The first columns of a schema as a tree.
pub(crate) fn fields_of_first(schema: &Schema, count: usize) -> Vec<SchemaField> {
    schema.iter().take(count).map(|(name, kind)| field(name, kind)).collect()
}

fn field(name: &str, kind: &DataType) -> SchemaField {
    let children = match kind {
        DataType::Struct(fields) => fields.iter().map(|inner| field(inner.name(), inner.dtype())).collect(),
        DataType::List(inner) | DataType::Array(inner, _) if inner.is_nested() => {
            vec![field("element", inner)]
        }
        _ => Vec::new(),
    };
    let dtype = match kind {
        DataType::Struct(_) => "struct".to_owned(),
        other => other.to_string(),
    };
    SchemaField { name: name.to_owned(), dtype, children }
}

fn kind(kind: &DataType) -> Kind {
    match kind {
        DataType::Boolean => Kind::Boolean,
        kind if kind.is_numeric() => Kind::Number,
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => Kind::Text,
        kind if kind.is_temporal() => Kind::Time,
        DataType::Binary => Kind::Binary,
        kind if kind.is_nested() => Kind::Nested,
        _ => Kind::Other,
    }
}

fn shown(value: &AnyValue<'_>, depth: usize) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Boolean(*flag),
        AnyValue::String(text) => self::text(text, depth),
        AnyValue::StringOwned(text) => self::text(text, depth),
        AnyValue::Float32(number) => Value::Float(f64::from(*number)),
        AnyValue::Float64(number) => Value::Float(*number),
        AnyValue::Binary(bytes) => binary(bytes),
        AnyValue::BinaryOwned(bytes) => binary(bytes),
        AnyValue::List(series) | AnyValue::Array(series, _) => list(series, depth),
        AnyValue::Struct(..) | AnyValue::StructOwned(..) => structure(value, depth),
        AnyValue::Decimal(..) => Value::Decimal(value.to_string()),
        AnyValue::Duration(count, unit) => Value::Time(duration(*count, *unit)),
        // A category written as a number is text, so text is asked for first.
        other => match (other.get_str(), other.extract::<i128>()) {
            (Some(text), _) => self::text(text, depth),
            (None, Some(number)) if other.is_integer() => Value::Integer(number),
            _ => Value::Time(other.to_string()),
        },
    }
}

fn text(text: &str, depth: usize) -> Value {
    let longest = if depth == 0 { LONGEST_TEXT } else { LONGEST_INNER_TEXT };
    match text.char_indices().nth(longest) {
        None => Value::Text(text.to_owned()),
        Some((end, _)) => Value::CutText { text: text[..end].to_owned(), characters: text.chars().count() },
    }
}

fn binary(bytes: &[u8]) -> Value {
    Value::Binary(bytes[..bytes.len().min(MOST_BYTES)].to_vec(), bytes.len())
}

fn list(series: &polars::prelude::Series, depth: usize) -> Value {
    if depth >= DEEPEST {
        return Value::List(Vec::new(), series.len());
    }
    let first = series.head(Some(MOST_ELEMENTS));
    Value::List(first.iter().map(|element| shown(&element, depth + 1)).collect(), series.len())
}

fn structure(value: &AnyValue<'_>, depth: usize) -> Value {
    let shown = if depth >= DEEPEST { 0 } else { MOST_FIELDS };
    let entry =
        |(field, inner): (&Field, &AnyValue<'_>)| (field.name().to_string(), self::shown(inner, depth + 1));
    match value {
        AnyValue::StructOwned(row) => {
            Value::Struct(row.1.iter().zip(&row.0).take(shown).map(entry).collect(), row.1.len())
        }
        AnyValue::Struct(_, _, fields) => {
            let values: Vec<AnyValue<'_>> = value._iter_struct_av().take(shown).collect();
            Value::Struct(fields.iter().zip(&values).map(entry).collect(), fields.len())
        }
        _ => Value::Struct(Vec::new(), 0),
    }
}

/// A length of time as `1d 2h 3m 4.5s`.
fn duration(count: i64, unit: TimeUnit) -> String {
    let per_second: i64 = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    let sign = if count < 0 { "-" } else { "" };
    let total = count.unsigned_abs();
    let per_second = per_second.unsigned_abs();
    let (seconds, fraction) = (total / per_second, total % per_second);
    let mut parts = Vec::new();
    for (size, name) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        let whole = (seconds / size)
            % if size == 86_400 {
                u64::MAX
            } else if size == 3_600 {
                24
            } else {
                60
            };
        if whole > 0 {
            parts.push(format!("{whole}{name}"));
        }
    }
    let rest = (seconds % 60) as f64 + fraction as f64 / per_second as f64;
    if rest > 0.0 || parts.is_empty() {
        parts.push(format!("{rest}s"));
    }
    format!("{sign}{}", parts.join(" "))
}
