//! The counting allocator that a program installs, so that the memory limit and Polars' spilling know what is in
//! use. Counting is Polars' own; what to do about the number is left to the local runner.

/// The allocator to install with `#[global_allocator]`: the system's, counted.
pub use polars_ooc::Allocator;

/// Bytes allocated by this process through [`Allocator`], to within a few MiB a thread (each thread reports in
/// steps); 0 where the program has not installed it.
pub fn allocated_bytes() -> u64 {
    polars_ooc::estimate_memory_usage()
}
