//! Files of several formats, and how they are spread over tasks.

use polars::prelude::*;

use crate::probes::{Probe, chosen, nothing_small};
use crate::rehearsal::{self, Defect};
use crate::samples::Samples;

/// What reads files.
pub(crate) const PROBES: &[Probe] = &[
    ("scan", true, |s| s.events()),
    ("scan of a large file", true, |s| s.large()),
    ("scan csv", true, |s| s.csv()),
    ("scan of a large csv file", true, |s| s.large_csv()),
    ("filter and select of a large csv file", true, |s| {
        s.large_csv().filter(col("n").gt(lit(25)).or(col("note").is_null())).select([col("note"), col("id")])
    }),
    ("groups of a large csv file", false, |s| {
        s.large_csv().group_by([col("note")]).agg([len(), col("x").max(), col("id").sum()])
    }),
    ("scan ndjson", true, |s| s.ndjson()),
    ("scan of a large ndjson file", true, |s| s.large_ndjson().filter(col("n").lt(lit(40)))),
    ("scan of a large ipc file", true, |s| s.ipc()),
    ("filter and select of a large ipc file", true, |s| {
        s.ipc().filter(col("n").gt(lit(25))).select([col("id"), col("pair"), col("line")])
    }),
    ("scan with names of files", true, |s| s.named()),
    ("filter by names of files", true, |s| {
        let last = col("file").str().ends_with(lit("events-3.parquet"));
        s.named().filter(last.and(col("n").gt(lit(20)))).select([col("id"), col("file")])
    }),
    ("groups by names of files", false, |s| s.named().group_by([col("file")]).agg([len(), col("id").min()])),
    ("numbers of rows and names of files", true, |s| {
        s.named().with_row_index("row", Some(5)).select([col("row"), col("file"), col("x")])
    }),
    ("names of files of text", true, |s| s.named_texts()),
    ("scan of hive partitions", true, |s| s.hive()),
    ("filter by hive partitions", true, |s| {
        s.hive().filter(col("flag").eq(lit(true)).and(col("n").lt(lit(9)))).select([col("id"), col("flag")])
    }),
    ("groups by hive partitions", false, |s| {
        s.hive().group_by([col("flag"), col("host")]).agg([len(), col("x").max()])
    }),
];

#[test]
fn large_files_are_read_by_many_tasks() {
    let samples = Samples::new();
    let named = |wanted: &str| chosen().find(|(name, ..)| *name == wanted);
    let names = [
        "numbers of rows of files",
        "numbers of rows of a large file",
        "numbers of rows in ndjson",
        "numbers of rows in a large ndjson file",
        "scan of a large ndjson file",
        "scan of a large ipc file",
        "scan of a large csv file",
        "numbers of rows in a large csv file",
        "numbers of rows in a large ipc file",
        "scan with names of files",
        "numbers of rows and names of files",
        "scan of hive partitions",
    ];
    for (name, _, plan) in names.into_iter().filter_map(named) {
        let found = rehearsal::run(plan(&samples), &nothing_small(3), Defect::None).unwrap();
        assert_eq!(found.tasks.max(found.kept * 3), 3, "{name}: {:?}", found.steps);
    }
    // Files of unlike sizes, which are not split.
    if let Some((_, _, plan)) = named("count of csv") {
        let found = rehearsal::run(plan(&samples), &nothing_small(3), Defect::None).unwrap();
        assert_eq!(found.tasks, 2, "{:?}", found.steps);
    }
}
