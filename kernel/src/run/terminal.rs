//! A run on the terminal: what cells show as plain text, errors apart, and the questions that they ask.

use std::io::{self, BufRead, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use fram_jupyter::Stream;
use fram_jupyter::client::Event;
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use serde_json::{Map, Value};

use crate::console::{self, Pipe};

/// Displays with such an id say how far a cell has come; they are no part of what it shows.
const PROGRESS: &str = "fram-progress-";

/// Prints what a message shows.
pub(super) fn show(event: &Event) -> io::Result<()> {
    match event {
        Event::Stream { stream: Stream::Stdout, text } => console::write(Pipe::Output, text),
        Event::Stream { stream: Stream::Stderr, text } => console::write(Pipe::Errors, text),
        Event::Display { data, id: Some(id), .. } | Event::Update { data, id, .. } if id.starts_with(PROGRESS) => {
            console::progress(plain(data).lines().next().unwrap_or_default());
            Ok(())
        }
        Event::Display { data, .. } | Event::Update { data, .. } | Event::Result { data, .. } => {
            console::write(Pipe::Output, &line(&plain(data)))
        }
        Event::Error(error) => console::write(Pipe::Errors, &line(&error.traceback.join("\n"))),
        Event::Reply(reply) => pages(reply).try_for_each(|page| console::write(Pipe::Output, &line(&page))),
        Event::Status(_) | Event::Input { .. } | Event::Clear { .. } => Ok(()),
        Event::InputRequest { .. } | Event::Other(_) => Ok(()),
    }
}

/// Takes away the line that said how far the cell has come.
pub(super) fn end_progress() {
    console::progress("");
}

/// Whether there is somebody to answer questions.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// The user's answer; `None` when there was none, or the run was interrupted.
pub(super) fn ask(prompt: &str, password: bool, is_interrupted: impl Fn() -> bool) -> io::Result<Option<String>> {
    console::write(Pipe::Output, prompt)?;
    let _hidden = if password { Hidden::begin() } else { None };
    let (line_tx, line_rx) = channel();
    // Reading cannot be interrupted, but waiting for it can.
    std::thread::Builder::new().name("answer".to_owned()).spawn(move || {
        let mut text = String::new();
        let read = io::stdin().lock().read_line(&mut text);
        // Nobody waits any more after an interrupt.
        drop(line_tx.send(read.map(|length| (length > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))));
    })?;
    loop {
        match line_rx.recv_timeout(Duration::from_millis(100)) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) if !is_interrupted() => {}
            Err(_interrupted) => return Ok(None),
        }
    }
}

/// While this lives, what is typed is not shown.
struct Hidden {
    before: nix::sys::termios::Termios,
}

impl Hidden {
    fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut hidden = before.clone();
        hidden.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(io::stdin(), SetArg::TCSANOW, &hidden).ok()?;
        Some(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that went away needs no mending.
        tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before).ok();
        console::note("");
    }
}

/// The plain text of a bundle, or what else it holds.
fn plain(data: &Map<String, Value>) -> String {
    match data.get("text/plain") {
        Some(Value::String(text)) => text.clone(),
        _ => format!("[{}]", data.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
    }
}

fn pages(reply: &Value) -> impl Iterator<Item = String> {
    let payload = reply["payload"].as_array().into_iter().flatten();
    payload.filter(|item| item["source"] == "page").filter_map(|item| item["data"].as_object().map(plain))
}

fn line(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
