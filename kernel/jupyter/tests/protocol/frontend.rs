//! The frontend double: starts `examples/echo.rs` with directories of its own, and fails on unread messages.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fram_jupyter::Transport;
use fram_jupyter::client::{Event, ExecuteOptions, Kernel, KernelSpec, LaunchOptions};
use serde_json::{Map, Value};

/// Long enough for a loaded machine; nothing that works needs it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A kernel and the directories that it may write to.
pub(crate) struct Frontend {
    kernel: Option<Kernel>,
    home: tempfile::TempDir,
    drained: bool,
}

impl Frontend {
    pub(crate) fn start() -> Self {
        Self::with(Transport::Tcp)
    }

    pub(crate) fn with(transport: Transport) -> Self {
        let home = tempfile::tempdir().unwrap();
        let kernel = Some(launch(home.path(), transport));
        Self { kernel, home, drained: true }
    }

    /// For tests that leave messages unread on purpose.
    pub(crate) fn undrained(mut self) -> Self {
        self.drained = false;
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Ends the kernel and starts another with the same directories.
    pub(crate) fn restart(&mut self) {
        let kernel = self.kernel.take().unwrap();
        kernel.assert_drained();
        assert!(kernel.shutdown(PATIENCE).unwrap(), "the kernel did not end by itself");
        self.kernel = Some(launch(self.home.path(), Transport::Tcp));
    }

    /// Runs a cell to its end.
    pub(crate) fn run(&self, code: &str) -> Vec<Event> {
        self.execute(code, &ExecuteOptions::default()).unwrap().finish(PATIENCE).unwrap()
    }
}

impl Deref for Frontend {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        self.kernel.as_ref().unwrap()
    }
}

impl Drop for Frontend {
    fn drop(&mut self) {
        if let Some(kernel) = &self.kernel
            && self.drained
            && !std::thread::panicking()
        {
            kernel.assert_drained();
        }
    }
}

/// The toy kernel; built by `cargo test`, or by `cargo build --example echo`.
pub(crate) fn echo_program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/echo");
    assert!(program.exists(), "build the toy kernel first: cargo build -p fram-jupyter --example echo");
    program
}

pub(crate) fn spec(directory: &Path) -> KernelSpec {
    let kernels = directory.join("echo");
    std::fs::create_dir_all(&kernels).unwrap();
    let spec = serde_json::json!({
        "argv": [echo_program(), "{connection_file}"],
        "display_name": "Echo",
        "language": "echo",
        "interrupt_mode": "message",
    });
    std::fs::write(kernels.join("kernel.json"), spec.to_string()).unwrap();
    KernelSpec::read(&kernels).unwrap()
}

pub(crate) fn launch(home: &Path, transport: Transport) -> Kernel {
    let variable =
        |name: &str, below: &str| (name.to_owned(), home.join(below).to_string_lossy().into_owned());
    let environment = vec![variable("XDG_DATA_HOME", "data"), variable("XDG_CACHE_HOME", "cache")];
    let options = LaunchOptions { transport, environment, ..LaunchOptions::default() };
    Kernel::start(&spec(home), options).unwrap()
}

/// The events as short lines, in order.
pub(crate) fn told(events: &[Event]) -> Vec<String> {
    let plain =
        |data: &Map<String, Value>| data.get("text/plain").and_then(Value::as_str).unwrap_or("").to_owned();
    events
        .iter()
        .map(|event| match event {
            Event::Status(state) => state.clone(),
            Event::Input { code, count } => format!("in[{count}] {code}"),
            Event::Stream { stream, text } => format!("{stream:?} {text}"),
            Event::Display { data, id, .. } => format!("display {id:?} {}", plain(data)),
            Event::Update { data, id, .. } => format!("update {id} {}", plain(data)),
            Event::Clear { wait } => format!("clear {wait}"),
            Event::Result { count, data, .. } => format!("out[{count}] {}", plain(data)),
            Event::Error(error) => format!("error {} {}", error.name, error.message),
            Event::InputRequest { prompt, .. } => format!("asks {prompt}"),
            Event::Reply(content) => format!("reply {}", content["status"].as_str().unwrap_or("")),
            Event::Other(raw) => raw.msg_type.clone(),
        })
        .collect()
}

/// The same without the reply, which comes by another socket and so at any place.
pub(crate) fn published(events: &[Event]) -> Vec<String> {
    told(events).into_iter().filter(|line| !line.starts_with("reply ")).collect()
}

pub(crate) fn reply(events: &[Event]) -> Value {
    let found = events.iter().find_map(|event| match event {
        Event::Reply(content) => Some(content.clone()),
        _ => None,
    });
    found.expect("a reply")
}

pub(crate) fn stdout(events: &[Event]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Stream { text, stream: fram_jupyter::Stream::Stdout } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Asks again until it is so.
pub(crate) fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check() {
        assert!(Instant::now() < deadline, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(2));
    }
}
