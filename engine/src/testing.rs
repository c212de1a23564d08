//! Where unit tests run what cells say: on this machine, and on a cluster of two workers in this process.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use fram_cluster::{ClusterRunner, CutOptions, LocalCluster, LocalClusterOptions};
use fram_frame::{LocalRunner, Runner};

use crate::sql::worker_functions;

/// A cluster that tests share. It ends with the last of them, so that nothing of it outlives them.
pub(crate) struct Cluster {
    runner: Arc<ClusterRunner>,
    _cluster: LocalCluster,
}

static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

impl Cluster {
    /// The one that runs, or a new one.
    pub(crate) fn shared() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::started());
            *running = Arc::downgrade(&cluster);
            cluster
        })
    }

    fn started() -> Self {
        let options =
            LocalClusterOptions { functions: worker_functions(), ..LocalClusterOptions::in_threads(2) };
        let cluster = LocalCluster::start(&options).unwrap();
        // Of few rows each plan would be one task.
        let runner = cluster.runner(CutOptions { few_bytes: 0, ..CutOptions::default() }).unwrap();
        Self { runner, _cluster: cluster }
    }

    /// Both places, by their names.
    pub(crate) fn places(&self) -> [(&'static str, &dyn Runner); 2] {
        [("on one machine", &LocalRunner), ("on a cluster", &*self.runner)]
    }
}
