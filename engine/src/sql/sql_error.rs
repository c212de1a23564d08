//! Why SQL could not be planned or run, in a sentence for the user, with the place in the text and a remedy. How the
//! sentence is laid out is left to whoever shows it.

use std::ops::Range;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use fram_frame::RunError;

use crate::fault::Fault;
use crate::message::word_end;
use crate::sql::nearest::{did_you_mean, listed};
use crate::sql::statements::{byte_range, offset_at};

/// Why SQL could not be planned or run.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// One sentence, without a full stop.
    pub message: String,
    /// The bytes of the text that it speaks of, where they are known.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What stopped the run, where it was not the SQL itself: an interrupt, the memory limit, a panic.
    pub cause: Option<RunError>,
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        match error.cause {
            // An error that SQL did not cause keeps its own name and remedy.
            Some(cause) => Self::from(cause),
            None => Self { hint: error.hint, ..Self::new("SqlError", error.message) },
        }
    }
}

/// What is known when an error is put into words.
#[derive(Default)]
pub(super) struct Known<'a> {
    /// The text that the spans point into.
    pub(super) text: &'a str,
    /// Names of all tables.
    pub(super) tables: Vec<String>,
    /// Names of all functions.
    pub(super) functions: Vec<String>,
}

impl SqlError {
    /// An error with a sentence alone.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, hint: None, cause: None }
    }

    pub(super) fn at(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }

    pub(super) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The error of a run, in words. Errors that SQL did not cause keep their own words and are its `cause`.
    pub fn from_run(error: &RunError) -> Self {
        Self::from_run_of(error, &Known::default())
    }

    pub(super) fn from_run_of(error: &RunError, known: &Known<'_>) -> Self {
        match error {
            RunError::Sql(error) => Self::from_datafusion(error, known),
            other => Self { cause: Some(other.clone()), ..Self::new(other.to_string()) },
        }
    }

    pub(super) fn from_datafusion(error: &DataFusionError, known: &Known<'_>) -> Self {
        let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
        let span = span.and_then(|span| byte_range(known.text, span));
        let root = innermost(error);
        let told = match root {
            DataFusionError::SchemaError(error, _) => schema_error(error, known),
            DataFusionError::SQL(error, _) => syntax_error(error, known.text),
            DataFusionError::ArrowError(error, _) => arrow_error(error),
            DataFusionError::External(inner) => match inner.downcast_ref::<RunError>() {
                Some(error) => Self::from_run_of(error, known),
                None => Self::new(first_sentence(&inner.to_string())),
            },
            DataFusionError::Plan(message) => plan_error(message, known),
            DataFusionError::NotImplemented(message)
                if message.starts_with("Insert into not implemented") =>
            {
                Self::new("rows cannot be inserted into a frame or a view")
                    .with_hint(Some("`CREATE TABLE t AS SELECT …` makes a table that takes rows".into()))
            }
            other => Self::new(first_sentence(&other.strip_backtrace())),
        };
        let span = told.span.clone().or(span);
        told.at(span)
    }
}

/// The error without what was wrapped round it.
pub(super) fn innermost(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => innermost(inner),
        DataFusionError::Shared(inner) => innermost(inner),
        DataFusionError::Collection(errors) => errors.first().map_or(error, innermost),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::ExternalError(inner) => inner.downcast_ref().map_or(error, innermost),
            _ => error,
        },
        DataFusionError::External(inner) => inner.downcast_ref::<DataFusionError>().map_or(error, innermost),
        other => other,
    }
}

fn schema_error(error: &SchemaError, known: &Known<'_>) -> SqlError {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let span = field.spans().first().and_then(|span| byte_range(known.text, span));
            column_not_found(field, valid_fields).at(span)
        }
        SchemaError::AmbiguousReference { field } => {
            let span = field.spans().first().and_then(|span| byte_range(known.text, span));
            let message = format!("column `{}` is in more than one of the tables", field.name);
            SqlError::new(message)
                .at(span)
                .with_hint(Some("write the table's name before it, as `t.column`".into()))
        }
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            let hint = Some(format!("give one of them another name, as `… AS {name}_2`"));
            SqlError::new(format!("there are two columns with the name `{name}`")).with_hint(hint)
        }
    }
}

fn column_not_found(field: &Column, valid_fields: &[Column]) -> SqlError {
    let name = &field.name;
    let mut names: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let whole = match &field.relation {
        Some(relation) => format!("{}.{name}", relation.table()),
        None => name.clone(),
    };
    let hint = did_you_mean(name, names.iter().copied());
    let hint =
        hint.or_else(|| (!names.is_empty()).then(|| format!("columns: {}", listed(names.iter().copied()))));
    SqlError::new(format!("column `{whole}` not found")).with_hint(hint)
}

fn syntax_error(error: &ParserError, text: &str) -> SqlError {
    let (ParserError::ParserError(told) | ParserError::TokenizerError(told)) = error else {
        let hint = Some(
            "write parts of it as `WITH name AS (…)`, or as frames; `x IN (…)` holds many values".to_owned(),
        );
        return SqlError::new("the SQL is nested too deeply").with_hint(hint);
    };
    let (sentence, place) = told.split_once(" at Line: ").unwrap_or((told, ""));
    let mut numbers =
        place.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse().ok());
    let start = match (numbers.next(), numbers.next()) {
        (Some(line), Some(column)) => offset_at(text, line, column),
        _ => None,
    };
    let start = start.or_else(|| sentence.ends_with("EOF").then_some(text.trim_end().len()));
    let span = start.map(|start| start..word_end(text, start));
    let sentence = sentence.replace("found: EOF", "but the text ends").replace("found: ", "but here is ");
    let sentence =
        sentence.strip_prefix("Expected: ").map(|rest| format!("expected {rest}")).unwrap_or(sentence);
    SqlError::new(format!("SQL: {}", lower_first(&sentence))).at(span)
}

fn arrow_error(error: &ArrowError) -> SqlError {
    match error {
        ArrowError::DivideByZero => SqlError::new("division by zero")
            .with_hint(Some("`x / nullif(y, 0)` gives null where y is 0".to_owned())),
        ArrowError::ArithmeticOverflow(told) => {
            let hint =
                "cast one side to a wider type first: `CAST(x AS DECIMAL(38, 0))` or `CAST(x AS DOUBLE)`";
            SqlError::new(format!("the result does not fit its type: {}", lower_first(told)))
                .with_hint(Some(hint.to_owned()))
        }
        ArrowError::CastError(told) => SqlError::new(lower_first(told))
            .with_hint(Some("`TRY_CAST(x AS type)` gives null where a value does not fit".to_owned())),
        other => SqlError::new(first_sentence(&other.to_string())),
    }
}

fn plan_error(message: &str, known: &Known<'_>) -> SqlError {
    if let Some(name) = quoted_after(message, "table '")
        && message.ends_with("not found")
    {
        let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
        let tables = known.tables.iter().map(String::as_str);
        let hint = did_you_mean(name, tables.clone())
            .or_else(|| (!known.tables.is_empty()).then(|| format!("tables: {}", listed(tables))))
            .or_else(|| Some("there are no tables yet: `let t = …` in a script makes one".to_owned()));
        return SqlError::new(format!("table `{name}` not found")).with_hint(hint);
    }
    if let Some(name) = quoted_after(message, "Invalid function '") {
        let hint = did_you_mean(name, known.functions.iter().map(String::as_str));
        return SqlError::new(format!("function `{name}` not found")).with_hint(hint);
    }
    if message.starts_with("Projections require unique expression names") {
        let hint = Some("give one of them another name, as `… AS other`".to_owned());
        return SqlError::new("two columns of the result have the same name").with_hint(hint);
    }
    if message.contains("must be in GROUP BY or an aggregate function") {
        let name = message.split("column \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("?");
        let name = name.rsplit('.').next().unwrap_or(name);
        let hint = format!("add it to GROUP BY, or write `max({name})`, `first_value({name})` or the like");
        return SqlError::new(format!("column `{name}` has many values in each group")).with_hint(Some(hint));
    }
    SqlError::new(first_sentence(message))
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(start)?;
    Some(rest.split_once('\'')?.0)
}

/// The first sentence of a library's message, without the name of its kind in front.
fn first_sentence(message: &str) -> String {
    const KINDS: [&str; 12] = [
        "Error during planning: ",
        "Execution error: ",
        "Arrow error: ",
        "Schema error: ",
        "External error: ",
        "This feature is not implemented: ",
        "Object Store error: ",
        "Parquet error: ",
        "IO error: ",
        "Optimizer rule",
        "Internal error: ",
        "Invalid or Unsupported Configuration: ",
    ];
    let mut rest = message.trim();
    while let Some(stripped) = KINDS.iter().find_map(|kind| rest.strip_prefix(kind)) {
        rest = stripped.trim_start();
    }
    let line = rest.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(sentence, _)| sentence);
    lower_first(sentence.trim_end_matches(['.', ' ']))
}

/// The sentence with a small first letter, unless the word is a name or an abbreviation.
fn lower_first(sentence: &str) -> String {
    let word: String = sentence.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let is_plain = word.chars().skip(1).all(char::is_lowercase);
    match sentence.chars().next() {
        Some(first) if is_plain => first.to_lowercase().chain(sentence.chars().skip(1)).collect(),
        _ => sentence.to_owned(),
    }
}
