//! Skeleton.
pub mod sql;
