//! A plan as the steps that it runs in: what `explain` shows. How they are drawn is left to `fram-display`.

use std::time::Duration;

/// One step of a plan, with those that feed it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// What is done, as `filter` or `HashJoin`.
    pub name: String,
    /// How, line by line.
    pub detail: Vec<String>,
    /// What was measured, where the plan was run.
    pub measured: Option<Measured>,
    /// The steps whose rows it takes, the left one first.
    pub inputs: Vec<Step>,
}

/// What a step did in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    /// Rows that came out of it.
    pub rows: u64,
    /// Time that threads spent in it, together.
    pub busy: Duration,
}
