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
use crate::sql::notebook_schema::TooWide;
use crate::sql::sql_words::{lower_first, told};
use crate::sql::statements::{byte_range, offset_at};

/// Why SQL could not be planned or run.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// One sentence, without a full stop.
    pub message: String,
    /// The bytes of the text that it speaks of, where they are known.
    pub span: Option<Range<usize>>,
    /// The word of the text that it speaks of, where its bytes are not known.
    pub about: Option<String>,
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
            None => Self { hint: error.hint, about: error.about, ..Self::new("SqlError", error.message) },
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
    /// Names of those tables that SQL made.
    pub(super) own: Vec<String>,
    /// Names of all functions.
    pub(super) functions: Vec<String>,
}

impl Known<'_> {
    /// Whether the table is a frame of the notebook.
    pub(super) fn is_frame(&self, name: &str) -> bool {
        let is_in = |names: &[String]| names.iter().any(|known| known == name);
        is_in(&self.tables) && !is_in(&self.own)
    }
}

impl SqlError {
    /// An error with a sentence alone.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, about: None, hint: None, cause: None }
    }

    pub(super) fn at(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }

    pub(super) fn about(mut self, word: &str) -> Self {
        self.about = Some(word.to_owned()).filter(|word| !word.is_empty());
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
        let error = match root {
            DataFusionError::SchemaError(error, _) => schema_error(error, known),
            DataFusionError::SQL(error, _) => syntax_error(error, known.text),
            DataFusionError::ArrowError(error, _) => arrow_error(error, known),
            DataFusionError::External(inner) => match inner.downcast_ref::<RunError>() {
                Some(error) => Self::from_run_of(error, known),
                None if inner.is::<TooWide>() => Self::new(inner.to_string()).about("*").with_hint(Some(
                    "name the columns that are wanted; verbs take them all: `wide.filter(…).head(3)`".into(),
                )),
                None => told(&inner.to_string(), known),
            },
            DataFusionError::Plan(message) => told(message, known),
            other => told(&other.strip_backtrace(), known),
        };
        let named = || error.about.as_deref().and_then(|about| place_of(known.text, about));
        let span = error.span.clone().or(span).or_else(named);
        error.at(span)
    }
}

/// The word's place in the text: a whole word, in any case; a sign only where it stands once.
pub(crate) fn place_of(text: &str, word: &str) -> Option<Range<usize>> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let folded = text.to_ascii_lowercase();
    let wanted = word.to_ascii_lowercase();
    let mut found = folded.match_indices(&wanted).map(|(start, _)| start..start + word.len());
    if !word.contains(is_letter) {
        return found.next().filter(|_| found.next().is_none());
    }
    found.find(|place| {
        let (before, after) = (&text[..place.start], &text[place.end..]);
        let joins = |edge: Option<char>, neighbour: Option<char>| {
            edge.is_some_and(is_letter) && neighbour.is_some_and(is_letter)
        };
        !joins(word.chars().next(), before.chars().next_back())
            && !joins(word.chars().next_back(), after.chars().next())
    })
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
    SqlError::new(format!("column `{whole}` not found")).about(name).with_hint(hint)
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

fn arrow_error(error: &ArrowError, known: &Known<'_>) -> SqlError {
    match error {
        ArrowError::DivideByZero => SqlError::new("division by zero")
            .about("/")
            .with_hint(Some("`x / nullif(y, 0)` gives null where y is 0".to_owned())),
        ArrowError::ArithmeticOverflow(told) => {
            let told = told.trim_start_matches("Overflow happened on: ");
            let hint =
                "cast one side to a wider type first: `CAST(x AS DECIMAL(38, 0))` or `CAST(x AS DOUBLE)`";
            SqlError::new(format!("the result does not fit its type: {}", lower_first(told)))
                .with_hint(Some(hint.to_owned()))
        }
        ArrowError::CastError(said) => {
            let error = told(said, known);
            let hint = error.hint.clone();
            let fits = || "`TRY_CAST(x AS type)` gives null where a value does not fit".to_owned();
            error.with_hint(hint.or_else(|| Some(fits())))
        }
        other => told(&other.to_string(), known),
    }
}
