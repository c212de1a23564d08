//! Interrupt, memory limit and limits while SQL runs; one at a time, since Polars' abort is process-wide.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fram_frame::{Limit, LocalRunner, RunError, Watch, install_panic_filter};
use polars::prelude::*;

use fram_engine::sql::{SqlEngine, Tables};
use fram_frame::{Allocator, Frame, allocated_bytes};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[derive(Clone)]
struct Frames(BTreeMap<String, Frame>);

impl Tables for Frames {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn frame(&self, name: &str) -> Option<Frame> {
        self.0.get(name).cloned()
    }
}

impl Frames {
    fn query(&self, engine: &SqlEngine, sql: &str) -> Frame {
        let answer = engine.run(sql, Arc::new(self.clone()), &LocalRunner, &Watch::new());
        answer.unwrap_or_else(|error| panic!("{sql}: {error:?}")).frame.unwrap()
    }

    fn count(&self, sql: &str) -> u64 {
        let data =
            self.query(&SqlEngine::new(), sql).collect(Limit::All, &LocalRunner, &Watch::new()).unwrap();
        data.columns()[0].get(0).unwrap().try_extract().unwrap()
    }
}

fn numbers(count: i64) -> Frames {
    let data =
        DataFrame::new_infer_height(vec![Series::from_iter(0..count).with_name("n".into()).into()]).unwrap();
    let slow = data.clone().lazy().group_by([col("n") % lit(100_003)]).agg([col("n").sum().alias("total")]);
    let named = [("numbers", Frame::from_data(data)), ("slow", Frame::from_lazy(slow).unwrap())];
    Frames(named.into_iter().map(|(name, frame)| (name.to_owned(), frame)).collect())
}

/// Runs the query until it reports progress, interrupts it, and tells how long it then took.
fn interrupted_after(frames: &Frames, sql: &str) -> Duration {
    install_panic_filter();
    let engine = SqlEngine::new();
    let frame = frames.query(&engine, sql);
    let started = Arc::new(AtomicBool::new(false));
    let seen = started.clone();
    let watch = Watch::new().with_progress(Arc::new(move |_| seen.store(true, Ordering::Release)));
    let running = watch.clone();
    let thread = thread::spawn(move || {
        let result = frame.collect(Limit::All, &LocalRunner, &running);
        (result, Instant::now())
    });
    let deadline = Instant::now() + Duration::from_secs(30);
    while !started.load(Ordering::Acquire) {
        assert!(Instant::now() < deadline && !thread.is_finished(), "{sql}: too short a query");
        thread::yield_now();
    }
    let asked = Instant::now();
    watch.interrupt();
    let (result, ended) = thread.join().unwrap();
    assert!(matches!(result, Err(RunError::Interrupted)), "{sql}: {result:?}");
    // The engine works on afterwards.
    assert_eq!(frames.count("SELECT count(*) AS n FROM slow"), 100_003);
    ended - asked
}

#[test]
fn an_interrupt_stops_any_query_within_a_second() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let frames = numbers(300_000);
    for sql in [
        "SELECT count(*) FROM numbers a, numbers b WHERE a.n + b.n = 1",
        "SELECT count(DISTINCT a.n * 7 + b.value) FROM numbers a CROSS JOIN generate_series(1, 1000) b",
        "SELECT a.n, b.total FROM numbers a JOIN slow b ON a.n % 10 = b.total % 10 ORDER BY 1, 2",
        "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 100000000) SELECT max(x) FROM r",
    ] {
        let took = interrupted_after(&frames, sql);
        assert!(took < Duration::from_secs(1), "{sql}: {took:?}");
    }
}

#[test]
fn a_limit_stops_the_plan_behind_a_frame() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let frames = numbers(1_000_000);
    let engine = SqlEngine::new();
    let frame = frames.query(&engine, "SELECT a.n FROM numbers a, numbers b");
    let rows = frame.collect(Limit::First(5), &LocalRunner, &Watch::new()).unwrap();
    assert_eq!(rows.height(), 5);
    let frame = frames.query(&engine, "SELECT n FROM numbers");
    let rows = frame.collect(Limit::First(3), &LocalRunner, &Watch::new()).unwrap();
    assert!(rows.column("n").unwrap().i64().unwrap().iter().eq([Some(0), Some(1), Some(2)]));
}

#[test]
fn a_query_that_passes_the_memory_limit_says_so() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let frames = numbers(300_000);
    let engine = SqlEngine::new();
    for (kind, sql) in [
        ("cross join", "SELECT a.n, b.value FROM numbers a CROSS JOIN generate_series(1, 1000) b"),
        ("join", "SELECT a.n, b.n FROM numbers a JOIN numbers b ON a.n % 100 = b.n % 100"),
        (
            "group-by",
            "SELECT a.n % 2 AS k, array_agg(b.n) AS l FROM numbers a CROSS JOIN numbers b GROUP BY k",
        ),
    ] {
        let frame = frames.query(&engine, sql);
        let limit = allocated_bytes() + (100 << 20);
        let watch = Watch::new().with_memory_limit(Some(limit));
        let result = frame.collect(Limit::All, &LocalRunner, &watch);
        match result {
            Err(RunError::OutOfMemory { limit: told, .. }) => assert_eq!(told, limit, "{kind}"),
            other => panic!("{kind}: {:?}", other.map(|data| data.height())),
        }
        assert_eq!(frames.count("SELECT count(*) AS n FROM numbers"), 300_000);
    }
}

#[test]
fn a_query_that_spills_without_end_is_stopped() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let frames = numbers(300_000);
    let engine = SqlEngine::new();
    for (kind, sql) in [
        ("sort", "SELECT a.n, b.n FROM numbers a CROSS JOIN numbers b ORDER BY a.n * b.n"),
        (
            "group-by",
            "SELECT a.n + b.n * 300000 AS k, count(*) AS c FROM numbers a CROSS JOIN numbers b GROUP BY k",
        ),
    ] {
        let frame = frames.query(&engine, sql);
        let watch = Watch::new().with_memory_limit(Some(allocated_bytes() + (80 << 20)));
        let result = frame.collect(Limit::All, &LocalRunner, &watch.with_spill_limit(|| Some(30 << 20)));
        assert!(
            matches!(result, Err(RunError::OutOfSpill { limit, .. }) if limit == 30 << 20),
            "{kind}: {:?}",
            result.map(|data| data.height())
        );
        let folder = fram_frame::spill_folder().join(std::process::id().to_string());
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::fs::read_dir(&folder).unwrap().count() > 0 {
            assert!(Instant::now() < deadline, "{kind}: what was written is still there");
            thread::yield_now();
        }
    }
}

#[test]
fn a_sort_that_does_not_fit_in_memory_spills() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let frames = numbers(10);
    let engine = SqlEngine::new();
    let sql = "SELECT count(*) AS c FROM (SELECT value, row_number() OVER (ORDER BY value * 7919 % 1000003) AS r \
               FROM generate_series(1, 1000000)) WHERE r % 2 = 0";
    let frame = frames.query(&engine, sql);
    let watch = Watch::new().with_memory_limit(Some(allocated_bytes() + (40 << 20)));
    let data = frame.collect(Limit::All, &LocalRunner, &watch).unwrap();
    assert_eq!(data.columns()[0].get(0).unwrap().try_extract::<u64>().unwrap(), 500_000);
}
