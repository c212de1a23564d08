//! The time of a cluster, which is that of its master: a worker's own clock may be hours off, and what master and workers
//! sign for each other is good for minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, by the clock of this machine.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The time of a cluster as it is known here. Clones go the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    /// Milliseconds that the cluster's time is ahead of this machine's.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// It is this time in the cluster.
    pub(crate) fn set(&self, time: u64) {
        let ahead = i128::from(time) - i128::from(now());
        self.ahead.store(i64::try_from(ahead).unwrap_or(0), Ordering::Relaxed);
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        now().saturating_add_signed(self.ahead.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_from_what_it_was_set_to() {
        let clock = Clock::default();
        assert!(now().abs_diff(clock.now()) < 1_000);
        for time in [0, 1_000, now() + 3_600_000] {
            clock.set(time);
            assert!(clock.clone().now().abs_diff(time) < 1_000);
        }
    }
}
