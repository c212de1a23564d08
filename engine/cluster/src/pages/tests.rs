//! Pages of a cluster that is larger than a test can start: reports of a thousand workers and ten thousand tasks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::job::{self, Part};
use super::{cluster, metrics};
use crate::functions::Functions;
use crate::master::{Master, WorkerEntry};
use crate::message::{Health, WorkerCard};
use crate::record::{Application, JobCard, StageRecord};
use crate::records::Records;

const WORKERS: u16 = 1_000;
const TASKS: usize = 10_000;

async fn text(answer: Response) -> String {
    let body = axum::body::to_bytes(answer.into_body(), 64 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn worker(number: u16) -> (String, WorkerEntry) {
    let card = WorkerCard {
        host: format!("10.0.{}.{}", number / 250, number % 250),
        port: 7078,
        cores: 16,
        memory: 64 << 30,
        page: Some(7081),
        process: 1,
    };
    let (said_tx, _) = tokio::sync::mpsc::channel(1);
    let health = Health { memory: 20 << 30, disk: 1 << 30 };
    let name = format!("{}:7078#{number:08x}", card.host);
    (name, WorkerEntry { card, tasks: 10, health, since: 0, is_draining: false, said_tx })
}

async fn large_master(folder: &std::path::Path) -> Arc<Master> {
    let records = Arc::new(Records::open(folder).unwrap());
    let master = Master::start(Functions::default(), records, None).await.unwrap();
    master.with_workers(|workers| assert!(workers.is_empty()));
    (0..WORKERS).map(worker).for_each(|(name, entry)| master.add_worker(name, entry));
    let card =
        JobCard { application: Application::named("large"), cell: "<b>t</b>".into(), ..JobCard::default() };
    master.records.begin("job1", card, Vec::new());
    let stage =
        StageRecord { steps: vec!["scan parquet".into()], tasks_planned: TASKS, ..StageRecord::default() };
    let second = StageRecord { reads: vec![1], ..stage.clone() };
    master.records.planned("job1", BTreeMap::from([(1, stage), (2, second)]));
    for task in 0..TASKS {
        let worker = format!("10.0.0.{}:7078#1", task % 250);
        master.records.task_begun("job1", 1, task, &worker);
        if task % 10 > 0 {
            master.records.task_ended("job1", 1, task, (1_000, 10), None);
        }
    }
    master
}

#[tokio::test]
async fn pages_of_large_clusters_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let master = large_master(folder.path()).await;
    let begun = Instant::now();
    let page = text(cluster::page(State(master.clone())).await).await;
    println!("the page of {WORKERS} workers took {:?}, {} KiB", begun.elapsed(), page.len() >> 10);
    assert_eq!(page.matches("/drain\"").count(), usize::from(WORKERS));
    assert!(page.contains("10000 of 16000 busy") && page.contains("9,000,000"), "{page}");
    assert!(page.len() < 2 << 20);

    let begun = Instant::now();
    let part = Part { stage: Some(1), ..Part::default() };
    let page = text(job::page(State(master.clone()), Path("job1".into()), Query(part)).await).await;
    println!("the page of {TASKS} tasks took {:?}, {} KiB", begun.elapsed(), page.len() >> 10);
    assert!(page.contains("9,000 of 10,000") && page.contains("1 to 100 of 10000"), "{page}");
    assert!(page.contains("&lt;b&gt;t") && !page.contains("<b>t"), "{page}");
    assert!(page.len() < 2 << 20);

    assert_eq!(master.records.idle("job1"), std::time::Duration::ZERO, "tasks of it run");
    let numbers = text(metrics::of_master(State(master.clone())).await).await;
    assert!(
        numbers.contains("fram_workers 1000\n") && numbers.contains("fram_tasks_unfinished 11000\n"),
        "{numbers}"
    );
    master.records.end("job1");
    assert!(master.records.job("job1").is_some());
}

#[tokio::test]
async fn rows_that_are_kept_are_shown_as_long_as_they_lie_there() {
    let folder = tempfile::tempdir().unwrap();
    let master = large_master(folder.path()).await;
    let shown = async || text(cluster::page(State(master.clone())).await).await;
    master.records.task_begun("job1", 2, 0, "10.0.0.1:7078#1");
    master.records.task_ended("job1", 2, 0, (1_234, 77 << 20), None);
    assert!(!shown().await.contains("Kept rows"), "the job runs");
    master.records.finish("job1", None);
    let page = shown().await;
    let (_, kept) = page.split_once("Kept rows").unwrap();
    assert!(kept.contains("1,234") && kept.contains("77 MiB"), "the rows of its last stage: {kept}");
    assert!(page.contains("0 running"), "{page}");
    let its = Query(super::job_list::Part { skip: 0 });
    let id = master.records.kept().remove(0).card.application.id;
    let page = text(super::application::page(State(master.clone()), Path(id), its).await).await;
    assert!(page.contains("Kept rows"), "{page}");
    let numbers = text(metrics::of_master(State(master.clone())).await).await;
    assert!(numbers.contains("fram_jobs_kept 1\n") && numbers.contains("fram_jobs_running 0\n"), "{numbers}");
    master.records.end("job1");
    assert!(!shown().await.contains("Kept rows"), "they are gone");
}
