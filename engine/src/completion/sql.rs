//! Tables, columns and words of SQL.

use super::{Candidate, all_columns};
use crate::session::Snapshot;

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

/// What may stand in SQL: after FROM tables alone, else columns of the tables that the cell names first.
pub(super) fn candidates(
    cell: &str,
    snapshot: &Snapshot,
    tables: &[String],
    after_from: bool,
) -> Vec<Candidate> {
    let own = snapshot.names.iter().filter(|(_, (_, frame))| frame.is_some()).map(|(name, _)| name.as_str());
    let tables: Vec<Candidate> =
        own.chain(tables.iter().map(String::as_str)).map(|name| Candidate::new(name, "table", "")).collect();
    if after_from {
        return tables;
    }
    let folded = cell.to_lowercase();
    let named = snapshot.names.iter().filter(|(name, _)| folded.contains(&name.to_lowercase()));
    let mut columns: Vec<(String, String)> = named
        .filter_map(|(_, (_, frame))| frame.as_ref())
        .flat_map(|frame| frame.schema().iter().map(|(name, kind)| (name.to_string(), kind.to_string())))
        .collect();
    if columns.is_empty() {
        columns = all_columns(snapshot);
    }
    let columns = columns.into_iter().map(|(name, kind)| Candidate::new(quoted(&name), "column", kind));
    columns.chain(tables).chain(WORDS.iter().map(|word| Candidate::new(*word, "keyword", ""))).collect()
}

/// A name that needs quotes gets backticks.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_plain { name.to_owned() } else { format!("`{name}`") }
}
