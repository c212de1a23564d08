//! SQL of every kind has on a cluster the rows of one machine, over tables of several files of which nothing is small
//! enough to be read by one task, and with sides of joins that are copied, counted first, and neither.

use std::fs::File;
use std::path::Path;

use fram_cluster::CutOptions;
use fram_frame::{Frame, Limit, RunError, Watch};
use polars::prelude::*;

use crate::places::{Frames, Place, alone, on_cluster};

/// Queries over `facts` (k, g, v, x, s, t), `dims` (k, name, w), and `sums` (k, v), a plan of Polars' over the former.
/// Their rows are sorted before they are compared; those with an `ORDER BY` at their end are compared as they come, too.
pub(crate) const QUERIES: &[&str] = &[
    // Joins.
    "SELECT f.v, d.name FROM facts f JOIN dims d ON f.k = d.k WHERE f.v % 7 = 1",
    "SELECT f.v, d.name FROM facts f JOIN dims d USING (k) WHERE d.w < 100",
    "SELECT f.v, d.name FROM facts f LEFT JOIN dims d ON f.k = d.k AND d.w % 2 = 0",
    "SELECT f.v, d.name FROM facts f RIGHT JOIN dims d ON f.k = d.k AND f.v % 3 = 0",
    "SELECT f.v, d.w FROM facts f FULL JOIN dims d ON f.k = d.k AND f.v % 50 = d.w % 50",
    "SELECT f.v FROM facts f LEFT SEMI JOIN dims d ON f.k = d.k AND d.w > 100",
    "SELECT f.v FROM facts f LEFT ANTI JOIN dims d ON f.k = d.k",
    "SELECT f.v FROM facts f WHERE f.k IN (SELECT k FROM dims WHERE w < 90)",
    "SELECT f.v FROM facts f WHERE f.k NOT IN (SELECT k FROM dims WHERE k IS NOT NULL)",
    "SELECT count(*) AS n FROM facts f WHERE f.k NOT IN (SELECT k FROM dims)",
    "SELECT f.v FROM facts f WHERE EXISTS (SELECT 1 FROM dims d WHERE d.k = f.k AND d.w > f.g)",
    "SELECT f.v FROM facts f WHERE NOT EXISTS (SELECT 1 FROM dims d WHERE d.k = f.k AND d.w > f.g)",
    "SELECT d.name, e.name AS other FROM dims d JOIN dims e ON d.w < e.w AND d.w % 40 = 0 AND e.w % 90 = 0",
    "SELECT count(*) AS n FROM facts f CROSS JOIN (SELECT count(*) AS c FROM dims) d WHERE f.v < d.c",
    "SELECT a.v, b.v AS w FROM facts a JOIN facts b ON a.v = b.v + 1 JOIN dims d ON d.k = b.k WHERE a.g = 3",
    "SELECT f.v, s.v AS total FROM facts f JOIN sums s ON f.k = s.k WHERE f.g = 1",
    "SELECT s.k, d.name FROM sums s FULL JOIN dims d ON s.k = d.k",
    "SELECT f.s, d.name FROM facts f JOIN dims d ON f.s = d.name",
    "SELECT count(*) AS n FROM facts f JOIN facts h ON f.k IS NOT DISTINCT FROM h.k WHERE f.v < 60 AND h.v < 60",
    "SELECT x, count(*) AS n FROM (SELECT a.x FROM facts a JOIN facts b ON a.x = b.x WHERE a.v < 200 AND b.v < 200) GROUP BY x",
    // Groups.
    "SELECT g, count(*) AS n, sum(v) AS s, min(s) AS low, max(s) AS high FROM facts GROUP BY g",
    "SELECT k, g, count(s) AS n FROM facts GROUP BY k, g HAVING count(s) > 2",
    "SELECT x, count(*) AS n FROM facts GROUP BY x",
    "SELECT count(DISTINCT k) AS k, count(DISTINCT s) AS s FROM facts",
    "SELECT g, count(DISTINCT k) AS k FROM facts GROUP BY g",
    "SELECT DISTINCT k, g FROM facts",
    "SELECT DISTINCT ON (g) g, v FROM facts ORDER BY g, v",
    "SELECT g, k, sum(v) AS s FROM facts GROUP BY ROLLUP (g, k)",
    "SELECT g, k, sum(v) AS s, grouping(g) AS a FROM facts GROUP BY CUBE (g, k)",
    "SELECT g, sum(v) FILTER (WHERE k > 30) AS s, count(*) FILTER (WHERE s IS NULL) AS n FROM facts GROUP BY g",
    "SELECT g, median(v) AS m FROM facts GROUP BY g",
    "SELECT g, array_agg(v ORDER BY v) AS l FROM facts WHERE v < 100 GROUP BY g",
    "SELECT g, string_agg(s, ',' ORDER BY v) AS l FROM facts WHERE v < 100 GROUP BY g",
    "SELECT g, first_value(v ORDER BY v DESC) AS a, last_value(v ORDER BY v DESC) AS b FROM facts GROUP BY g",
    "SELECT sum(v) AS s, min(x) AS low, bool_or(g = 3) AS b, bit_xor(v) AS bits FROM facts",
    "SELECT count(*) AS n, sum(v) AS s FROM facts WHERE false",
    "SELECT g, sum(v) AS s FROM facts WHERE v < 0 GROUP BY g",
    "SELECT date_trunc('hour', t) AS hour, count(*) AS n FROM facts GROUP BY 1",
    // Windows.
    "SELECT v, row_number() OVER (ORDER BY v DESC) AS n FROM facts",
    "SELECT v, rank() OVER (PARTITION BY g ORDER BY k NULLS FIRST) AS n FROM facts",
    "SELECT v, lag(v, 2) OVER (PARTITION BY g ORDER BY v) AS l, lead(s) OVER (PARTITION BY g ORDER BY v) AS n FROM facts",
    "SELECT v, sum(v) OVER (PARTITION BY g ORDER BY v ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS s FROM facts",
    "SELECT v, sum(v) OVER (ORDER BY v) AS s, count(*) OVER () AS n FROM facts",
    "SELECT g, v FROM facts QUALIFY row_number() OVER (PARTITION BY g ORDER BY v DESC) <= 2",
    "SELECT g, sum(n) OVER (ORDER BY g) AS s FROM (SELECT g, count(*) AS n FROM facts GROUP BY g)",
    // Windows by keys of which a filter leaves one, or that are alike.
    "SELECT v, row_number() OVER (PARTITION BY g ORDER BY v DESC) AS n FROM facts WHERE g = 2",
    "SELECT v, sum(v) OVER (PARTITION BY g, k) AS s, count(*) OVER (PARTITION BY g) AS n FROM facts WHERE g = 2",
    "SELECT f.v, rank() OVER (PARTITION BY f.k, d.k ORDER BY f.v) AS n FROM facts f JOIN dims d ON f.k = d.k",
    "SELECT v, lag(v) OVER (PARTITION BY k, j ORDER BY v) AS l FROM (SELECT v, k, k AS j FROM facts) WHERE v < 500",
    "SELECT v, max(v) OVER (PARTITION BY g, k ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS m FROM facts WHERE g = 3",
    // Order and limits.
    "SELECT v, s FROM facts ORDER BY s DESC NULLS LAST, v LIMIT 50",
    "SELECT v, s FROM facts ORDER BY v OFFSET 2950",
    "SELECT v FROM facts ORDER BY v DESC LIMIT 10 OFFSET 5",
    "SELECT v, x FROM facts ORDER BY x, v",
    "SELECT * FROM (SELECT v, k FROM facts ORDER BY v LIMIT 500) WHERE k > 40 ORDER BY v",
    "SELECT count(*) AS n FROM (SELECT v FROM facts LIMIT 77)",
    "SELECT g, max(v) AS m FROM facts GROUP BY g ORDER BY m DESC, g LIMIT 3",
    // Sets.
    "SELECT k FROM facts UNION SELECT k FROM dims",
    "SELECT k FROM facts WHERE g = 1 UNION ALL SELECT k FROM dims UNION ALL SELECT v FROM sums",
    "SELECT k FROM facts INTERSECT SELECT k FROM dims",
    "SELECT k FROM facts EXCEPT SELECT k FROM dims",
    "SELECT k, g FROM facts INTERSECT ALL SELECT k, w % 5 FROM dims",
    // Queries in queries.
    "SELECT v FROM facts WHERE v > (SELECT avg(v) FROM facts) AND x > 0",
    "SELECT f.v, (SELECT max(d.w) FROM dims d WHERE d.k = f.k) AS w FROM facts f WHERE f.g = 2",
    "SELECT f.v FROM facts f WHERE f.v > (SELECT avg(h.v) FROM facts h WHERE h.g = f.g)",
    "WITH c AS (SELECT k, count(*) AS n FROM facts GROUP BY k) SELECT a.k, a.n, b.n AS m FROM c a JOIN c b ON a.n = b.n AND a.k < b.k",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 20) SELECT r.n, count(f.v) AS c FROM r LEFT JOIN facts f ON f.k = r.n GROUP BY r.n",
    "SELECT f.v, u.w FROM facts f, LATERAL (SELECT d.w FROM dims d WHERE d.k = f.k) u WHERE f.g = 0",
    "SELECT n, count(*) AS c FROM (SELECT unnest(make_array(k, g)) AS n FROM facts) GROUP BY n",
    "SELECT v, array_length(array_append(make_array(k, g), v)) AS n, make_array(g, 3)[1] AS a FROM facts",
    "SELECT v, CASE WHEN k > 50 THEN 'high' WHEN k IS NULL THEN 'none' ELSE upper(s) END AS c FROM facts",
    "SELECT f.k, sum(f.v) AS a, (SELECT count(*) FROM dims) AS n FROM facts f GROUP BY f.k",
    "SELECT a.column1, f.v FROM (VALUES (1, 'one'), (2, 'two')) a JOIN facts f ON f.k = a.column1",
];

/// The rows in three files of this folder, of the kind that their ending names.
pub(crate) fn in_three_files(folder: &Path, kind: &str, name: &str, data: &DataFrame) -> LazyFrame {
    let share = data.height().div_ceil(3);
    for part in 0..3 {
        let mut rows = data.slice((part * share) as i64, share);
        let file = File::create(folder.join(format!("{name}-{part}.{kind}"))).unwrap();
        match kind {
            "csv" => CsvWriter::new(file).finish(&mut rows),
            "ndjson" => JsonWriter::new(file).with_json_format(JsonFormat::JsonLines).finish(&mut rows),
            "arrow" => IpcWriter::new(file).finish(&mut rows),
            "parquet" => ParquetWriter::new(file).with_row_group_size(Some(200)).finish(&mut rows).map(drop),
            other => panic!("no file is {other}"),
        }
        .unwrap();
    }
    let path = folder.join(format!("{name}-*.{kind}"));
    let path = PlRefPath::new(path.to_string_lossy());
    match kind {
        "csv" => LazyCsvReader::new(path).finish(),
        "ndjson" => LazyJsonLineReader::new(path).finish(),
        "arrow" => LazyFrame::scan_ipc(path, IpcScanOptions::default(), UnifiedScanArgs::default()),
        _ => LazyFrame::scan_parquet(path, ScanArgsParquet::default()),
    }
    .unwrap()
}

/// `facts` and `dims`, each in three files of this folder and kind.
pub(crate) fn tables(folder: &Path, kind: &str) -> [LazyFrame; 2] {
    let v: Vec<i64> = (0..3_000).collect();
    let mixed = |n: &i64| n * 7_919 % 1_009;
    let x = |n: &i64| match mixed(n) % 11 {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(-0.0),
        3 => Some(0.0),
        rest => Some(rest as f64 / 4.0),
    };
    let times = Series::from_iter(v.iter().map(|n| mixed(n) * 60_000_000));
    let times = times.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
    let facts = df!(
        "k" => v.iter().map(|n| (mixed(n) % 13 != 0).then_some(mixed(n) % 97)).collect::<Vec<_>>(),
        "g" => v.iter().map(|n| mixed(n) % 5).collect::<Vec<_>>(),
        "x" => v.iter().map(x).collect::<Vec<_>>(),
        "s" => v.iter().map(|n| (mixed(n) % 9 != 0).then(|| format!("d{}", mixed(n) % 301))).collect::<Vec<_>>(),
        "t" => times,
        "v" => v,
    );
    let w: Vec<i64> = (0..200).collect();
    let dims = df!(
        "k" => w.iter().map(|n| (n % 17 != 0).then_some(n * 3 % 120)).collect::<Vec<_>>(),
        "name" => w.iter().map(|n| format!("d{n}")).collect::<Vec<_>>(),
        "w" => w,
    );
    [("facts", facts), ("dims", dims)].map(|(name, data)| in_three_files(folder, kind, name, &data.unwrap()))
}

/// The plans by their names.
pub(crate) fn named(plans: impl IntoIterator<Item = (&'static str, LazyFrame)>) -> Frames {
    let frame = |(name, lazy): (&str, LazyFrame)| (name.to_owned(), Frame::from_lazy(lazy).unwrap());
    Frames(plans.into_iter().map(frame).collect())
}

/// The rows in an order of their own.
fn sorted(data: &DataFrame) -> DataFrame {
    let plain = data.columns().iter().filter(|column| !column.dtype().is_nested());
    let names: Vec<PlSmallStr> = plain.map(|column| column.name().clone()).collect();
    data.sort(names, SortMultipleOptions::default()).unwrap()
}

/// What is wrong with the rows of a query.
pub(crate) fn wrong(sql: &str, whole: &DataFrame, found: Result<DataFrame, RunError>) -> Option<String> {
    let found = match found {
        Ok(found) => found,
        Err(error) => return Some(format!("{sql}: {error}")),
    };
    if found.schema() != whole.schema() || !sorted(&found).equals_missing(&sorted(whole)) {
        return Some(format!("{sql}: {found} and not {whole}"));
    }
    let is_ordered = sql.rfind("ORDER BY").is_some_and(|at| !sql[at..].contains(')'));
    let differs = is_ordered && !found.equals_missing(whole);
    differs.then(|| format!("{sql}: the order of {found} and not of {whole}"))
}

/// Whether the query runs in another place than it should: on the cluster, but for those that read their own rows.
pub(crate) fn is_misplaced(frames: &Frames, there: &Place, sql: &str) -> bool {
    let shown = there.runner.explain(frames.query(there, sql).plan()).unwrap();
    shown.starts_with("in this process") != sql.contains("RECURSIVE")
}

#[test]
fn sql_of_every_kind_has_the_rows_of_one_machine() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let [facts, dims] = tables(folder.path(), "parquet");
    let sums = facts.clone().group_by([col("k")]).agg([col("v").sum()]);
    let frames = named([("facts", facts), ("dims", dims), ("sums", sums)]);
    let rows = |place: &Place, sql: &str| frames.rows(place, sql, Limit::All, &Watch::new());
    let wholes: Vec<_> = QUERIES.iter().map(|sql| (*sql, rows(&Place::here(), sql).unwrap())).collect();
    for (kind, broadcast, look_bytes) in
        [("shuffled", 0, u64::MAX), ("counted", 2 << 10, 0), ("copied", 1 << 20, 0)]
    {
        let broadcast_bytes = Some(broadcast);
        // Tasks that have little memory read more partitions.
        let partition_memory = (kind == "counted").then_some(1 << 10);
        let options = CutOptions {
            broadcast_bytes,
            look_bytes,
            partition_memory,
            few_bytes: 0,
            ..CutOptions::default()
        };
        on_cluster(4 << 30, options, |there| {
            let query = frames.query(there, "SELECT k, count(*) AS n FROM facts GROUP BY k");
            let shown = there.runner.explain(query.plan()).unwrap();
            assert_eq!(shown.contains("to 2 tasks"), kind != "counted", "{kind}: {shown}");
            // Others are the same plans.
            let has_sides =
                |sql: &str| kind == "shuffled" || sql.matches("SELECT").count() > 1 || sql.contains("JOIN");
            let asked = wholes.iter().filter(|(sql, _)| has_sides(sql));
            let found: Vec<String> =
                asked.filter_map(|(sql, whole)| wrong(sql, whole, rows(there, sql))).collect();
            assert!(found.is_empty(), "{kind}: {}", found.join("\n"));
            if kind == "shuffled" {
                let strange = |sql: &&str| is_misplaced(&frames, there, sql);
                let found: Vec<&str> = QUERIES.iter().copied().filter(strange).collect();
                assert!(found.is_empty(), "not where it should run: {}", found.join("\n"));
            }
        });
    }
}
