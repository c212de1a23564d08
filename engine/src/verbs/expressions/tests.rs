//! Examples of expressions against Python Polars: `tests/oracles/expressions.py` asked it, and keeps what it said.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use fram_frame::{Frame, Limit, Runner, Watch};
use polars::prelude::{AnyValue, DataFrame, DataType, IntoLazy, Series};
use serde_json::{Value as Json, json};

use crate::registry::{self, NAMESPACES, Type, Verb};
use crate::session::{Desk, Notebook};
use crate::testing::Cluster;
use crate::value::Value;

fn answers() -> Json {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracles/expressions.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn examples_give_what_python_polars_gives() {
    let (answers, cluster) = (answers(), Cluster::shared());
    let mut wrong = String::new();
    let places = cluster.places();
    for (asked, (place, runner)) in
        answers["cells"].as_array().unwrap().iter().flat_map(|asked| places.map(|place| (asked, place)))
    {
        let cell = asked["cell"].as_str().unwrap();
        match run(cell, runner) {
            Ok(data) if is_same(&columns(&data), &asked["answer"]) == asked["differs"].is_null() => {}
            Ok(data) => {
                writeln!(wrong, "{cell} {place}\n  here:   {}\n  Polars: {}", columns(&data), asked["answer"])
                    .unwrap()
            }
            Err(message) => {
                writeln!(wrong, "{cell} {place}\n  here:   {message}\n  Polars: {}", asked["answer"]).unwrap()
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_example_was_asked() {
    let answers = answers();
    let asked: BTreeSet<&str> =
        answers["cells"].as_array().unwrap().iter().map(|asked| asked["cell"].as_str().unwrap()).collect();
    let namespaces: Vec<Type> = NAMESPACES.iter().map(|(_, kind)| *kind).collect();
    let is_ours = |verb: &&Verb| {
        namespaces.contains(&verb.on)
            || matches!(verb.on, Type::Expression | Type::Selectors)
            || (verb.on == Type::Cell && verb.returns == Type::Expression)
    };
    let missing: Vec<&str> = registry::all()
        .filter(is_ours)
        .flat_map(|verb| verb.examples.iter().copied())
        .filter(|example| !asked.contains(example))
        .collect();
    assert!(
        missing.is_empty(),
        "Python Polars was not asked; `make gold`, then tests/oracles/expressions.py\n{}",
        missing.join("\n")
    );
}

/// The rows that a cell gives; a single row of an expression.
fn run(cell: &str, runner: &dyn Runner) -> Result<DataFrame, String> {
    let mut desk = Desk::new(Arc::new(Notebook::named("a test"))).unwrap();
    let value = desk.code(cell).map_err(|placed| placed.fault.message)?;
    let frame = match value {
        Value::Frame(frame) => frame,
        Value::Expression(expression) => {
            let row = DataFrame::empty_with_height(1).lazy().select([*expression]);
            Frame::from_lazy(row).map_err(|error| error.to_string())?
        }
        other => return Err(format!("{} is no frame", other.kind().article())),
    };
    frame.collect(Limit::All, runner, &Watch::new()).map_err(|error| error.to_string())
}

fn columns(data: &DataFrame) -> Json {
    let mut found = serde_json::Map::new();
    for column in data.columns() {
        let series = column.as_materialized_series();
        found.insert(
            column.name().to_string(),
            json!({ "type": kind(series.dtype()), "values": values(series) }),
        );
    }
    Json::Object(found)
}

fn kind(dtype: &DataType) -> String {
    match dtype {
        DataType::List(inner) => format!("list[{}]", kind(inner)),
        DataType::Array(inner, width) => format!("array[{}, {width}]", kind(inner)),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{}: {}", field.name(), kind(field.dtype()))).collect();
            format!("struct{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn values(series: &Series) -> Json {
    series.iter().map(|value| plain(&value)).collect()
}

fn plain(value: &AnyValue<'_>) -> Json {
    match value {
        AnyValue::Null => Json::Null,
        AnyValue::Boolean(flag) => json!(flag),
        AnyValue::Float32(number) => float(f64::from(*number)),
        AnyValue::Float64(number) => float(*number),
        AnyValue::Date(count) => json!(count),
        AnyValue::Time(count) | AnyValue::Duration(count, _) | AnyValue::Datetime(count, ..) => json!(count),
        AnyValue::List(series) | AnyValue::Array(series, _) => values(series),
        AnyValue::Struct(_, _, fields) => {
            let entries = fields.iter().zip(value._iter_struct_av());
            Json::Object(entries.map(|(field, value)| (field.name().to_string(), plain(&value))).collect())
        }
        AnyValue::Binary(bytes) => {
            json!(bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
        }
        AnyValue::Decimal(..) => json!(value.to_string()),
        other => match (other.get_str(), other.extract::<i128>()) {
            (Some(text), _) => json!(text),
            (None, Some(number)) => serde_json::from_str(&number.to_string()).unwrap(),
            (None, None) => panic!("{other:?}"),
        },
    }
}

fn float(number: f64) -> Json {
    match number {
        number if number.is_nan() => json!("nan"),
        number if number == f64::INFINITY => json!("inf"),
        number if number == f64::NEG_INFINITY => json!("-inf"),
        number => json!(number),
    }
}

/// Equal, but for the last bits of numbers with a fraction.
fn is_same(here: &Json, there: &Json) -> bool {
    match (here, there) {
        (Json::Array(here), Json::Array(there)) => {
            here.len() == there.len() && here.iter().zip(there).all(|(here, there)| is_same(here, there))
        }
        (Json::Object(here), Json::Object(there)) => {
            here.keys().eq(there.keys())
                && here.iter().zip(there).all(|((_, here), (_, there))| is_same(here, there))
        }
        (Json::Number(here), Json::Number(there)) if here != there => {
            let (here, there) = (here.as_f64().unwrap(), there.as_f64().unwrap());
            (here - there).abs() <= 1e-12 * here.abs().max(there.abs())
        }
        (here, there) => here == there,
    }
}
