//! Files that probes read: rows with nulls, NaN, -0.0, categories, decimals, times with and without zones, lists and structs, in several files of
//! several formats.

use std::fs::File;
use std::path::Path;

use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;
use tempfile::TempDir;

use crate::semantics;

/// The files, removed when dropped.
pub(crate) struct Samples {
    folder: TempDir,
}

/// Rows of the events.
const ROWS: i64 = 2_000;

impl Samples {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let events = events();
        for (place, part) in parts(&events, 5).into_iter().enumerate() {
            write_parquet(&folder.path().join(format!("events-{place}.parquet")), part);
        }
        write_parquet(&folder.path().join("large.parquet"), events.clone());
        // Categories are of one batch alone.
        write_batches(&folder.path().join("large.arrow"), parts(&events.drop("kind").unwrap(), 6));
        for (place, part) in parts(&collected(semantics::edges()), 4).into_iter().enumerate() {
            write_parquet(&folder.path().join(format!("edges-{place}.parquet")), part);
        }
        let plain = events.lazy().select([col("id"), col("host"), col("n"), col("x")]);
        let plain = collected(plain);
        for (place, part) in parts(&plain, 3).into_iter().enumerate() {
            write_csv(&folder.path().join(format!("plain-{place}.csv")), part.clone());
            write_lines(&folder.path().join(format!("plain-{place}.ndjson")), part);
        }
        write_csv(&folder.path().join("large.csv"), with_notes(&plain));
        write_lines(&folder.path().join("large.ndjson"), plain);
        Self { folder }
    }

    fn path(&self, name: &str) -> PlRefPath {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    /// Events in five Parquet files.
    pub(crate) fn events(&self) -> LazyFrame {
        LazyFrame::scan_parquet(self.path("events-*.parquet"), ScanArgsParquet::default()).unwrap()
    }

    /// The first of those files.
    pub(crate) fn part(&self) -> LazyFrame {
        LazyFrame::scan_parquet(self.path("events-0.parquet"), ScanArgsParquet::default()).unwrap()
    }

    /// The events with the names of their files, which are written as they are from this folder.
    pub(crate) fn named(&self) -> LazyFrame {
        let path = self.path("events-*.parquet");
        let here = std::env::current_dir().unwrap();
        let up = "../".repeat(here.components().count() - 1);
        let arguments = ScanArgsParquet { include_file_paths: Some("file".into()), ..Default::default() };
        let written = format!("{up}{}", path.as_str().trim_start_matches('/'));
        LazyFrame::scan_parquet(written.as_str().into(), arguments).unwrap()
    }

    /// The csv files and the large one in lines of JSON, with the names of their files.
    pub(crate) fn named_texts(&self) -> LazyFrame {
        let name = Some(PlSmallStr::from_static("file"));
        let csv = LazyCsvReader::new(self.path("plain-*.csv")).with_include_file_paths(name.clone());
        let lines = LazyJsonLineReader::new(self.path("large.ndjson")).with_include_file_paths(name);
        let rows = [csv.finish().unwrap(), lines.finish().unwrap()];
        concat(rows, UnionArgs::default()).unwrap()
    }

    /// Events in folders that are named after their flag.
    pub(crate) fn hive(&self) -> LazyFrame {
        let folder = self.folder.path().join("hive");
        if !folder.exists() {
            for (flag, rows) in [("true", 0..3), ("false", 3..6)] {
                for place in rows {
                    let part = folder.join(format!("flag={flag}"));
                    std::fs::create_dir_all(&part).unwrap();
                    let rows = self.large().slice(place * 300, 300).drop(by_name(["flag"], true, false));
                    write_parquet(&part.join(format!("{place}.parquet")), collected(rows));
                }
            }
        }
        let hive_options = HiveOptions { enabled: Some(true), ..Default::default() };
        let arguments = ScanArgsParquet { hive_options, ..Default::default() };
        LazyFrame::scan_parquet(self.path("hive/**/*.parquet"), arguments).unwrap()
    }

    /// The edges of what operations mean, in four Parquet files.
    pub(crate) fn edges(&self) -> LazyFrame {
        LazyFrame::scan_parquet(self.path("edges-*.parquet"), ScanArgsParquet::default()).unwrap()
    }

    /// The same events in one Parquet file of several row groups.
    pub(crate) fn large(&self) -> LazyFrame {
        LazyFrame::scan_parquet(self.path("large.parquet"), ScanArgsParquet::default()).unwrap()
    }

    /// Some columns of the events in three csv files.
    pub(crate) fn csv(&self) -> LazyFrame {
        LazyCsvReader::new(self.path("plain-*.csv")).finish().unwrap()
    }

    /// The same in one file, with texts of several lines.
    pub(crate) fn large_csv(&self) -> LazyFrame {
        LazyCsvReader::new(self.path("large.csv")).finish().unwrap()
    }

    /// Some columns of the events in three files of JSON lines.
    pub(crate) fn ndjson(&self) -> LazyFrame {
        LazyJsonLineReader::new(self.path("plain-*.ndjson")).finish().unwrap()
    }

    /// The same in one file.
    pub(crate) fn large_ndjson(&self) -> LazyFrame {
        LazyJsonLineReader::new(self.path("large.ndjson")).finish().unwrap()
    }

    /// The events in one Arrow IPC file of several batches.
    pub(crate) fn ipc(&self) -> LazyFrame {
        let (how, rows) = (IpcScanOptions::default(), UnifiedScanArgs::default());
        LazyFrame::scan_ipc(self.path("large.arrow"), how, rows).unwrap()
    }

    /// A small frame in memory: hosts and their sites.
    pub(crate) fn hosts(&self) -> LazyFrame {
        df!("host" => [Some("a"), Some("b"), None, Some("z")], "site" => ["north", "south", "none", "far"])
            .unwrap()
            .lazy()
    }
}

fn write_parquet(path: &Path, mut data: DataFrame) {
    let file = File::create(path).unwrap();
    ParquetWriter::new(file).with_row_group_size(Some(256)).finish(&mut data).unwrap();
}

fn write_csv(path: &Path, mut data: DataFrame) {
    CsvWriter::new(File::create(path).unwrap()).finish(&mut data).unwrap();
}

/// The rows with texts of several lines, with quotes in them.
fn with_notes(data: &DataFrame) -> DataFrame {
    let note = |n: i64| match n % 5 {
        0 => None,
        1 => Some("one line".to_owned()),
        2 => Some(format!("\"{n}\", said\nthe second \"line\"\n\n")),
        3 => Some("\n\"".to_owned()),
        _ => Some(format!("{n}\r\n").repeat(9)),
    };
    let notes: Vec<_> = (0..data.height() as i64).map(note).collect();
    data.hstack(&[Column::new("note".into(), notes)]).unwrap()
}

fn write_lines(path: &Path, mut data: DataFrame) {
    let file = File::create(path).unwrap();
    JsonWriter::new(file).with_json_format(JsonFormat::JsonLines).finish(&mut data).unwrap();
}

/// Each part is a batch.
fn write_batches(path: &Path, parts: Vec<DataFrame>) {
    let mut data = parts.into_iter().reduce(|rows, part| rows.vstack(&part).unwrap()).unwrap();
    IpcWriter::new(File::create(path).unwrap()).finish(&mut data).unwrap();
}

fn parts(data: &DataFrame, count: usize) -> Vec<DataFrame> {
    let share = data.height().div_ceil(count);
    (0..count).map(|place| data.slice((place * share) as i64, share)).collect()
}

/// Rows of every kind that a hunt meets; the same in each run.
fn events() -> DataFrame {
    let numbers: Vec<i64> = (0..ROWS).map(|row| (row * 7_919 + 13) % 1_009).collect();
    let hosts = ["a", "b", "c", "d", "Ä"];
    let host = |n: &i64| (n % 11 != 0).then(|| hosts[(*n % 5) as usize]);
    let float = |n: &i64| match n % 13 {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(-0.0),
        3 => Some(0.0),
        4 => Some(-f64::NAN),
        _ => Some((n % 97) as f64 / 7.0),
    };
    let base = df!(
        "id" => (0..ROWS).collect::<Vec<_>>(),
        "host" => numbers.iter().map(host).collect::<Vec<_>>(),
        "n" => numbers.iter().map(|n| (n % 17 != 0).then_some(n % 50)).collect::<Vec<_>>(),
        "x" => numbers.iter().map(float).collect::<Vec<_>>(),
        "line" => numbers.iter().map(|n| format!("cmd{}.exe /c {n}", n % 7)).collect::<Vec<_>>(),
        "flag" => numbers.iter().map(|n| (n % 3 != 0).then_some(n % 2 == 0)).collect::<Vec<_>>(),
    )
    .unwrap();
    let berlin = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap().unwrap();
    let minutes = col("id") * lit(37_000_000_i64);
    collected(base.lazy().with_columns([
        minutes.clone().cast(DataType::Datetime(TimeUnit::Microseconds, None)).alias("time"),
        minutes.cast(DataType::Datetime(TimeUnit::Microseconds, Some(berlin))).alias("zoned"),
        as_struct(vec![(col("n") % lit(5)).alias("rest"), col("host").alias("place")]).alias("pair"),
        col("host").cast(DataType::from_categories(Categories::global())).alias("kind"),
        (col("n").cast(DataType::Decimal(12, 2)) / lit(4)).cast(DataType::Decimal(12, 2)).alias("price"),
        col("line").str().split(lit(" ")).alias("words"),
        col("n").cast(DataType::Int8).alias("small"),
        col("x").cast(DataType::Float32).alias("single"),
    ]))
}

fn collected(lazy: LazyFrame) -> DataFrame {
    LocalRunner.run(&Plan::Polars(lazy), Limit::All, &Watch::new()).unwrap()
}
