//! Tables of several files that SQL reads on a cluster by many tasks, and whose joins bring both sides together.

use std::collections::BTreeMap;

use fram_cluster::CutOptions;
use fram_frame::{Frame, Limit, Watch};
use polars::prelude::*;

use crate::places::{Frames, Place, alone, on_cluster};

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
        for part in 0..3 {
            let numbers = (part * rows..(part + 1) * rows).collect::<Vec<_>>();
            let keys: Vec<i64> = numbers.iter().map(|n| n * 7_919 % 10_007).collect();
            let mut data = df!("k" => keys, "v" => numbers).unwrap();
            let file = std::fs::File::create(folder.path().join(format!("{name}-{part}.parquet"))).unwrap();
            ParquetWriter::new(file).finish(&mut data).unwrap();
        }
        let path = folder.path().join(format!("{name}-*.parquet"));
        LazyFrame::scan_parquet(PlRefPath::new(path.to_string_lossy()), ScanArgsParquet::default()).unwrap()
    };
    let (facts, dims) = (table("facts", 40_000), table("dims", 2_000));
    let sums = dims.clone().group_by([col("k")]).agg([col("v").sum()]);
    let frames = [("facts", facts), ("dims", dims), ("sums", sums)];
    let frames = frames.map(|(name, lazy)| (name.to_owned(), Frame::from_lazy(lazy).unwrap()));
    let frames = Frames(BTreeMap::from(frames));
    let options = CutOptions { broadcast_bytes: Some(0), few_bytes: 0, ..CutOptions::default() };
    on_cluster(4 << 30, options, |there| {
        for sql in JOINS {
            let [whole, found] = [&Place::here(), there]
                .map(|place| frames.rows(place, sql, Limit::All, &Watch::new()).unwrap());
            assert!(whole.equals_missing(&found), "{sql}: {found} and not {whole}");
            let shown = there.runner.explain(frames.query(there, sql).plan()).unwrap();
            assert_eq!(shown.matches("shuffle: by").count(), 2, "{sql}: {shown}");
        }
    });
}
