//! Rows that a cluster writes to files: those of one machine, in the same order where one is guaranteed, and nothing
//! else beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use fram_cluster::{ClusterRunner, CutOptions, LocalCluster};
use fram_frame::{Destination, Limit, LocalRunner, Plan, RunError, Runner, Watch, Writing, Written};
use polars::prelude::*;
use polars_plan::dsl::FileWriteFormat;
use tempfile::TempDir;

use crate::compare::assert_same;
use crate::probes::nothing_small;
use crate::running::started;
use crate::samples::Samples;

fn runner(cluster: &LocalCluster, sort_bytes: u64) -> Arc<ClusterRunner> {
    cluster.runner(CutOptions { sort_bytes, ..nothing_small(3) }).unwrap()
}

fn parquet() -> FileWriteFormat {
    FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions::default()))
}

/// Parquet files in this folder.
fn into_folder(path: &Path, partition_by: &[&str]) -> Writing {
    let partition_by = partition_by.iter().map(|name| PlSmallStr::from_str(name)).collect();
    let destination = Destination::Folder { path: path.to_owned(), partition_by };
    Writing { format: parquet(), destination, target: path.to_owned() }
}

fn whole(plan: LazyFrame) -> DataFrame {
    LocalRunner.run(&Plan::Polars(plan), Limit::All, &Watch::new()).unwrap()
}

/// The rows of all files below the folder, in the order of their names.
fn read(folder: &Path) -> DataFrame {
    let paths = files(folder).iter().map(|path| folder.join(path).to_str().unwrap().into()).collect();
    let options = HiveOptions::new_enabled();
    let arguments = ScanArgsParquet { hive_options: options, ..ScanArgsParquet::default() };
    whole(LazyFrame::scan_parquet_files(paths, arguments).unwrap())
}

/// The files below the folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

fn bytes_of(folder: &Path) -> u64 {
    files(folder).iter().map(|file| fs::metadata(folder.join(file)).unwrap().len()).sum()
}

#[test]
fn a_folder_has_the_rows_of_one_machine_in_their_order() {
    let samples = Samples::new();
    let cluster = started(2);
    let stable = samples.events().group_by_stable([col("host"), col("n")]).agg([col("id").sum()]);
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let plans = [
        ("scan", samples.events().filter((col("id") % lit(3)).neq(lit(0)))),
        ("stable groups", stable),
        ("sort", sorted.clone()),
        ("slice", sorted.slice(100, 700)),
        ("union", concat([samples.events(), samples.large()], UnionArgs::default()).unwrap()),
    ];
    for sort_bytes in [0, 1 << 30] {
        for (name, plan) in &plans {
            let folder = TempDir::new().unwrap();
            let writing = into_folder(folder.path(), &[]);
            let written = runner(&cluster, sort_bytes).write(plan, &writing, &Watch::new());
            let written = written.unwrap_or_else(|error| panic!("{name}: {error}"));
            let names = files(folder.path());
            let wanted: Vec<_> = (0..names.len()).map(|number| format!("part-{number:05}.parquet")).collect();
            assert_eq!(names, wanted, "{name}");
            let expected = whole(plan.clone());
            assert_same(name, &expected, &read(folder.path()), true);
            let (rows, bytes) = (expected.height() as u64, bytes_of(folder.path()));
            assert_eq!(written, Written { rows, bytes, files: names.len() as u64 }, "{name}");
            if sort_bytes == 0 && ["scan", "stable groups", "sort"].contains(name) {
                assert!(names.len() > 1, "{name} is written by one task");
            }
        }
    }
}

#[test]
fn values_become_folders_and_no_rows_one_file() {
    let samples = Samples::new();
    let cluster = started(2);
    let chosen = samples.events().select([col("id"), col("flag"), col("line"), col("n")]);
    let folder = TempDir::new().unwrap();
    let writing = into_folder(folder.path(), &["flag"]);
    let written = runner(&cluster, 0).write(&chosen, &writing, &Watch::new()).unwrap();
    let names = files(folder.path());
    assert!(names.contains(&"flag=true/part-00001.parquet".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("flag=")), "{names:?}");
    assert_eq!((written.rows, written.files), (2_000, names.len() as u64));
    for value in ["true", "false"] {
        let expected = chosen.clone().filter(col("flag").eq(lit(value == "true")));
        let expected = whole(expected.select([col("id"), col("line"), col("n")]));
        let found = read(&folder.path().join(format!("flag={value}")));
        assert_same(value, &expected, &found.select(["id", "line", "n"]).unwrap(), true);
    }
    for keys in [&[][..], &["flag"][..]] {
        let folder = TempDir::new().unwrap();
        let none = chosen.clone().filter(col("id").lt(lit(0)));
        let written =
            runner(&cluster, 0).write(&none, &into_folder(folder.path(), keys), &Watch::new()).unwrap();
        assert_eq!((written.rows, written.files), (0, 1));
        assert_eq!(files(folder.path()), ["part-00000.parquet"]);
        assert_same("no rows", &whole(none), &read(folder.path()), true);
    }
}

#[test]
fn one_file_has_the_rows_of_one_machine_whether_they_are_held_or_not() {
    let samples = Samples::new();
    let cluster = started(2);
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let stable = samples.events().group_by_stable([col("kind"), col("price")]).agg([col("words").first()]);
    let plans = [
        ("scan", samples.events().filter(col("id").gt(lit(100)))),
        ("sort", sorted.clone()),
        ("sort and slice", sorted.slice(50, 100)),
        ("stable groups", stable),
        ("first rows", samples.events().slice(3, 1_000)),
        ("no rows", samples.events().filter(col("id").lt(lit(0)))),
    ];
    for fetched_bytes in [0, 1 << 30] {
        for (name, plan) in &plans {
            let place = TempDir::new().unwrap();
            let path = place.path().join("all.parquet");
            let destination = Destination::File(path.clone());
            let writing = Writing { format: parquet(), destination, target: path };
            let options = CutOptions { fetched_bytes, ..nothing_small(3) };
            let runner = cluster.runner(options).unwrap();
            let written = runner.write(plan, &writing, &Watch::new());
            let written = written.unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected = whole(plan.clone());
            assert_same(name, &expected, &read(place.path()), true);
            assert_eq!((written.rows, written.files), (expected.height() as u64, 1), "{name}");
        }
    }
}

#[test]
fn partitions_that_wait_for_their_turn_do_not_stop_the_one_whose_turn_it_is() {
    // All come from one worker, and each is more than what is sent and kept before any of it is taken.
    const PARTITIONS: usize = 6;
    const ROWS: usize = 1_200_000;
    let (cluster, place) = (started(1), TempDir::new().unwrap());
    let (source, target) = (place.path().join("rows.parquet"), place.path().join("written/all.parquet"));
    fs::create_dir(target.parent().unwrap()).unwrap();
    let values = (0..(PARTITIONS * ROWS) as u64).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let column = Column::new("x".into(), values.collect::<Vec<_>>());
    let mut data = DataFrame::new(PARTITIONS * ROWS, vec![column]).unwrap();
    let file = ParquetWriter::new(fs::File::create(&source).unwrap());
    file.with_row_group_size(Some(ROWS / 4)).finish(&mut data).unwrap();
    let path = source.to_str().unwrap().into();
    let scan = LazyFrame::scan_parquet(path, ScanArgsParquet::default()).unwrap();
    let writing = Writing { format: parquet(), destination: Destination::File(target.clone()), target };
    let options = CutOptions { fetched_bytes: 1 << 20, ..nothing_small(PARTITIONS) };
    let plan = scan.filter(col("x").neq(lit(0u64)));
    let runner = cluster.runner(options).unwrap();
    let run = spawn(move || runner.write(&plan, &writing, &Watch::new()));
    let begun = Instant::now();
    while !run.is_finished() {
        assert!(begun.elapsed().as_secs() < 120, "the rows do not come");
        sleep(Duration::from_millis(20));
    }
    assert_eq!(run.join().unwrap().unwrap().rows as usize, PARTITIONS * ROWS - 1);
    assert_same("rows", &data.slice(1, data.height()), &read(&place.path().join("written")), true);
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let samples = Samples::new();
    let cluster = started(2);
    let folder = TempDir::new().unwrap();
    let failing = samples.events().with_column(col("line").strict_cast(DataType::Int64));
    let writing = into_folder(folder.path(), &[]);
    let error = runner(&cluster, 0).write(&failing, &writing, &Watch::new()).unwrap_err();
    assert!(error.to_string().contains("conversion"), "{error}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn a_write_that_is_stopped_leaves_nothing_behind() {
    let samples = Samples::new();
    let cluster = started(2);
    let folder = TempDir::new().unwrap();
    let writing = into_folder(folder.path(), &["host"]);
    let many = samples.events().cross_join(samples.events().select([col("id").alias("other")]), None);
    let watch = Watch::new();
    let (runner, seen, at) = (runner(&cluster, 0), watch.clone(), folder.path().to_owned());
    let run = spawn(move || runner.write(&many, &writing, &seen));
    let begun = Instant::now();
    while !files(&at).iter().any(|name| name.ends_with(".parquet")) {
        assert!(begun.elapsed().as_secs() < 60 && !run.is_finished(), "no task writes");
        sleep(Duration::from_millis(5));
    }
    watch.interrupt();
    let found = run.join().unwrap();
    assert!(matches!(found, Err(RunError::Interrupted)), "{found:?}");
    // A task that has not heard of it yet finds no folder any more.
    sleep(Duration::from_millis(500));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}
