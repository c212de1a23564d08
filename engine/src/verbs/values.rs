//! A frame's values as values of the script: one of them, a row, a column, all rows.

use polars::prelude::DataFrame;

use super::write::counted;
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Integer};
use crate::registry::Type::{self, Any as A, Boolean as B, Frame as F, List as L};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::scalar;
use crate::value::Value;

const NAMED: Parameter = optional("named", Boolean, "false", "A row is an object map, not an array.");

pub(super) const VERBS: &[Verb] = &[
    verb(F, "item", A, "One value: the only one of the frame, or that of a row and column.", item)
        .takes(&[
            absent("row", Integer, "The row, from 0; counted from the end where negative."),
            absent("column", Any, "The column, by name or from 0."),
        ])
        .examples(&["frame(#{ a: [5] }).item()", "frame(#{ a: [1, 2], b: [\"x\", \"y\"] }).item(1, \"b\")"]),
    verb(F, "row", A, "One row as an array.", |call| {
        let data = one_row(call, call.integer("index")?)?;
        Ok(row_of(&data, 0, call.boolean("named")?))
    })
    .takes(&[required("index", Integer, "The row, from 0; counted from the end where negative."), NAMED])
    .examples(&["frame(#{ a: [1, 2], b: [\"x\", \"y\"] }).row(1)"]),
    verb(F, "rows", L, "Runs the frame; all rows as arrays.", |call| rows(call, call.boolean("named")?))
        .takes(&[NAMED])
        .examples(&["frame(#{ a: [1, 2], b: [\"x\", ()] }).rows()"]),
    verb(F, "iter_rows", L, "Runs the frame; all rows as arrays.", |call| rows(call, call.boolean("named")?))
        .takes(&[NAMED]),
    verb(F, "to_dicts", L, "Runs the frame; all rows as object maps.", |call| rows(call, true))
        .examples(&["frame(#{ a: [1, 2], b: [\"x\", ()] }).to_dicts()"]),
    verb(F, "get_column", L, "Runs the frame; one column's values as an array.", column)
        .takes(&[required("name", Column, "The column.")])
        .examples(&["frame(#{ a: [1, 2], b: [3, 4] }).get_column(\"b\")"]),
    verb(F, "column", L, "Runs the frame; one column's values as an array.", column).takes(&[required(
        "name",
        Column,
        "The column.",
    )]),
    verb(F, "to_series", L, "Runs the frame; the values of the column at a place as an array.", |call| {
        let name = name_at(call, call.integer("index")?)?;
        Ok(Value::List(scalar::values(&super::columns::one_column(call, &name)?)))
    })
    .takes(&[optional(
        "index",
        Integer,
        "0",
        "The place of the column, from 0; counted from the end where negative.",
    )])
    .examples(&["frame(#{ a: [1, 2], b: [3, 4] }).to_series(1)"]),
    verb(F, "shape", L, "The numbers of rows and of columns.", |call| {
        let rows = super::height(call)?;
        Ok(Value::List(vec![super::integer(rows), super::integer(call.frame()?.schema().len())]))
    })
    .examples(&["frame(#{ a: [1, 2, 3], b: [4, 5, 6] }).shape()"]),
    verb(F, "is_empty", B, "Whether the frame has no rows.", |call| {
        let lazy = call.lazy()?.limit(1);
        Ok(Value::Boolean(call.run_plan(lazy)?.height() == 0))
    })
    .examples(&["frame(#{ a: [1, 2] }).filter(\"a > 5\").is_empty()"]),
    verb(
        F,
        "equals",
        B,
        "Whether two frames hold the same rows under the same names, in the same order.",
        equals,
    )
    .takes(&[
        required("other", crate::registry::Kind::Frame, "The other frame."),
        optional("null_equal", Boolean, "true", "Two nulls are equal."),
    ])
    .examples(&["frame(#{ a: [1, ()] }).equals(frame(#{ a: [1, ()] }))"]),
    verb(F, "estimated_size", Type::Float, "Runs the frame; the memory that its rows take.", estimated_size)
        .takes(&[optional(
            "unit",
            crate::registry::Kind::Text,
            "b",
            "b, kb, mb, gb or tb; 1024 of one make the next.",
        )])
        .examples(&["frame(#{ a: [1, 2, 3] }).estimated_size()"]),
];

fn item(call: &Call<'_>) -> Result<Value, Fault> {
    let name = match call.any("column") {
        None => None,
        Some(Value::Integer(place)) => Some(name_at(call, *place)?),
        Some(_) => call.names("column")?.into_iter().next(),
    };
    if let Some(row) = call.maybe_integer("row")? {
        let name = name.ok_or_else(|| {
            call.out_of_range("column", "given too where `row` is").hint("as `item(0, \"name\")`")
        })?;
        let data = one_row(call, row)?;
        return Ok(scalar::value(&data.column(&name)?.get(0)?));
    }
    let lazy = match &name {
        Some(name) => call.lazy()?.select([polars::prelude::col(name.as_str())]),
        None => call.lazy()?,
    };
    let data = call.run_plan(lazy.limit(2))?;
    if data.shape() != (1, 1) {
        let rows = ["no rows", "one row", "more than one row"][data.height().min(2)];
        let columns = ["no columns", "one column", "more than one column"][data.width().min(2)];
        let message = format!("`item()` wants one row and one column; the frame has {rows} and {columns}");
        return Err(Fault::new("ShapeMismatch", message).hint("say which: `item(0, \"name\")`"));
    }
    Ok(scalar::value(&data.columns()[0].get(0)?))
}

/// The frame cut to one row.
fn one_row(call: &Call<'_>, row: i64) -> Result<DataFrame, Fault> {
    let data = call.run_plan(call.lazy()?.slice(row, 1))?;
    match data.height() {
        1 => Ok(data),
        _ => Err(Fault::new(
            "OutOfBounds",
            format!("there is no row {row}; the frame has {}", counted(super::height(call)? as u64, "row")),
        )),
    }
}

fn name_at(call: &Call<'_>, place: i64) -> Result<String, Fault> {
    let schema = call.frame()?.schema();
    let width = i64::try_from(schema.len()).unwrap_or(i64::MAX);
    let from_start = usize::try_from(if place < 0 { place + width } else { place }).ok();
    let found = from_start.and_then(|place| schema.get_at_index(place));
    found.map(|(name, _)| name.to_string()).ok_or_else(|| {
        let columns = counted(schema.len() as u64, "column");
        Fault::new("OutOfBounds", format!("there is no column {place}; the frame has {columns}"))
    })
}

fn row_of(data: &DataFrame, row: usize, named: bool) -> Value {
    let cell =
        |column: &polars::prelude::Column| column.get(row).map_or(Value::Nothing, |any| scalar::value(&any));
    if named {
        return Value::Map(
            data.columns().iter().map(|column| (column.name().to_string(), cell(column))).collect(),
        );
    }
    Value::List(data.columns().iter().map(cell).collect())
}

fn rows(call: &Call<'_>, named: bool) -> Result<Value, Fault> {
    let data = call.data()?;
    Ok(Value::List((0..data.height()).map(|row| row_of(&data, row, named)).collect()))
}

fn column(call: &Call<'_>) -> Result<Value, Fault> {
    let name = call.names("name")?.into_iter().next().unwrap_or_default();
    Ok(Value::List(scalar::values(&super::columns::one_column(call, &name)?)))
}

fn equals(call: &Call<'_>) -> Result<Value, Fault> {
    let (one, other) = (call.data()?, call.data_of(call.frame_at("other")?)?);
    let same = if call.boolean("null_equal")? { one.equals_missing(&other) } else { one.equals(&other) };
    Ok(Value::Boolean(same))
}

fn estimated_size(call: &Call<'_>) -> Result<Value, Fault> {
    let units = ["b", "kb", "mb", "gb", "tb"];
    let unit = call.word("unit", &units)?;
    let power = units.iter().position(|known| *known == unit).unwrap_or(0);
    let bytes = call.data()?.estimated_size();
    Ok(match power {
        0 => super::integer(bytes),
        _ => Value::Float(bytes as f64 / 1024f64.powi(i32::try_from(power).unwrap_or(0))),
    })
}
