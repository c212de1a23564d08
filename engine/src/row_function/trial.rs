//! What a closure gives for a few values of a type: the type of its results, before there are rows.

use polars::prelude::{DataType, Field, NamedFrom, Series};

use super::Rows;
use crate::fault::Fault;
use crate::value::{Function, Value};
use crate::{column_of, scalar};

/// What a closure gave for a few values of a type.
pub(super) struct Trial {
    /// The type that was put in.
    pub(super) input: DataType,
    /// The type that came out.
    pub(super) output: DataType,
    /// The values that were put in and those that came out, where the closure takes them one by one.
    pub(super) pairs: Option<(Series, Series)>,
}

impl Trial {
    /// Calls the closure with values of this type; those that it fails for are no matter, where it takes others.
    pub(super) fn of(
        function: &dyn Function,
        verb: &str,
        rows: Rows,
        input: &DataType,
    ) -> Result<Self, Fault> {
        let samples = samples(input);
        let mut failed = None;
        let mut pairs = Vec::new();
        let mut note = |sample: Value| match function.call(vec![sample.clone()]) {
            Ok(value) => pairs.push((sample, value)),
            Err(fault) => failed = Some(failed.take().unwrap_or(fault)),
        };
        match rows {
            Rows::Each => samples.iter().for_each(|sample| note(sample.clone())),
            _ => note(Value::List(samples.clone())),
        }
        let (inputs, results): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
        let flat: Vec<Value> = match rows {
            Rows::Pieces | Rows::All => results.iter().flat_map(elements).collect(),
            Rows::Each | Rows::One => results,
        };
        let outputs = column_of::series("", &flat).map_err(|fault| unfit(verb, &fault.message))?;
        match (outputs.dtype(), failed) {
            (DataType::Null, Some(fault)) if !samples.is_empty() => Err(fault),
            (DataType::Null, _) => Err(Fault::argument(format!(
                "the type that the closure of `{verb}` gives for {input} is not known"
            ))
            .hint("name it: `#{ return_dtype: Int64 }`")),
            (output, _) => {
                let inputs = column_of::series("", &inputs).ok().and_then(|inputs| inputs.cast(input).ok());
                let pairs = inputs.filter(|_| rows == Rows::Each).map(|inputs| (inputs, outputs.clone()));
                Ok(Self { input: input.clone(), output: output.clone(), pairs })
            }
        }
    }
}

/// The fault of values that no one type holds.
pub(super) fn unfit(verb: &str, reason: &str) -> Fault {
    Fault::new("MixedTypes", format!("the closure of `{verb}` gives values of several types: {reason}"))
        .hint("name the type that holds them all: `#{ return_dtype: Float64 }`")
        .at(verb)
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::List(inner) => inner.clone(),
        other => vec![other.clone()],
    }
}

/// A few values of a type, that closures are tried with.
fn samples(kind: &DataType) -> Vec<Value> {
    match kind {
        DataType::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        DataType::Float32 | DataType::Float64 | DataType::Decimal(..) => {
            [1.0, 0.5, -2.5, 1000.0].map(Value::Float).to_vec()
        }
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            ["a", "1", "C:\\Windows\\cmd.exe /c dir"].map(|text| Value::Text(text.to_owned())).to_vec()
        }
        DataType::List(inner) | DataType::Array(inner, _) => vec![Value::List(samples(inner))],
        DataType::Struct(fields) => {
            let first = |field: &Field| samples(field.dtype()).into_iter().next().unwrap_or(Value::Nothing);
            vec![Value::Map(fields.iter().map(|field| (field.name().to_string(), first(field))).collect())]
        }
        kind if kind.is_integer() || matches!(kind, DataType::Unknown(_)) => {
            [1, 2, 1000, 0, -7].map(Value::Integer).to_vec()
        }
        DataType::Date | DataType::Datetime(..) | DataType::Time | DataType::Duration(_) => {
            let day = Series::new("".into(), [18_526i64]);
            let known =
                day.cast(kind).ok().and_then(|series| series.get(0).map(|any| scalar::value(&any)).ok());
            known.into_iter().collect()
        }
        _ => Vec::new(),
    }
}
