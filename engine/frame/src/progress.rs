//! How far a run has come, as plain numbers; how it is shown is left to `fram-engine`.

use std::time::Duration;

/// How far a run has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Time since the run began.
    pub elapsed: Duration,
    /// What is being done now, as `group-by`; empty where not known.
    pub stage: String,
    /// Steps of the plan that are done.
    pub steps_done: usize,
    /// Steps of the plan in all; 0 where not known.
    pub steps: usize,
    /// Rows read from the sources so far.
    pub rows: u64,
    /// Bytes read from the sources so far.
    pub bytes: u64,
    /// Bytes of memory in use by the process.
    pub memory: u64,
    /// Bytes that lie on disk because they do not fit in memory.
    pub spilled: u64,
    /// How often the run was begun anew, because something was lost.
    pub tries: usize,
    /// Of how many earlier cells the rows were lost, and were computed again for this run.
    pub restored: usize,
    /// The address of a page that says more, where the run is elsewhere; empty where there is none.
    pub page: String,
    /// Tells the query from others of this process, where the run is on other machines.
    pub query: u64,
    /// Whether the run is on other machines.
    pub is_elsewhere: bool,
}
