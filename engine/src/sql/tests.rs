//! SQL in cells: what is SQL, which name means which column, what crosses to and from frames, and what errors say.

mod changes;
mod counts;
mod errors;
mod functions;
mod names;
mod semi_joins;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use fram_frame::{Frame, Limit, LocalRunner, Watch};
use polars::prelude::*;

use super::{Answer, SqlEngine, SqlError, Tables};
use crate::testing::Cluster;

/// A notebook with these frames; its queries run on one machine and on a cluster, which must agree.
#[derive(Clone)]
pub(super) struct Frames {
    named: BTreeMap<String, Frame>,
    cluster: Arc<Cluster>,
}

impl Default for Frames {
    fn default() -> Self {
        Self { named: BTreeMap::new(), cluster: Cluster::shared() }
    }
}

impl Tables for Frames {
    fn names(&self) -> Vec<String> {
        self.named.keys().cloned().collect()
    }

    fn frame(&self, name: &str) -> Option<Frame> {
        self.named.get(name).cloned()
    }
}

impl Frames {
    pub(super) fn with(mut self, name: &str, data: DataFrame) -> Self {
        self.named.insert(name.to_owned(), Frame::from_data(data));
        self
    }

    pub(super) fn with_lazy(mut self, name: &str, lazy: LazyFrame) -> Self {
        self.named.insert(name.to_owned(), Frame::from_lazy(lazy).unwrap());
        self
    }

    pub(super) fn with_frame(mut self, name: &str, frame: Frame) -> Self {
        self.named.insert(name.to_owned(), frame);
        self
    }

    pub(super) fn run(&self, engine: &SqlEngine, text: &str) -> Result<Answer, SqlError> {
        engine.run(text, Arc::new(self.clone()), &LocalRunner, &Watch::new())
    }

    /// The rows of the last statement.
    pub(super) fn rows_in(&self, engine: &SqlEngine, text: &str) -> DataFrame {
        let answer = self.run(engine, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let frame = answer.frame.unwrap_or_else(|| panic!("{text}: no rows"));
        let found = self.cluster.places().map(|(place, runner)| {
            let data = frame.collect(Limit::All, runner, &Watch::new());
            let data =
                data.unwrap_or_else(|error| panic!("{text} {place}: {:?}", SqlError::from_run(&error)));
            assert_eq!(data.schema(), frame.schema(), "{text} {place}");
            data
        });
        let [here, there] = found;
        let [whole, cut] = [&here, &there].map(|data| in_one_order(data, text));
        assert_eq!(whole, cut, "{text} on one machine, and on a cluster");
        here
    }

    pub(super) fn rows(&self, text: &str) -> DataFrame {
        self.rows_in(&SqlEngine::new(), text)
    }

    /// The rows as text: names, then one line a row, cells between bars.
    pub(super) fn table(&self, text: &str) -> String {
        as_text(&self.rows(text))
    }

    /// The error, whether of planning or of running.
    pub(super) fn error(&self, text: &str) -> SqlError {
        match self.run(&SqlEngine::new(), text) {
            Err(error) => error,
            Ok(answer) => {
                let frame = answer.frame.expect("rows or an error");
                let [here, there] = self.cluster.places().map(|(_, runner)| {
                    let result = frame.collect(Limit::All, runner, &Watch::new());
                    SqlError::from_run(&result.expect_err(text))
                });
                assert_eq!(
                    format!("{here:?}"),
                    format!("{there:?}"),
                    "{text} on one machine, and on a cluster"
                );
                here
            }
        }
    }
}

pub(super) fn as_text(data: &DataFrame) -> String {
    let mut lines =
        vec![data.get_column_names().iter().map(|name| name.as_str()).collect::<Vec<_>>().join("|")];
    for row in 0..data.height() {
        let cells = data.columns().iter().map(|column| column.get(row).unwrap().str_value().to_string());
        lines.push(cells.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}

/// The rows as text, in the order that the query gives them; sorted where it gives none.
fn in_one_order(data: &DataFrame, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = as_text(data).lines().map(str::to_owned).collect();
    if !text.to_lowercase().contains("order by") {
        lines.sort();
    }
    // What was measured is never the same.
    lines.into_iter().map(|line| line.split(", metrics=").next().unwrap_or_default().to_owned()).collect()
}

/// Events as logs have them, with two columns that differ by case alone.
pub(super) fn logs() -> Frames {
    let events = df!(
        "@timestamp" => ["t1", "t2", "t3", "t4"],
        "EventID" => [1i64, 3, 1, 4624],
        "Hostname" => ["a", "b", "a", "c"],
        "ProcessId" => [10i64, 11, 12, 13],
        "ProcessID" => [100i64, 110, 120, 130],
        "ParentId" => [0i64, 10, 10, 12],
        "User" => ["ann", "bob", "ann", "cy"],
    )
    .unwrap();
    let hosts = df!("Hostname" => ["a", "b"], "Site" => ["north", "south"]).unwrap();
    Frames::default().with("logs", events).with("hosts", hosts)
}

#[test]
fn sql_is_told_from_script() {
    let engine = SqlEngine::new();
    for cell in [
        "select 1",
        "SELECT * FROM logs",
        "  -- a comment\n/* and one */ WITH a AS (SELECT 1) SELECT * FROM a",
        "FROM logs",
        "FROM logs SELECT EventID",
        "values (1), (2)",
        "SHOW TABLES",
        "DESCRIBE logs",
        "EXPLAIN SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "INSERT INTO t VALUES (1)",
        "COPY logs TO 'x.csv'",
        "COPY (SELECT * FROM logs) TO 'x.csv'",
        "copy (with a as (select 1) select * from a) to 'x.csv'",
        "COPY (SELECT EventID FORM logs) TO 'x.csv'",
        "DROP TABLE t",
        "SELECT (1 + 2)",
        "SELECT -1",
        "SELECT FORM logs WHERE",
        "SELECT 'an open string",
    ] {
        assert!(engine.is_sql(cell), "{cell}");
    }
    for cell in [
        "",
        "logs",
        "from",
        "from = 3",
        "from.head(3)",
        "select = logs.select(\"a\")",
        "show(logs)",
        "describe(logs)",
        "with_columns(1)",
        "values.len()",
        "select * 3",
        "copy(a, b)",
        "copy(select, from)",
        "copy(select * 3)",
        "drop(x)",
        "let select = 1;",
        "\"SELECT 1\"",
        "explain(logs)",
        "insert += 1",
    ] {
        assert!(!engine.is_sql(cell), "{cell}");
    }
}
