//! The tasks of one stage, a part of a long list at a time.

use std::cmp::Reverse;
use std::collections::HashSet;

use maud::{Markup, html};
use serde::Deserialize;

use super::cluster::worker_link;
use super::job::Part;
use super::job_list::others;
use super::layout::{task_state, visible};
use crate::clock::now;
use crate::record::{JobRecord, TaskRecord};
use crate::words::{amount, by_numbers, grouped, moment, time};

/// Tasks on one page.
const PAGE: usize = 100;

/// What the tasks are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    /// Their numbers.
    #[default]
    Number,
    /// The time that they took, the longest first.
    Time,
    /// The rows that they wrote, the most first.
    Rows,
    /// Where they ran.
    Worker,
}

impl Order {
    fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Time => "time",
            Self::Rows => "rows",
            Self::Worker => "worker",
        }
    }
}

/// The tasks of the stage; of the last one that has begun where none is named. Those of these workers lead to their pages.
pub(super) fn task_table(job: &JobRecord, workers: &HashSet<String>, part: &Part) -> Markup {
    let (order, skip) = (part.order, part.skip);
    let last =
        || job.stages.iter().filter(|(_, stage)| !stage.tasks.is_empty()).max_by_key(|(number, _)| **number);
    let number = part.stage.or_else(|| last().map(|(number, _)| *number));
    let Some((number, stage)) = number.and_then(|number| Some((number, job.stages.get(&number)?))) else {
        return html! {};
    };
    let mut tasks: Vec<&TaskRecord> = stage.tasks.iter().collect();
    match order {
        Order::Number => tasks.sort_by_key(|task| task.number),
        Order::Time => tasks.sort_by_key(|task| Reverse(took(task))),
        Order::Rows => tasks.sort_by_key(|task| Reverse(task.rows)),
        Order::Worker => tasks.sort_by_cached_key(|task| (by_numbers(&task.worker), task.number)),
    }
    let path = format!("/jobs/{}?stage={number}&", job.summary.id);
    let by =
        |order: Order, title: &str| html! { a href={ (path) "order=" (order.word()) "#tasks" } { (title) } };
    html! {
        h2 #tasks { "Tasks of stage " (number) }
        div.wide { table {
            thead { tr {
                th.number { (by(Order::Number, "Task")) } th { (by(Order::Worker, "Worker")) } th { "State" }
                th.number { "Begun (UTC)" } th.number { (by(Order::Time, "Took")) }
                th.number { (by(Order::Rows, "Rows")) } th.number { "Bytes" } th { "Error" }
            } }
            tbody { @for task in tasks.iter().skip(skip).take(PAGE) { (row(task, workers)) } }
        } }
        (others(&format!("{path}order={}&", order.word()), skip, PAGE, tasks.len()))
    }
}

fn took(task: &TaskRecord) -> u64 {
    task.ended.unwrap_or_else(now).saturating_sub(task.begun)
}

fn row(task: &TaskRecord, workers: &HashSet<String>) -> Markup {
    html! {
        tr {
            td.number { (task.number) }
            td { (worker_link(&task.worker, &task.worker, workers.contains(&task.worker))) }
            td { (task_state(task.ended, task.failure.as_deref())) }
            td.number { (moment(task.begun)) }
            td.number { (time(took(task))) }
            td.number { (grouped(task.rows)) }
            td.number { (amount(task.bytes)) }
            td { @if let Some(failure) = &task.failure { (visible(failure)) } }
        }
    }
}
