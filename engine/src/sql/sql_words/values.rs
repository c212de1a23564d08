//! Values that are not what they should be.

use super::error;
use super::text::between;
use crate::sql::sql_error::{Known, SqlError};

pub(super) fn values(message: &str, _: &Known<'_>) -> Option<SqlError> {
    const TRY: &str = "`TRY_CAST(x AS type)` gives null where a value does not fit";
    if let Some(rest) = message.strip_prefix("Cannot cast string '") {
        let (value, rest) = rest.rsplit_once("' to value of ")?;
        let kind = rest.strip_suffix(" type").unwrap_or(rest);
        let article = if kind.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
        return Some(error(
            format!("the string '{value}' cannot be made {article} {kind}"),
            &format!("'{value}'"),
            TRY,
        ));
    }
    if let Some(rest) = message.strip_prefix("Error parsing timestamp from '") {
        let (value, _) = rest.split_once("': ")?;
        let hint =
            "`to_timestamp(x, '%d.%m.%Y %H:%M')` names the form; `TRY_CAST(x AS TIMESTAMP)` gives null";
        return Some(error(format!("the string '{value}' is no timestamp"), &format!("'{value}'"), hint));
    }
    if let Some(value) = message.strip_prefix("Invalid input syntax for type interval: ") {
        let value = value.trim_matches('"');
        let hint = "as `INTERVAL '1 day'` or `INTERVAL '15 minutes'`";
        return Some(error(format!("'{value}' is no length of time"), &format!("'{value}'"), hint));
    }
    if message.contains("regex parse error:") {
        let pattern = between(message, "regex parse error:", "error: ")?;
        let pattern = pattern.trim().trim_end_matches('^').trim();
        let reason = message.rsplit("error: ").next()?.trim();
        let said = format!("`{pattern}` is no regular expression: {reason}");
        return Some(error(said, &format!("'{pattern}'"), "`\\` before a sign takes it as it is"));
    }
    None
}
