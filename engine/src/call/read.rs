//! Reads bound arguments as what their parameters say they are; every wrong kind is an error that names both.

use std::sync::Arc;

use fram_frame::Frame;
use indexmap::IndexMap;
use polars::prelude::{DataType, Expr, PlIndexSet, Schema, lit};

use super::{Call, column, elements};
use crate::datatype;
use crate::fault::Fault;
use crate::literal;
use crate::registry::{Default, Parameter, Type};
use crate::value::{Function, Value};

impl Call<'_> {
    /// The argument as given, if it was.
    pub(crate) fn any(&self, name: &str) -> Option<&Value> {
        self.given.get(name)
    }

    /// A whole number; the default where none is given.
    pub(crate) fn integer(&self, name: &str) -> Result<i64, Fault> {
        match self.maybe_integer(name)? {
            Some(number) => Ok(number),
            None => self.default(name, |text| text.parse().ok()),
        }
    }

    /// A whole number, if one is given.
    pub(crate) fn maybe_integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.maybe(name, "an integer", |value| match value {
            Value::Integer(number) => Some(*number),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        })
    }

    /// A whole number that is not negative; the default where none is given.
    pub(crate) fn count(&self, name: &str) -> Result<usize, Fault> {
        let number = self.integer(name)?;
        usize::try_from(number).map_err(|_| self.out_of_range(name, &format!("0 or more, not {number}")))
    }

    /// A number; the default where none is given.
    pub(crate) fn number(&self, name: &str) -> Result<f64, Fault> {
        match self.maybe_number(name)? {
            Some(number) => Ok(number),
            None => self.default(name, |text| text.parse().ok()),
        }
    }

    /// A number, if one is given.
    pub(crate) fn maybe_number(&self, name: &str) -> Result<Option<f64>, Fault> {
        self.maybe(name, "a number", |value| match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        })
    }

    /// `true` or `false`; the default where none is given.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool, Fault> {
        match self.maybe_boolean(name)? {
            Some(flag) => Ok(flag),
            None => self.default(name, |text| text.parse().ok()),
        }
    }

    /// `true` or `false`, if given.
    pub(crate) fn maybe_boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.maybe(name, "true or false", |value| match value {
            Value::Boolean(flag) => Some(*flag),
            _ => None,
        })
    }

    /// One Boolean for each of `count` columns: a single one stands for all.
    pub(crate) fn booleans(&self, name: &str, count: usize) -> Result<Vec<bool>, Fault> {
        let Some(value) = self.given.get(name) else {
            return Ok(vec![self.boolean(name)?; count]);
        };
        let flags: Option<Vec<bool>> = elements(value)
            .iter()
            .map(|flag| if let Value::Boolean(flag) = flag { Some(*flag) } else { None })
            .collect();
        match flags {
            Some(flags) if flags.len() == 1 && !matches!(value, Value::List(_)) => Ok(vec![flags[0]; count]),
            Some(flags) if flags.len() == count => Ok(flags),
            Some(flags) => {
                let wanted = format!("one Boolean or an array of {count}, not of {}", flags.len());
                Err(self.out_of_range(name, &wanted).at(name))
            }
            None => Err(self.wrong_kind(name, "true or false, once or for each column", value)),
        }
    }

    /// A string; the default where none is given.
    pub(crate) fn text(&self, name: &str) -> Result<String, Fault> {
        match self.maybe_text(name)? {
            Some(text) => Ok(text),
            None => self.default(name, |text| Some(text.to_owned())),
        }
    }

    /// A string, if one is given.
    pub(crate) fn maybe_text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.maybe(name, "a string", |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// One of some words; the default where none is given.
    pub(crate) fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, Fault> {
        let text = self.text(name)?;
        words.iter().find(|word| **word == text).copied().ok_or_else(|| {
            self.out_of_range(name, &format!("one of {}, not \"{text}\"", words.join(", "))).at(text)
        })
    }

    /// Strings: one, or an array of them; empty where none is given.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Fault> {
        let values = self.values(name);
        if values.iter().any(|value| matches!(value, Value::Selector(_)))
            && let Some(schema) = self.schema()
        {
            return self.selected(name, &values, &schema);
        }
        let texts = values.iter().map(|value| match value {
            Value::Text(text) => Ok(text.clone()),
            Value::Expression(expression) => match &**expression {
                Expr::Column(column) => Ok(column.to_string()),
                _ => Err(self.wrong_kind(name, "a column's name", value)),
            },
            other => Err(self.wrong_kind(name, "a string", other)),
        });
        texts.collect()
    }

    /// Names of columns of the receiver, each checked.
    pub(crate) fn names(&self, name: &str) -> Result<Vec<String>, Fault> {
        let Some(schema) = self.schema() else { return self.texts(name) };
        let names = self.texts(name)?;
        let resolve = |text: String| match column::parse(&text, Some(&schema)) {
            Ok(Expr::Column(column)) => Ok(column.to_string()),
            Ok(_) | Err(_) => Err(column::missing(&text, &schema)),
        };
        names.into_iter().map(resolve).collect()
    }

    /// Strings, with the names of what selectors select.
    fn selected(&self, name: &str, values: &[Value], schema: &Schema) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        for value in values {
            match value {
                Value::Selector(selector) => {
                    let columns = (**selector).into_columns(schema, &PlIndexSet::default())?;
                    names.extend(columns.iter().map(ToString::to_string));
                }
                Value::Text(text) => names.push(text.clone()),
                other => return Err(self.wrong_kind(name, "a name or a selector", other)),
            }
        }
        Ok(names)
    }

    /// A column type.
    pub(crate) fn data_type(&self, name: &str) -> Result<DataType, Fault> {
        let value = self.given.get(name).ok_or_else(|| self.missing(name))?;
        datatype::from_value(value)
    }

    /// A frame.
    pub(crate) fn frame_at(&self, name: &str) -> Result<&Frame, Fault> {
        match self.given.get(name) {
            Some(Value::Frame(frame)) => Ok(frame),
            Some(other) => Err(self.wrong_kind(name, "a frame", other)),
            None => Err(self.missing(name)),
        }
    }

    /// An object map.
    pub(crate) fn object(&self, name: &str) -> Result<&IndexMap<String, Value>, Fault> {
        match self.given.get(name) {
            Some(Value::Map(map)) => Ok(map),
            Some(other) => Err(self.wrong_kind(name, "an object map `#{ … }`", other)),
            None => Err(self.missing(name)),
        }
    }

    /// A closure.
    pub(crate) fn function(&self, name: &str) -> Result<Arc<dyn Function>, Fault> {
        match self.given.get(name) {
            Some(Value::Function(function)) => Ok(function.clone()),
            Some(other) => Err(self.wrong_kind(name, "a closure such as `|x| x + 1`", other)),
            None => Err(self.missing(name)),
        }
    }

    /// A column: by name, as an expression, or as an SQL expression in a string.
    pub(crate) fn column(&self, name: &str) -> Result<Expr, Fault> {
        self.maybe_column(name)?.ok_or_else(|| self.missing(name))
    }

    /// A column, if one is given.
    pub(crate) fn maybe_column(&self, name: &str) -> Result<Option<Expr>, Fault> {
        self.given.get(name).map(|value| self.as_column(name, value)).transpose()
    }

    /// Columns: one, an array of them, or all that is left of the arguments.
    pub(crate) fn columns(&self, name: &str) -> Result<Vec<Expr>, Fault> {
        let mut columns = Vec::new();
        for value in self.values(name) {
            match value {
                Value::Map(map) => {
                    for (alias, value) in map {
                        columns.push(self.as_column(name, &value)?.alias(alias));
                    }
                }
                value => columns.push(self.as_column(name, &value)?),
            }
        }
        Ok(columns)
    }

    /// A value or an expression; a string is a value.
    pub(crate) fn value(&self, name: &str) -> Result<Expr, Fault> {
        self.maybe_value(name)?.ok_or_else(|| self.missing(name))
    }

    /// A value or an expression, if given; else the default, if there is one.
    pub(crate) fn maybe_value(&self, name: &str) -> Result<Option<Expr>, Fault> {
        self.given.get(name).map(literal::expression).transpose()
    }

    /// Every value of a parameter: an array's elements, or all that is left of the arguments.
    pub(crate) fn values(&self, name: &str) -> Vec<Value> {
        match self.given.get(name) {
            Some(value) => elements(value),
            None if self.parameter(name).is_some_and(Parameter::is_rest) => self.rest(),
            None => Vec::new(),
        }
    }

    /// The schema that column names are looked up in, where the receiver has one.
    pub(crate) fn schema(&self) -> Option<Arc<Schema>> {
        match self.receiver() {
            Value::Frame(frame) => Some(frame.schema().clone()),
            Value::Groups(groups) => groups.lazy.clone().collect_schema().ok(),
            _ => None,
        }
    }

    /// Every expression among the arguments.
    pub(super) fn given_expressions(&self) -> Vec<Expr> {
        let all = self.given.values().chain(&self.rest).flat_map(elements).flat_map(|value| match value {
            Value::Map(map) => map.into_values().collect(),
            other => vec![other],
        });
        all.filter_map(|value| self.as_column("", &value).ok()).collect()
    }

    fn unambiguous(&self, expression: Expr) -> Result<Expr, Fault> {
        literal::check_depth(&expression)?;
        let fault = self.schema().and_then(|schema| literal::ambiguous_text(&expression, &schema));
        fault.map_or(Ok(expression), Err)
    }

    fn as_column(&self, name: &str, value: &Value) -> Result<Expr, Fault> {
        match value {
            Value::Text(text) => column::parse(text, self.schema().as_deref()),
            Value::Expression(expression) => self.unambiguous((**expression).clone()),
            Value::Selector(selector) => Ok((**selector).clone().into()),
            Value::Branches(branches) if branches.waiting.is_none() => {
                self.unambiguous(literal::otherwise_null(branches))
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => literal::expression(value),
            Value::Nothing => Ok(lit(polars::prelude::NULL)),
            other => Err(self.wrong_kind(
                name,
                "a column's name, an expression or an SQL expression in a string",
                other,
            )),
        }
    }

    fn maybe<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let Some(value) = self.given.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong_kind(name, wanted, value))
    }

    pub(super) fn default<T>(
        &self,
        name: &str,
        read: impl Fn(&'static str) -> Option<T>,
    ) -> Result<T, Fault> {
        match self.parameter(name).map(|parameter| parameter.default) {
            Some(Default::Is(text)) => read(text).ok_or_else(|| self.missing(name)),
            _ => Err(self.missing(name)),
        }
    }

    fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.verb.parameters.iter().find(|parameter| parameter.name == name)
    }

    fn missing(&self, name: &str) -> Fault {
        Fault::argument(format!("`{}` needs `{name}`", self.verb.name))
            .hint(format!("it is `{}`", self.verb.signature()))
    }

    /// An error that says what an argument must be instead.
    pub(crate) fn out_of_range(&self, name: &str, must: &str) -> Fault {
        Fault::argument(format!("`{name}` of `{}` must be {must}", self.verb.name))
    }

    pub(super) fn wrong_kind(&self, name: &str, wanted: &str, got: &Value) -> Fault {
        let fault = self.out_of_range(name, &format!("{wanted}, not {}", got.kind().article()));
        match got {
            Value::Branches(_) => fault.hint("close it with `.otherwise(…)`"),
            Value::Namespaced(..) => {
                fault.hint("a namespace is followed by one of its verbs, as `.str.to_lowercase()`")
            }
            other if other.kind() == Type::Function => fault.hint("call it, as `f(4)`"),
            _ => fault,
        }
    }
}
