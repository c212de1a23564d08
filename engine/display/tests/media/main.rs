//! What is made of data, medium by medium: what tables and charts say, and that no data becomes markup.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod attacks;
mod charts;
mod markup;
mod tables;
