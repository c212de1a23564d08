//! Files that SQL reads on a cluster by many tasks: a large csv file, in sections of which it has to be known first where
//! their lines end, and tables of several files, of any kind, whose joins bring both sides together.

use std::fmt::Write;

use fram_cluster::CutOptions;
use fram_frame::{Limit, Watch};
use polars::prelude::*;

use crate::alike::{QUERIES, in_three_files, is_misplaced, named, tables, wrong};
use crate::places::{Frames, Place, alone, on_cluster};

/// Queries over `notes`.
const NOTES: &[&str] = &[
    "SELECT count(*) AS n, sum(n) AS s, max(note) AS m FROM notes",
    "SELECT note, count(*) AS c FROM notes GROUP BY note ORDER BY c, note LIMIT 20",
    "SELECT count(*) AS n FROM notes a JOIN notes b ON a.n = b.n WHERE a.note LIKE '%line 7%'",
];

/// How the query runs there, where it must have the rows of one machine.
fn shown_alike(frames: &Frames, there: &Place, sql: &str) -> String {
    let [whole, found] =
        [&Place::here(), there].map(|place| frames.rows(place, sql, Limit::All, &Watch::new()).unwrap());
    assert!(whole.equals_missing(&found), "{sql}: {found} and not {whole}");
    there.runner.explain(frames.query(there, sql).plan()).unwrap()
}

#[test]
fn a_large_csv_file_is_read_by_many_tasks() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.csv");
    let mut text = "n,note\n".to_owned();
    for n in 0..40_000 {
        write!(text, "{n},\"a \"\"note\"\" of\n{}line {}\n\"\n", "\n".repeat(n % 3), n % 1_000).unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let notes = LazyCsvReader::new(PlRefPath::new(path.to_string_lossy())).finish().unwrap();
    let frames = named([("notes", notes)]);
    let options = CutOptions { look_bytes: 0, few_bytes: 0, ..CutOptions::default() };
    on_cluster(4 << 30, options, |there| {
        for sql in NOTES {
            let shown = shown_alike(&frames, there, sql);
            let scan = shown.lines().find(|line| line.contains("scan csv")).unwrap_or(&shown);
            assert!(scan.contains("2 tasks"), "{sql}: {shown}");
        }
    });
}

/// Joins of `facts` and `dims`, and of a plan of Polars' over the latter.
const JOINS: &[&str] = &[
    "SELECT count(*) AS n, sum(f.v) AS s FROM facts f JOIN dims d ON f.k = d.k",
    "SELECT count(*) AS n, sum(f.v) AS s FROM facts f JOIN sums d ON f.k = d.k WHERE d.v > 7",
    "SELECT count(*) AS n, count(d.v) AS m FROM facts f FULL JOIN dims d ON f.k = d.v",
];

#[test]
fn tables_of_several_files_are_joined_by_their_keys() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, rows: i64| {
        let numbers: Vec<i64> = (0..3 * rows).collect();
        let keys: Vec<i64> = numbers.iter().map(|n| n * 7_919 % 10_007).collect();
        in_three_files(folder.path(), "parquet", name, &df!("k" => keys, "v" => numbers).unwrap())
    };
    let (facts, dims) = (table("facts", 40_000), table("dims", 2_000));
    let sums = dims.clone().group_by([col("k")]).agg([col("v").sum()]);
    let frames = named([("facts", facts), ("dims", dims), ("sums", sums)]);
    let options = CutOptions { broadcast_bytes: Some(0), few_bytes: 0, ..CutOptions::default() };
    on_cluster(4 << 30, options, |there| {
        for sql in JOINS {
            let shown = shown_alike(&frames, there, sql);
            // Beside that of the plan of Polars'.
            let is_of_join = |line: &&str| line.contains("shuffle: by") && !line.contains("__fram_key");
            assert_eq!(shown.lines().filter(is_of_join).count(), 2, "{sql}: {shown}");
        }
    });
}

#[test]
fn files_of_any_kind_have_the_rows_of_one_machine() {
    let _alone = alone();
    for kind in ["csv", "ndjson", "arrow"] {
        let folder = tempfile::tempdir().unwrap();
        let [facts, dims] = tables(folder.path(), kind);
        let sums = facts.clone().group_by([col("k")]).agg([col("v").sum()]);
        let frames = named([("facts", facts), ("dims", dims), ("sums", sums)]);
        let options = CutOptions { broadcast_bytes: Some(0), few_bytes: 0, ..CutOptions::default() };
        let here = Place::here();
        on_cluster(4 << 30, options, |there| {
            // A time in text is text.
            let asked = QUERIES.iter().filter(|sql| kind == "arrow" || !sql.contains("date_trunc"));
            let found: Vec<String> = asked
                .filter_map(|sql| {
                    let rows = |place| frames.rows(place, sql, Limit::All, &Watch::new());
                    let whole = rows(&here).unwrap();
                    assert!(!is_misplaced(&frames, there, sql), "{kind}: {sql} is not cut");
                    let some = frames.rows(there, sql, Limit::First(7), &Watch::new());
                    let few = some.map(|some| some.height());
                    let is_few = few.as_ref().is_ok_and(|few| *few == whole.height().min(7));
                    let limited = (!is_few).then(|| format!("{sql}: {few:?} rows of 7"));
                    wrong(sql, &whole, rows(there)).or(limited)
                })
                .collect();
            assert!(found.is_empty(), "{kind}: {}", found.join("\n"));
        });
    }
}
