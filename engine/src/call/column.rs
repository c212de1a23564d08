//! A string as a column: the column of that name, else an SQL expression.

use polars::prelude::{Expr, Schema, col};

use crate::fault::Fault;
use crate::nearest;

/// The expression that a string means where a column is wanted: the column of that name, a selection such as `*` or
/// `^Proc.*$`, else an SQL expression over the frame's columns.
pub(crate) fn parse(text: &str, schema: Option<&Schema>) -> Result<Expr, Fault> {
    let Some(schema) = schema else { return Ok(col(text)) };
    let is_pattern = text == "*" || (text.starts_with('^') && text.ends_with('$'));
    if is_pattern || schema.contains(text) {
        return Ok(col(text));
    }
    if is_plain_name(text) {
        return match only_other_case(text, schema) {
            Some(name) => Ok(col(name)),
            None => Err(missing(text, schema)),
        };
    }
    crate::sql_text::expression(text, schema)
}

/// The column that differs from this name in case only, where there is exactly one.
pub(crate) fn only_other_case<'a>(name: &str, schema: &'a Schema) -> Option<&'a str> {
    let mut fitting =
        schema.iter_names().map(|known| known.as_str()).filter(|known| known.eq_ignore_ascii_case(name));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// The error for a column that is not there, with its nearest names.
pub(crate) fn missing(name: &str, schema: &Schema) -> Fault {
    let columns = || schema.iter_names().map(|known| known.as_str());
    let same: Vec<&str> = columns().filter(|known| known.eq_ignore_ascii_case(name)).collect();
    let fault = Fault::new("ColumnNotFound", format!("column `{name}` not found")).at(name);
    if same.len() > 1 {
        return fault.hint(format!("several columns differ in case only: {}", same.join(", ")));
    }
    fault.hint(nearest::advice(name, columns()))
}

fn is_plain_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '@')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null")
}
