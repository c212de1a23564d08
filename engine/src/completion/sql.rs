//! Tables, columns and words of SQL.

use super::{Candidate, all_columns, columns_of};
use crate::session::Snapshot;
use crate::sql::SqlEngine;

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "JOIN",
    "LEFT JOIN",
    "INNER JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "ON",
    "USING",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "IS NOT NULL",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "DISTINCT",
    "UNION ALL",
    "WITH",
    "OVER",
    "PARTITION BY",
    "DESC",
    "ASC",
    "NULLS LAST",
    "INTERVAL",
    "CAST",
    "EXISTS",
    "CREATE VIEW",
    "INSERT INTO",
    "VALUES",
    "count(*)",
    "sum",
    "avg",
    "min",
    "max",
    "date_trunc",
    "date_bin",
    "lower",
    "upper",
    "coalesce",
    "row_number()",
    "regexp_like",
    "split_part",
];

/// What may stand in SQL: after FROM tables alone, else columns of the tables that the text names first.
pub(super) fn candidates(
    text: &str,
    snapshot: &Snapshot,
    sql: &SqlEngine,
    after_from: bool,
) -> Vec<Candidate> {
    let frames = || snapshot.names.iter().filter_map(|(name, held)| Some((name, held.frame.as_ref()?)));
    let made = sql.names();
    let tables = frames().map(|(name, _)| name.as_str()).chain(made.iter().map(String::as_str));
    let tables = tables.map(|name| Candidate::new(quoted(name), "table", ""));
    let queries = with_names(text).into_iter().map(|name| Candidate::new(name, "query", ""));
    let tables: Vec<Candidate> = queries.chain(tables).collect();
    if after_from {
        return tables;
    }
    let folded = text.to_lowercase();
    let is_named = |name: &str| folded.contains(&name.to_lowercase());
    let mut columns: Vec<(String, String)> = Vec::new();
    for (_, frame) in frames().filter(|(name, _)| is_named(name)) {
        columns.extend(columns_of(frame.schema()));
    }
    for schema in made.iter().filter(|name| is_named(name)).filter_map(|name| sql.table_schema(name)) {
        columns.extend(columns_of(&schema));
    }
    if columns.is_empty() {
        columns = all_columns(snapshot);
    }
    let columns = columns.into_iter().map(|(name, kind)| Candidate::new(quoted(&name), "column", kind));
    columns.chain(tables).chain(words()).collect()
}

/// The names that the text gives to queries by `WITH`, as they are written.
fn with_names(text: &str) -> Vec<&str> {
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '`' | '"');
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end =
            if is_letter(first) { rest.find(|letter| !is_letter(letter)) } else { Some(first.len_utf8()) };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !first.is_whitespace() {
            tokens.push(token);
        }
        rest = after;
    }
    if !tokens.iter().any(|token| token.eq_ignore_ascii_case("WITH")) {
        return Vec::new();
    }
    let is_name = |window: &&[&str]| {
        let begins = matches!(window[0].to_ascii_uppercase().as_str(), "WITH" | "RECURSIVE" | ",");
        begins && window[1].starts_with(is_letter) && window[2].eq_ignore_ascii_case("AS") && window[3] == "("
    };
    tokens.windows(4).filter(is_name).map(|window| window[1]).collect()
}

/// The words of SQL.
pub(super) fn words() -> impl Iterator<Item = Candidate> {
    WORDS.iter().map(|word| Candidate::new(*word, "keyword", ""))
}

/// A name that needs quotes gets backticks.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_plain { name.to_owned() } else { format!("`{name}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_named_by_with_are_known() {
        let text = "with recursive a as (select 1), `b c` AS (SELECT x AS y FROM a) SELECT * FROM ";
        assert_eq!(with_names(text), ["a"]);
        assert_eq!(with_names("WITH a AS(SELECT 1), \"b\" AS (SELECT 2) SELECT"), ["a", "\"b\""]);
        assert!(with_names("SELECT a AS b, c AS (").is_empty());
    }
}
