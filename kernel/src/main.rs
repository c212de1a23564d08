//! The program `fram`.
fn main() {}
