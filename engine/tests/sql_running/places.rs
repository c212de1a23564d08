//! Where queries run, and what they read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use fram_cluster::{CutOptions, LocalCluster, LocalClusterOptions};
use fram_engine::sql::{SqlEngine, Tables, worker_functions};
use fram_frame::{Frame, Limit, LocalRunner, RunError, Runner, Watch, allocated_bytes, install_panic_filter};
use polars::prelude::*;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Where queries run.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) runner: Arc<dyn Runner>,
    pub(crate) is_here: bool,
    /// Where its workers write.
    pub(crate) work_dir: PathBuf,
}

impl Place {
    pub(crate) fn here() -> Self {
        Self {
            name: "on one machine",
            runner: Arc::new(LocalRunner),
            is_here: true,
            work_dir: PathBuf::new(),
        }
    }
}

/// Waits until what ran before has given its memory back, as far as it does: it counts against what runs next, and may
/// be given back a moment after an error was told.
pub(crate) fn settle() {
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

/// Waits for the tests that are running, so that this one runs alone.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Tries the test on this machine, and on a cluster of two workers whose tasks may use so much memory.
pub(crate) fn on_both(memory: u64, test: impl Fn(&Place)) {
    let _alone = alone();
    install_panic_filter();
    settle();
    test(&Place::here());
    settle();
    let options = CutOptions { few_bytes: 0, ..CutOptions::default() };
    on_cluster(allocated_bytes() + memory, options, test);
}

/// Tries the test on a cluster of two workers that have so much memory each, with plans cut like this.
pub(crate) fn on_cluster(memory: u64, options: CutOptions, test: impl Fn(&Place)) {
    let functions = worker_functions();
    let workers = LocalClusterOptions { memory, functions, ..LocalClusterOptions::in_threads(2) };
    let cluster = LocalCluster::start(&workers).unwrap();
    let runner = cluster.runner(options).unwrap();
    test(&Place { name: "on a cluster", runner, is_here: false, work_dir: cluster.work_dir() });
}

#[derive(Clone)]
pub(crate) struct Frames(pub(crate) BTreeMap<String, Frame>);

impl Tables for Frames {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn frame(&self, name: &str) -> Option<Frame> {
        self.0.get(name).cloned()
    }
}

impl Frames {
    pub(crate) fn query(&self, place: &Place, sql: &str) -> Frame {
        let answer = SqlEngine::new().run(sql, Arc::new(self.clone()), &*place.runner, &Watch::new());
        answer.unwrap_or_else(|error| panic!("{sql} {}: {error:?}", place.name)).frame.unwrap()
    }

    pub(crate) fn rows(
        &self,
        place: &Place,
        sql: &str,
        limit: Limit,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        self.query(place, sql).collect(limit, &*place.runner, watch)
    }

    pub(crate) fn count(&self, place: &Place, sql: &str) -> u64 {
        let data = self.rows(place, sql, Limit::All, &Watch::new());
        let data = data.unwrap_or_else(|error| panic!("{sql} {}: {error:?}", place.name));
        data.columns()[0].get(0).unwrap().try_extract().unwrap()
    }
}
