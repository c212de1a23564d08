//! The program `fram`.
mod interpreter;
fn main() {}
