//! What operations of Polars mean where other engines mean something else, or were expected to: 73 probes, each in a plan
//! that is distributed. Pieces must give the values and types of the whole, and those that are stated here.

mod edges;
mod same;
mod types;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::probes::{Probe, check, nothing_small};
use crate::rehearsal::{self, Defect};
use crate::samples::Samples;

pub(crate) use edges::edges;

/// One operation.
pub(crate) struct Semantic {
    topic: &'static str,
    /// The type of the column `value`, as Polars writes it.
    dtype: &'static str,
    stated: Stated,
    plan: fn(&Samples) -> LazyFrame,
}

/// What is known of the column `value` beforehand: the first column of a row, and its value.
enum Stated {
    /// Of some rows, wherever they stand.
    Rows(&'static [(&'static str, &'static str)]),
    /// Of the first rows, of a plan that has an order.
    First(&'static [(&'static str, &'static str)]),
    /// The plan fails whole and in pieces, with these words.
    Fails(&'static str),
}

use Stated::{Fails, First, Rows};

/// All topics, in their three parts.
fn topics() -> impl Iterator<Item = &'static Semantic> {
    values::TOPICS.iter().chain(types::TOPICS).chain(same::TOPICS)
}

/// Those that give rows, as other probes.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    let with_rows = topics().filter(|topic| !matches!(topic.stated, Fails(_)));
    with_rows.map(|topic| (topic.topic, matches!(topic.stated, First(_)), topic.plan))
}

/// The value of an expression for each row, and how many rows have the same: they are brought together to tell.
fn by_row(samples: &Samples, value: Expr) -> LazyFrame {
    let alike = len().over([col("value")]).unwrap();
    samples.edges().select([col("id"), value.alias("value")]).with_columns([alike.alias("alike")])
}

/// The value of an aggregate for each group.
fn by_key(samples: &Samples, value: Expr) -> LazyFrame {
    samples.edges().group_by([col("key")]).agg([value.alias("value")])
}

/// The value of a window's expression for each row.
fn over_key(samples: &Samples, value: Expr) -> LazyFrame {
    let value = value.over([col("key")]).unwrap();
    samples.edges().select([col("id"), col("key"), value.alias("value")])
}

/// The rows that an expression keeps; the value is the key.
fn kept(samples: &Samples, predicate: Expr) -> LazyFrame {
    let kept = samples.edges().filter(predicate).select([col("id"), col("key")]);
    kept.group_by([col("key")]).agg([col("id").sum().alias("value")])
}

/// How many partners each row has, where both sides are brought together by the column.
fn partners(samples: &Samples, column: &str) -> LazyFrame {
    let others = samples.edges().select([col(column), col("id").alias("partner")]);
    let joined = samples.edges().join(others, [col(column)], [col(column)], JoinArgs::new(JoinType::Left));
    joined.group_by([col("id")]).agg([col("partner").count().alias("value")])
}

fn written(data: &DataFrame, row: usize) -> (String, String) {
    let value = |column: &Column| column.get(row).unwrap().to_string().trim_matches('"').to_owned();
    (value(&data.columns()[0]), value(data.column("value").unwrap()))
}

fn assert_stated(topic: &Semantic, data: &DataFrame) {
    assert_eq!(data.column("value").unwrap().dtype().to_string(), topic.dtype, "{}: the type", topic.topic);
    let found: Vec<(String, String)> = (0..data.height()).map(|row| written(data, row)).collect();
    let (stated, first) = match &topic.stated {
        Rows(stated) => (*stated, false),
        First(stated) => (*stated, true),
        Fails(_) => (&[][..], true),
    };
    assert!(!stated.is_empty(), "{}: nothing is stated", topic.topic);
    for (place, (key, value)) in stated.iter().enumerate() {
        let wanted = ((*key).to_owned(), (*value).to_owned());
        let is_there = if first { found.get(place) == Some(&wanted) } else { found.contains(&wanted) };
        assert!(is_there, "{}: {wanted:?} is stated, found {found:?}", topic.topic);
    }
}

/// What a plan that must fail fails with, in pieces.
fn failure(plan: LazyFrame, partitions: usize) -> String {
    let run = AssertUnwindSafe(|| {
        rehearsal::run(plan, &nothing_small(partitions), Defect::None).map(|found| found.data)
    });
    match catch_unwind(run) {
        Ok(Err(error)) => error.to_string(),
        Ok(Ok(data)) => format!("rows: {data}"),
        Err(panicked) => panicked.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

#[test]
fn operations_mean_in_pieces_what_they_mean_in_whole() {
    let samples = Samples::new();
    for topic in topics() {
        let plan = (topic.plan)(&samples);
        let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new());
        if let Fails(words) = topic.stated {
            let whole = whole.expect_err(topic.topic).to_string();
            assert!(whole.contains(words), "{}: {whole}", topic.topic);
            for partitions in [1, 2, 7] {
                let pieces = failure(plan.clone(), partitions);
                assert!(pieces.contains(words), "{}, {partitions} partitions: {pieces}", topic.topic);
            }
            continue;
        }
        assert_stated(topic, &whole.unwrap_or_else(|error| panic!("{}: {error}", topic.topic)));
        for partitions in [1, 2, 7] {
            let found = check(topic.topic, matches!(topic.stated, First(_)), &plan, partitions);
            assert_stated(topic, &found.data);
        }
    }
}

#[test]
fn every_topic_has_its_probe() {
    let count = [values::TOPICS, types::TOPICS, same::TOPICS].map(<[Semantic]>::len);
    assert_eq!(count, [31, 10, 32]);
    let names: std::collections::BTreeSet<&str> = topics().map(|topic| topic.topic).collect();
    assert_eq!(names.len(), 73, "topics have names of their own");
}
