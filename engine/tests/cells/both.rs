//! Where these tests run their cells: in notebooks of this process alone, and in notebooks on a cluster of two workers.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use fram_cluster::{LocalCluster, LocalClusterOptions};
use fram_engine::{Session, sql};

use super::run;

/// A notebook, and where its cells run.
pub(crate) struct Notebook {
    pub(crate) place: &'static str,
    pub(crate) session: Arc<Session>,
    _cluster: Option<Arc<Cluster>>,
}

impl Notebook {
    fn here() -> Self {
        Self { place: "on one machine", session: Arc::new(Session::new()), _cluster: None }
    }

    /// A notebook on the cluster of these tests.
    pub(crate) fn there() -> Self {
        let (cluster, session) = (Cluster::shared(), Arc::new(Session::new()));
        run(&session, &cluster.join);
        Self { place: "on a cluster", session, _cluster: Some(cluster) }
    }
}

/// A new notebook in each place.
pub(crate) fn notebooks() -> [Notebook; 2] {
    [Notebook::here(), Notebook::there()]
}

/// Tries the test with a new notebook in each place.
#[expect(clippy::print_stdout, reason = "seen where the test fails")]
pub(crate) fn on_both(test: impl Fn(&Arc<Session>)) {
    for notebook in notebooks() {
        println!("{}:", notebook.place);
        test(&notebook.session);
    }
}

/// A cluster in this process. It ends with the last notebook on it, so that nothing of it outlives the tests.
struct Cluster {
    join: String,
    _cluster: LocalCluster,
    _folder: tempfile::TempDir,
}

static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

impl Cluster {
    /// The one that runs, or a new one.
    fn shared() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::started());
            *running = Arc::downgrade(&cluster);
            cluster
        })
    }

    fn started() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let functions = sql::worker_functions();
        let options = LocalClusterOptions { functions, ..LocalClusterOptions::in_threads(2) };
        let cluster = LocalCluster::start(&options).unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, cluster.token().reveal()).unwrap();
        let join = format!("%cluster {} --token-file {}", cluster.address(), token_file.display());
        Self { join, _cluster: cluster, _folder: folder }
    }
}
