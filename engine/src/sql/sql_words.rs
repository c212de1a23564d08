//! Puts what DataFusion and Arrow say of a query into the house's words: one sentence, the word of the query that it is
//! about, and a remedy. Errors that come with more than a text are left to `sql_error`.

mod calls;
mod text;
mod values;

use super::nearest::{did_you_mean, listed};
use super::sql_error::{Known, SqlError};
use text::{between, first_sentence, readable, stripped};

pub(super) use text::lower_first;

/// A reading of one kind of message.
type Reading = fn(&str, &Known<'_>) -> Option<SqlError>;

/// Tried in order.
const READINGS: &[Reading] = &[
    unknown_table,
    calls::unknown_function,
    calls::no_signature,
    calls::arguments,
    operands,
    values::values,
    shapes,
    names_taken,
    known_text,
];

/// The message in our words, or its first sentence.
pub(super) fn told(message: &str, known: &Known<'_>) -> SqlError {
    let message = stripped(message);
    let found = READINGS.iter().find_map(|reading| reading(message, known));
    let error = found.unwrap_or_else(|| SqlError::new(first_sentence(message)));
    SqlError { message: readable(&error.message), ..error }
}

fn error(message: impl Into<String>, about: &str, hint: impl Into<String>) -> SqlError {
    SqlError::new(message).about(about).with_hint(Some(hint.into()).filter(|hint: &String| !hint.is_empty()))
}

fn unknown_table(message: &str, known: &Known<'_>) -> Option<SqlError> {
    let beginnings = [("table", "table '"), ("table", "Table '"), ("view", "view '"), ("view", "View '")];
    let (kind, rest) =
        beginnings.iter().find_map(|(kind, begins)| Some((*kind, message.strip_prefix(begins)?)))?;
    let (name, rest) = rest.split_once('\'')?;
    if !(rest.contains("not found") || rest.contains("doesn't exist")) {
        return None;
    }
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    if known.is_frame(name) {
        let hint = format!("`%reset {name}` forgets it");
        return Some(error(
            format!("`{name}` is a frame of the notebook, which SQL cannot drop"),
            name,
            hint,
        ));
    }
    let tables = known.tables.iter().map(String::as_str);
    let hint = did_you_mean(name, tables.clone())
        .or_else(|| (!known.tables.is_empty()).then(|| format!("tables: {}", listed(tables))))
        .unwrap_or_else(|| "there are no tables yet: `let t = …` in a script makes one".to_owned());
    Some(error(format!("{kind} `{name}` not found"), name, hint))
}

fn operands(message: &str, _: &Known<'_>) -> Option<SqlError> {
    const CAST: &str = "`CAST(x AS type)` makes one type of the other";
    if let Some(expression) = between(message, "Cannot coerce arithmetic expression ", " to valid types") {
        let (left, sign, right) = three(expression)?;
        let said = format!("`{sign}` cannot be used with {left} and {right}");
        return Some(SqlError::new(said).with_hint(Some(CAST.to_owned())));
    }
    if let Some(pair) = between(message, "There isn't a common type to coerce ", " in LIKE") {
        let said = format!("`LIKE` cannot be used with {pair}");
        return Some(error(said, "LIKE", "it compares strings: `CAST(x AS VARCHAR)` makes one"));
    }
    if let Some(rest) = message.strip_prefix("Cannot create filter with non-boolean predicate '") {
        let (predicate, kind) = rest.split_once("' returning ")?;
        let name = predicate.rsplit('.').next().unwrap_or(predicate);
        return Some(error(
            format!("a condition is wanted, but `{name}` is {kind}"),
            name,
            "compare it with something",
        ));
    }
    if message.starts_with("Unary operator '-' only supports") {
        return Some(SqlError::new("`-` needs a number or a length of time"));
    }
    if let Some(rest) = message.strip_prefix("Expected LIMIT to be an integer or null, but got ") {
        return Some(error(format!("`LIMIT` needs a whole number, not {rest}"), "LIMIT", ""));
    }
    None
}

/// `Utf8View + Int64`: two types and the sign between them.
fn three(expression: &str) -> Option<(&str, &str, &str)> {
    let sign = [" + ", " - ", " * ", " / ", " % "].into_iter().find(|sign| expression.contains(sign))?;
    let (left, right) = expression.split_once(sign)?;
    Some((left, sign.trim(), right))
}

fn shapes(message: &str, _: &Known<'_>) -> Option<SqlError> {
    if let Some(rest) = message.strip_prefix("Inconsistent data length across values list: got ") {
        let (got, rest) = rest.split_once(" values in row ")?;
        let (row, wanted) = rest.split_once(" but expected ")?;
        let row = row.parse::<usize>().ok()? + 1;
        let noun = if got == "1" { "value" } else { "values" };
        let verb = if wanted == "1" { "is" } else { "are" };
        return Some(error(format!("row {row} has {got} {noun} where {wanted} {verb} wanted"), "VALUES", ""));
    }
    if let Some(place) = between(message, "Cannot find column with position ", " in SELECT") {
        return Some(error(
            format!("there is no column {place} after SELECT"),
            place,
            "columns are counted from 1",
        ));
    }
    if message.starts_with("Scalar subquery returned more than one row") {
        let said = "a query in brackets gives more than one row where one value is wanted";
        return Some(SqlError::new(said).with_hint(Some("aggregate in it, or add `LIMIT 1`".to_owned())));
    }
    if message.starts_with("Projections require unique expression names") {
        let hint = Some("give one of them another name, as `… AS other`".to_owned());
        return Some(SqlError::new("two columns of the result have the same name").with_hint(hint));
    }
    if message.contains("must be in GROUP BY or an aggregate function") {
        let name = between(message, "column \"", "\"").unwrap_or("?");
        let name = name.rsplit('.').next().unwrap_or(name);
        let hint = format!("add it to GROUP BY, or write `max({name})`, `first_value({name})` or the like");
        return Some(
            SqlError::new(format!("column `{name}` has many values in each group")).with_hint(Some(hint)),
        );
    }
    None
}

fn names_taken(message: &str, known: &Known<'_>) -> Option<SqlError> {
    let name = between(message, "there is a table with the name `", "` already")
        .or_else(|| between(message, "there is a frame with the name `", "` already"))
        .or_else(|| between(message, "able '", "' already exists"))?;
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    if known.is_frame(name) || message.starts_with("there is a frame") {
        let said = format!("there is a frame with the name `{name}` already");
        return Some(error(said, name, "choose another name"));
    }
    let hint = format!("choose another name, or write `CREATE OR REPLACE`; `DROP TABLE {name}` forgets it");
    Some(error(format!("there is a table with the name `{name}` already"), name, hint))
}

fn known_text(message: &str, _: &Known<'_>) -> Option<SqlError> {
    if let Some(ending) = message.strip_prefix("There is no registered file format with ext ") {
        let hint = "end the name in .parquet, .csv, .json or .arrow, or add `STORED AS PARQUET`";
        return Some(error(
            format!("files that end in .{ending} cannot be written"),
            &format!(".{ending}"),
            hint,
        ));
    }
    if message.starts_with("Insert into not implemented") {
        let hint = "`CREATE TABLE t AS SELECT …` makes a table that takes rows";
        return Some(error("rows cannot be inserted into a frame or a view", "", hint));
    }
    None
}
