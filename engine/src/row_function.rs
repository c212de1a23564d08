//! A closure of the script over a column's values: called, its results put into a column of one type, and its cost
//! told once, with the expression that would do where one is seen. Which expression verbs use it is left to `verbs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Expr, Field, IntoColumn, IntoLazy, NamedFrom, PlSmallStr, Series,
};

use crate::call::Call;
use crate::fault::Fault;
use crate::value::{Function, Value};
use crate::{column_of, scalar};

/// Values at most that an expression is held against the closure with.
const COMPARED: usize = 1_000;

/// What a closure is called with, and what it gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Each value alone; a value.
    Each,
    /// An array of some of the values; an array of as many.
    Pieces,
    /// An array of all values; an array.
    All,
    /// An array of all values; one value.
    One,
}

/// A closure over a column's values.
pub(crate) struct RowFunction {
    function: Arc<dyn Function>,
    verb: &'static str,
    /// The expression that the values come from, as text.
    subject: String,
    rows: Rows,
    kind: Option<DataType>,
    skip_nulls: bool,
    /// The types that were found by trying, by the types that were put in.
    tried: Mutex<Vec<(DataType, DataType)>>,
    told: AtomicBool,
}

impl RowFunction {
    /// The closure of the call's parameter `function`, over the call's expression.
    pub(crate) fn new(
        call: &Call<'_>,
        rows: Rows,
        kind: Option<DataType>,
        skip_nulls: bool,
    ) -> Result<Self, Fault> {
        let function = call.function("function")?;
        if function.parameters() != 1 {
            let message = format!(
                "the closure of `{}` takes one argument, not {}",
                call.verb.name,
                function.parameters()
            );
            return Err(Fault::argument(message).hint("as `|x| x + 1`"));
        }
        let subject = subject(&call.expr()?);
        let (verb, tried, told) = (call.verb.name, Mutex::default(), AtomicBool::new(false));
        Ok(Self { function, verb, subject, rows, kind, skip_nulls, tried, told })
    }

    /// What the closure gives for a column.
    pub(crate) fn run(&self, column: &Column) -> Result<Column, Fault> {
        let kind = self.kind_for(column.dtype())?;
        let series = column.as_materialized_series();
        let begun = Instant::now();
        let result = match self.rows {
            Rows::Each => self.each(series, &kind)?,
            Rows::Pieces | Rows::All => self.array(series, &kind)?,
            Rows::One => self.one(series, &kind)?,
        };
        if !series.is_empty() {
            self.tell(begun.elapsed(), series, &result);
        }
        Ok(result.with_name(column.name().clone()).into_column())
    }

    /// What the closure gives for the values of a window.
    pub(crate) fn of_window(&self, window: Series, kind: &DataType) -> Result<Series, Fault> {
        let begun = Instant::now();
        let result = self.one(&window, kind)?;
        self.tell(begun.elapsed() * u32::try_from(window.len()).unwrap_or(1).max(1), &window, &result);
        Ok(result)
    }

    /// Name and type of the result.
    pub(crate) fn field(&self, field: &Field) -> Result<Field, Fault> {
        Ok(Field::new(field.name().clone(), self.kind_for(field.dtype())?))
    }

    fn each(&self, series: &Series, kind: &DataType) -> Result<Series, Fault> {
        let values: Vec<Value> = series.iter().map(|any| self.value(&any)).collect::<Result<_, _>>()?;
        self.column(series.name(), &values, kind)
    }

    fn value(&self, any: &AnyValue<'_>) -> Result<Value, Fault> {
        if any.is_null() && self.skip_nulls {
            return Ok(Value::Nothing);
        }
        self.function.call(vec![scalar::value(any)]).map_err(|fault| with_value(fault, any))
    }

    fn array(&self, series: &Series, kind: &DataType) -> Result<Series, Fault> {
        let values = self.function.call(vec![list(series)])?;
        let Value::List(values) = values else {
            return Err(Fault::argument(format!(
                "the closure of `{}` must give an array, not {}",
                self.verb,
                values.kind().article()
            ))
            .hint("`#{ returns_scalar: true }` is for one that gives a single value"));
        };
        if self.rows == Rows::Pieces && values.len() != series.len() {
            return Err(Fault::new(
                "ShapeMismatch",
                format!("the closure of `{}` gave {} values for {}", self.verb, values.len(), series.len()),
            ));
        }
        self.column(series.name(), &values, kind)
    }

    fn one(&self, series: &Series, kind: &DataType) -> Result<Series, Fault> {
        let value = self.function.call(vec![list(series)])?;
        self.column(series.name(), &[value], kind)
    }

    /// Results as a column of the type that was promised.
    fn column(&self, name: &PlSmallStr, values: &[Value], kind: &DataType) -> Result<Series, Fault> {
        let series = column_of::series(name, values).map_err(|fault| self.unfit(fault.message))?;
        series
            .strict_cast(kind)
            .map_err(|_| self.unfit(format!("it gave {} where {kind} was expected", series.dtype())))
    }

    fn unfit(&self, reason: String) -> Fault {
        Fault::new(
            "MixedTypes",
            format!("the closure of `{}` gives values of several types: {reason}", self.verb),
        )
        .hint("name the type that holds them all: `#{ return_dtype: Float64 }`")
    }

    /// The type of the result for values of a type: as given, or as the closure gives it for a few values.
    fn kind_for(&self, input: &DataType) -> Result<DataType, Fault> {
        if let Some(kind) = &self.kind {
            return Ok(kind.clone());
        }
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kind)) = tried.iter().find(|(known, _)| known == input) {
            return Ok(kind.clone());
        }
        let kind = self.try_kind(input)?;
        tried.push((input.clone(), kind.clone()));
        Ok(kind)
    }

    fn try_kind(&self, input: &DataType) -> Result<DataType, Fault> {
        let samples = samples(input);
        let mut failed = None;
        let mut results = Vec::new();
        let mut note = |result: Result<Value, Fault>| match result {
            Ok(value) => results.push(value),
            Err(fault) => failed = Some(failed.take().unwrap_or(fault)),
        };
        match self.rows {
            Rows::Each => samples.iter().for_each(|sample| note(self.function.call(vec![sample.clone()]))),
            _ => note(self.function.call(vec![Value::List(samples.clone())])),
        }
        let flat: Vec<Value> = match self.rows {
            Rows::Pieces | Rows::All => results
                .into_iter()
                .flat_map(|value| if let Value::List(inner) = value { inner } else { vec![value] })
                .collect(),
            Rows::Each | Rows::One => results,
        };
        let kind = column_of::series("", &flat).map_err(|fault| self.unfit(fault.message))?.dtype().clone();
        match (kind, failed) {
            (DataType::Null, Some(fault)) if !samples.is_empty() => Err(fault),
            (DataType::Null, _) => Err(Fault::argument(format!(
                "the type that the closure of `{}` gives for {input} is not known",
                self.verb
            ))
            .hint("name it: `#{ return_dtype: Int64 }`")),
            (kind, _) => Ok(kind),
        }
    }

    /// Says once what the closure costs, and what would do instead.
    fn tell(&self, took: Duration, series: &Series, result: &Series) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        let each = took.as_secs_f64() / series.len() as f64;
        let instead = match self.instead(series, result) {
            Some(text) => format!("; on these rows `{text}` gives the same, at the engine's own speed"),
            None => String::new(),
        };
        self.function.warn(&format!(
            "`{}` calls a {} of the script: {} a row here, {} for a million rows{instead}\n",
            self.verb,
            self.function.describe(),
            seconds(each),
            seconds(each * 1e6),
        ));
    }

    /// The expression that gives the same for the first of these values.
    fn instead(&self, series: &Series, result: &Series) -> Option<String> {
        if self.rows != Rows::Each {
            return None;
        }
        let (expression, text) = self.function.expressed(&self.subject)?;
        let values = series.head(Some(COMPARED)).with_name(PlSmallStr::EMPTY).into_column();
        let data = DataFrame::new(values.len(), vec![values]).ok()?;
        let same = column_of::collected(data.lazy().select([expression.alias("same")])).ok()?;
        let same = same.column("same").ok()?.as_materialized_series().cast(result.dtype()).ok()?;
        same.equals_missing(&result.head(Some(COMPARED))).then_some(text)
    }
}

fn list(series: &Series) -> Value {
    Value::List(series.iter().map(|any| scalar::value(&any)).collect())
}

/// The text of an expression, as a script would write a plain column.
fn subject(expression: &Expr) -> String {
    match expression {
        Expr::Column(name) => format!("col({:?})", name.as_str()),
        other => other.to_string(),
    }
}

/// The fault with the value that the closure was called with.
fn with_value(fault: Fault, any: &AnyValue<'_>) -> Fault {
    match fault.hint {
        None if fault.name != "Interrupted" => {
            let shown: String = any.to_string().chars().take(60).collect();
            fault.hint(format!("the closure was called with {shown}"))
        }
        _ => fault,
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
            [1, 2, 1000, 0].map(Value::Integer).to_vec()
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

/// A time in the unit that reads best.
fn seconds(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1e-9, "ns"));
    let count = seconds / size;
    if count < 10.0 { format!("{count:.1} {unit}") } else { format!("{count:.0} {unit}") }
}
