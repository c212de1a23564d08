//! Tasks that stand still: their process lives, and does nothing, since a disk or a driver below it never answers.

use std::time::{Duration, Instant};

use crate::processes::processor_time_of;

/// How long a task may do next to nothing.
pub(super) const LONGEST: Duration = Duration::from_secs(300);
/// What it must use of a processor in this time: a process that only waits uses a tenth of it.
const LEAST: Duration = Duration::from_secs(1);

/// The last time that the process of a task was seen to work.
pub(super) struct LastWork {
    process: u32,
    at: Instant,
    used: Option<Duration>,
}

impl LastWork {
    /// That of a process which begins to work.
    pub(super) fn now(process: u32) -> Self {
        Self { process, at: Instant::now(), used: processor_time_of(process) }
    }

    /// Whether the process has done next to nothing for so long.
    pub(super) fn is_over(&mut self, longest: Duration) -> bool {
        self.is_over_at(longest, Instant::now(), processor_time_of(self.process))
    }

    fn is_over_at(&mut self, longest: Duration, now: Instant, used: Option<Duration>) -> bool {
        let work = used.zip(self.used).map(|(now, before)| now.saturating_sub(before));
        // Where the system does not say it, nothing is to be seen.
        if work.is_none_or(|work| work >= LEAST) {
            (self.at, self.used) = (now, used);
            return false;
        }
        now.duration_since(self.at) > longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_stands_still_when_it_uses_next_to_nothing_for_long() {
        let (begun, seconds) = (Instant::now(), Duration::from_secs);
        let mut work = LastWork { process: 0, at: begun, used: Some(seconds(5)) };
        let mut is_over = |after, used: Option<f64>| {
            work.is_over_at(LONGEST, begun + seconds(after), used.map(Duration::from_secs_f64))
        };
        assert!(!is_over(299, Some(5.0)));
        assert!(!is_over(300, Some(5.9)));
        assert!(is_over(301, Some(5.9)));
        assert!(!is_over(302, Some(6.1)));
        assert!(!is_over(602, Some(6.2)));
        assert!(is_over(603, Some(6.2)));
        assert!(!is_over(10_000, None));
    }
}
