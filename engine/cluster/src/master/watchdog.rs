//! When a job would wait for ever, and what its notebook is told.

use std::time::Duration;

use crate::failure::Failure;

/// How long nothing of a job may run while slots are free: then it was forgotten, and is begun again.
const FORGOTTEN: Duration = Duration::from_secs(20);
/// The same before its stages are known: a large plan takes the scheduler its time.
const UNPLANNED: Duration = Duration::from_secs(60);
/// How long a job waits where there is no worker: one may come back, or another may come.
const DESERTED: Duration = Duration::from_secs(5);

/// A job that is not done.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    /// How long none of its tasks has run.
    pub(super) idle: Duration,
    /// Whether its stages are known.
    pub(super) is_planned: bool,
    /// Whether a task could begin at once.
    pub(super) has_free_slots: bool,
    /// Whether there are workers that take tasks.
    pub(super) has_workers: bool,
}

impl Waiting {
    /// Why it would wait for ever, if it would.
    pub(super) fn hopeless(self) -> Option<Failure> {
        let patience = if self.is_planned { FORGOTTEN } else { UNPLANNED };
        if self.idle > patience && self.has_free_slots {
            let what = format!("no task of the job was begun for {} seconds", patience.as_secs());
            return Some(Failure::Lost { what });
        }
        (!self.has_workers && self.idle > DESERTED).then(|| Failure::Cluster {
            reason: "the cluster has no workers any more that take tasks".into(),
            remedy: "start one (`fram worker`), or press Resume on the page of the cluster where they are drained, and run the cell again".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Waiting =
        Waiting { idle: Duration::from_secs(30), is_planned: true, has_free_slots: true, has_workers: true };

    #[test]
    fn a_job_that_was_forgotten_is_begun_again() {
        assert!(matches!(A_WHILE.hopeless(), Some(Failure::Lost { what }) if what.contains("20 seconds")));
        let soon = Waiting { idle: Duration::from_secs(19), ..A_WHILE };
        assert!(soon.hopeless().is_none());
        let behind_others = Waiting { has_free_slots: false, ..A_WHILE };
        assert!(behind_others.hopeless().is_none());
    }

    #[test]
    fn a_plan_that_takes_the_scheduler_long_is_not_forgotten() {
        let large = Waiting { is_planned: false, ..A_WHILE };
        assert!(large.hopeless().is_none());
        let forgotten = Waiting { idle: Duration::from_secs(61), ..large };
        assert!(matches!(forgotten.hopeless(), Some(Failure::Lost { what }) if what.contains("60 seconds")));
    }

    #[test]
    fn a_job_without_workers_ends_with_what_to_do() {
        let deserted =
            Waiting { idle: Duration::from_secs(6), has_free_slots: false, has_workers: false, ..A_WHILE };
        assert!(
            matches!(deserted.hopeless(), Some(Failure::Cluster { remedy, .. }) if remedy.contains("fram worker"))
        );
        let soon = Waiting { idle: Duration::from_secs(4), ..deserted };
        assert!(soon.hopeless().is_none());
    }
}
