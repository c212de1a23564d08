//! The web pages as a program without a browser sees them: who gets in, what is said, what can be done, and what stays.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::processes::{Cluster, PATIENCE};
use crate::stopping::{AT_ONCE, nothing_runs_on};

/// A query of some seconds.
const LONG: &str = "\
let t = scan_ndjson(\"EVENTS\").select(col(\"Hostname\"), col(\"EventID\").cast(Int64).alias(\"id\"))
t.join(t.select(col(\"Hostname\"), col(\"id\").alias(\"other\")), \"Hostname\").group_by(\"id\", \"other\").agg(len(), col(\"Hostname\").n_unique().alias(\"hosts\")).sort(\"id\", \"other\")
";
/// Rows that are too many to be brought to the notebook.
const KEPT: &str = "\
let e = scan_ndjson(\"EVENTS\").select(col(\"Hostname\"), col(\"EventID\").cast(Int64).alias(\"id\"))
let kept = e.join(e.select(col(\"Hostname\"), col(\"id\").alias(\"other\")), \"Hostname\").collect()
";
const SHORT: &str =
    "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len().alias(\"n\")) // <script>alert(1)</script>";

/// What is answered to a request of these lines.
pub(crate) fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn get(cluster: &Cluster, path: &str, headers: &str) -> String {
    got(&cluster.pages, path, headers)
}

fn got(at: &str, path: &str, headers: &str) -> String {
    asked(at, &format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n{headers}\r\n"))
}

fn post(cluster: &Cluster, path: &str, headers: &str) -> String {
    let at = &cluster.pages;
    let length = "Content-Length: 0\r\nConnection: close\r\n";
    asked(at, &format!("POST {path} HTTP/1.1\r\nHost: {at}\r\n{length}{headers}\r\n"))
}

pub(crate) fn bearer(cluster: &Cluster) -> String {
    format!("Authorization: Bearer {}\r\n", cluster.token())
}

/// What follows the marks in the text, up to a quote.
fn after<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Waits until the page says the words.
fn wait_for(cluster: &Cluster, path: &str, words: &str) -> String {
    let begun = Instant::now();
    loop {
        let page = get(cluster, path, &bearer(cluster));
        if page.contains(words) {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "{words} is not in {page}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn pages_open_to_the_token_alone() {
    let cluster = Cluster::start(1);
    cluster.run(&cluster.join(), SHORT).succeeded();
    let job = wait_for(&cluster, "/", "done");
    let job = after(&job, "href=\"/jobs/")[0].to_owned();
    for path in ["/", "/jobs", &format!("/jobs/{job}"), "/metrics", "/nothing"] {
        let refused = get(&cluster, path, "");
        assert!(refused.starts_with("HTTP/1.1 401"), "{path}: {refused}");
        assert!(!refused.contains(&job) || path.contains(&job), "{path}: {refused}");
    }
    assert!(get(&cluster, "/healthz", "").contains("ok"));
    assert!(get(&cluster, "/metrics", &bearer(&cluster)).contains("fram_jobs_ended{state=\"succeeded\"} 1"));
    assert!(get(&cluster, "/nothing", &bearer(&cluster)).starts_with("HTTP/1.1 404"));
    let wrong = "Authorization: Bearer 0123456789abcdef0123\r\n";
    assert!(get(&cluster, "/", wrong).starts_with("HTTP/1.1 401"));

    // A link opens the pages, and its key does not stay in the address; the token is not taken from one.
    let entered = get(&cluster, &cluster.link, "");
    assert!(entered.starts_with("HTTP/1.1 303") && entered.contains("location: /\r\n"), "{entered}");
    let cookie = after(&entered.replace("set-cookie: ", "set-cookie: \""), "set-cookie: \"")[0].to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite"), "{cookie}");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let page = get(&cluster, &format!("/jobs/{job}"), &cookie);
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    let by_token = get(&cluster, &format!("/?token={}", cluster.token()), "");
    assert!(by_token.starts_with("HTTP/1.1 303") && !by_token.contains("set-cookie"), "{by_token}");
    assert!(get(&cluster, &cluster.link.replace("key=", "key=1"), "").contains("303 See Other"));

    // Other names and other sites do not get in, whatever a browser shows; a program with the token knows whom it asks.
    let by_name = |headers: &str| {
        let head = format!("Host: evil.example\r\nConnection: close\r\n{headers}\r\n");
        asked(&cluster.pages, &format!("GET /metrics HTTP/1.1\r\n{head}"))
    };
    assert!(by_name("").starts_with("HTTP/1.1 421") && by_name(&cookie).starts_with("HTTP/1.1 421"));
    assert!(
        by_name(wrong).starts_with("HTTP/1.1 421") && by_name(&bearer(&cluster)).starts_with("HTTP/1.1 200")
    );
    for origin in ["Origin: http://evil.example\r\n", "Origin: null\r\n", ""] {
        let refused = post(&cluster, &format!("/jobs/{job}/cancel"), &format!("{cookie}{origin}"));
        assert!(refused.starts_with("HTTP/1.1 403"), "{origin}: {refused}");
    }
}

#[test]
fn pages_of_workers_open_to_the_token_alone() {
    let cluster = Cluster::start(1);
    cluster.run(&cluster.join(), SHORT).succeeded();
    let master = wait_for(&cluster, "/", "href=\"/workers/");
    let link = after(&master, "href=\"/workers/")[0].to_owned();
    let led = get(&cluster, &format!("/workers/{link}"), &bearer(&cluster));
    let worker =
        led.split("location: http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let ask = |path: &str, headers: &str| got(&worker, path, headers);
    assert!(ask("/healthz", "").ends_with("ok\n"));
    for path in ["/", "/metrics", "/nothing"] {
        assert!(ask(path, "").starts_with("HTTP/1.1 401"), "{path}");
    }
    let metrics = ask("/metrics", &bearer(&cluster));
    for line in
        ["# TYPE fram_worker_tasks_ended_total counter", "fram_worker_cores 1", "fram_worker_tasks_running 0"]
    {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("fram_worker_tasks_ended_total 0"), "{metrics}");
    assert!(ask("/", &bearer(&cluster)).contains("Tasks"));
}

#[test]
fn a_job_is_watched_and_cancelled_from_its_page() {
    let cluster = Cluster::start(2);
    let running = cluster.begin(&cluster.join(), LONG);
    let page = wait_for(&cluster, "/", "/cancel\"");
    let action = after(&page, "action=\"/jobs/")[0].to_owned();
    let job = action.trim_end_matches("/cancel").to_owned();
    let page = wait_for(&cluster, &format!("/jobs/{job}"), "scan ndjson");
    assert!(page.contains("t.join(t.select"), "{page}");
    let metrics = get(&cluster, "/metrics", &bearer(&cluster));
    assert!(metrics.contains("fram_jobs_running 1"), "{metrics}");
    let begun = Instant::now();
    post(&cluster, &format!("/jobs/{job}/cancel"), &bearer(&cluster));
    let output = running.wait_with_output().unwrap();
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    nothing_runs_on(&cluster, Instant::now());
    let told =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("cancelled on the cluster's pages"), "{told}");
    wait_for(&cluster, &format!("/jobs/{job}"), "cancelled");
}

/// Where an answer sends a browser.
fn location(answer: &str) -> &str {
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap()
}

#[test]
fn pages_of_master_and_worker_lead_to_each_other() {
    let cluster = Cluster::start(1);
    cluster.run(&cluster.join(), SHORT).succeeded();
    let page = wait_for(&cluster, "/", "done");
    let job = after(&page, "href=\"/jobs/")[0].to_owned();
    let page = get(&cluster, &format!("/jobs/{job}"), &bearer(&cluster));
    let worker = after(&page, "href=\"/workers/")[0];
    let sent = get(&cluster, &format!("/workers/{worker}"), &bearer(&cluster));
    let (there, _) = location(&sent).strip_prefix("http://").unwrap().split_once('/').unwrap();
    let there = |path: &str, headers: &str| {
        asked(there, &format!("GET {path} HTTP/1.1\r\nHost: {there}\r\nConnection: close\r\n{headers}\r\n"))
    };
    // The page itself holds nothing that opens another.
    let page = there("/", &bearer(&cluster));
    assert!(page.contains("href=\"/master\"") && page.contains(&format!("href=\"/jobs/{job}\"")), "{page}");
    assert!(!page.contains("key=") && !page.contains(&cluster.token()), "{page}");
    let its = format!("/jobs/{job}");
    for (path, wanted) in [("/master", "/"), (its.as_str(), its.as_str())] {
        assert!(there(path, "").starts_with("HTTP/1.1 401"), "{path}");
        let answer = there(path, &bearer(&cluster));
        let link = location(&answer).strip_prefix(&format!("http://{}", cluster.pages)).unwrap();
        assert!(link.starts_with(&format!("{wanted}?key=")), "{link}");
        let entered = get(&cluster, link, "");
        assert_eq!((location(&entered), entered.contains("set-cookie")), (wanted, true), "{entered}");
    }
    assert!(there("/jobs/..%2Fx", &bearer(&cluster)).starts_with("HTTP/1.1 404"));
}

#[test]
fn the_logo_is_made_for_dark_pages_too() {
    let cluster = Cluster::start(0);
    let logo = get(&cluster, "/logo.svg", "");
    assert!(logo.contains("prefers-color-scheme: dark"), "{logo}");
    assert!(
        logo.contains("content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n"),
        "{logo}"
    );
    assert!(!get(&cluster, "/", &bearer(&cluster)).contains("unsafe-inline"), "for nothing else");
}

#[test]
fn a_drained_worker_gets_no_more_tasks() {
    let cluster = Cluster::start(2);
    let page = wait_for(&cluster, "/", "ready");
    let drain = after(&page, "action=\"/workers/")[0].to_owned();
    assert!(post(&cluster, &format!("/workers/{drain}"), &bearer(&cluster)).contains("303"));
    wait_for(&cluster, "/", "drained");
    cluster.run(&cluster.join(), SHORT).succeeded();
    let worker = drain.split("%23").next().unwrap().replace("%3A", ":");
    let page = wait_for(&cluster, "/", "done");
    let page = get(&cluster, &format!("/jobs/{}", after(&page, "href=\"/jobs/")[0]), &bearer(&cluster));
    assert!(!page.contains(&worker) && page.contains("127.0.0.1:"), "{worker} ran a task: {page}");
    assert!(cluster.run(&cluster.join(), "1").succeeded().contains("gets no more"));
    let other = after(&get(&cluster, "/", &bearer(&cluster)), "action=\"/workers/")
        .into_iter()
        .find(|action| action.ends_with("/drain"))
        .unwrap()
        .to_owned();
    post(&cluster, &format!("/workers/{other}"), &bearer(&cluster));
    assert!(cluster.run(&cluster.join(), SHORT).failed().contains("being drained"));
    post(&cluster, &format!("/workers/{}", drain.replace("drain", "resume")), &bearer(&cluster));
    cluster.run(&cluster.join(), SHORT).succeeded();
}

#[test]
fn records_outlive_the_master() {
    let mut cluster = Cluster::start(1);
    cluster.run(&cluster.join(), SHORT).succeeded();
    let failing = "scan_ndjson(\"EVENTS\").select(col(\"Hostname\").cast(Int64))";
    cluster.run(&cluster.join(), failing).failed();
    let page = wait_for(&cluster, "/", "failed");
    let jobs: Vec<String> = after(&page, "href=\"/jobs/").into_iter().map(str::to_owned).collect();
    // One whose rows are kept has a record, too, long before they are released.
    let mut running = cluster.begin(&cluster.join(), &format!("{KEPT}{LONG}"));
    wait_for(&cluster, "/metrics", "fram_jobs_kept 1\n");
    let page = wait_for(&cluster, "/", "/cancel\"");
    let long = after(&page, "action=\"/jobs/")[0].replace("/cancel", "");
    let notebook = after(&page, "href=\"/applications/")[0].to_owned();
    let page = get(&cluster, &format!("/applications/{notebook}"), &bearer(&cluster));
    let mut listed = after(&page, "href=\"/jobs/").into_iter().map(str::to_owned);
    let kept = listed.find(|job| *job != long).unwrap();
    let is_written = |job: &str| {
        let mut records = std::fs::read_dir(cluster.folder.path().join("master/jobs")).unwrap();
        records.any(|record| record.unwrap().file_name().to_string_lossy().ends_with(&format!("{job}.json")))
    };
    let begun = Instant::now();
    while !is_written(&long) {
        assert!(begun.elapsed() < PATIENCE, "{long} has no record");
        sleep(Duration::from_millis(5));
    }
    cluster.restart_master();
    drop(running.stdout.take());
    running.kill().unwrap();
    running.wait().unwrap();
    let page = wait_for(&cluster, "/", "master stopped");
    for job in jobs.iter().chain([&kept]) {
        assert!(page.contains(job), "{job} is forgotten");
        let page = get(&cluster, &format!("/jobs/{job}"), &bearer(&cluster));
        assert!(page.contains("scan ndjson") && page.contains("Hostname"), "{page}");
    }
    let page = get(&cluster, &format!("/jobs/{kept}"), &bearer(&cluster));
    assert!(page.contains(">done<") && !page.contains("master stopped"), "{page}");
    cluster.wait_for_workers(1);
    cluster.run(&cluster.join(), SHORT).succeeded();
}

#[test]
fn a_port_that_is_taken_is_said() {
    let cluster = Cluster::start(0);
    let port = cluster.pages.rsplit(':').next().unwrap().to_owned();
    let mut other = cluster.program(&["master", "--port", "0", "--ui-port", &port]);
    let output = other.stdout(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(&port) && told.contains("--ui-port") && !output.status.success(), "{told}");
}
