//! Views, tables and files that SQL makes.

use polars::prelude::*;

use super::{Frames, as_text, logs};
use crate::sql::SqlEngine;

#[test]
fn views_and_tables_stay_from_cell_to_cell() {
    let engine = SqlEngine::new();
    let frames = logs();
    assert!(
        frames
            .run(&engine, "CREATE VIEW starts AS SELECT Hostname, EventID FROM logs WHERE eventid = 1")
            .unwrap()
            .frame
            .is_none()
    );
    let made = frames
        .run(&engine, "CREATE TABLE t AS SELECT hostname, count(*) AS n FROM Starts GROUP BY hostname;")
        .unwrap();
    assert_eq!(made.frame.unwrap().known_rows(), Some(1));
    assert_eq!(engine.names(), ["starts", "t"]);
    assert_eq!(
        engine.table_schema("t").unwrap().iter_names().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["Hostname", "n"]
    );
    assert_eq!(as_text(&frames.rows_in(&engine, "INSERT INTO t VALUES ('z', 7)")), "count\n1");
    assert_eq!(as_text(&frames.rows_in(&engine, "SELECT * FROM T ORDER BY N")), "Hostname|n\na|2\nz|7");
    let shown = as_text(&frames.rows_in(&engine, "SHOW TABLES"));
    for name in ["logs", "hosts", "starts", "t"] {
        assert!(shown.contains(&format!("|{name}|")), "{shown}");
    }
    assert!(as_text(&frames.rows_in(&engine, "DESCRIBE logs")).contains("EventID|Int64"));
    assert!(as_text(&frames.rows_in(&engine, "SHOW COLUMNS FROM logs")).contains("EventID"));
    frames.run(&engine, "DROP VIEW starts; DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS t").unwrap();
    assert!(engine.names().is_empty());
    frames
        .run(&engine, "CREATE TABLE t AS SELECT 1 AS a; CREATE OR REPLACE TABLE t AS SELECT 2 AS a, 'x' AS b")
        .unwrap();
    assert_eq!(as_text(&frames.rows_in(&engine, "SELECT * FROM t")), "a|b\n2|x");
    engine.drop_all();
    assert!(engine.names().is_empty());
    assert!(frames.run(&engine, "SELECT * FROM t").is_err());
}

#[test]
fn files_are_written_and_read() {
    let engine = SqlEngine::new();
    let folder = tempfile::tempdir().unwrap();
    let frames = logs();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (name, format) in [("logs.csv", "CSV"), ("logs.parquet", "PARQUET"), ("logs.json", "JSON")] {
        let file = path(name);
        let copied = format!("COPY (SELECT EventID, Hostname FROM logs) TO '{file}' STORED AS {format}");
        assert_eq!(as_text(&frames.rows_in(&engine, &copied)), "count\n4");
        let options = if format == "CSV" { "OPTIONS ('format.has_header' 'true')" } else { "" };
        let made = format!("CREATE EXTERNAL TABLE outside STORED AS {format} LOCATION '{file}' {options}");
        frames.run(&engine, &made).unwrap();
        let read =
            frames.rows_in(&engine, "SELECT eventid, hostname FROM outside ORDER BY eventid DESC LIMIT 1");
        assert_eq!(as_text(&read), "EventID|Hostname\n4624|c");
        frames.run(&engine, "DROP TABLE outside").unwrap();
    }
    let made = format!(
        "CREATE EXTERNAL TABLE more (a BIGINT, b VARCHAR) STORED AS PARQUET LOCATION '{}/'",
        path("more")
    );
    frames.run(&engine, &made).unwrap();
    assert_eq!(
        as_text(&frames.rows_in(&engine, "INSERT INTO more SELECT EventID, Hostname FROM logs")),
        "count\n4"
    );
    assert_eq!(as_text(&frames.rows_in(&engine, "SELECT count(*) AS n FROM more")), "n\n4");
}

#[test]
fn settings_stay_and_the_last_rows_are_the_value() {
    let engine = SqlEngine::new();
    let frames = Frames::default().with("t", df!("a" => [1i64]).unwrap());
    frames.run(&engine, "SET datafusion.execution.batch_size = 100").unwrap();
    let shown = frames.rows_in(&engine, "SELECT 1; SHOW datafusion.execution.batch_size");
    assert!(as_text(&shown).contains("100"), "{shown}");
    assert!(frames.run(&engine, "SELECT 1; CREATE VIEW v AS SELECT 2").unwrap().frame.is_none());
    assert!(frames.run(&engine, " ; ; -- nothing").unwrap().frame.is_none());
    let analysed = frames.rows_in(&engine, "EXPLAIN ANALYZE SELECT a FROM t WHERE a = 1");
    assert!(as_text(&analysed).contains("output_rows=1"), "{analysed}");
}
