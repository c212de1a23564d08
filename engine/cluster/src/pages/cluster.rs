//! The page of a whole cluster: its workers, what runs, which notebooks use it, and what has ended.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::job_list::{job_table, kept_table};
use super::keys::Use;
use super::layout::{bar, button, escaped, facts, nothing, visible, worker_state};
use super::notebook_list::{notebook_table, notebooks};
use super::{missing, shown};
use crate::build::BUILD;
use crate::clock::now;
use crate::master::{Master, WorkerEntry};
use crate::record::JobSummary;
use crate::records::worker_address;
use crate::words::{amount, by_numbers, counted, time};

/// Ended jobs and notebooks that are shown here; the rest is a click away.
const RECENT: usize = 20;

/// `/`.
pub(super) async fn page(State(master): State<Arc<Master>>) -> Response {
    let (running, kept) = (master.records.running(), master.records.kept());
    let (recent, all) = master
        .records
        .with_ended(|ended| (ended.iter().rev().take(RECENT).cloned().collect::<Vec<_>>(), ended.len()));
    let notebooks = notebooks(&master, &running, &kept);
    let newest = &notebooks[..notebooks.len().min(RECENT)];
    // It looks at the workers, too.
    let kept = kept_table(&kept, &master);
    let body = master.with_workers(|workers| {
        let mut workers: Vec<_> = workers.iter().collect();
        workers.sort_by_cached_key(|(name, _)| by_numbers(name));
        html! {
            h1 { "Cluster" }
            (overview(&workers, &running, all))
            h2 { "Workers" }
            (worker_table(&workers))
            h2 { "Running" }
            (job_table(&running, true))
            (kept)
            h2 { "Notebooks" }
            (notebook_table(newest))
            @if notebooks.len() > RECENT { p { a href="/applications" { "All " (counted(notebooks.len(), "notebook")) } } }
            h2 { "Ended" }
            (job_table(&recent, false))
            @if all > RECENT { p { a href="/jobs" { "All " (counted(all, "ended job")) } } }
        }
    });
    shown("Cluster", &nothing(), &body)
}

fn overview(workers: &[(&String, &WorkerEntry)], running: &[JobSummary], ended: usize) -> Markup {
    let sum = |what: fn(&WorkerEntry) -> u64| workers.iter().map(|(_, worker)| what(worker)).sum::<u64>();
    let (busy, cores) = (sum(|worker| worker.tasks as u64), sum(|worker| worker.card.cores as u64));
    let (used, memory) = (sum(|worker| worker.health.memory), sum(|worker| worker.card.memory));
    facts(&[
        ("Workers", html! { (workers.len()) }),
        ("Cores", bar(busy, cores, &format!("{busy} of {cores} busy"))),
        ("Memory", bar(used, memory, &format!("{} of {}", amount(used), amount(memory)))),
        ("Shuffle files", html! { (amount(sum(|worker| worker.health.disk))) }),
        ("Jobs", html! { (running.len()) " running, " (ended) " ended" }),
        ("Build", html! { (BUILD) }),
    ])
}

fn worker_table(workers: &[(&String, &WorkerEntry)]) -> Markup {
    if workers.is_empty() {
        return html! { p { "None. Start one: " code { "fram worker fram://HOST:PORT" } } };
    }
    html! {
        div.wide { table {
            thead { tr { th { "Worker" } th { "State" } th { "Cores" } th { "Memory" } th.number { "Shuffle files" } th.number { "For" } th {} } }
            tbody {
                @for (name, worker) in workers {
                    @let (at, cores, limit) = (worker_address(name), worker.card.cores, worker.card.memory);
                    @let used = worker.health.memory;
                    tr {
                        td { (worker_link(name, at, worker.card.page.is_some())) }
                        td { (worker_state(worker.is_draining, worker.tasks)) }
                        td { (bar(worker.tasks as u64, cores as u64, &format!("{} of {cores} busy", worker.tasks))) }
                        td { (bar(used, limit, &format!("{} of {}", amount(used), amount(limit)))) }
                        td.number { (amount(worker.health.disk)) }
                        td.number { (time(now().saturating_sub(worker.since))) }
                        td { @let word = if worker.is_draining { "resume" } else { "drain" };
                             (button(&format!("/workers/{}/{word}", escaped(name)), if worker.is_draining { "Resume" } else { "Drain" })) }
                    }
                }
            }
        } }
    }
}

/// Where the workers are that are there and have pages.
pub(super) fn with_pages(master: &Master) -> HashSet<String> {
    master.with_workers(|workers| {
        let with_pages = workers.iter().filter(|(_, worker)| worker.card.page.is_some());
        with_pages.map(|(name, _)| worker_address(name).to_owned()).collect()
    })
}

/// A worker by its address, as a link where it has a page.
pub(super) fn worker_link(name: &str, address: &str, has_page: bool) -> Markup {
    let address = visible(address);
    html! { @if has_page { a href={ "/workers/" (escaped(name)) } { (address) } } @else { (address) } }
}

/// `/workers/{name}`: the worker's own page, on its machine. Its address does for its name: tasks know no more of it.
pub(super) async fn to_worker(State(master): State<Arc<Master>>, Path(name): Path<String>) -> Response {
    let at = master.with_workers(|workers| {
        let by_address = || workers.iter().find(|(known, _)| worker_address(known) == name);
        let card = &workers.get(&name).or_else(|| by_address().map(|(_, worker)| worker))?.card;
        let scheme = master.site.as_ref()?.scheme();
        Some(format!("{scheme}://{}:{}/", card.host, card.page?))
    });
    match (at, &master.site) {
        (Some(at), Some(site)) => {
            Redirect::to(&format!("{at}?key={}", site.keys.make(Use::Link))).into_response()
        }
        _ => missing("There is no such worker, or it has no page."),
    }
}

/// Gives a worker no more tasks.
pub(super) async fn drain(State(master): State<Arc<Master>>, Path(name): Path<String>) -> Response {
    drained(&master, &name, true)
}

/// Gives a worker tasks again.
pub(super) async fn resume(State(master): State<Arc<Master>>, Path(name): Path<String>) -> Response {
    drained(&master, &name, false)
}

fn drained(master: &Master, name: &str, is_draining: bool) -> Response {
    if master.drain(name, is_draining) {
        return Redirect::to("/").into_response();
    }
    missing("There is no such worker any more.")
}
