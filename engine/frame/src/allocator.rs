//! The counting allocator that a program installs, so that the memory limit and Polars' spilling know what is in
//! use. Counting is Polars' own; what to do about the number is left to the local runner.

use std::hint::black_box;

/// The allocator to install with `#[global_allocator]`: the system's, counted.
pub use polars_ooc::Allocator;

/// Bytes allocated by this process through [`Allocator`], to within a few MiB a thread (each thread reports in
/// steps); 0 where the program has not installed it.
pub fn allocated_bytes() -> u64 {
    polars_ooc::estimate_memory_usage()
}

/// Counts what this thread has allocated and freed since it last reported. A thread that ends without it leaves up to
/// a step uncounted for ever, and a process that has run a thousand queries seems to be full.
pub fn settle() {
    // More than any thread holds back: both its coming and its going are reported at once, and what was held back with them.
    let bytes = usize::try_from(2 * (polars_config::get_ooc_drift_threshold() + 1)).unwrap_or_default();
    drop(black_box(Vec::<u8>::with_capacity(bytes)));
}

/// Gives memory back to the system that was freed and is held for what may be allocated next.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "the C library's own call, which has no other form")]
        // SAFETY: it may be called at any time, by any thread.
        unsafe {
            nix::libc::malloc_trim(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static COUNTED: Allocator = Allocator;

    #[test]
    fn what_threads_held_back_is_counted_when_they_end() {
        let (threads, kept) = (64_u64, 1 << 20);
        let before = allocated_bytes();
        let held: Vec<Vec<u8>> = (0..threads)
            .map(|_| {
                let keep = move || {
                    let kept = Vec::<u8>::with_capacity(kept);
                    settle();
                    kept
                };
                std::thread::spawn(keep).join().unwrap()
            })
            .collect();
        let counted = allocated_bytes() - before;
        let all = threads * kept as u64;
        assert!(counted.abs_diff(all) < all / 4, "{counted} of {all}");
        drop(held);
    }
}
