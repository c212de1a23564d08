//! Notebooks in a table, and the page of all that are known.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};

use super::application::notebook_state;
use super::job_list::{Part, others};
use super::layout::{escaped, hint, visible};
use super::shown;
use crate::clock::now;
use crate::master::Master;
use crate::record::{Application, JobSummary};
use crate::words::time;

/// Notebooks on one page.
const PAGE: usize = 100;

/// `/applications`.
pub(super) async fn page(State(master): State<Arc<Master>>, Query(part): Query<Part>) -> Response {
    let (running, kept) = (master.records.running(), master.records.kept());
    let notebooks = notebooks(&master, &running, &kept);
    let (from, to) = (part.skip.min(notebooks.len()), part.skip.saturating_add(PAGE).min(notebooks.len()));
    let body = html! {
        h1 { "Notebooks" }
        (notebook_table(&notebooks[from..to]))
        (others("/applications?", part.skip, PAGE, notebooks.len()))
    };
    shown("Notebooks", &html! { a href="/" { "Cluster" } }, &body)
}

/// A notebook with the number of its jobs, and when the last of them began.
pub(super) struct Notebook {
    application: Application,
    is_present: bool,
    is_busy: bool,
    jobs: usize,
    last: Option<u64>,
}

/// The notebooks that are there, and those whose jobs are known: who is there first, and then the one that asked last.
pub(super) fn notebooks(master: &Master, running: &[JobSummary], kept: &[JobSummary]) -> Vec<Notebook> {
    let present = master.notebooks.present();
    master.records.with_ended(|ended| found(present, running, kept.iter().chain(ended.iter().rev())))
}

fn found<'a>(
    present: Vec<Application>,
    running: &'a [JobSummary],
    others: impl Iterator<Item = &'a JobSummary>,
) -> Vec<Notebook> {
    let new = |application: Application, is_present| Notebook {
        application,
        is_present,
        is_busy: false,
        jobs: 0,
        last: None,
    };
    let mut found: BTreeMap<String, Notebook> =
        present.into_iter().map(|one| (one.id.clone(), new(one, true))).collect();
    let jobs = running.iter().map(|job| (job, true)).chain(others.map(|job| (job, false)));
    for (job, is_running) in jobs {
        let application = &job.card.application;
        let known = found.entry(application.id.clone()).or_insert_with(|| new(application.clone(), false));
        known.jobs += 1;
        known.is_busy |= is_running;
        known.last = known.last.max(Some(job.begun));
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|notebook| Reverse((notebook.is_busy, notebook.is_present, notebook.last)));
    found
}

/// The notebooks in a table.
pub(super) fn notebook_table(notebooks: &[Notebook]) -> Markup {
    if notebooks.is_empty() {
        return html! { p.faint { "None yet. In one: " code { "%cluster fram://HOST:PORT" } } };
    }
    html! {
        div.wide { table {
            thead { tr { th { "Notebook" } th { "State" } th { "Of" } th.number { "Jobs" } th.number { "Last one" } } }
            tbody {
                @for Notebook { application, is_present, is_busy, jobs, last } in notebooks {
                    tr {
                        td.name title=(hint(&application.name)) { a href={ "/applications/" (escaped(&application.id)) } { (visible(&application.name)) } }
                        td { (notebook_state(*is_present, *is_busy)) }
                        td { (visible(&application.owner)) }
                        td.number { (jobs) }
                        td.number { @if let Some(last) = last { (time(now().saturating_sub(*last))) " ago" } }
                    }
                }
            }
        } }
    }
}
