//! The stages of a job: what each does, how far it is, and how evenly its tasks share the work.

use maud::{Markup, html};

use super::layout::bar;
use crate::clock::now;
use crate::record::{JobRecord, StageRecord, TaskRecord};
use crate::words::{amount, grouped, time};

/// How much longer than the median a task may take before it is called slow, and how many milliseconds.
const SKEWED: (f64, u64) = (3.0, 1_000);

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
    let (median, longest) = (median(&times), times.last().copied());
    let skew =
        median.zip(longest).filter(|_| times.len() > 1).map(|(median, longest)| Skew { median, longest });
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
            td.number { @if let Some(skew) = skew { span.busy[skew.is_large()] { (format!("{:.1}", skew.factor())) } } }
            td { @if !stage.tasks.is_empty() { a href={ "/jobs/" (job.summary.id) "?stage=" (number) "#tasks" } { "tasks" } } }
        }
    }
}

/// How much longer the longest of some tasks took than the one in their middle.
struct Skew {
    median: u64,
    longest: u64,
}

impl Skew {
    fn factor(&self) -> f64 {
        self.longest as f64 / self.median.max(1) as f64
    }

    fn is_large(&self) -> bool {
        self.factor() > SKEWED.0 && self.longest - self.median > SKEWED.1
    }
}

/// The time in the middle of those; of two in the middle the shorter one, so that one slow task of two is seen.
fn median(times: &[u64]) -> Option<u64> {
    times.get(times.len().saturating_sub(1) / 2).copied()
}

/// How long the tasks took that have ended well, the shortest first.
fn times(stage: &StageRecord) -> Vec<u64> {
    let well = stage.tasks.iter().filter(|task| task.failure.is_none());
    let ended = well.filter_map(|task| Some(task.ended?.saturating_sub(task.begun)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(tasks: &[(u64, Option<&str>)]) -> StageRecord {
        let task = |&(took, failure): &(u64, Option<&str>)| TaskRecord {
            begun: 1,
            ended: Some(1 + took),
            failure: failure.map(str::to_owned),
            ..TaskRecord::default()
        };
        StageRecord { tasks: tasks.iter().map(task).collect(), ..StageRecord::default() }
    }

    fn shown(tasks: &[(u64, Option<&str>)]) -> String {
        row(&JobRecord::default(), 1, &stage(tasks)).into_string()
    }

    #[test]
    fn one_slow_task_of_two_is_seen() {
        let page = shown(&[(60_000, None), (10, None)]);
        assert!(page.contains("<span class=\"busy\">6000.0</span>"), "{page}");
        let even = shown(&[(60_000, None), (50_000, None)]);
        assert!(even.contains("<span class=\"\">1.2</span>"), "{even}");
    }

    #[test]
    fn some_milliseconds_more_are_no_skew() {
        let page = shown(&[(2, None), (2, None), (40, None)]);
        assert!(page.contains("<span class=\"\">20.0</span>"), "{page}");
    }

    #[test]
    fn tasks_that_were_stopped_do_not_count() {
        assert_eq!(times(&stage(&[(5, None), (1, Some("it failed")), (7, None)])), [5, 7]);
        let page = shown(&[(5, None), (9_000, Some("it failed"))]);
        assert!(!page.contains("<span class=\"\">"), "there is one alone: {page}");
        assert_eq!(median(&[]), None);
    }
}
