//! The stages of a job: what each does, how far it is, and how evenly its tasks share the work.

use maud::{Markup, html};

use super::layout::bar;
use crate::clock::now;
use crate::record::{JobRecord, StageRecord, TaskRecord};
use crate::words::{amount, grouped, time};

/// How much longer than the median a task may take before it is called slow.
const SKEWED: f64 = 3.0;

/// The stages.
pub(super) fn stage_table(job: &JobRecord) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th.number { "Stage" } th { "What it does" } th { "Tasks" } th.number { "Rows" } th.number { "Bytes" }
                th.number { "Took" } th.number { "Median task" } th.number { "Longest" } th.number { "Skew" } th {}
            } }
            tbody { @for (number, stage) in &job.stages { (row(job, *number, stage)) } }
        } }
    }
}

fn row(job: &JobRecord, number: usize, stage: &StageRecord) -> Markup {
    let planned = stage.tasks_planned.max(stage.tasks.len());
    let done = stage.tasks_done();
    let times = times(stage);
    let (median, longest) = (times.get(times.len() / 2).copied(), times.last().copied());
    let skew = match (median, longest) {
        (Some(median), Some(longest)) if times.len() > 1 => Some(longest as f64 / median.max(1) as f64),
        _ => None,
    };
    let is_failed = stage.is_failed();
    html! {
        tr.bad[is_failed] {
            td.number { (number) }
            td { (stage.told_steps().join(" · ")) }
            td { (bar(done as u64, planned as u64, &format!("{} of {}", grouped(done as u64), grouped(planned as u64)))) }
            td.number { (grouped(stage.rows())) }
            td.number { (amount(stage.bytes())) }
            td.number { @if let Some(took) = span(stage) { (time(took)) } }
            td.number { @if let Some(median) = median { (time(median)) } }
            td.number { @if let Some(longest) = longest { (time(longest)) } }
            td.number { @if let Some(skew) = skew { span.busy[skew > SKEWED] { (format!("{skew:.1}")) } } }
            td { @if !stage.tasks.is_empty() { a href={ "/jobs/" (job.summary.id) "?stage=" (number) "#tasks" } { "tasks" } } }
        }
    }
}

/// How long the tasks took that have ended, the shortest first.
fn times(stage: &StageRecord) -> Vec<u64> {
    let ended = stage.tasks.iter().filter_map(|task| Some(task.ended?.saturating_sub(task.begun)));
    let mut times: Vec<u64> = ended.collect();
    times.sort_unstable();
    times
}

/// From the begin of the first task to the end of the last.
fn span(stage: &StageRecord) -> Option<u64> {
    let first = stage.tasks.iter().map(|task| task.begun).min()?;
    let last = stage.tasks.iter().map(|task: &TaskRecord| task.ended.unwrap_or_else(now)).max()?;
    Some(last.saturating_sub(first))
}
