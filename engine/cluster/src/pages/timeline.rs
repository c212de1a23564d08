//! When the tasks of a job ran: a lane for each slot of each worker, a bar for each task.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::clock::now;
use crate::record::{JobRecord, STOPPED, TaskRecord};
use crate::words::time;

const WIDTH: f64 = 1000.0;
const NAME_WIDTH: f64 = 170.0;
const LANE: usize = 20;
/// Bars and lanes that are drawn at most.
const MOST_TASKS: usize = 3_000;
const MOST_LANES: usize = 64;

/// A task with its stage, from when to when.
struct Bar<'a> {
    stage: usize,
    task: &'a TaskRecord,
    end: u64,
}

/// The timeline.
pub(super) fn timeline(job: &JobRecord) -> Markup {
    let end_of = |task: &TaskRecord| task.ended.or(job.summary.ended).unwrap_or_else(now);
    let tasks =
        job.stages.iter().flat_map(|(stage, record)| record.tasks.iter().map(move |task| (*stage, task)));
    let mut bars: Vec<Bar<'_>> = tasks.map(|(stage, task)| Bar { stage, task, end: end_of(task) }).collect();
    let all = bars.len();
    if all == 0 {
        return html! { p.faint { "No task has begun." } };
    }
    // The longest ones are what a reader looks for.
    bars.sort_by_key(|bar| Reverse(bar.end.saturating_sub(bar.task.begun)));
    bars.truncate(MOST_TASKS);
    let begin = bars.iter().map(|bar| bar.task.begun).min().unwrap_or_default();
    let span = bars.iter().map(|bar| bar.end).max().unwrap_or_default().saturating_sub(begin).max(1);
    let lanes = lanes(bars);
    let height = (lanes.len().min(MOST_LANES) + 1) * LANE + 4;
    html! {
        svg.timeline viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) role="img" aria-label="When the tasks ran" {
            @for (at, ((worker, slot), bars)) in lanes.iter().take(MOST_LANES).enumerate() {
                @let top = at * LANE;
                @if *slot == 0 { text x="0" y=(top + 14) { (worker) } }
                rect.lane x=(NAME_WIDTH) y=(top + 2) width=(WIDTH - NAME_WIDTH) height=(LANE - 4) {}
                @for bar in bars { (drawn(bar, top, begin, span)) }
            }
            text.faint x=(NAME_WIDTH) y=(height - 6) { "0" }
            text.faint x=(WIDTH) y=(height - 6) text-anchor="end" { (time(span)) }
        }
        p.faint { "A bar is a task; neighbouring stages differ in colour." }
        @if all > MOST_TASKS { p.faint { "The " (MOST_TASKS) " longest of " (all) " tasks." } }
        @if lanes.len() > MOST_LANES { p.faint { (MOST_LANES) " of " (lanes.len()) " slots." } }
    }
}

/// The bars by worker and slot: tasks that run at once are in different slots.
fn lanes(mut bars: Vec<Bar<'_>>) -> BTreeMap<(String, usize), Vec<Bar<'_>>> {
    bars.sort_by_key(|bar| bar.task.begun);
    let mut free_from: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut lanes: BTreeMap<(String, usize), Vec<Bar<'_>>> = BTreeMap::new();
    for bar in bars {
        let slots = free_from.entry(bar.task.worker.clone()).or_default();
        let slot = slots.iter().position(|free| *free <= bar.task.begun).unwrap_or(slots.len());
        if slot == slots.len() {
            slots.push(0);
        }
        slots[slot] = bar.end;
        lanes.entry((bar.task.worker.clone(), slot)).or_default().push(bar);
    }
    lanes
}

fn drawn(bar: &Bar<'_>, top: usize, begin: u64, span: u64) -> Markup {
    let scale = (WIDTH - NAME_WIDTH) / span as f64;
    let left = NAME_WIDTH + bar.task.begun.saturating_sub(begin) as f64 * scale;
    let took = bar.end.saturating_sub(bar.task.begun);
    let class = match (&bar.task.failure, bar.task.ended) {
        (Some(failure), _) if failure == STOPPED => "stopped",
        (Some(_), _) => "bad",
        (None, None) => "busy",
        _ if bar.stage.is_multiple_of(2) => "odd",
        _ => "",
    };
    html! {
        rect class={ "task " (class) } x=(format!("{left:.2}")) y=(top + 3) width=(format!("{:.2}", (took as f64 * scale).max(0.8))) height=(LANE - 6) {
            title { "stage " (bar.stage) ", task " (bar.task.number) ": " (time(took)) }
        }
    }
}
