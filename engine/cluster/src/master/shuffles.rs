//! How rows go from stage to stage: compressed or not, and how many of them a task holds before it writes them.

/// How rows are not compressed, as Ballista calls it.
pub(super) const UNPACKED: &str = "none";

/// How rows between stages are compressed, with workers on these machines: on one alone no network is spared by it, and it
/// takes up to a third of the time.
pub(super) fn shuffle_codec<'h>(mut hosts: impl Iterator<Item = &'h str>) -> &'static str {
    let first = hosts.next();
    if hosts.all(|host| Some(host) == first) { UNPACKED } else { "lz4" }
}

/// Bytes of rows up to which a task holds what it brings to others, with tasks that have these shares of memory: so they
/// are written once, where there is room. Ballista counts all memory of each batch, and so several times what batches
/// share.
pub(super) fn shuffle_buffer(shares: impl Iterator<Item = u64>) -> usize {
    let part = shares.min().unwrap_or_default() / 4;
    part.clamp(64 << 20, 1 << 30) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_task_says_how_much_is_held() {
        let buffer = |shares: &[u64]| shuffle_buffer(shares.iter().map(|gib| gib << 30));
        assert_eq!((buffer(&[1]), buffer(&[4, 2]), buffer(&[64])), (256 << 20, 512 << 20, 1 << 30));
        assert_eq!((buffer(&[]), buffer(&[0])), (64 << 20, 64 << 20));
    }

    #[test]
    fn what_crosses_a_network_is_compressed() {
        let codec = |hosts: &[&'static str]| shuffle_codec(hosts.iter().copied());
        assert_eq!((codec(&[]), codec(&["a"]), codec(&["a", "a"])), ("none", "none", "none"));
        assert_eq!((codec(&["a", "b"]), codec(&["a", "a", "b"])), ("lz4", "lz4"));
    }
}
