//! Sides of SQL's joins that run first on a cluster, because they may be few rows: the rows are those of one machine,
//! and the other side stays where it is where they are few.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fram_cluster::CutOptions;
use fram_frame::{Frame, Limit, Watch};
use polars::prelude::*;

use crate::places::{Frames, Place, alone, on_cluster};

/// Bytes of a side that is copied.
const COPIED: u64 = 64 << 10;
/// More bytes than tasks write where the facts stay where they are.
const MOVED: u64 = 1 << 20;

/// What is to come of a query.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wanted {
    /// A side runs first, and is copied.
    Copied,
    /// A side runs first, and is too large to be copied.
    Counted,
    /// No side runs first.
    NotCounted,
}

/// Queries over `facts` (400,000 rows), `dims` and `more` (100,000 rows each), and `tiny` (1,000).
const QUERIES: &[(&str, Wanted)] = &[
    (
        "SELECT sum(f.v) AS a, count(*) AS n FROM facts f JOIN dims d ON f.k = d.k WHERE d.g % 50 = 3",
        Wanted::Copied,
    ),
    (
        "SELECT sum(f.v) AS a, count(*) AS n FROM dims d JOIN facts f ON f.k = d.k WHERE d.g % 50 = 3",
        Wanted::Copied,
    ),
    ("SELECT count(*) AS n FROM facts f JOIN dims d ON f.k = d.k WHERE d.g + d.k = -1", Wanted::Copied),
    ("SELECT count(*) AS n FROM facts WHERE k IN (SELECT k FROM dims WHERE g % 50 = 3)", Wanted::Copied),
    (
        "SELECT count(*) AS n FROM facts f WHERE NOT EXISTS (SELECT 1 FROM dims d WHERE d.k = f.k AND d.g % 50 = 3)",
        Wanted::Copied,
    ),
    (
        "SELECT count(f.v) AS a, count(d.g) AS b FROM facts f LEFT JOIN (SELECT * FROM dims WHERE g % 50 = 3) d ON f.k = d.k",
        Wanted::Copied,
    ),
    ("SELECT sum(f.v) AS a FROM facts f JOIN dims d ON f.k = d.k WHERE d.g + 0 >= 0", Wanted::Counted),
    (
        "SELECT count(*) AS n, max(d.w) AS w FROM facts f JOIN (SELECT k, max(g) AS w FROM dims WHERE g % 50 = 3 GROUP BY k) d ON f.k = d.k",
        Wanted::Copied,
    ),
    (
        "SELECT sum(f.v) AS a FROM facts f JOIN dims d ON f.k = d.k JOIN more m ON f.k = m.k WHERE d.g % 50 = 3 AND m.g % 45 = 4",
        Wanted::Copied,
    ),
    (
        "SELECT count(*) AS n, sum(f.v) AS a, sum(o.v) AS b FROM facts f JOIN facts o ON f.k = o.k \
         WHERE f.k IN (SELECT k FROM dims WHERE g % 50 = 3 AND k < 5000)",
        Wanted::Copied,
    ),
    (
        "SELECT count(f.v) AS a, count(*) AS n FROM (SELECT * FROM dims WHERE g % 50 = 3) d LEFT JOIN facts f ON f.k = d.k",
        Wanted::NotCounted,
    ),
    ("SELECT count(*) AS n FROM dims d JOIN more m ON d.k = m.k", Wanted::NotCounted),
    // One row is copied, whichever side it is.
    ("SELECT count(*) AS n, sum(v) AS s FROM facts WHERE v > (SELECT avg(v) FROM facts)", Wanted::NotCounted),
    (
        "SELECT count(*) AS n, sum(a.m) AS s FROM facts f CROSS JOIN (SELECT max(g) AS m, count(*) AS c FROM dims) a WHERE f.v < a.c",
        Wanted::NotCounted,
    ),
    (
        "WITH RECURSIVE r AS (SELECT 3 AS x UNION ALL SELECT x + 1 FROM r JOIN dims d ON d.k = r.x WHERE d.g % 50 = 3) \
         SELECT count(*) AS n FROM r JOIN facts f ON f.k = r.x",
        Wanted::NotCounted,
    ),
];

/// The tables, in files of this folder.
fn tables(folder: &Path) -> Frames {
    let written = |name: &str, rows: i64, other: &str, spread: i64| {
        let path = folder.join(format!("{name}.parquet"));
        let keys = Series::from_iter((0..rows).map(|row| row % 100_000)).with_name("k".into());
        let others = Series::from_iter((0..rows).map(|row| (row * 7_919) % spread)).with_name(other.into());
        let mut data = DataFrame::new_infer_height(vec![keys.into(), others.into()]).unwrap();
        ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut data).unwrap();
        let path = PlRefPath::new(path.to_string_lossy());
        let scanned = LazyFrame::scan_parquet(path, ScanArgsParquet::default()).unwrap();
        (name.to_owned(), Frame::from_lazy(scanned).unwrap())
    };
    Frames(BTreeMap::from([
        written("facts", 400_000, "v", 1_000_003),
        written("dims", 100_000, "g", 100),
        written("more", 100_000, "g", 90),
        written("tiny", 1_000, "g", 100),
    ]))
}

/// Tries the test on a cluster that copies small sides, and counts those of which it knows too little.
fn on_a_cluster_that_counts(test: impl Fn(&Frames, &Place)) {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let options = CutOptions {
        broadcast_bytes: Some(COPIED),
        look_bytes: COPIED,
        few_bytes: 0,
        ..CutOptions::default()
    };
    on_cluster(4 << 30, options, |there| test(&tables, there));
}

#[test]
fn sides_that_may_be_few_rows_are_counted_first() {
    on_a_cluster_that_counts(|tables, there| {
        for (sql, wanted) in QUERIES {
            let whole = tables.rows(&Place::here(), sql, Limit::All, &Watch::new()).unwrap();
            let written = Arc::new(AtomicU64::new(0));
            let sum = written.clone();
            let watch = Watch::new().with_progress(Arc::new(move |progress| {
                sum.fetch_max(progress.bytes, Ordering::Relaxed);
            }));
            let found = tables.rows(there, sql, Limit::All, &watch).unwrap();
            assert!(whole.equals_missing(&found), "{sql}: {found} and not {whole}");
            let shown = there.runner.explain(tables.query(there, sql).plan()).unwrap();
            let written = written.load(Ordering::Relaxed);
            let seen = match (shown.contains("this runs first"), written > MOVED) {
                (true, false) => Wanted::Copied,
                (true, true) => Wanted::Counted,
                (false, _) => Wanted::NotCounted,
            };
            assert_eq!(seen, *wanted, "{sql}: {written} bytes\n{shown}");
        }
    });
}

#[test]
fn what_fails_in_a_side_that_runs_first_is_told() {
    let sql = "SELECT count(*) FROM facts f JOIN dims d ON f.k = d.k WHERE 10 / (d.k - 99999) = d.g";
    on_a_cluster_that_counts(|tables, there| {
        for place in [&Place::here(), there] {
            let failed = tables.rows(place, sql, Limit::All, &Watch::new());
            let said = failed.unwrap_err().to_string();
            assert!(said.contains("DivideByZero"), "{}: {said}", place.name);
        }
        assert_eq!(tables.count(there, "SELECT count(*) AS n FROM facts"), 400_000);
    });
}

/// Queries over the same tables, with how many semi joins with `tiny` stand below exchanges.
const EARLY: &[(&str, usize)] = &[
    // One side of a join that brings rows together.
    (
        "SELECT count(*) AS n, sum(b.v) AS s FROM facts a JOIN facts b ON a.k = b.k JOIN tiny t ON a.v = t.k WHERE t.g < 60",
        1,
    ),
    // Both, where it compares the key.
    (
        "SELECT count(*) AS n, sum(b.v) AS s FROM facts a JOIN facts b ON a.k = b.k JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        2,
    ),
    (
        "SELECT count(*) AS n, count(b.v) AS m FROM facts a LEFT JOIN facts b ON a.k = b.k AND b.v % 3 = 0 JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        2,
    ),
    (
        "SELECT count(*) AS n FROM (SELECT k, v FROM facts WHERE NOT EXISTS (SELECT 1 FROM facts o WHERE o.k = facts.k AND o.v > facts.v)) a \
         JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        2,
    ),
    // Rows of several tables.
    (
        "SELECT count(*) AS n FROM (SELECT a.k, a.v FROM facts a JOIN facts b ON a.k = b.k UNION ALL \
         SELECT a.k, b.v FROM facts a JOIN facts b ON a.v = b.v) u JOIN tiny t ON u.v = t.k WHERE t.g < 60",
        3,
    ),
    // Two small sides, one above the other.
    (
        "SELECT count(*) AS n FROM facts a JOIN facts b ON a.k = b.k JOIN tiny t ON a.v = t.k JOIN tiny u ON b.v = u.k \
         WHERE t.g < 60 AND u.g > 20",
        2,
    ),
    // Groups, of which there are fewer than rows below.
    (
        "SELECT sum(s) AS s, count(*) AS n FROM (SELECT k, sum(v) AS s FROM facts GROUP BY k) a JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        0,
    ),
    (
        "SELECT sum(s) AS s FROM (SELECT k, v, sum(v) AS s FROM facts GROUP BY ROLLUP (k, v)) a JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        0,
    ),
    // All rows of the small side, rows that are chance, and rows that others decide about.
    ("SELECT count(*) AS n FROM facts a JOIN facts b ON a.k = b.k JOIN tiny t ON a.v = t.k", 0),
    (
        "SELECT count(*) AS n FROM facts a JOIN facts b ON a.k = b.k JOIN tiny t ON a.v = t.k WHERE t.g + random() < -1",
        0,
    ),
    (
        "SELECT count(*) AS n FROM (SELECT a.k FROM facts a JOIN facts b ON a.k = b.k ORDER BY a.v, b.v LIMIT 900) a \
         JOIN tiny t ON a.k = t.k WHERE t.g < 60",
        0,
    ),
    (
        "SELECT count(*) AS n, count(t.g) AS g FROM facts a JOIN facts b ON a.k = b.k LEFT JOIN (SELECT * FROM tiny WHERE g < 60) t ON a.v = t.k",
        0,
    ),
];

#[test]
fn keys_of_small_sides_choose_rows_before_they_travel() {
    on_a_cluster_that_counts(|tables, there| {
        for (sql, wanted) in EARLY {
            let [whole, found] = [&Place::here(), there]
                .map(|place| tables.rows(place, sql, Limit::All, &Watch::new()).unwrap());
            assert!(whole.equals_missing(&found), "{sql}: {found} and not {whole}");
            let shown = there.runner.explain(tables.query(there, sql).plan()).unwrap();
            assert_eq!(shown.matches("RightSemi").count(), *wanted, "{sql}\n{shown}");
        }
        // The small side is read once more for each of them.
        for (places, wanted) in [(8, 8), (9, 0)] {
            let joined =
                ["SELECT a.v FROM facts a JOIN facts b ON a.k = b.k"; 9][..places].join(" UNION ALL ");
            let sql =
                format!("SELECT count(*) AS n FROM ({joined}) u JOIN tiny t ON u.v = t.k WHERE t.g < 60");
            let shown = there.runner.explain(tables.query(there, &sql).plan()).unwrap();
            assert_eq!(shown.matches("RightSemi").count(), wanted, "{sql}\n{shown}");
        }
    });
}
