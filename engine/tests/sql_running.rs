//! Interrupt, memory limit and limits while SQL runs, on one machine and on a cluster; one at a time, since Polars' abort
//! is process-wide.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fram_cluster::{
    Application, Caller, ClusterRunner, CutOptions, LocalCluster, LocalClusterOptions, SlotKind,
};
use fram_frame::{Limit, LocalRunner, RunError, Runner, Watch, install_panic_filter};
use polars::prelude::*;

use fram_engine::sql::{SqlEngine, Tables, worker_functions};
use fram_frame::{Allocator, Frame, allocated_bytes};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How long a query may take to stop.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Where queries run.
#[derive(Clone)]
struct Place {
    name: &'static str,
    runner: Arc<dyn Runner>,
    is_here: bool,
}

impl Place {
    fn here() -> Self {
        Self { name: "on one machine", runner: Arc::new(LocalRunner), is_here: true }
    }
}

/// Waits until what ran before has given its memory back, as far as it does: it counts against what runs next, and may
/// be given back a moment after an error was told.
fn settle() {
    let begun = Instant::now();
    let mut lowest = allocated_bytes();
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_millis(300) && begun.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(20));
        let now = allocated_bytes();
        if now + (1 << 20) < lowest || now > lowest + (8 << 20) {
            (lowest, since) = (now, Instant::now());
        }
    }
}

/// Tries the test on this machine, and on a cluster of two workers whose tasks may use so much memory.
fn on_both(memory: u64, test: impl Fn(&Place)) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    install_panic_filter();
    settle();
    test(&Place::here());
    settle();
    let options = LocalClusterOptions {
        workers: 2,
        cores: 1,
        memory: allocated_bytes() + memory,
        slots: SlotKind::Threads,
        functions: worker_functions(),
    };
    let cluster = LocalCluster::start(&options).unwrap();
    let runner = ClusterRunner::new(
        cluster.address().clone(),
        Caller::new(cluster.token(), None),
        CutOptions { few_bytes: 0, ..CutOptions::default() },
        worker_functions(),
        Application::named("a test"),
    );
    let runner = runner.unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while runner.view(&Watch::new()).unwrap().workers.len() < 2 {
        assert!(Instant::now() < deadline, "the workers do not come");
        thread::sleep(Duration::from_millis(20));
    }
    test(&Place { name: "on a cluster", runner, is_here: false });
}

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
    fn query(&self, place: &Place, sql: &str) -> Frame {
        let answer = SqlEngine::new().run(sql, Arc::new(self.clone()), &*place.runner, &Watch::new());
        answer.unwrap_or_else(|error| panic!("{sql} {}: {error:?}", place.name)).frame.unwrap()
    }

    fn rows(&self, place: &Place, sql: &str, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
        self.query(place, sql).collect(limit, &*place.runner, watch)
    }

    fn count(&self, place: &Place, sql: &str) -> u64 {
        let data = self.rows(place, sql, Limit::All, &Watch::new());
        let data = data.unwrap_or_else(|error| panic!("{sql} {}: {error:?}", place.name));
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
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
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
