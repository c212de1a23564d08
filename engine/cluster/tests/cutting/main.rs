//! Plans cut into pieces give the rows of plans that are run whole, on any number of partitions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compare;
mod gathering;
mod growing;
mod nearest;
mod numbers;
mod partitions;
mod probes;
mod quantiles;
mod random;
mod rehearsal;
mod repeats;
mod running;
mod samples;
mod scans;
mod semantics;
mod shared;
mod sides;
mod skew;
mod sorts;
mod staged;
mod stopping;
mod tables;
mod windows;
mod writes;
