//! The page of a notebook: its jobs, cell by cell, and what it runs in.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};

use super::job_list::{Part, job_table, kept_table, others};
use super::layout::{facts, named_values, visible};
use super::{missing, shown};
use crate::master::Master;
use crate::record::JobSummary;
use crate::words::{amount, moment, rows, time};

/// Jobs on one page.
const PAGE: usize = 100;

/// Whether a notebook is there, and has the cluster work.
pub(super) fn notebook_state(is_present: bool, is_busy: bool) -> Markup {
    let (class, word) = match (is_present, is_busy) {
        (_, true) => ("busy", "busy"),
        (true, false) => ("good", "idle"),
        (false, false) => ("faint", "ended"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// `/applications/{id}`.
pub(super) async fn page(
    State(master): State<Arc<Master>>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Response {
    let is_its = |job: &&JobSummary| job.card.application.id == id;
    let running: Vec<_> = master.records.running().into_iter().filter(|job| is_its(&job)).collect();
    let kept: Vec<_> = master.records.kept().into_iter().filter(|job| is_its(&job)).collect();
    let ended: Vec<_> =
        master.records.with_ended(|ended| ended.iter().rev().filter(is_its).cloned().collect());
    let present = master.notebooks.present().into_iter().find(|notebook| notebook.id == id);
    let is_present = present.is_some();
    let job = running.first().or(kept.first()).or(ended.first());
    let Some(notebook) = present.or_else(|| job.map(|job| job.card.application.clone())) else {
        return missing("No such notebook is known.");
    };
    let (name, owner) = (visible(&notebook.name), visible(&notebook.owner));
    let all = || running.iter().chain(&kept).chain(&ended);
    let work: u64 = ended.iter().map(|job| job.ended.unwrap_or(job.begun).saturating_sub(job.begun)).sum();
    let shown_jobs: Vec<_> = ended.iter().skip(part.skip).take(PAGE).cloned().collect();
    let body = html! {
        h1 { (name) }
        (facts(&[
            ("State", notebook_state(is_present, !running.is_empty())),
            ("Of", html! { (owner) }),
            ("Jobs", html! { (running.len()) " running, " (ended.len()) " ended" }),
            ("First one (UTC)", html! { (all().map(|job| job.begun).min().map_or_else(String::new, moment)) }),
            ("Last one (UTC)", html! { (all().map(|job| job.begun).max().map_or_else(String::new, moment)) }),
            ("Together", html! { (time(work)) }),
            ("Written by tasks", html! {
                (rows(all().map(|job| job.progress.rows).sum())) ", " (amount(all().map(|job| job.progress.bytes).sum()))
            }),
        ]))
        h2 { "Running" }
        (job_table(&running, true))
        (kept_table(&kept, &master))
        h2 { "Ended" }
        (job_table(&shown_jobs, false))
        (others(&format!("/applications/{id}?"), part.skip, PAGE, ended.len()))
        h2 { "Environment" }
        (named_values("environment", "what it runs in, and how it was set up", &notebook.environment))
    };
    shown(&name, &html! { a href="/" { "Cluster" } }, &body)
}
