//! SQL while it runs, on one machine and on a cluster: the same rows on both, interrupt, memory limit and limits, large
//! files, and sides of joins that are counted; one at a time, since Polars' abort is process-wide.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod alike;
mod files;
mod joins;
mod places;
mod plans;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fram_frame::{Allocator, Frame, Limit, RunError, Watch, allocated_bytes};
use polars::prelude::*;

use places::{Frames, Place, alone, on_both, settle};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// How long a query may take to stop.
const AT_ONCE: Duration = Duration::from_secs(2);

fn numbers(count: i64) -> Frames {
    let data =
        DataFrame::new_infer_height(vec![Series::from_iter(0..count).with_name("n".into()).into()]).unwrap();
    let slow = data.clone().lazy().group_by([col("n") % lit(100_003)]).agg([col("n").sum().alias("total")]);
    let named = [("numbers", Frame::from_data(data)), ("slow", Frame::from_lazy(slow).unwrap())];
    Frames(named.into_iter().map(|(name, frame)| (name.to_owned(), frame)).collect())
}

/// Runs the query until it reports progress, interrupts it, and tells how long it then took.
fn interrupted_after(place: &Place, frames: &Frames, sql: &str) -> Duration {
    let frame = frames.query(place, sql);
    let started = Arc::new(AtomicBool::new(false));
    let seen = started.clone();
    let watch = Watch::new().with_progress(Arc::new(move |_| seen.store(true, Ordering::Release)));
    let (running, runner) = (watch.clone(), place.runner.clone());
    let thread = thread::spawn(move || {
        let result = frame.collect(Limit::All, &*runner, &running);
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
    assert!(matches!(result, Err(RunError::Interrupted)), "{sql} {}: {result:?}", place.name);
    // The engine works on afterwards.
    assert_eq!(frames.count(place, "SELECT count(*) AS n FROM slow"), 100_003);
    ended - asked
}

#[test]
fn an_interrupt_stops_any_query_at_once() {
    on_both(4 << 30, |place| {
        let frames = numbers(300_000);
        for sql in [
            "SELECT count(*) FROM numbers a, numbers b WHERE a.n + b.n = 1",
            "SELECT count(DISTINCT a.n * 7 + b.value) FROM numbers a CROSS JOIN generate_series(1, 1000) b",
            "SELECT a.n, b.total FROM numbers a JOIN slow b ON a.n % 10 = b.total % 10 ORDER BY 1, 2",
            "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 100000000) SELECT max(x) FROM r",
        ] {
            let took = interrupted_after(place, &frames, sql);
            assert!(took < AT_ONCE, "{sql} {}: {took:?}", place.name);
        }
    });
}

#[test]
fn a_limit_stops_the_plan_behind_a_frame() {
    on_both(4 << 30, |place| {
        let frames = numbers(1_000_000);
        let (five, three) = (Limit::First(5), Limit::First(3));
        let rows = frames.rows(place, "SELECT a.n FROM numbers a, numbers b", five, &Watch::new()).unwrap();
        assert_eq!(rows.height(), 5);
        let rows = frames.rows(place, "SELECT n FROM numbers", three, &Watch::new()).unwrap();
        assert!(rows.column("n").unwrap().i64().unwrap().iter().eq([Some(0), Some(1), Some(2)]));
    });
}

#[test]
fn a_query_that_passes_the_memory_limit_says_so() {
    on_both(100 << 20, |place| {
        let frames = numbers(300_000);
        // The same for all: what one query leaves may not have been given back when the next begins.
        let limit = allocated_bytes() + (100 << 20);
        for (kind, sql) in [
            ("cross join", "SELECT a.n, b.value FROM generate_series(1, 60) b CROSS JOIN numbers a"),
            ("join", "SELECT a.n, b.n FROM numbers a JOIN numbers b ON a.n % 5000 = b.n % 5000"),
            (
                "group-by",
                "SELECT a.n % 2 AS k, array_agg(b.n) AS l FROM numbers a CROSS JOIN numbers b GROUP BY k",
            ),
        ] {
            // Seen where it fails or takes long.
            println!("{kind} {}", place.name);
            let watch = Watch::new().with_memory_limit(Some(limit));
            match frames.rows(place, sql, Limit::All, &watch) {
                // Of the rows that come to this process, too.
                Err(RunError::OutOfMemory { limit: told, .. }) => assert_eq!(told, limit, "{kind}"),
                Err(RunError::Cluster { reason, remedy }) if !place.is_here => {
                    assert!(reason.contains("more memory than") && remedy.contains("--memory"), "{reason}");
                }
                other => panic!("{kind} {}: {:?}", place.name, other.map(|data| data.height())),
            }
            settle();
            assert_eq!(frames.count(place, "SELECT count(*) AS n FROM numbers"), 300_000);
        }
    });
}

/// What a task may write is what its worker's disk holds (`tests/python/test_faults.py` fills one): nobody sets a limit
/// for the queries of a cluster.
#[test]
fn a_query_that_spills_without_end_is_stopped() {
    let _alone = alone();
    let (place, frames) = (Place::here(), numbers(300_000));
    for (kind, sql) in [
        ("sort", "SELECT a.n, b.n FROM numbers a CROSS JOIN numbers b ORDER BY a.n * b.n"),
        (
            "group-by",
            "SELECT a.n + b.n * 300000 AS k, count(*) AS c FROM numbers a CROSS JOIN numbers b GROUP BY k",
        ),
    ] {
        settle();
        let watch = Watch::new().with_memory_limit(Some(allocated_bytes() + (80 << 20)));
        let result = frames.rows(&place, sql, Limit::All, &watch.with_spill_limit(|| Some(30 << 20)));
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
    on_both(40 << 20, |place| {
        let sql = "SELECT count(*) AS c FROM (SELECT value, row_number() OVER (ORDER BY value * 7919 % 1000003) AS r \
                   FROM generate_series(1, 1000000)) WHERE r % 2 = 0";
        // On a cluster the limit is that of its tasks, which run in this process too.
        let limit = place.is_here.then(|| allocated_bytes() + (40 << 20));
        let watch = Watch::new().with_memory_limit(limit);
        let data = numbers(10).rows(place, sql, Limit::All, &watch);
        let data = data.unwrap_or_else(|error| panic!("{}: {error:?}", place.name));
        assert_eq!(data.columns()[0].get(0).unwrap().try_extract::<u64>().unwrap(), 500_000);
    });
}
