//! Jobs in a table, and the page of all that have ended.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::cluster::{with_pages, worker_link};
use super::layout::{bar, button, first_line, hint, state, visible};
use super::shown;
use crate::clock::now;
use crate::master::Master;
use crate::record::JobSummary;
use crate::words::{amount, grouped, moment, time};

/// Jobs on one page.
const PAGE: usize = 100;
/// Workers that are named in a row of a table.
const FEW: usize = 2;

/// Which part of a long list is shown.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) skip: usize,
}

/// `/jobs`.
pub(super) async fn page(State(master): State<Arc<Master>>, Query(part): Query<Part>) -> Response {
    let (jobs, all) = master.records.with_ended(|ended| {
        (ended.iter().rev().skip(part.skip).take(PAGE).cloned().collect::<Vec<_>>(), ended.len())
    });
    let body = html! {
        h1 { "Ended jobs" }
        (job_table(&jobs, false))
        (others("/jobs?", part.skip, PAGE, all))
    };
    shown("Ended jobs", &html! { a href="/" { "Cluster" } }, &body)
}

/// Links to the parts of a long list before and after this one.
pub(super) fn others(path: &str, skip: usize, page: usize, all: usize) -> Markup {
    let skip = skip.min(all);
    html! {
        @if all > page {
            p.faint {
                (skip + 1) " to " ((skip + page).min(all)) " of " (all) " "
                @if skip > 0 { a href={ (path) "skip=" (skip.saturating_sub(page)) } { "before" } " " }
                @if skip + page < all { a href={ (path) "skip=" (skip + page) } { "after" } }
            }
        }
    }
}

/// The jobs, with a way to cancel those that run.
pub(super) fn job_table(jobs: &[JobSummary], can_cancel: bool) -> Markup {
    if jobs.is_empty() {
        return html! { p.faint { "None." } };
    }
    html! {
        div.wide { table {
            thead { tr {
                th { "Job" } th { "State" } th { "Cell" } th { "Notebook" } th { "Tasks" }
                th.number { "Rows" } th.number { "Bytes" } th.number { "Begun (UTC)" } th.number { "Took" }
                @if can_cancel { th {} }
            } }
            tbody { @for job in jobs { (row(job, can_cancel)) } }
        } }
    }
}

/// The rows that jobs have left on the workers for later; nothing where there are none.
pub(super) fn kept_table(jobs: &[JobSummary], master: &Master) -> Markup {
    html! {
        @if !jobs.is_empty() {
            @let workers = with_pages(master);
            h2 { "Kept rows" }
            div.wide { table {
                thead { tr {
                    th { "Job" } th { "Cell" } th { "Notebook" } th { "On" } th.number { "Rows" }
                    th.number { "Bytes" } th.number { "Since (UTC)" }
                } }
                tbody { @for job in jobs {
                    tr {
                        td.short { a href={ "/jobs/" (job.id) } { (job.id) } }
                        td.cell title=(hint(&job.card.cell)) { code { (first_line(&job.card.cell)) } }
                        td.name title=(hint(&job.card.application.name)) { a href={ "/applications/" (job.card.application.id) } { (visible(&job.card.application.name)) } }
                        td { (keepers(&master.records.keepers(&job.id), &workers)) }
                        td.number { (grouped(job.progress.rows)) }
                        td.number { (amount(job.progress.bytes)) }
                        td.number { (moment(job.ended.unwrap_or(job.begun))) }
                    }
                } }
            } }
        }
    }
}

/// The workers that have the rows of a job; the first few by their names.
fn keepers(keepers: &BTreeSet<String>, with_pages: &HashSet<String>) -> Markup {
    html! {
        @for (place, worker) in keepers.iter().take(FEW).enumerate() {
            @if place > 0 { ", " }
            (worker_link(worker, worker, with_pages.contains(worker)))
        }
        @if keepers.len() > FEW { " and " (keepers.len() - FEW) " more" }
    }
}

fn row(job: &JobSummary, can_cancel: bool) -> Markup {
    let application = &job.card.application;
    let words = format!("{} of {}", job.progress.tasks_done, job.progress.tasks);
    html! {
        tr {
            td.short { a href={ "/jobs/" (job.id) } { (job.id) } }
            td { (state(&job.state)) }
            td.cell title=(hint(&job.card.cell)) { code { (first_line(&job.card.cell)) } }
            td.name title=(hint(&application.name)) { a href={ "/applications/" (application.id) } { (visible(&application.name)) } }
            td { (bar(job.progress.tasks_done as u64, job.progress.tasks as u64, &words)) }
            td.number { (grouped(job.progress.rows)) }
            td.number { (amount(job.progress.bytes)) }
            td.number { (moment(job.begun)) }
            td.number { (time(job.ended.unwrap_or_else(now).saturating_sub(job.begun))) }
            @if can_cancel { td { (button(&format!("/jobs/{}/cancel", job.id), "Cancel")) } }
        }
    }
}
