//! The web pages of master and workers: what they say is made on the server, and read without a script. What is shown
//! comes from `records` and from the master and the worker themselves; who may see it is left to `guard`.

mod application;
mod cluster;
mod guard;
mod job;
mod job_list;
mod keys;
mod layout;
mod login;
mod metrics;
mod names;
mod notebook_list;
mod picture;
mod server;
mod stage_table;
mod task_table;
#[cfg(test)]
mod tests;
mod timeline;
mod way;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::master::Master;
use crate::message::{PageLink, PagesAt};
use crate::pages::guard::Guard;
use crate::pages::keys::{Keys, Use};
use crate::pages::names::Names;
use crate::pages::way::Way;
use crate::tls::Tls;
use crate::token::Token;
pub(crate) use worker::{SlotProcesses, SlotTasks, WorkerDesk};

/// Where pages are served, and what opens them.
#[derive(Debug, Clone)]
pub(crate) struct PageSite {
    pub(crate) address: SocketAddr,
    keys: Keys,
    names: Names,
    is_encrypted: bool,
}

impl PageSite {
    /// Pages at this address.
    pub(crate) fn new(address: SocketAddr, token: Token, is_encrypted: bool) -> Self {
        Self { address, keys: Keys::new(token, Clock::default()), names: Names::default(), is_encrypted }
    }

    /// Whoever has the token calls this machine so, and may be led to its pages by that name.
    pub(crate) fn is_called(&self, name: &str) {
        self.names.add(name);
    }

    /// Whether the host of a request is this machine.
    #[cfg(test)]
    pub(crate) fn has_name(&self, host: &str) -> bool {
        self.names.have(host)
    }

    /// How pages are asked for.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.is_encrypted { "https" } else { "http" }
    }

    /// Where these pages are, as workers are told.
    pub(crate) fn told(&self) -> PagesAt {
        PagesAt { address: self.address, is_encrypted: self.is_encrypted }
    }

    /// The way to a page.
    pub(crate) fn link(&self, path: &str) -> PageLink {
        PageLink { at: self.told(), path: format!("{path}?key={}", self.keys.make(Use::Link)) }
    }
}

/// Serves the pages of a master; waits for ever where it has none.
pub(crate) async fn serve_master(
    listener: Option<TcpListener>,
    master: Arc<Master>,
    tls: Option<Tls>,
) -> io::Result<()> {
    let (Some(listener), Some(site)) = (listener, master.site.clone()) else {
        return std::future::pending().await;
    };
    let pages = Router::new()
        .route("/", get(cluster::page))
        .route("/jobs", get(job_list::page))
        .route("/jobs/{id}", get(job::page))
        .route("/jobs/{id}/cancel", post(job::cancel))
        .route("/applications", get(notebook_list::page))
        .route("/applications/{id}", get(application::page))
        .route("/workers/{name}/drain", post(cluster::drain))
        .route("/workers/{name}/resume", post(cluster::resume))
        .route("/workers/{name}", get(cluster::to_worker))
        .route("/metrics", get(metrics::of_master))
        .with_state(master);
    serve(listener, pages, site.keys, site.names, tls).await
}

/// Serves the page of a worker; waits for ever where it has none.
pub(crate) async fn serve_worker(
    listener: Option<TcpListener>,
    desk: Arc<WorkerDesk>,
    token: Token,
    tls: Option<Tls>,
) -> io::Result<()> {
    let Some(listener) = listener else { return std::future::pending().await };
    let keys = Keys::new(token, desk.clock.clone());
    let way = Router::new()
        .route("/master", get(way::to_master))
        .route("/jobs/{id}", get(way::to_job))
        .with_state(Way { desk: desk.clone(), keys: keys.clone() });
    let pages = Router::new()
        .route("/", get(worker::page))
        .route("/metrics", get(metrics::of_worker))
        .with_state(desk)
        .merge(way);
    serve(listener, pages, keys, Names::default(), tls).await
}

async fn serve(
    listener: TcpListener,
    pages: Router,
    keys: Keys,
    names: Names,
    tls: Option<Tls>,
) -> io::Result<()> {
    names.add_own();
    let tls = tls.as_ref().and_then(Tls::for_pages);
    let is_encrypted = tls.is_some();
    let guard = Guard { keys, names, is_encrypted };
    let login = Router::new().route("/login", get(login::ask).post(login::check)).with_state(guard.clone());
    let pages = pages
        .merge(login)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/style.css", get(|| async { file("text/css", include_str!("pages/style.css")) }))
        .route(
            "/logo.svg",
            get(|| async { file("image/svg+xml", include_str!("../../../kernelspec/logo-svg.svg")) }),
        )
        .route("/live.js", get(|| async { file("text/javascript", include_str!("pages/live.js")) }))
        .fallback(|| async { missing("There is no such page.") })
        .layer(axum::extract::DefaultBodyLimit::max(16 << 10))
        .layer(axum::middleware::from_fn_with_state(guard, guard::watch));
    server::serve(listener, pages, tls).await
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

/// A page.
fn shown(title: &str, way: &Markup, body: &Markup) -> Response {
    Html(layout::frame(title, way, body, true).into_string()).into_response()
}

/// The page for what is not there.
fn missing(words: &str) -> Response {
    let body = html! { h1 { "Not here" } p { (words) } p { a href="/" { "To the cluster" } } };
    let page = layout::frame("Not here", &layout::nothing(), &body, false);
    (StatusCode::NOT_FOUND, Html(page.into_string())).into_response()
}
