//! Sentences of Polars about types that users meet often, in the house's words and with a remedy.

use crate::fault::Fault;

/// A sentence of Polars with holes, `{}`, and what is made of what stands in them.
struct Phrase {
    said: &'static str,
    told: fn(&[&str]) -> Fault,
}

const PHRASES: &[Phrase] = &[
    Phrase {
        said: "invalid series dtype: expected `{}`, got `{}` for series with name `{}`",
        told: |holes| wrong_type(holes[2], holes[1], holes[0]),
    },
    Phrase {
        said: "cannot compare string with numeric type ({})",
        told: |_| {
            Fault::new("TypeMismatch", "a string cannot be compared with a number")
                .hint("cast one of them: `col(\"x\").cast(Int64)` or `.cast(String)`")
        },
    },
    Phrase {
        said: "cannot compare {} with {}",
        told: |holes| {
            Fault::new("TypeMismatch", format!("{} cannot be compared with {}", holes[0], holes[1]))
                .hint("cast one of them: `col(\"x\").cast(…)`")
        },
    },
    Phrase {
        said: "filter predicate must be of type `Boolean`, got `{}`",
        told: |holes| {
            let kind = holes[0];
            let message = format!("`filter` wants conditions, which are true or false, not {kind}");
            Fault::new("TypeMismatch", message).hint(match kind {
                "String" => {
                    "a string beside an expression is a value; several conditions are several arguments"
                }
                _ => "as `col(\"x\") > 1`, or \"x > 1\"",
            })
        },
    },
    Phrase {
        said: "expected {} type, got: {}",
        told: |holes| {
            Fault::new("TypeMismatch", format!("a column of {} is wanted, not of {}", holes[0], holes[1]))
                .hint(format!("cast it first: `.cast({})`", holes[0]))
        },
    },
    Phrase {
        said: "arithmetic on {} and {} is not allowed, try an explicit cast first",
        told: |holes| {
            Fault::new(
                "TypeMismatch",
                format!("{} and {} cannot be reckoned with together", holes[0], holes[1]),
            )
            .hint("cast one of them: `col(\"x\").cast(…)`")
        },
    },
];

/// The fault of a sentence that is known.
pub(super) fn fault(said: &str) -> Option<Fault> {
    let said = said.lines().next().unwrap_or_default();
    PHRASES.iter().find_map(|phrase| Some((phrase.told)(&holes(phrase.said, said)?)))
}

/// What stands in the pattern's holes.
fn holes<'a>(pattern: &str, said: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = said.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let end = if part.is_empty() && parts.peek().is_none() { rest.len() } else { rest.find(part)? };
        found.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    Some(found)
}

fn wrong_type(column: &str, is: &str, wanted: &str) -> Fault {
    Fault::new("TypeMismatch", format!("column `{column}` is {is}, but {wanted} is wanted"))
        .hint(format!(
            "cast it first: `col(\"{column}\").cast({})`",
            wanted.split(['(', '[']).next().unwrap_or(wanted)
        ))
        .at(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_read() {
        assert_eq!(holes("a `{}` b {}", "a `x y` b c d"), Some(vec!["x y", "c d"]));
        assert_eq!(holes("a {}", "b c"), None);
    }

    #[test]
    fn sentences_about_types_name_the_column_and_a_remedy() {
        let fault =
            fault("invalid series dtype: expected `String`, got `i64` for series with name `x`").unwrap();
        assert_eq!(fault.message, "column `x` is i64, but String is wanted");
        assert_eq!(fault.about.as_deref(), Some("x"));
    }
}
