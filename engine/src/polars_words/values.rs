//! Polars' errors about values, which come while a query runs: what does not fit, where it is, and what helps here
//! instead of what would help in Python.

use crate::fault::Fault;

/// The fault of an error about values, where the text is known.
pub(super) fn fault(said: &str) -> Option<Fault> {
    conversion(said).or_else(|| pattern(said)).or_else(|| overflow(said)).or_else(|| known(said))
}

/// `integer overflow in column `n`: 3 - 10 does not fit in UInt32`, as our own guards say it.
fn overflow(said: &str) -> Option<Fault> {
    let rest = said.strip_prefix("integer overflow")?;
    let (_, dtype) = rest.rsplit_once(" does not fit in ")?;
    let hint = match dtype {
        "Int64" | "UInt64" => "make it wider first: `.cast(Int128)`, or `.cast(Float64)`, which is not exact",
        "Int128" | "UInt128" => "`.cast(Float64)` first takes greater values, but not exactly",
        _ => "make it wider first: `.cast(Int64)`",
    };
    let fault = Fault::new("IntegerOverflow", said).hint(hint);
    Some(match rest.strip_prefix(" in column `").and_then(|rest| rest.split_once("`: ")) {
        Some((column, _)) => fault.at(column),
        None => fault,
    })
}

/// `conversion from `str` to `i64` failed in column 's' for 1 out of 2 values: ["x"]`.
fn conversion(said: &str) -> Option<Fault> {
    let rest = said.strip_prefix("conversion from `")?;
    let (from, rest) = rest.split_once("` to `")?;
    let (to, rest) = rest.split_once("` failed in column '")?;
    let (column, rest) = rest.split_once("' for ")?;
    let (count, rest) = rest.split_once(" out of ")?;
    let (_, values) = rest.split_once(" values: ")?;
    let values = values.split("\n\n").next().unwrap_or(values).trim_start_matches('[').trim_end_matches(']');
    let shown: String = values.chars().take(120).collect();
    let place =
        if column.starts_with("_POLARS_") { "the column".to_owned() } else { format!("column `{column}`") };
    let what = if count == "1" { "a value that is" } else { "values that are" };
    let message = format!("{place} holds {what} no {to}: {shown}");
    let hint = match (from, to) {
        ("str", to) if to.starts_with("date") || to == "time" => {
            "name the form, as `\"%d.%m.%Y %H:%M\"`; `#{ strict: false }` makes null of what cannot be read"
        }
        (_, "enum") => "every value must be one of the `Enum`'s; `#{ strict: false }` makes null of others",
        _ => "`#{ strict: false }` makes null of what does not fit",
    };
    Some(Fault::new("ValueMismatch", message).hint(hint).at(column))
}

/// `regex error: regex parse error: …`, with the pattern and the reason on lines of their own.
fn pattern(said: &str) -> Option<Fault> {
    let (_, rest) = said.split_once("regex parse error:")?;
    let (pattern, reason) = rest.split_once("error: ")?;
    let pattern = pattern.lines().find(|line| !line.trim().is_empty())?.trim().to_owned();
    let message = format!("`{pattern}` is no regular expression: {}", reason.trim());
    Some(
        Fault::new("InvalidPattern", message)
            .hint(
                "`#{ literal: true }` takes it as plain text; `\\\\` before a sign takes that sign as it is",
            )
            .at(pattern),
    )
}

/// Texts that need another word here.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    (
        "indices are out of bounds",
        "OutOfBounds",
        "a place is asked for that is not there",
        "`#{ null_on_oob: true }` gives null there",
    ),
    (
        "index is out of bounds",
        "OutOfBounds",
        "a place is asked for that is not in every list",
        "`#{ null_on_oob: true }` gives null there",
    ),
    (
        "encoding found; try setting `strict=false`",
        "ValueMismatch",
        "a string is not written in this encoding",
        "`#{ strict: false }` makes null of what cannot be read",
    ),
    (
        "incomplete mapping specified for `replace_strict`",
        "ValueMismatch",
        "a value is not among those that are replaced",
        "`#{ default: () }` makes null of others; `replace` leaves them as they are",
    ),
    (
        "could not find an appropriate format to parse dates",
        "ValueMismatch",
        "no form of days or moments fits the strings",
        "name the form, as `\"%d.%m.%Y %H:%M\"`; `#{ strict: false }` makes null of what cannot be read",
    ),
];

fn known(said: &str) -> Option<Fault> {
    if let Some(rest) = said.strip_prefix("strict integer parsing failed for ") {
        let values =
            rest.split_once(": [").and_then(|(_, rest)| rest.split_once(']')).map(|(values, _)| values);
        let message = format!("no whole number is written there: {}", values.unwrap_or(rest));
        return Some(Fault::new("ValueMismatch", message).hint("`#{ strict: false }` makes null of it"));
    }
    if let Some(rest) = said.strip_prefix("unsupported data type: ") {
        let kind = rest.split(' ').next().unwrap_or(rest);
        return Some(Fault::new(
            "TypeMismatch",
            format!("times or whole numbers are wanted, not a column of {kind}"),
        ));
    }
    let (_, name, message, hint) = KNOWN.iter().find(|(part, ..)| said.contains(part))?;
    Some(Fault::new(name, *message).hint(*hint))
}
