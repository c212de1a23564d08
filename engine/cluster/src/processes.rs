//! What a process uses, as the system counts it.

use std::time::Duration;

/// How long a tick of the system's clock of processors is (`USER_HZ`, which is the same on all machines).
const TICK: Duration = Duration::from_millis(10);

/// Bytes of memory that the process has; 0 where the system does not say.
pub(crate) fn memory_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}

/// Time of processors that the process has used; none where the system does not say.
pub(crate) fn processor_time_of(process: u32) -> Option<Duration> {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // What stands before is the program's name, which may hold anything.
    let (_, fields) = status.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Some(TICK * ticks.sum::<Result<u32, _>>().ok()?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn work_is_counted() {
        let (process, begun) = (std::process::id(), Instant::now());
        let before = processor_time_of(process).unwrap();
        while processor_time_of(process).unwrap() < before + Duration::from_millis(100) {
            assert!(begun.elapsed() < Duration::from_secs(60));
        }
        assert!(memory_of(process) > 1 << 20);
        assert_eq!(processor_time_of(u32::MAX), None);
    }
}
