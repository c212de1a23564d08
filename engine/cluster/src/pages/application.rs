//! The page of a notebook: its jobs, cell by cell.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::html;

use super::job_list::{Part, job_table, kept_table, others};
use super::layout::{facts, visible};
use super::{missing, shown};
use crate::master::Master;
use crate::record::JobSummary;
use crate::words::{amount, grouped, moment, time};

/// Jobs on one page.
const PAGE: usize = 100;

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
    let Some(one) = running.first().or(kept.first()).or(ended.first()) else {
        return missing("No job of such a notebook is known.");
    };
    let (name, owner) = (visible(&one.card.application.name), visible(&one.card.application.owner));
    let all = || running.iter().chain(&kept).chain(&ended);
    let work: u64 = ended.iter().map(|job| job.ended.unwrap_or(job.begun).saturating_sub(job.begun)).sum();
    let shown_jobs: Vec<_> = ended.iter().skip(part.skip).take(PAGE).cloned().collect();
    let body = html! {
        h1 { (name) }
        (facts(&[
            ("Of", html! { (owner) }),
            ("Jobs", html! { (running.len()) " running, " (ended.len()) " ended" }),
            ("First one (UTC)", html! { (moment(all().map(|job| job.begun).min().unwrap_or_default())) }),
            ("Last one (UTC)", html! { (moment(all().map(|job| job.begun).max().unwrap_or_default())) }),
            ("Together", html! { (time(work)) }),
            ("Written by tasks", html! {
                (grouped(all().map(|job| job.progress.rows).sum())) " rows, " (amount(all().map(|job| job.progress.bytes).sum()))
            }),
        ]))
        h2 { "Running" }
        (job_table(&running, true))
        (kept_table(&kept))
        h2 { "Ended" }
        (job_table(&shown_jobs, false))
        (others(&format!("/applications/{id}?"), part.skip, PAGE, ended.len()))
    };
    shown(&name, &html! { a href="/" { "Cluster" } }, &body)
}
