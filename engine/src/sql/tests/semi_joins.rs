//! Semi joins and the joins that they stand on.

use fram_frame::{LocalRunner, Runner};
use polars::prelude::*;

use super::Frames;
use crate::sql::SqlEngine;

fn frames() -> Frames {
    let people = df!("p" => [Some(1_i64), Some(2), Some(3), None], "name" => ["a", "b", "c", "d"]);
    let orders = df!(
        "o" => [Some(10_i64), Some(11), Some(12), Some(13), None],
        "p" => [Some(1_i64), Some(1), Some(2), Some(9), Some(3)],
    );
    let lines = df!(
        "o" => [Some(10_i64), Some(10), Some(11), Some(12), Some(12), Some(13), None],
        "n" => [5_i64, 6, 1, 7, 8, 20, 30],
    );
    Frames::default()
        .with("people", people.unwrap())
        .with("orders", orders.unwrap())
        .with("lines", lines.unwrap())
}

const LARGE: &str = "(SELECT o FROM lines GROUP BY o HAVING sum(n) > 10)";

fn rows(text: &str) -> DataFrame {
    frames().rows_in(&SqlEngine::new(), text)
}

/// The kinds of joins in the order in which the plan has them, the topmost first.
fn joins(text: &str) -> Vec<String> {
    let frame = frames().run(&SqlEngine::new(), text).unwrap_or_else(|error| panic!("{error:?}")).frame;
    let steps = LocalRunner.explain(frame.unwrap().plan()).unwrap();
    let kind = |line: &str| {
        let (_, kind) = line.split_once("join_type=")?;
        Some(kind.chars().take_while(char::is_ascii_alphabetic).collect())
    };
    steps.lines().filter_map(kind).collect()
}

#[test]
fn few_rows_are_chosen_before_others_are_joined_to_them() {
    let query = format!(
        "SELECT name, o.o, sum(n) AS s FROM people p, orders o, lines l \
         WHERE o.o IN {LARGE} AND p.p = o.p AND o.o = l.o GROUP BY name, o.o ORDER BY o.o"
    );
    let expected = df!("name" => ["a", "b"], "o" => [10_i64, 12], "s" => [11_i64, 15]);
    assert_eq!(rows(&query), expected.unwrap());
    let kinds = joins(&query);
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(kinds[2].ends_with("Semi") && kinds[..2].iter().all(|kind| kind == "Inner"), "{kinds:?}");
}

#[test]
fn names_of_queries_below_are_followed() {
    let query = format!(
        "SELECT q.person, q.line FROM (SELECT o.o AS order_id, o.p AS person, l.n AS line FROM orders o \
         LEFT JOIN lines l ON o.o = l.o) q WHERE q.order_id IN {LARGE} ORDER BY q.line"
    );
    let expected = df!("person" => [1_i64, 1, 2, 2, 9], "line" => [5_i64, 6, 7, 8, 20]);
    assert_eq!(rows(&query), expected.unwrap());
    let kinds = joins(&query);
    assert!(kinds.last().is_some_and(|kind| kind.ends_with("Semi")), "{kinds:?}");
    let exists = "SELECT name FROM people x JOIN orders y ON x.p = y.p WHERE EXISTS \
                  (SELECT 1 FROM lines l WHERE l.o = y.o AND l.n > y.p + 5 AND l.n < 100) ORDER BY name";
    assert_eq!(rows(exists), df!("name" => ["b"]).unwrap());
}

#[test]
fn what_may_not_help_stays_where_it_is() {
    let all = "SELECT name FROM people p JOIN orders o ON p.p = o.p WHERE o.o IN (SELECT o FROM lines) ORDER BY name";
    assert_eq!(rows(all), df!("name" => ["a", "a", "b"]).unwrap());
    assert!(joins(all)[0].ends_with("Semi"), "{:?}", joins(all));
    let narrowed =
        format!("SELECT name FROM people p JOIN orders o ON p.p = o.p WHERE o.o IN {LARGE} AND name = 'a'");
    assert_eq!(rows(&narrowed), df!("name" => ["a"]).unwrap());
    assert!(joins(&narrowed)[0].ends_with("Semi"), "{:?}", joins(&narrowed));
    let of_both = "SELECT name FROM people p JOIN orders o ON p.p = o.p \
                   WHERE p.p + o.o IN (SELECT o FROM lines WHERE n > 0) ORDER BY name";
    assert_eq!(rows(of_both), df!("name" => ["a", "a"]).unwrap());
    let none = format!("SELECT name FROM people p JOIN orders o ON p.p = o.p WHERE o.o NOT IN {LARGE}");
    assert_eq!(rows(&none).height(), 0, "a null among them");
    let outer = format!(
        "SELECT o.o, name FROM people p RIGHT JOIN orders o ON p.p = o.p WHERE o.o IN {LARGE} ORDER BY o.o"
    );
    let expected = df!("o" => [10_i64, 12, 13], "name" => [Some("a"), Some("b"), None]);
    assert_eq!(rows(&outer), expected.unwrap());
}
