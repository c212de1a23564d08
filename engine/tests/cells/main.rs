//! Cells and what they show: each file of `tests/cells/*.txt` holds cells, each followed by what it showed. Run with
//! `FRAM_GOLD=1` to write what is shown now, and read the difference before committing it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod both;
mod closures;
mod clustered;
mod completion;
mod examples;
mod files;
mod limits;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fram_engine::{NoInput, Screen, Session, Shown};

/// Keeps what a cell sends.
#[derive(Default)]
struct Recorder(Mutex<String>);

impl Recorder {
    fn add(&self, label: &str, text: &str) {
        let mut all = self.0.lock().unwrap();
        for line in text.trim_end_matches('\n').lines() {
            writeln!(all, "{label}{line}").unwrap();
        }
    }
}

/// The text with every measured time as `…`.
fn untimed(text: &str) -> String {
    let is_unit = |word: &str| matches!(word, "s" | "ms" | "µs" | "ns");
    let is_count = |word: &str| word.parse::<f64>().is_ok();
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words = line.split(' ').peekable();
        let mut kept = Vec::new();
        while let Some(word) = words.next() {
            let is_time = is_count(word) && words.next_if(|next| is_unit(next)).is_some();
            kept.push(if is_time { "…" } else { word });
        }
        lines.push(kept.join(" "));
    }
    lines.join("\n") + "\n"
}

impl Screen for Recorder {
    fn print(&self, text: &str) {
        self.add("", text);
    }
    fn warn(&self, text: &str) {
        self.add("stderr: ", &untimed(text));
    }
    fn display(&self, shown: Shown, id: Option<&str>) {
        // How long a query takes differs from run to run.
        if id.is_some_and(|id| id.starts_with("fram-progress")) {
            return;
        }
        self.add(
            &id.map_or_else(String::new, |id| format!("[{id}] ")),
            shown.text("text/plain").unwrap_or_default(),
        );
    }
    fn update(&self, shown: Shown, id: &str) {
        if id.starts_with("fram-progress") {
            return;
        }
        self.add(&format!("[{id} again] "), shown.text("text/plain").unwrap_or_default());
    }
    fn clear(&self, wait: bool) {
        self.add("", if wait { "(cleared later)" } else { "(cleared)" });
    }
    fn input(&self, prompt: &str, _password: bool) -> Result<String, NoInput> {
        self.add("asked: ", prompt);
        Ok("an answer".into())
    }
    fn page(&self, shown: Shown) {
        self.add("page: ", shown.text("text/plain").unwrap_or_default());
    }
    fn set_next_input(&self, text: &str, _replace: bool) {
        self.add("next cell: ", text);
    }
    fn history(&self, _last: usize) -> Vec<String> {
        vec!["let earlier = 1".into()]
    }
}

/// Line that parts a cell from what it shows, and line that parts cells.
const SHOWS: &str = "----";
const NEXT: &str = "====";

#[test]
fn cells_show_what_their_files_say() {
    let mut wrong = Vec::new();
    for file in cell_files() {
        let wanted = std::fs::read_to_string(&file).unwrap();
        let got = replay(&wanted, &Session::new());
        let (plain, wanted) = (without_sample(&got), without_sample(&wanted));
        if plain == wanted {
            continue;
        }
        if std::env::var_os("FRAM_GOLD").is_some() {
            std::fs::write(&file, got).unwrap();
        } else {
            wrong.push(format!("{}\n{}", file.display(), first_difference(&wanted, &plain)));
        }
    }
    assert!(wrong.is_empty(), "{}\n`make gold` writes what is shown now", wrong.join("\n"));
}

/// Words without the one value that a message quotes: which of several bad values is met first is chance.
fn without_sample(shown: &str) -> String {
    let marks = ["holds a value that is no ", "no whole number is written there"];
    let lines = shown.split('\n').map(|line| {
        let mark = marks.iter().find_map(|mark| line.find(mark));
        mark.and_then(|mark| Some(&line[..mark + line[mark..].find(": ")?])).unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The files of cells.
fn cell_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cells");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    assert!(!files.is_empty(), "no cells in {}", folder.display());
    files
}

/// The file as it would be with what its cells show now; all cells of a file share one notebook.
fn replay(text: &str, session: &Session) -> String {
    let mut cells = Vec::new();
    for part in text.split(&format!("{NEXT}\n")) {
        let cell = part.split_once(&format!("{SHOWS}\n")).map_or(part, |(cell, _)| cell);
        cells.push(format!("{cell}{SHOWS}\n{}", run(session, cell.trim_end_matches('\n'))));
    }
    cells.join(&format!("{NEXT}\n"))
}

fn run(session: &Session, cell: &str) -> String {
    let screen = Arc::new(Recorder::default());
    let outcome = session.run(cell, screen.clone());
    let mut shown = std::mem::take(&mut *screen.0.lock().unwrap());
    match outcome {
        Ok(Some(value)) => {
            writeln!(shown, "{}", value.text("text/plain").unwrap_or("(no text)").trim_end()).unwrap()
        }
        Ok(None) => {}
        Err(error) => writeln!(shown, "{}: {}", error.name, error.text()).unwrap(),
    }
    shown
}

fn first_difference(wanted: &str, got: &str) -> String {
    let mut pairs = wanted.lines().zip(got.lines()).enumerate();
    match pairs.find(|(_, (wanted, got))| wanted != got) {
        Some((line, (wanted, got))) => format!("line {}:\n  wanted: {wanted}\n  got:    {got}", line + 1),
        None => "one is longer than the other".into(),
    }
}

#[test]
fn the_reference_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference.md");
    let fresh = fram_engine::reference();
    if std::env::var_os("FRAM_GOLD").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == fresh, "docs/reference.md is not what the registry says: `make gold` writes it");
}
