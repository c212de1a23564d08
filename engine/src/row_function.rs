//! A closure of the script over a column's values: called, its results put into a column of one type, and its cost
//! told once, with the expression that would do where one is seen. Which expression verbs use it is left to `verbs`.

mod trial;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Expr, Field, IntoColumn, IntoLazy, PlSmallStr, Series,
};

use trial::{Trial, unfit};

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
    /// What was found by trying, for each type that was put in.
    tried: Mutex<Vec<Trial>>,
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
        let series = column_of::series(name, values).map_err(|fault| unfit(self.verb, &fault.message))?;
        let misfit = || unfit(self.verb, &format!("it gave {} where {kind} was expected", series.dtype()));
        if is_text(series.dtype()) != is_text(kind) && !series.dtype().is_null() {
            return Err(misfit());
        }
        let cast = series.strict_cast(kind).map_err(|_| misfit())?;
        // Polars cuts fractions off without a word.
        let is_whole = series.dtype().is_float() && kind.is_integer();
        if is_whole && !cast.cast(series.dtype())?.equals_missing(&series) {
            return Err(misfit());
        }
        Ok(cast)
    }

    /// The type of the result for values of a type: as given, or as the closure gives it for a few values.
    fn kind_for(&self, input: &DataType) -> Result<DataType, Fault> {
        if let Some(kind) = &self.kind {
            return Ok(kind.clone());
        }
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trial) = tried.iter().find(|trial| trial.input == *input) {
            return Ok(trial.output.clone());
        }
        let trial = Trial::of(&*self.function, self.verb, self.rows, input)?;
        let kind = trial.output.clone();
        tried.push(trial);
        Ok(kind)
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

    /// The expression that gives the same for the first of these values, and for those that the closure was tried with.
    fn instead(&self, series: &Series, result: &Series) -> Option<String> {
        if self.rows != Rows::Each {
            return None;
        }
        let (expression, text) = self.function.expressed(&self.subject)?;
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let trials = tried.iter().filter_map(|trial| trial.pairs.as_ref());
        let first = (series.head(Some(COMPARED)), result.head(Some(COMPARED)));
        let is_same = trials.chain([&first]).all(|(inputs, outputs)| gives(&expression, inputs, outputs));
        is_same.then_some(text)
    }
}

/// Whether an expression of the column `""` gives these outputs for these inputs.
fn gives(expression: &Expr, inputs: &Series, outputs: &Series) -> bool {
    let column = inputs.clone().with_name(PlSmallStr::EMPTY).into_column();
    let Ok(data) = DataFrame::new(inputs.len(), vec![column]) else { return false };
    let Ok(data) = column_of::collected(data.lazy().select([expression.clone().alias("same")])) else {
        return false;
    };
    let given = data.columns().first().map(|same| same.as_materialized_series().cast(outputs.dtype()));
    given.is_some_and(|given| given.is_ok_and(|given| given.equals_missing(outputs)))
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::String | DataType::Binary | DataType::Categorical(..) | DataType::Enum(..))
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

/// A time in the unit that reads best.
fn seconds(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1e-9, "ns"));
    let count = seconds / size;
    if count < 10.0 { format!("{count:.1} {unit}") } else { format!("{count:.0} {unit}") }
}
