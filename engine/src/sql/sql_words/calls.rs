//! Functions that are not there, or that cannot be called so.

use super::error;
use super::text::between;
use crate::sql::nearest::did_you_mean;
use crate::sql::sql_error::{Known, SqlError};

pub(super) fn unknown_function(message: &str, known: &Known<'_>) -> Option<SqlError> {
    let name = between(message, "Invalid function '", "'")?;
    if known.functions.iter().any(|known| known == name) {
        let hint = format!("write `{name}() OVER (ORDER BY …)`");
        return Some(error(
            format!("`{name}` is a window function, and needs to know of which rows"),
            name,
            hint,
        ));
    }
    let hint = did_you_mean(name, known.functions.iter().map(String::as_str)).unwrap_or_default();
    Some(error(format!("function `{name}` not found"), name, hint))
}

/// `Function 'sum' failed to match any signature, errors: …`, with one complaint for each signature.
pub(super) fn no_signature(message: &str, _: &Known<'_>) -> Option<SqlError> {
    let name = between(message, "Function '", "' failed to match any signature")?;
    let complaints = message.split("Error during planning: ").skip(1);
    let (mut wanted, mut got, mut counts, mut given) = (Vec::new(), None, Vec::new(), None);
    for complaint in complaints {
        if let Some(kind) = between(complaint, "requires ", ", but received ") {
            wanted.push(kind.to_owned());
            got = got.or_else(|| Some(complaint.split_once("but received ")?.1));
        } else if let Some(count) = between(complaint, "expects ", " arguments but received ") {
            counts.extend(count.parse::<usize>());
            given = given.or_else(|| Some(complaint.split_once(" but received ")?.1));
        }
    }
    wanted.sort();
    wanted.dedup();
    counts.sort_unstable();
    counts.dedup();
    let word = |text: &str| {
        let end = text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
        text[..end].to_owned()
    };
    if let Some(got) = got {
        let hint = format!("it takes {}; `CAST(x AS type)` makes one of the other", wanted.join(", "));
        return Some(error(format!("`{name}` cannot be used with {}", word(got)), name, hint));
    }
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    let said = format!("`{name}` takes {}, not {}", arguments_of(&counts.join(" or ")), word(given?));
    Some(error(said, name, ""))
}

fn arguments_of(count: &str) -> String {
    if count == "1" { "1 argument".to_owned() } else { format!("{count} arguments") }
}

pub(super) fn arguments(message: &str, _: &Known<'_>) -> Option<SqlError> {
    if let Some(name) = message.strip_prefix('\'').and_then(|rest| rest.split_once("' does not support zero"))
    {
        return Some(error(format!("`{}` needs an argument", name.0), name.0, ""));
    }
    if message.starts_with("Substring without for/from") {
        return Some(error("`substr` needs to know where to begin", "substr", "as `substr(x, 1, 3)`"));
    }
    if let Some(kind) = message.strip_prefix("array_element does not support type ") {
        return Some(error(format!("`[…]` takes an element of an array, not of {kind}"), "[", ""));
    }
    if message.starts_with("unnest() can only be applied") {
        return Some(error("`unnest` takes an array or a struct", "unnest", ""));
    }
    let rest = message.strip_prefix("Function '").or_else(|| message.strip_prefix("function '"))?;
    let (name, rest) = rest.split_once('\'')?;
    if let Some(count) = between(rest, " expects ", " arguments but received ") {
        let given = rest.rsplit(' ').next()?;
        return Some(error(format!("`{name}` takes {}, not {given}", arguments_of(count)), name, ""));
    }
    let wanted = between(rest, " expects ", " but received ")?;
    let got = rest.split_once("but received ")?.1;
    let got = got.split_once(" (").map_or(got, |(got, _)| got);
    Some(error(
        format!("`{name}` takes {wanted}, not {got}"),
        name,
        "`CAST(x AS type)` makes one of the other",
    ))
}
