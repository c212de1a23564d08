//! The processes of a cluster under test, each ended when it is dropped, and what notebooks on it print.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

pub(crate) const FRAM: &str = env!("CARGO_BIN_EXE_fram");
/// How long anything may take before the test calls it hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Says why a test cannot be had here; on CI it must be.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told")]
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    println!("skipped: {reason}");
}

/// A process, ended when it is dropped.
pub(crate) struct Process(pub(crate) Child);

/// How the child has ended; it must in time.
pub(crate) fn exit_of(child: &mut Child, what: &str) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20));
    }
}

impl Process {
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A master and its workers.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    pub(crate) address: String,
    /// Where the pages are, and what opens them first.
    pub(crate) pages: String,
    pub(crate) link: String,
    pub(crate) master: Process,
    pub(crate) workers: Vec<Process>,
}

/// What a notebook printed, and how it ended.
pub(crate) struct Printed(Output);

impl Printed {
    /// What the command prints.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self(command.output().unwrap())
    }

    pub(crate) fn succeeded(&self) -> String {
        assert!(self.0.status.success(), "{}", self.all());
        self.all()
    }

    pub(crate) fn failed(&self) -> String {
        assert!(!self.0.status.success(), "{}", self.all());
        self.all()
    }

    fn all(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&self.0.stdout) + &text(&self.0.stderr)
    }
}

impl Cluster {
    /// A master on a free port, and so many workers of one core.
    pub(crate) fn start(workers: usize) -> Self {
        let mut cluster = Self::begun(&["master", "--port", "0", "--ui-port", "0"]);
        for _ in 0..workers {
            cluster.add_worker(&[]);
        }
        cluster.wait_for_workers(workers);
        cluster
    }

    /// What these words begin; its first lines say where its master listens.
    pub(crate) fn begun(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_events(&folder.path().join("events.ndjson"));
        let (master, address, pages) = begun(fram(folder.path()).args(words));
        let (pages, link) = pages.split_once('/').unwrap();
        let (pages, link) = (pages.to_owned(), format!("/{link}"));
        Self { folder, address, pages, link, master, workers: Vec::new() }
    }

    /// Ends the master as if its machine had lost its power, and starts it again at the same ports.
    pub(crate) fn restart_master(&mut self) {
        let port = |address: &str| address.rsplit(':').next().unwrap().to_owned();
        let (own, ui) = (port(&self.address), port(&self.pages));
        drop(self.master.0.kill());
        drop(self.master.0.wait());
        let words = ["master", "--port", &own, "--ui-port", &ui];
        (self.master, _, _) = begun(fram(self.folder.path()).args(words));
    }

    /// What everybody must show.
    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("token")).unwrap()
    }

    /// The program, with these words, as one of this cluster's home.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = fram(self.folder.path());
        command.args(words);
        command
    }

    /// One more worker, of 2 GiB where the options say nothing else.
    pub(crate) fn add_worker(&mut self, options: &[&str]) {
        self.add_worker_of(Path::new(FRAM), options);
    }

    /// One more worker, which this program is.
    pub(crate) fn add_worker_of(&mut self, program: &Path, options: &[&str]) {
        let mut command = at_home(program, self.folder.path());
        let work = self.folder.path().join("work");
        let memory = Some("--memory=2GiB").filter(|_| !options.contains(&"--memory"));
        command.args(["worker", &self.address, "--cores", "1", "--work-dir"]);
        command.arg(work).args(memory).args(options).stdout(Stdio::null());
        self.workers.push(Process(command.spawn().unwrap()));
    }

    pub(crate) fn wait_for_workers(&self, count: usize) {
        self.wait_for_workers_by(&self.join(), count);
    }

    /// The same, where the notebook has another way to the master.
    pub(crate) fn wait_for_workers_by(&self, join: &str, count: usize) {
        let begun = Instant::now();
        while !self.run(join, "1").succeeded().contains(&format!("{count} worker")) {
            assert!(begun.elapsed() < PATIENCE, "the workers do not come");
        }
    }

    /// The magic that puts a notebook on the cluster.
    pub(crate) fn join(&self) -> String {
        format!("%cluster {}", self.address)
    }

    /// Runs the cells after a first one; `EVENTS` in them is the file of events, `NUMBERS` files enough for several tasks.
    pub(crate) fn run(&self, first: &str, cells: &str) -> Printed {
        Printed(self.begin(first, cells).wait_with_output().unwrap())
    }

    /// The same, with options of `fram run`.
    pub(crate) fn run_with(&self, options: &[&str], first: &str, cells: &str) -> Printed {
        Printed(self.command(first, cells).args(options).output().unwrap())
    }

    /// Begins to run them.
    pub(crate) fn begin(&self, first: &str, cells: &str) -> Child {
        self.command(first, cells).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The command that runs them.
    pub(crate) fn command(&self, first: &str, cells: &str) -> Command {
        let script = tempfile::Builder::new().suffix(".fram").tempfile_in(self.folder.path()).unwrap();
        let events = self.folder.path().join("events.ndjson");
        let cells = cells.replace("EVENTS", &events.to_string_lossy()).replace("NUMBERS", numbers());
        std::fs::write(script.path(), format!("{first}\n// %%\n{cells}")).unwrap();
        let path: PathBuf = script.into_temp_path().keep().unwrap();
        let mut command = fram(self.folder.path());
        command.arg("run").arg(path);
        command
    }
}

/// Begins a master, and reads where it listens, and where its pages are.
pub(crate) fn begun(master: &mut Command) -> (Process, String, String) {
    let mut master = Process(master.stdout(Stdio::piped()).spawn().unwrap());
    let said = BufReader::new(master.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let found = |line: &str, mark: &str| Some(line[line.find(mark)?..].split([';', ' ']).next()?.to_owned());
    let mut address = None;
    let mut both = said.into_iter().filter_map(|line| {
        address = address.take().or_else(|| found(&line, "fram://"));
        let link = found(&line, "http")?;
        Some((address.clone()?, link.split_once("://")?.1.to_owned()))
    });
    let (address, pages) = both.next().unwrap();
    (master, address, pages)
}

/// The program, with this home.
pub(crate) fn fram(home: &Path) -> Command {
    at_home(Path::new(FRAM), home)
}

fn at_home(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("FRAM_HOME", home).current_dir(home).stdin(Stdio::null());
    command
}

fn write_events(path: &Path) {
    let made =
        Command::new(FRAM).args(["sample", "winevents", "--events", "3000"]).arg(path).status().unwrap();
    assert!(made.success());
}

/// Parquet files with numbers, the same for all tests: 400,000 in all, of which ten at a time have the same `k`.
fn numbers() -> &'static str {
    static FILES: LazyLock<String> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("numbers");
        std::fs::create_dir_all(&folder).unwrap();
        let cell = format!(
            "for part in 0..4 {{ frame(#{{ a: [0] }}).select((int_range(0, 100000) + part * 100000).alias(\"i\")) \
             .with_columns((col(\"i\") * 7919 % 40009).alias(\"k\")).write_parquet(\"{}/\" + part + \".parquet\"); }}",
            folder.display()
        );
        let script = folder.join("numbers.fram");
        std::fs::write(&script, cell).unwrap();
        assert!(fram(&folder).arg("run").arg(&script).status().unwrap().success());
        folder.join("*.parquet").to_string_lossy().into_owned()
    });
    &FILES
}

/// The lines of tables alone.
pub(crate) fn tables(printed: &str) -> String {
    printed.lines().filter(|line| line.starts_with(['┌', '│', '├', '└'])).collect::<Vec<_>>().join("\n")
}
