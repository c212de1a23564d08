//! Masters, workers and notebooks that end as they were asked to: in plain words, and without a warning.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::processes::{PATIENCE, Process, begun, fram};

/// What a process says on standard error.
struct Log(PathBuf);

impl Log {
    /// The log of the command, in this folder.
    fn of(command: &mut Command, folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        command.stderr(File::create(&path).unwrap());
        Self(path)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }

    /// Waits until the words have been said so many times.
    fn wait_for(&self, words: &str, times: usize) {
        let begun = Instant::now();
        while self.text().matches(words).count() < times {
            assert!(begun.elapsed() < PATIENCE, "{words:?} is not said {times} times: {}", self.text());
            sleep(Duration::from_millis(20));
        }
    }

    /// That this was said, and no warning.
    fn says_calmly(&self, words: &str) {
        let text = self.text();
        assert!(text.contains(words), "{words:?} is not in {text}");
        assert!(!text.contains(" WARN ") && !text.contains(" ERROR "), "{text}");
    }
}

/// Asks the process to end, and waits for it.
fn end(process: &mut Process) {
    process.signal(Signal::SIGTERM);
    let begun = Instant::now();
    while process.0.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not end");
        sleep(Duration::from_millis(20));
    }
    assert!(process.0.wait().unwrap().success());
}

fn worker(home: &Path, master: &str, name: &str) -> (Process, Log) {
    let mut command = fram(home);
    command.args(["worker", master, "--cores", "1", "--memory", "1GiB", "--work-dir"]);
    command.arg(home.join("work")).stdout(Stdio::null());
    let log = Log::of(&mut command, home, name);
    (Process(command.spawn().unwrap()), log)
}

#[test]
fn what_ends_as_it_was_asked_to_is_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let mut command = fram(home);
    command.args(["master", "--port", "0", "--ui-port", "0"]);
    let master_log = Log::of(&mut command, home, "master.log");
    let (mut master, address, _) = begun(&mut command);

    let (mut first, first_log) = worker(home, &address, "first.log");
    first_log.wait_for("has taken this worker", 1);
    // A notebook that runs a job, and ends.
    let script = home.join("cells.fram");
    let cells = "frame(#{ a: [1, 1, 2] }).group_by(\"a\").agg(len()).sort(\"a\")";
    std::fs::write(&script, format!("%cluster {address}\n// %%\n{cells}")).unwrap();
    let ran = fram(home).arg("run").arg(&script).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    end(&mut first);
    master_log.wait_for("has ended", 1);
    first_log.says_calmly("this worker ends, as it was asked to");

    let (mut second, second_log) = worker(home, &address, "second.log");
    second_log.wait_for("has taken this worker", 1);
    end(&mut master);
    second_log.wait_for("has ended, as it was asked to", 1);
    end(&mut second);
    second_log.says_calmly("this worker ends, as it was asked to");
    master_log.says_calmly("the master ends, as it was asked to");
}

#[test]
fn a_whole_cluster_ends_calmly() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = fram(folder.path());
    command.args(["cluster", "start", "-n", "2", "--cores", "1", "--port", "0", "--ui-port", "0"]);
    let log = Log::of(&mut command, folder.path(), "log");
    let mut cluster = Process(command.stdout(Stdio::null()).spawn().unwrap());
    log.wait_for("has taken this worker", 2);
    end(&mut cluster);
    log.says_calmly("the master ends, as it was asked to");
    assert!(!log.text().contains("another is started"), "{}", log.text());
}
