//! Frames as tables: types there and back, what is pushed into a Polars plan, and Parquet files handed over.

use polars::prelude::*;

use super::{Frames, as_text, logs};
use crate::sql::SqlEngine;

#[test]
fn every_frame_is_a_table_and_every_result_a_frame() {
    let engine = SqlEngine::new();
    let frames = logs();
    let first =
        frames.run(&engine, "SELECT EventID, Hostname FROM logs WHERE EventID < 10").unwrap().frame.unwrap();
    let frames = frames.with_frame("few", first);
    assert_eq!(as_text(&frames.rows_in(&engine, "SELECT count(*) AS n FROM few")), "n\n3");
    assert_eq!(
        as_text(&frames.rows_in(
            &engine,
            "SELECT f.Hostname FROM few f JOIN hosts USING (Hostname) ORDER BY 1 DESC LIMIT 1"
        )),
        "Hostname\nb"
    );
}

#[test]
fn categories_and_enums_work_as_strings() {
    let categories = FrozenCategories::new(["low", "high"]).unwrap();
    let data = df!("k" => ["low", "high", "low"], "n" => [1i64, 2, 3]).unwrap().lazy();
    let data = data.with_columns([
        col("k").cast(DataType::from_frozen_categories(categories)).alias("e"),
        col("k").cast(DataType::from_categories(Categories::global())).alias("c"),
    ]);
    let frames = Frames::default().with_lazy("t", data);
    assert_eq!(frames.table("SELECT e, sum(n) AS s FROM t GROUP BY e ORDER BY e"), "e|s\nhigh|2\nlow|4");
    assert_eq!(
        frames.table("SELECT upper(c) AS u, max(e) AS m FROM t WHERE c LIKE 'l%' GROUP BY c"),
        "u|m\nLOW|low"
    );
    assert_eq!(frames.table("SELECT a.n FROM t a JOIN t b ON a.c = b.k WHERE a.e = 'high'"), "n\n2");
    assert_eq!(frames.rows("SELECT e FROM t").dtypes()[0].to_string(), "enum");
}

#[test]
fn sql_keeps_nothing_of_a_frame_but_what_it_asks_for() {
    let wide = (0..186).map(|index| Column::from(Series::new(format!("c{index}").into(), [1i64, 2, 3])));
    let lazy = DataFrame::new_infer_height(wide.collect()).unwrap().lazy();
    let lazy = lazy.filter(col("c0").gt(lit(0))).with_row_index("row", None);
    let frames = Frames::default().with_lazy("t", lazy);
    let engine = SqlEngine::new();
    let answer = frames
        .run(&engine, "EXPLAIN SELECT c7 FROM t WHERE c7 >= 2 AND c9 IN (1, 2, 3) AND c8 + 1 > 2 LIMIT 2");
    let plan = answer.unwrap().frame.unwrap();
    let plan =
        plan.collect(fram_frame::Limit::All, &fram_frame::LocalRunner, &fram_frame::Watch::new()).unwrap();
    let text = as_text(&plan);
    assert!(text.contains("t.c9 = Int64(3), t.c7 >= Int64(2)]"), "{text}");
    assert!(text.contains("projection=[c7, c8, c9]"), "{text}");
    let rows =
        frames.rows_in(&engine, "SELECT c7 FROM t WHERE c7 >= 2 AND c9 IN (1, 2, 3) AND c8 + 1 > 2 LIMIT 1");
    assert_eq!(as_text(&rows), "c7\n2");
    assert_eq!(frames.table("SELECT count(*) AS n FROM t"), "n\n3");
    assert_eq!(frames.table("SELECT 1 AS one FROM t WHERE c1 BETWEEN 2 AND 2"), "one\n1");
}

#[test]
fn filters_mean_the_same_with_and_without_a_push() {
    let data = df!(
        "i" => [Some(1i64), None, Some(3)], "s" => [Some("a"), Some(""), None], "f" => [Some(f64::NAN), Some(-0.0), None],
        "b" => [Some(true), Some(false), None]
    )
    .unwrap();
    let pushed = Frames::default().with("t", data);
    for filter in [
        "i = 1",
        "i <> 1",
        "NOT (i = 1)",
        "i IS NULL",
        "i IS NOT NULL",
        "i IN (1, NULL)",
        "i NOT IN (1, NULL)",
        "s = ''",
        "s < 'b'",
        "f = 'NaN'",
        "f > 1",
        "f = 0",
        "b",
        "NOT b",
        "b = false",
        "i = 1 OR s IS NULL",
        "i BETWEEN 2 AND 4",
        "i NOT BETWEEN 2 AND 4",
        "s LIKE '%a%'",
        "1 < i",
        "i IS DISTINCT FROM 1",
    ] {
        let plain = pushed.table(&format!("SELECT i, s FROM t WHERE {filter} ORDER BY i"));
        // A projection of a computed value cannot be pushed below.
        let kept = pushed.table(&format!(
            "SELECT i, s FROM (SELECT * FROM t ORDER BY i LIMIT 100) t WHERE {filter} ORDER BY i"
        ));
        assert_eq!(plain, kept, "{filter}");
    }
}

#[test]
fn parquet_files_are_handed_over_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = df!("Id" => (0..1000i64).collect::<Vec<_>>(), "name" => vec!["x"; 1000]).unwrap();
    for name in ["one.parquet", "two.parquet", "with space.parquet"] {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        ParquetWriter::new(file).finish(&mut data).unwrap();
    }
    let glob = folder.path().join("*.parquet");
    let scan = |path: &str| LazyFrame::scan_parquet(path.into(), ScanArgsParquet::default()).unwrap();
    let scan = scan(glob.to_str().unwrap());
    let frames = Frames::default()
        .with_lazy("files", scan.clone())
        .with_lazy("chosen", scan.clone().select([col("name"), col("Id")]))
        .with_lazy("renamed", scan.clone().select([col("Id").alias("other")]))
        .with_lazy("counted", scan.with_row_index("row", None));
    for (table, is_files) in [("files", true), ("chosen", false), ("renamed", false), ("counted", false)] {
        let plan = frames.table(&format!("EXPLAIN SELECT * FROM {table}"));
        assert_eq!(plan.contains("file_type=parquet"), is_files, "{plan}");
        assert_eq!(frames.table(&format!("SELECT count(*) AS n FROM {table}")), "n\n3000");
    }
    assert_eq!(frames.table("SELECT sum(id) AS s FROM files WHERE id >= 998 AND name = 'x'"), "s\n5991");
    assert_eq!(frames.table("SELECT max(\"row\") AS m FROM counted"), "m\n2999");
}

#[test]
fn a_frame_without_rows_or_columns_is_a_table_too() {
    let frames = logs().with("none", DataFrame::empty_with_height(5)).with("empty", DataFrame::empty());
    assert_eq!(frames.table("SELECT count(*) AS n FROM none"), "n\n5");
    assert_eq!(frames.table("SELECT count(*) AS n FROM empty"), "n\n0");
    assert_eq!(frames.table("SELECT count(*) AS n FROM logs WHERE false"), "n\n0");
    assert_eq!(frames.rows("SELECT EventID FROM logs WHERE EventID = -1").height(), 0);
}
