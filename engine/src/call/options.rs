//! Reads arguments as Polars' own kinds of options: operands, windows, lengths of time, words that stand for a choice.

use polars::prelude::{
    ClosedInterval, ClosedWindow, Duration, Expr, LiteralValue, NamedFrom, QuantileMethod, Scalar, Series,
    TimeUnit, TimeZone, col, lit,
};

use super::Call;
use crate::fault::Fault;
use crate::literal;
use crate::value::Value;
use crate::{column_of, datatype};

/// Words that stand for Polars' choices.
pub(crate) type Choices<T> = &'static [(&'static str, T)];

const INTERVALS: Choices<ClosedInterval> = &[
    ("both", ClosedInterval::Both),
    ("left", ClosedInterval::Left),
    ("right", ClosedInterval::Right),
    ("none", ClosedInterval::None),
];
const WINDOWS: Choices<ClosedWindow> = &[
    ("left", ClosedWindow::Left),
    ("right", ClosedWindow::Right),
    ("both", ClosedWindow::Both),
    ("none", ClosedWindow::None),
];
const QUANTILES: Choices<QuantileMethod> = &[
    ("nearest", QuantileMethod::Nearest),
    ("lower", QuantileMethod::Lower),
    ("higher", QuantileMethod::Higher),
    ("midpoint", QuantileMethod::Midpoint),
    ("linear", QuantileMethod::Linear),
    ("equiprobable", QuantileMethod::Equiprobable),
];

impl Call<'_> {
    /// A column by name, an expression, or a number, list or other value as a constant.
    pub(crate) fn operand(&self, name: &str) -> Result<Expr, Fault> {
        match self.maybe_operand(name)? {
            Some(operand) => Ok(operand),
            None => self.default(name, |text| {
                let whole = text.parse::<i64>().map(lit);
                Some(whole.or_else(|_| text.parse::<f64>().map(lit)).unwrap_or_else(|_| col(text)))
            }),
        }
    }

    /// An operand, if one is given.
    pub(crate) fn maybe_operand(&self, name: &str) -> Result<Option<Expr>, Fault> {
        match self.any(name) {
            Some(Value::Text(text)) => Ok(Some(col(text.as_str()))),
            Some(Value::List(values)) => list(values).map(Some),
            _ => self.maybe_value(name),
        }
    }

    /// An operand whose array stands for a column of its own, not for one list.
    pub(crate) fn operand_column(&self, name: &str) -> Result<Option<Expr>, Fault> {
        match self.any(name) {
            Some(Value::List(values)) => Ok(Some(lit(column_of::series("", values)?))),
            _ => self.maybe_operand(name),
        }
    }

    /// A value whose array stands for a column of its own, not for one list.
    pub(crate) fn value_column(&self, name: &str) -> Result<Expr, Fault> {
        match self.any(name) {
            Some(Value::List(values)) => Ok(lit(column_of::series("", values)?)),
            _ => self.value(name),
        }
    }

    /// Numbers: one, or an array of them.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, Fault> {
        let number = |value: &Value| match value {
            Value::Integer(number) => Ok(*number as f64),
            Value::Float(number) => Ok(*number),
            other => Err(self.wrong_kind(name, "numbers", other)),
        };
        self.values(name).iter().map(number).collect()
    }

    /// Whole numbers: one, or an array of them.
    pub(crate) fn integers(&self, name: &str) -> Result<Vec<i64>, Fault> {
        let number = |value: &Value| match value {
            Value::Integer(number) => Ok(*number),
            other => Err(self.wrong_kind(name, "whole numbers", other)),
        };
        self.values(name).iter().map(number).collect()
    }

    /// Whole numbers that are not negative, or the default.
    pub(crate) fn maybe_count(&self, name: &str) -> Result<Option<usize>, Fault> {
        if self.has(name) { self.count(name).map(Some) } else { Ok(None) }
    }

    /// A number below 2³², as Polars counts rows.
    pub(crate) fn small(&self, name: &str) -> Result<u32, Fault> {
        u32::try_from(self.count(name)?).map_err(|_| self.out_of_range(name, "less than 4294967296"))
    }

    /// Degrees of freedom.
    pub(crate) fn ddof(&self) -> Result<u8, Fault> {
        u8::try_from(self.count("ddof")?).map_err(|_| self.out_of_range("ddof", "from 0 to 255"))
    }

    /// The beginning of random numbers.
    pub(crate) fn seed(&self, name: &str) -> Result<Option<u64>, Fault> {
        let seed = self.maybe_integer(name)?;
        seed.map(|seed| u64::try_from(seed).map_err(|_| self.out_of_range(name, "0 or more"))).transpose()
    }

    /// The choice that a word stands for; the default's where none is given.
    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: Choices<T>) -> Result<T, Fault> {
        let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
        let word = self.word(name, &words)?;
        let chosen = choices.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice);
        chosen.ok_or_else(|| self.out_of_range(name, &format!("one of {}", words.join(", "))))
    }

    /// Which ends belong to an interval: `closed`.
    pub(crate) fn closed_interval(&self) -> Result<ClosedInterval, Fault> {
        self.choice("closed", INTERVALS)
    }

    /// Which ends belong to a window of time: `closed`.
    pub(crate) fn closed_window(&self) -> Result<ClosedWindow, Fault> {
        self.choice("closed", WINDOWS)
    }

    /// What a quantile between two values is: `interpolation`.
    pub(crate) fn quantile_method(&self) -> Result<QuantileMethod, Fault> {
        self.choice("interpolation", QUANTILES)
    }

    /// A unit of time, if one is given or there is a default.
    pub(crate) fn time_unit(&self) -> Result<TimeUnit, Fault> {
        datatype::time_unit(&self.text("time_unit")?)
    }

    /// A time zone, if one is given.
    pub(crate) fn maybe_time_zone(&self) -> Result<Option<TimeZone>, Fault> {
        self.maybe_text("time_zone")?.map(|zone| datatype::time_zone(&zone)).transpose()
    }

    /// A length of time, if one is given or there is a default.
    pub(crate) fn length(&self, name: &str) -> Result<Duration, Fault> {
        self.length_of(name, &self.text(name)?)
    }

    /// A length of time, if one is given.
    pub(crate) fn maybe_length(&self, name: &str) -> Result<Option<Duration>, Fault> {
        self.maybe_text(name)?.map(|text| self.length_of(name, &text)).transpose()
    }

    /// A length of time as an expression: text that is read now, or a column of such texts.
    pub(crate) fn span(&self, name: &str) -> Result<Expr, Fault> {
        if let Some(Value::Text(text)) = self.any(name) {
            self.length_of(name, text)?;
        }
        self.value(name)
    }

    fn length_of(&self, name: &str, text: &str) -> Result<Duration, Fault> {
        Duration::try_parse(text).map_err(|_| {
            self.out_of_range(name, &format!("a length of time, not \"{text}\""))
                .hint("as \"10m\", \"1h30m\", \"1d\", \"1w\", \"1mo\", \"1y\"; \"5i\" counts rows or numbers")
                .at(text)
        })
    }
}

/// Values as one list.
pub(crate) fn list(values: &[Value]) -> Result<Expr, Fault> {
    if values.iter().any(names_column) {
        return Err(Fault::argument("an array of columns is no list of values")
            .hint("`concat_list(…)` puts columns into a list"));
    }
    let series = literal::series(values)?;
    let list = Series::new("".into(), [series]);
    let scalar = Scalar::new(list.dtype().clone(), list.get(0)?.into_static());
    Ok(lit(LiteralValue::Scalar(scalar)))
}

fn names_column(value: &Value) -> bool {
    matches!(value, Value::Expression(expression)
        if polars_plan::utils::expr_to_leaf_column_names_iter(expression).next().is_some())
}
