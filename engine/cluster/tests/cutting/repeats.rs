//! Values that are counted in groups: each task sends those of a group once where they come again often, else as they are.

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::probes::nothing_small;
use crate::rehearsal::{self, Defect};
use crate::samples::Samples;

const LOOK: &str = "values of some rows";

/// Whether rows were looked at, and whether tasks have grouped theirs; the rows that came of it were compared.
#[track_caller]
fn ways(lazy: LazyFrame, look_bytes: u64) -> (bool, bool) {
    let whole = LocalRunner.run(&Plan::Polars(lazy.clone()), Limit::All, &Watch::new()).unwrap();
    assert!(whole.height() > 1, "there are groups");
    let found = rehearsal::run(lazy, &CutOptions { look_bytes, ..nothing_small(3) }, Defect::None).unwrap();
    assert_same("counted values", &whole, &found.data, false);
    (found.all_steps.contains(LOOK), found.all_steps.contains("partial group by"))
}

#[test]
fn values_go_once_where_they_come_again() {
    let samples = Samples::new();
    let by_host = |rows: LazyFrame, names: &[&str]| {
        let differing = names.iter().map(|name| col(*name).n_unique());
        rows.group_by([col("host")]).agg(std::iter::once(len()).chain(differing).collect::<Vec<_>>())
    };
    let all = |names: &[&str]| by_host(samples.events(), names);
    assert_eq!(ways(all(&["flag"]), 0), (true, true));
    assert_eq!(ways(all(&["id"]), 0), (true, false), "each is there once");
    assert_eq!(ways(all(&["flag", "n"]), 0), (true, true), "both together have few");
    assert_eq!(ways(all(&["flag", "id"]), 0), (true, false));
    assert_eq!(ways(all(&["id"]), u64::MAX), (false, true), "there are few rows");
    assert_eq!(ways(all(&["flag", "n"]), u64::MAX), (false, false), "nobody knows of both together");
    let some = samples.events().filter(col("line").str().contains(lit("cmd[1-3]"), true));
    assert_eq!(ways(by_host(some, &["id"]), 0), (false, true), "the first rows may be far");
}

#[test]
fn line_ends_are_looked_for_once_however_often_rows_are_read() {
    let samples = Samples::new();
    // Jobs that run before the rest is cut, whose rows come to the driver.
    let jobs = |rows: LazyFrame| {
        let values = [col("id").median(), col("n").n_unique(), col("x").max()];
        rehearsal::run(rows.select(values), &nothing_small(3), Defect::None).unwrap().ranges
    };
    let without = jobs(samples.large());
    assert!(without > 2, "the rows are read for each kind of value");
    assert_eq!(jobs(samples.large_csv()), without + 1);
}
