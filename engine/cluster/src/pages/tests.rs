//! Pages of a cluster that is larger than a test can start: reports of a thousand workers and ten thousand tasks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::response::Response;

use axum::http::StatusCode;
use axum::http::header::LOCATION;

use super::job::{self, Part};
use super::keys::Keys;
use super::way::{self, Way};
use super::worker::{SlotTasks, WorkerDesk};
use super::{PageSite, cluster, metrics};
use crate::clock::Clock;
use crate::functions::Functions;
use crate::log_tail::LogTail;
use crate::master::{Master, WorkerEntry};
use crate::message::{Health, PagesAt, WorkerCard};
use crate::record::{Application, JobCard, StageRecord};
use crate::records::Records;
use crate::token::Token;

const WORKERS: u16 = 1_000;
const TASKS: usize = 10_000;
/// How long a page may take; on an idle machine it takes some hundredths of it.
const SOON: Duration = Duration::from_secs(1);

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
    assert!(begun.elapsed() < SOON);
    assert_eq!(page.matches("/drain\"").count(), usize::from(WORKERS));
    assert!(page.contains("10000 of 16000 busy") && page.contains("9,000,000"), "{page}");
    assert!(page.len() < 2 << 20);

    let begun = Instant::now();
    let part = Part { stage: Some(1), ..Part::default() };
    let page = text(job::page(State(master.clone()), Path("job1".into()), Query(part)).await).await;
    println!("the page of {TASKS} tasks took {:?}, {} KiB", begun.elapsed(), page.len() >> 10);
    assert!(begun.elapsed() < SOON);
    assert!(page.contains("9,000 of 10,000") && page.contains("1 to 100 of 10000"), "{page}");
    assert!(page.contains("&lt;b&gt;t") && !page.contains("<b>t"), "{page}");
    assert!(page.contains("href=\"/workers/10.0.0.7%3A7078\""), "tasks lead to their workers: {page}");
    assert!(page.len() < 2 << 20);

    assert_eq!(master.records.waiting("job1"), Duration::ZERO, "tasks of it run");
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
    assert!(kept.contains(">10.0.0.1:7078</a></td>"), "and where they lie: {kept}");
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

#[tokio::test]
async fn all_notebooks_are_a_click_away() {
    let folder = tempfile::tempdir().unwrap();
    let master = large_master(folder.path()).await;
    for number in 0..130 {
        let application = Application::named(&format!("notebook {number:03}"));
        let job = format!("of{number}");
        master.records.begin(&job, JobCard { application, ..JobCard::default() }, Vec::new());
        master.records.finish(&job, None);
        master.records.end(&job);
    }
    let names = |page: &str| page.matches("title=\"notebook ").count();
    let page = text(cluster::page(State(master.clone())).await).await;
    let (notebooks, _) = page.split_once("<h2>Ended</h2>").unwrap();
    assert_eq!(names(notebooks), 19, "and the one that is busy");
    assert!(notebooks.contains("<a href=\"/applications\">All 131 notebooks</a>"));
    for (skip, wanted) in [(0, 99), (100, 31), (200, 0), (usize::MAX, 0)] {
        let part = Query(super::job_list::Part { skip });
        let page = text(super::notebook_list::page(State(master.clone()), part).await).await;
        assert_eq!(names(&page), wanted, "from {skip} on");
    }
}

#[tokio::test]
async fn what_a_table_cuts_off_is_whole_where_it_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let master = large_master(folder.path()).await;
    let cell = format!(
        "scan_parquet(\"/{}/x.parquet\").filter(col(\"<i>\") > 1) // {}",
        "long".repeat(30),
        "z".repeat(2_000)
    );
    let application = Application::named(&"name ".repeat(40));
    master.records.begin("job2", JobCard { application, cell, ..JobCard::default() }, Vec::new());
    let page = text(cluster::page(State(master)).await).await;
    let (_, row) = page.split_once("class=\"cell\" title=\"scan_parquet").unwrap();
    let (title, shown) = row.split_once("\">").unwrap();
    assert!(title.contains("longlonglong") && title.contains("&lt;i&gt;"), "{title}");
    assert!(title.ends_with("zz…") && title.len() < 1_200, "no longer than a hint can be: {title}");
    assert!(shown.starts_with("<code>scan_parquet(&quot;…/x.parquet"), "{shown}");
    assert!(page.contains(&format!("class=\"name\" title=\"{}\"", "name ".repeat(40))), "{page}");
}

/// What stands around the words in the page.
fn around<'a>(page: &'a str, words: &str) -> &'a str {
    let place = page.find(words).unwrap_or_default();
    let from = page.floor_char_boundary(place.saturating_sub(100));
    &page[from..page.ceil_char_boundary(place + 200)]
}

#[tokio::test]
async fn what_workers_say_of_themselves_is_text() {
    const HOST: &str = "<img src=x onerror=alert(1)>\"'\u{202e}";
    let folder = tempfile::tempdir().unwrap();
    let master = large_master(folder.path()).await;
    let (_, mut entry) = worker(1);
    entry.card.host = HOST.into();
    let name = format!("{HOST}:7078#1");
    master.add_worker(name.clone(), entry);
    master.records.task_begun("job1", 2, 0, &name);
    let failed = crate::failure::Failure::Lost { what: format!("worker {HOST} was lost") };
    master.records.task_ended("job1", 2, 0, (0, 0), Some(failed.to_string()));
    let part = Part { stage: Some(2), ..Part::default() };
    let pages = [
        text(cluster::page(State(master.clone())).await).await,
        text(job::page(State(master.clone()), Path("job1".into()), Query(part)).await).await,
    ];
    for page in pages {
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "{}", around(&page, "onerror"));
        assert!(
            !page.contains("<img src=x") && !page.contains("alert(1)>"),
            "{}",
            around(&page, "<img src=x")
        );
        assert!(!page.contains('\u{202e}'), "it turns text around: {}", around(&page, "\u{202e}"));
    }
}

/// What the page of a worker knows, whose master has its pages there.
fn desk(master_pages: Option<&str>) -> Arc<WorkerDesk> {
    let clock = Clock::default();
    let (_, WorkerEntry { card, .. }) = worker(1);
    let tasks = SlotTasks::by(&clock);
    tasks.begin(("abc".into(), 1, 2));
    Arc::new(WorkerDesk {
        card,
        master: "fram://10.0.0.1:7077".into(),
        master_pages: parking_lot::Mutex::new(master_pages.map(str::to_owned)),
        work_dir: "/work".into(),
        is_draining: AtomicBool::new(false),
        tasks,
        slots: Arc::default(),
        disk: parking_lot::Mutex::default(),
        log: LogTail::default(),
        clock,
    })
}

#[tokio::test]
async fn the_page_of_a_worker_leads_to_its_master_once_that_is_known() {
    let way = |desk: &Arc<WorkerDesk>| {
        let keys = Keys::new(Token::new("0123456789abcdef").unwrap(), Clock::default());
        State(Way { desk: desk.clone(), keys })
    };
    let known = desk(Some("http://10.0.0.1:7080"));
    let page = text(super::worker::page(State(known.clone())).await).await;
    assert!(page.contains("<nav><a href=\"/master\">") && page.contains("href=\"/jobs/abc\""), "{page}");
    assert!(!page.contains("key="), "{page}");
    let to = |answer: &Response| answer.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(to(&way::to_master(way(&known)).await).starts_with("http://10.0.0.1:7080/?key="));
    let job = way::to_job(way(&known), Path("abc".into())).await;
    assert!(to(&job).starts_with("http://10.0.0.1:7080/jobs/abc?key="));
    for strange in ["", "../metrics", "a?b", "a/b"] {
        let answer = way::to_job(way(&known), Path(strange.into())).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{strange}");
    }

    let unknown = desk(None);
    let page = text(super::worker::page(State(unknown.clone())).await).await;
    assert!(!page.contains("/master") && !page.contains("href=\"/jobs/"), "{page}");
    assert_eq!(way::to_master(way(&unknown)).await.status(), StatusCode::NOT_FOUND);
}

#[test]
fn pages_are_found_by_the_way_to_their_machine() {
    let at = |address: &str, is_encrypted| PagesAt { address: address.parse().unwrap(), is_encrypted };
    assert_eq!(at("10.0.0.1:7080", false).url("master"), "http://10.0.0.1:7080");
    assert_eq!(at("0.0.0.0:7080", true).url("master"), "https://master:7080");
    assert_eq!(at("[::]:7080", false).url("[fd00::1]"), "http://[fd00::1]:7080");
    assert_eq!(at("[fd00::1]:7080", false).url("master"), "http://[fd00::1]:7080");
    // So are those that a notebook is told of.
    let site = PageSite::new("0.0.0.0:7080".parse().unwrap(), Token::random(), true);
    let link = site.link("/jobs/1").url("master");
    assert!(link.starts_with("https://master:7080/jobs/1?key=") && link.len() > 40, "{link}");
}

#[test]
fn a_step_that_a_stage_repeats_is_told_once() {
    let steps = ["scan", "filter", "scan", "filter", "scan", "union"].map(str::to_owned).to_vec();
    let stage = StageRecord { steps, ..StageRecord::default() };
    assert_eq!(stage.told_steps(), ["scan ×3", "filter ×2", "union"]);
}
