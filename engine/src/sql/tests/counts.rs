//! Rows and distinct values counted in one query.

use fram_frame::{LocalRunner, Runner};
use polars::prelude::*;

use super::Frames;
use crate::sql::SqlEngine;

fn frames() -> Frames {
    let data = df!(
        "k" => [Some("a"), Some("a"), Some("b"), None, None, Some("A")],
        "v" => [Some("x"), Some("y"), Some("x"), None, Some("z"), Some("x")],
        "n" => [Some(1_i64), Some(2), None, Some(4), Some(5), Some(6)],
    );
    Frames::default().with("t", data.unwrap())
}

fn rows(text: &str) -> DataFrame {
    frames().rows_in(&SqlEngine::new(), text)
}

fn steps(text: &str) -> String {
    let frame = frames().run(&SqlEngine::new(), text).unwrap_or_else(|error| panic!("{error:?}")).frame;
    LocalRunner.explain(frame.unwrap().plan()).unwrap()
}

#[test]
fn each_group_has_its_rows_and_its_values() {
    let query = "SELECT k, count(*) AS rows, count(v) AS filled, count(DISTINCT v) AS kinds, sum(n) AS s, min(n) AS m \
                 FROM t GROUP BY k ORDER BY k";
    let expected = df!(
        "k" => [Some("A"), Some("a"), Some("b"), None],
        "rows" => [1_i64, 2, 1, 2],
        "filled" => [1_i64, 2, 1, 1],
        "kinds" => [1_i64, 2, 1, 1],
        "s" => [Some(6_i64), Some(3), None, Some(9)],
        "m" => [Some(6_i64), Some(1), None, Some(4)],
    );
    assert_eq!(rows(query), expected.unwrap());
    let query = "SELECT upper(k) AS k, count(DISTINCT v) AS kinds, count(*) AS rows FROM t \
                 GROUP BY upper(k) HAVING count(DISTINCT v) > 1";
    assert_eq!(rows(query), df!("k" => ["A"], "kinds" => [2_i64], "rows" => [3_i64]).unwrap());
    let twice = "SELECT count(DISTINCT v) + count(DISTINCT v) AS n, count(*) AS rows FROM t";
    assert_eq!(rows(twice), df!("n" => [6_i64], "rows" => [6_i64]).unwrap());
}

#[test]
fn no_rows_are_none() {
    let counts = "SELECT count(*) AS rows, count(DISTINCT v) AS kinds FROM t";
    assert_eq!(rows(counts), df!("rows" => [6_i64], "kinds" => [3_i64]).unwrap());
    let none = rows(&format!("{counts} WHERE n > 9"));
    assert_eq!(none, df!("rows" => [0_i64], "kinds" => [0_i64]).unwrap());
    assert_eq!(rows(&format!("{counts} WHERE n > 9 GROUP BY k")).shape(), (0, 2));
}

#[test]
fn values_are_grouped_and_no_sets_are_kept() {
    let counted = "SELECT k, count(*), count(DISTINCT v) FROM t GROUP BY k";
    assert!(steps(counted).contains("__fram_value"), "{}", steps(counted));
    // What does not come of parts is left as it is.
    for (query, [n, v, k]) in [
        ("SELECT count(*) AS n, count(DISTINCT v) AS v, count(DISTINCT k) AS k FROM t", [6_i64, 3, 3]),
        ("SELECT count(*) AS n, count(DISTINCT v) FILTER (WHERE n > 1) AS v, max(n) AS k FROM t", [6, 3, 6]),
        ("SELECT count(*) FILTER (WHERE n > 1) AS n, count(DISTINCT v) AS v, min(n) AS k FROM t", [4, 3, 1]),
    ] {
        assert!(!steps(query).contains("__fram_value"), "{}", steps(query));
        assert_eq!(rows(query), df!("n" => [n], "v" => [v], "k" => [k]).unwrap(), "{query}");
    }
    let sets = "SELECT k, v, count(*) AS n, count(DISTINCT n) AS d FROM t GROUP BY GROUPING SETS ((k), (v))";
    assert_eq!(rows(sets).height(), 8);
}
