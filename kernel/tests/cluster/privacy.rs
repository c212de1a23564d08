//! What a cluster writes is for its user's eyes alone, but for what a query was asked to write; and folders that are
//! somebody else's are not used.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::unistd::geteuid;

use crate::faults::{ENDLESS, busy_with};
use crate::processes::{Cluster, PATIENCE};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// What is below the folder, deeply.
pub(crate) fn all_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| [all_below(&path), vec![path]].concat()).collect()
}

/// The files and folders that others can reach from here.
fn open_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let open =
        entries.filter(|path| fs::symlink_metadata(path).is_ok_and(|it| it.permissions().mode() & 0o77 > 0));
    open.flat_map(|path| [open_below(&path), vec![path]].concat()).collect()
}

#[test]
fn others_see_nothing_of_what_a_cluster_writes_for_itself() {
    let mut cluster = Cluster::start(0);
    let work = cluster.folder.path().join("work");
    // As a machine's administrator makes it.
    fs::create_dir(&work).unwrap();
    fs::set_permissions(&work, Permissions::from_mode(0o755)).unwrap();
    cluster.add_worker(&[]);
    cluster.wait_for_workers(1);
    cluster.run(&cluster.join(), "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len())").succeeded();
    let mut running = busy_with(&cluster, ENDLESS);
    let workers = all_below(&work).into_iter().filter(|path| path.parent() == Some(&work));
    let workers: Vec<PathBuf> = workers.collect();
    assert!(!workers.is_empty() && workers.iter().all(|worker| mode(worker) == 0o700), "{workers:?}");
    running.kill().unwrap();
    running.wait().unwrap();
    for folder in ["work", "master", "running"].map(|name| cluster.folder.path().join(name)) {
        assert_eq!(open_below(&folder), Vec::<PathBuf>::new());
    }
    let records = all_below(&cluster.folder.path().join("master/jobs"));
    assert!(!records.is_empty() && records.iter().all(|record| mode(record) == 0o600), "{records:?}");
}

#[test]
fn what_a_query_writes_is_for_those_whom_its_user_lets_see_it() {
    let cluster = Cluster::start(1);
    let (file, folder) = (cluster.folder.path().join("probe"), cluster.folder.path().join("probes"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&folder).unwrap();
    cluster.run(&cluster.join(), "frame(#{ a: [1, 2] }).write_csv(\"out/\")").succeeded();
    let out = cluster.folder.path().join("out");
    assert_eq!(mode(&out), mode(&folder));
    let written = all_below(&out);
    assert!(!written.is_empty() && written.iter().all(|part| mode(part) == mode(&file)), "{written:?}");
}

#[test]
fn a_folder_that_is_another_users_is_refused_and_the_reason_passed_on() {
    let cluster = Cluster::start(0);
    let (temporary, theirs) = (cluster.folder.path().join("temporary"), cluster.folder.path().join("theirs"));
    fs::create_dir_all(&temporary).unwrap();
    fs::create_dir_all(&theirs).unwrap();
    symlink(&theirs, temporary.join(format!("fram-workers-{}", geteuid()))).unwrap();
    let records = cluster.folder.path().join("records").to_string_lossy().into_owned();
    let address = cluster.address.as_str();
    let whole = ["cluster", "start", "-n", "1", "--port", "0", "--ui-port", "0", "--data-dir", &records];
    let commands = [
        (cluster.program(&["worker", address]), Some(2)),
        (cluster.program(&whole), Some(2)),
        (cluster.command("1", "%cluster start -n 1 --cores 1"), Some(1)),
    ];
    for (mut command, code) in commands {
        command.env("TMPDIR", &temporary).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let begun = Instant::now();
        while process.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
        }
        drop(process.kill());
        let output = process.wait_with_output().unwrap();
        let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let told = told.concat();
        assert_eq!(output.status.code(), code, "{told}");
        assert!(told.contains("another user's, or a link") && told.contains("--work-dir"), "{told}");
    }
    assert_eq!(all_below(&theirs), Vec::<PathBuf>::new());
}
