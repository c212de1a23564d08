//! Frames whose rows stay on the workers from one plan to the next.

use std::fs::remove_dir_all;
use std::io::ErrorKind;
use std::path::Path;

use fram_cluster::{ClusterRunner, LocalCluster};
use fram_frame::{Frame, Held, Limit, LocalRunner, Plan, RowsElsewhere, RunError, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::running::started;
use crate::samples::Samples;
use crate::staged::{folders_of_jobs, jobs_on_disk, runner, wait_for};

fn held(runner: &ClusterRunner, plan: &LazyFrame) -> RowsElsewhere {
    let held = runner.hold(&Plan::Polars(plan.clone()), &Watch::new()).unwrap();
    let there = match held {
        Held::There(rows) => Some(*rows),
        Held::Here(_) => None,
    };
    there.unwrap()
}

fn data(runner: &dyn Runner, plan: &LazyFrame, limit: Limit) -> DataFrame {
    runner.run(&Plan::Polars(plan.clone()), limit, &Watch::new()).unwrap()
}

/// Why the rows of the plan cannot be counted.
fn told(runner: &dyn Runner, plan: &LazyFrame) -> String {
    let plan = Plan::Polars(plan.clone().select([len()]));
    match runner.run(&plan, Limit::All, &Watch::new()).unwrap_err() {
        RunError::Cluster { reason, remedy } => format!("{reason}: {remedy}"),
        other => other.to_string(),
    }
}

fn grouped(samples: &Samples) -> LazyFrame {
    samples.events().group_by([col("host"), col("n")]).agg([col("id").sum(), col("x").max()])
}

fn ordered(samples: &Samples) -> LazyFrame {
    samples.events().sort(["x", "id"], SortMultipleOptions::default()).select([col("id"), col("x")])
}

fn alike(table: LazyFrame) -> LazyFrame {
    table.group_by([col("x")]).agg([len().alias("rows"), col("id").max()])
}

/// Plans over a table, and whether their rows have an order.
type Reads = [(&'static str, bool, fn(LazyFrame) -> LazyFrame)];

const READS: &Reads = &[
    ("all of it", true, |t| t),
    ("a filter", true, |t| t.filter(col("id").gt(lit(1_000)))),
    ("the last rows", true, |t| t.tail(7)),
    ("numbered rows", true, |t| t.with_row_index("row", None).filter(col("x").is_not_null())),
    ("groups", false, |t| t.group_by([col("x")]).agg([len().alias("rows"), col("id").sum()])),
    ("itself", false, |t| {
        t.clone().join(
            t.filter(col("id").gt(lit(900))),
            [col("id")],
            [col("id")],
            JoinArgs::new(JoinType::Inner),
        )
    }),
    ("itself below itself", true, |t| concat([t.clone(), t], UnionArgs::default()).unwrap()),
    ("its groups beside themselves", false, |t| {
        let groups = alike(t);
        groups.clone().join(groups, [col("rows")], [col("rows")], JoinArgs::new(JoinType::Semi))
    }),
    ("how many", true, |t| t.select([len()])),
];

/// Each plan gives over the table what it gives over these rows.
fn assert_reads(runner: &dyn Runner, table: &LazyFrame, rows: &DataFrame) {
    for (name, in_order, read) in READS {
        let whole = data(&LocalRunner, &read(rows.clone().lazy()), Limit::All);
        let found = data(runner, &read(table.clone()), Limit::All);
        assert_same(name, &whole, &found, *in_order);
    }
    let first = data(runner, table, Limit::First(5));
    assert_same("the first rows", &rows.head(Some(5)), &first, true);
}

#[test]
fn plans_read_the_rows_that_stay_on_the_workers() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    for (plan, in_order) in [(grouped(&samples), false), (ordered(&samples), true)] {
        let whole = data(&LocalRunner, &plan, Limit::All);
        let table = held(&runner, &plan);
        assert_eq!(table.rows, Some(whole.height()));
        assert!(table.bytes.is_some_and(|bytes| bytes > 0));
        let rows = data(&*runner, &table.lazy, Limit::All);
        assert_same("the rows", &whole, &rows, in_order);
        assert_reads(&*runner, &table.lazy, &rows);
        // The same plans elsewhere: in this process, and on the cluster for another notebook.
        assert_reads(&LocalRunner, &table.lazy, &rows);
        assert_reads(&*crate::staged::runner(&cluster, 1 << 20), &table.lazy, &rows);
    }
}

#[test]
fn what_is_made_of_kept_rows_twice_is_made_once() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let groups = alike(held(&runner, &grouped(&samples)).lazy);
    let twice = groups.clone().join(groups, [col("rows")], [col("rows")], JoinArgs::new(JoinType::Inner));
    let shown = runner.explain(&Plan::Polars(twice)).unwrap();
    assert!(shown.contains("as above") && shown.matches("final group by").count() == 1, "{shown}");
}

#[test]
fn rows_stay_as_long_as_something_reads_them() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let frame = Frame::from_lazy(grouped(&samples)).unwrap().kept();
    let copy = frame.clone();
    frame.held(&*runner, &Watch::new()).unwrap();
    assert!(frame.bytes_elsewhere().is_some_and(|bytes| bytes > 0) && frame.memory_bytes().is_none());
    let narrow = Frame::from_lazy(copy.lazy(&*runner, &Watch::new()).unwrap().select([col("id")])).unwrap();
    drop((frame, copy));
    assert_eq!(jobs_on_disk(&cluster.work_dir()).len(), 1, "the rows are still read by another frame");
    narrow.collect(Limit::All, &*runner, &Watch::new()).unwrap();
    drop(narrow);
    wait_for("files of a job stay", || jobs_on_disk(&cluster.work_dir()).is_empty());
}

fn lose_files(work_dir: &Path) {
    for job in folders_of_jobs(work_dir) {
        // What another job has left may go by itself meanwhile.
        let removed = remove_dir_all(job);
        assert!(removed.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) || removed.is_ok());
    }
}

#[test]
fn rows_that_were_lost_are_computed_again() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let table = held(&runner, &ordered(&samples));
    let rows = data(&*runner, &table.lazy, Limit::All);
    lose_files(&cluster.work_dir());
    assert_reads(&*runner, &table.lazy, &rows);
    // A table over a table is computed from what that one was computed from.
    let second = held(&runner, &table.lazy.clone().filter(col("id").gt(lit(50))));
    let fewer = data(&*runner, &second.lazy, Limit::All);
    drop(table);
    lose_files(&cluster.work_dir());
    assert_reads(&*runner, &second.lazy, &fewer);
}

#[test]
fn a_plan_over_rows_that_were_lost_is_explained_and_nothing_runs() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let table = held(&runner, &grouped(&samples).slice(3, 20));
    let plan = |table: &RowsElsewhere| Plan::Polars(table.lazy.clone().group_by([col("host")]).agg([len()]));
    let explained = || runner.explain(&plan(&table)).unwrap();
    let jobs = || runner.view(&Watch::new()).unwrap().jobs_ended;
    assert!(explained().contains("kept rows"), "{}", explained());
    lose_files(&cluster.work_dir());
    // Whoever reads them finds that they are gone.
    assert!(runner.run(&plan(&table), Limit::All, &Watch::new()).is_err());
    let ended = jobs();
    let after = explained();
    assert!(after.contains("kept rows") && !after.contains("in this process"), "{after}");
    assert_eq!(jobs(), ended);
}

#[test]
fn other_rows_than_were_seen_do_not_come_in_their_place() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let by_host = || Some(by_name(["host"], true, false));
    let stable = SortMultipleOptions::default().with_maintain_order(true);
    let chosen = [
        held(&runner, &grouped(&samples).slice(3, 20)),
        held(&runner, &samples.events().unique(by_host(), UniqueKeepStrategy::Any)),
        held(&runner, &grouped(&samples).with_row_index("row", None)),
    ];
    let certain = [
        held(&runner, &samples.events().slice(3, 1_500)),
        held(&runner, &samples.events().unique_stable(by_host(), UniqueKeepStrategy::First)),
        held(&runner, &samples.events().sort(["x"], stable).slice(3, 1_500)),
        held(&runner, &grouped(&samples).sort(["n", "host"], SortMultipleOptions::default()).slice(3, 20)),
    ];
    let rows = certain.each_ref().map(|table| data(&*runner, &table.lazy, Limit::All));
    lose_files(&cluster.work_dir());
    for table in &chosen {
        let said = told(&*runner, &table.lazy);
        assert!(said.contains("may not be the same ones") && said.contains("run that cell again"), "{said}");
    }
    for (table, rows) in certain.iter().zip(rows) {
        assert_reads(&*runner, &table.lazy, &rows);
    }
}

#[test]
fn rows_that_do_not_come_again_stay_where_others_are_lost() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let first = held(&runner, &grouped(&samples).slice(3, 20));
    let of_first = folders_of_jobs(&cluster.work_dir());
    let second = held(&runner, &grouped(&samples).slice(5, 30));
    let rows = data(&*runner, &second.lazy, Limit::All);
    of_first.into_iter().for_each(|folder| remove_dir_all(folder).unwrap());
    for _ in 0..2 {
        assert!(told(&*runner, &first.lazy).contains("may not be the same ones"));
        assert_reads(&*runner, &second.lazy, &rows);
    }
}

#[test]
fn rows_of_other_files_are_not_computed_again() {
    let (cluster, folder) = (started(2), tempfile::tempdir().unwrap());
    let runner = runner(&cluster, 0);
    let path = |name: &str| folder.path().join(name);
    let put = |name: &str, numbers: std::ops::Range<i64>| {
        let mut rows = df!("n" => numbers.collect::<Vec<_>>()).unwrap();
        ParquetWriter::new(std::fs::File::create(path(name)).unwrap()).finish(&mut rows).unwrap();
    };
    put("a.parquet", 0..100);
    put("b.parquet", 100..300);
    let scan = |name: &str| LazyFrame::scan_parquet(path(name).to_str().unwrap().into(), Default::default());
    let table = held(&runner, &scan("*.parquet").unwrap().filter(col("n").gt(lit(9))));
    let over = held(&runner, &table.lazy.clone().group_by([col("n")]).agg([len()]));
    // The rows lie where they are: what becomes of the files is nothing to them.
    put("b.parquet", 100..301);
    assert_eq!(data(&*runner, &over.lazy, Limit::All).height(), 290);
    lose_files(&cluster.work_dir());
    for plan in [&over.lazy, &table.lazy] {
        let said = told(&*runner, plan);
        assert!(
            said.contains("b.parquet was changed since") && said.contains("run that cell again"),
            "{said}"
        );
    }
    assert_eq!(data(&*runner, &scan("*.parquet").unwrap(), Limit::All).height(), 301);
    drop(cluster);
    for plan in [&over.lazy, &table.lazy] {
        let said = told(&LocalRunner, plan);
        assert!(said.contains("b.parquet was changed since: run that cell again"), "{said}");
    }
}

#[test]
fn rows_outlive_their_cluster() {
    let samples = Samples::new();
    let cluster: LocalCluster = started(1);
    let runner = runner(&cluster, 0);
    let table = held(&runner, &ordered(&samples));
    let rows = data(&*runner, &table.lazy, Limit::All);
    drop(cluster);
    assert_reads(&LocalRunner, &table.lazy, &rows);
}

#[test]
fn rows_that_another_run_would_not_have_come_here() {
    let samples = Samples::new();
    let cluster = started(1);
    let plan = samples.events().select([col("id").shuffle(None)]);
    let held = runner(&cluster, 0).hold(&Plan::Polars(plan), &Watch::new()).unwrap();
    assert!(matches!(held, Held::Here(data) if data.height() == 2_000));
}
