//! Puts Polars' errors into the house's words: one sentence, no plan, no stack, the missing name where there is one.

use fram_frame::RunError;
use polars::error::PolarsError;

mod types;
mod values;

use crate::fault::Fault;

/// The fault that a Polars error amounts to.
pub(crate) fn fault(error: &PolarsError) -> Fault {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => fault(error),
        PolarsError::ColumnNotFound(text) | PolarsError::SchemaFieldNotFound(text) => missing("column", text),
        PolarsError::StructFieldNotFound(text) => missing("field", text),
        PolarsError::Duplicate(text) => duplicate(text),
        PolarsError::IO { error, msg } => io(error, msg.as_ref().map(AsRef::as_ref)),
        PolarsError::SchemaMismatch(text) => worded("SchemaMismatch", text),
        PolarsError::ShapeMismatch(text) => worded("ShapeMismatch", text),
        PolarsError::OutOfBounds(text) => worded("OutOfBounds", text),
        PolarsError::InvalidOperation(text) => worded("InvalidOperation", text),
        PolarsError::SQLSyntax(text) | PolarsError::SQLInterface(text) => worded("SqlError", text),
        PolarsError::NoData(text) => worded("NoData", text),
        PolarsError::ComputeError(text) => computed(text),
        other => worded("ComputeError", &other.to_string()),
    }
}

/// What Polars says, without the plan and the context that it appends.
pub(crate) fn sentence(text: &str) -> String {
    const APPENDED: &[&str] = &[
        "\n\nResolved plan until failure",
        "\n\nThis error occurred",
        "\n\nThis might mean",
        "\nError originated",
        "; valid columns:",
    ];
    let end = APPENDED.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text[..end].trim().trim_end_matches('.').to_owned()
}

fn worded(name: &'static str, text: &str) -> Fault {
    let sentence = sentence(text);
    if let Some(fault) = values::fault(&sentence).or_else(|| types::fault(&sentence)) {
        return fault;
    }
    match sentence.split_once("\n\n") {
        Some((message, hint)) => Fault::new(name, message)
            .hint(hint.trim().trim_start_matches("Hint: ").trim_end_matches('.').to_owned()),
        None => Fault::new(name, sentence),
    }
}

fn missing(what: &str, text: &str) -> Fault {
    let said = sentence(text);
    if let Some(place) = said.strip_prefix("cannot get the ").and_then(|rest| rest.split_once("-th column")) {
        return Fault::new("ColumnNotFound", format!("there is no column at place {}", place.0));
    }
    let name = quoted(&said).unwrap_or(said);
    let fault = Fault::new(
        if what == "column" { "ColumnNotFound" } else { "FieldNotFound" },
        format!("{what} `{name}` not found"),
    );
    let fault = match text.split_once("valid columns: ").or_else(|| text.split_once("valid fields: ")) {
        Some((_, list)) => {
            // What follows the list is the plan, which has quotes too.
            let known = all_quoted(list.split("]\n").next().unwrap_or(list));
            fault.hint(crate::nearest::advice(&name, known.iter().map(String::as_str)))
        }
        None => fault,
    };
    fault.at(name)
}

fn duplicate(text: &str) -> Fault {
    let fault =
        worded("DuplicateColumn", text).hint("give one of them another name with `.alias(…)` or a `suffix`");
    match quoted(text) {
        Some(name) => Fault { message: format!("two columns would be named `{name}`"), ..fault }.at(name),
        None => fault,
    }
}

fn io(error: &std::io::Error, message: Option<&str>) -> Fault {
    // A closure of the script failed inside the engine: its own fault came along.
    if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
        return fault.clone();
    }
    let text = message.map_or_else(|| error.to_string(), sentence);
    match error.kind() {
        std::io::ErrorKind::NotFound => Fault::new("FileNotFound", text)
            .hint("paths are relative to the notebook's folder; `*` and `**` match several files"),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Fault::from(RunError::OutOfDisk)
        }
        std::io::ErrorKind::PermissionDenied => Fault::new("PermissionDenied", text),
        _ => Fault::new("FileError", text),
    }
}

fn computed(text: &str) -> Fault {
    let said = sentence(text);
    if let Some(fault) = unparsed_field(&said) {
        return fault;
    }
    if said.contains("found more fields than defined") {
        return Fault::new("ParseError", "a line has more fields than there are columns")
            .hint("`#{ truncate_ragged_lines: true }` cuts such lines; is the separator right?");
    }
    if said.contains("invalid utf-8") || said.contains("invalid UTF-8") || said.contains("InvalidUtf8") {
        return Fault::new("ParseError", "the text is not UTF-8")
            .hint("`#{ encoding: \"utf8-lossy\" }` reads it, with � for what cannot be read");
    }
    if said.contains("expected schema") || said.contains("could not parse") || said.contains("cannot parse") {
        return Fault::new("ParseError", said)
            .hint("look at more rows to find types (`#{ infer_schema_length: … }`), or name the types in `#{ schema_overrides: #{ … } }`");
    }
    worded("ComputeError", text)
}

/// A field of comma-separated text that is not what its column holds: Polars' text says it among advice for Python.
fn unparsed_field(said: &str) -> Option<Fault> {
    let rest = said.strip_prefix("could not parse `")?;
    let (value, rest) = rest.split_once("` as dtype `")?;
    let (kind, rest) = rest.split_once("` at column '")?;
    let (column, _) = rest.split_once("' (column number")?;
    let shown: String = value.chars().take(60).collect();
    Some(
        Fault::new("ParseError", format!("column `{column}` was taken for {kind}, but holds `{shown}` further down"))
            .hint(format!("`#{{ schema_overrides: #{{ {}: String }} }}` reads strings, `#{{ null_values: {shown:?} }}` or `#{{ ignore_errors: true }}` null", key(column)))
            .at(column),
    )
}

/// A column's name as the key of an object map.
fn key(name: &str) -> String {
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if is_plain { name.to_owned() } else { format!("{name:?}") }
}

/// The first word in double quotes or backticks, or after a colon at the start.
fn quoted(text: &str) -> Option<String> {
    all_quoted(text).into_iter().next()
}

fn all_quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '`', '\'']) {
        let mark = rest[start..].chars().next().unwrap_or('"');
        let after = &rest[start + 1..];
        let Some(end) = after.find(mark) else { break };
        found.push(after[..end].to_owned());
        rest = &after[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_column_keeps_its_name_and_gets_its_neighbours() {
        let error = PolarsError::ColumnNotFound(
            r#"unable to find column "nam"; valid columns: ["id", "name"]"#.into(),
        );
        let fault = fault(&error);
        assert_eq!(fault.message, "column `nam` not found");
        assert_eq!(fault.hint.as_deref(), Some("did you mean \"name\"? columns: id, name"));
        assert_eq!(fault.about.as_deref(), Some("nam"));
    }

    #[test]
    fn plans_are_not_shown() {
        assert_eq!(sentence("bad thing\n\nResolved plan until failure:\n\n\t---> FAILED HERE"), "bad thing");
    }
}
