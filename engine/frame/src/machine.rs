//! How much memory this process may use: the machine's, or its control group's where that is less.

use std::fs;
use std::path::Path;

/// Bytes of memory that this process may use in all: the smaller of the machine's memory and the limits of the
/// control groups (v2 and v1) that it runs in. `None` where the system tells neither.
pub fn memory_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo_total(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").map(|text| group_limits(&text)).unwrap_or_default();
    groups.into_iter().chain(machine).min()
}

/// `MemTotal` of `/proc/meminfo`, in bytes.
fn meminfo_total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The limits of each control group on the way from this process's group up to the root.
fn group_limits(groups: &str) -> Vec<u64> {
    let mut limits = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        // Inside a container the path may not exist below the mount; its ancestors then do.
        for folder in Path::new(path.trim_start_matches('/')).ancestors() {
            let Ok(text) = fs::read_to_string(Path::new(root).join(folder).join(file)) else { continue };
            limits.extend(text.trim().parse::<u64>());
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_is_read_in_bytes() {
        assert_eq!(meminfo_total("MemTotal:       24500000 kB\nMemFree: 1 kB\n"), Some(24_500_000 * 1024));
        assert_eq!(meminfo_total("nothing"), None);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(memory_bytes().is_some_and(|bytes| bytes > 64 << 20));
    }
}
