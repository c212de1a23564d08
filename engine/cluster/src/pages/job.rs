//! The page of a job: the cell that it is a part of, its plan as a picture, stages, tasks and settings.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::cluster::with_pages;
use super::layout::{bar, button, facts, named_values, state, visible};
use super::picture::picture;
use super::stage_table::stage_table;
use super::task_table::{Order, task_table};
use super::timeline::timeline;
use super::{missing, shown};
use crate::clock::now;
use crate::failure::Failure;
use crate::master::Master;
use crate::record::{JobRecord, JobState, JobSummary};
use crate::words::{amount, counted, grouped, moment, rows, time};

/// What of a job is shown.
#[derive(Default, Deserialize)]
pub(super) struct Part {
    /// The stage whose tasks are listed.
    pub(super) stage: Option<usize>,
    #[serde(default)]
    pub(super) order: Order,
    #[serde(default)]
    pub(super) skip: usize,
}

/// `/jobs/{id}`.
pub(super) async fn page(
    State(master): State<Arc<Master>>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Response {
    let records = master.records.clone();
    // It may lie on a disk that answers slowly.
    let job = tokio::task::spawn_blocking(move || records.job(&id)).await.ok().flatten();
    let Some(job) = job else { return missing("No such job is known.") };
    let summary = &job.summary;
    let body = html! {
        h1 { "Job " (summary.id) " " (state(&summary.state)) }
        (overview(summary))
        @if summary.state == JobState::Running { p { (button(&format!("/jobs/{}/cancel", summary.id), "Cancel")) } }
        @if let JobState::Failed(reason) = &summary.state { pre.bad { (visible(reason)) } }
        h2 { "Cell" }
        pre { (visible(&summary.card.cell)) }
        @if !job.stages.is_empty() {
            h2 { "Plan" }
            div.wide { (picture(&job)) }
            h2 { "Stages" }
            (stage_table(&job))
            h2 { "Timeline" }
            div.wide { (timeline(&job)) }
        }
        (task_table(&job, &with_pages(&master), &part))
        (settings(&job))
    };
    let application = &summary.card.application;
    let way = html! {
        a href="/" { "Cluster" } "›"
        a href={ "/applications/" (application.id) } { (visible(&application.name)) }
    };
    shown(&format!("Job {}", summary.id), &way, &body)
}

fn overview(job: &JobSummary) -> Markup {
    let progress = &job.progress;
    let took = job.ended.unwrap_or_else(now).saturating_sub(job.begun);
    let tasks = format!("{} of {}", grouped(progress.tasks_done as u64), grouped(progress.tasks as u64));
    facts(&[
        (
            "Notebook",
            html! { (visible(&job.card.application.name)) " (" (visible(&job.card.application.owner)) ")" },
        ),
        ("What", html! { @if job.card.is_sql { "SQL" } @else { "frame" } }),
        ("Begun (UTC)", html! { (moment(job.begun)) }),
        ("Took", html! { (time(took)) }),
        (
            "Stages",
            bar(
                progress.stages_done as u64,
                progress.stages as u64,
                &format!("{} of {}", progress.stages_done, progress.stages),
            ),
        ),
        ("Tasks", bar(progress.tasks_done as u64, progress.tasks as u64, &tasks)),
        ("Written by tasks", html! { (rows(progress.rows)) ", " (amount(progress.bytes)) }),
        ("Runs before this one", html! { (job.card.tries) }),
        ("Earlier cells computed again", html! { (job.card.restored) }),
    ])
}

fn settings(job: &JobRecord) -> Markup {
    html! {
        @if !job.settings.is_empty() {
            h2 { "Settings" }
            (named_values("settings", &format!("{} that the plan was made with", counted(job.settings.len(), "setting")), &job.settings))
        }
    }
}

/// Ends the job; its notebook is told.
pub(super) async fn cancel(State(master): State<Arc<Master>>, Path(id): Path<String>) -> Response {
    if master.records.progress(&id).is_none() {
        return missing("No such job runs any more.");
    }
    log::info!("job {id} is cancelled from the pages");
    master.fail(&id, Failure::CancelledThere).await;
    Redirect::to(&format!("/jobs/{id}")).into_response()
}
