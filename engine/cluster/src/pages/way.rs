//! The way from a worker's page to those of its master, whose links would hold a key: a key is made when one is followed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::keys::{Keys, Use};
use super::missing;
use super::worker::WorkerDesk;
use crate::slot::is_job_name;

/// What leads to the master's pages, and opens them.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) desk: Arc<WorkerDesk>,
    pub(super) keys: Keys,
}

/// `/master`: the page of the whole cluster.
pub(super) async fn to_master(State(way): State<Way>) -> Response {
    way.to("/")
}

/// `/jobs/{id}`: the page of a job.
pub(super) async fn to_job(State(way): State<Way>, Path(id): Path<String>) -> Response {
    if !is_job_name(&id) {
        return missing("No such job is known.");
    }
    way.to(&format!("/jobs/{id}"))
}

impl Way {
    fn to(&self, path: &str) -> Response {
        match &*self.desk.master_pages.lock() {
            Some(at) => {
                Redirect::to(&format!("{at}{path}?key={}", self.keys.make(Use::Link))).into_response()
            }
            None => missing("The master has no pages, or this worker has not found it yet."),
        }
    }
}
