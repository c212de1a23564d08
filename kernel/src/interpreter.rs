//! Where the two halves meet: the engine's session as the kernel's interpreter. Plain data is handed over; what it
//! means is left to `fram-engine`, how it travels to `fram-jupyter`.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fram_engine as engine;
use fram_jupyter::{
    Body, Bundle, Cell, CellError, Completeness, Completion, Completions, InputError, Interpreter, Language,
    Medium, Output, Stream,
};

use crate::mishap::Mishap;

/// Counts what is allocated, so that queries can be stopped at a limit and can spill in time.
#[global_allocator]
static ALLOCATOR: engine::Allocator = engine::Allocator;

/// The interpreter of a kernel that starts.
pub(crate) fn interpreter(mishap: Arc<Mishap>) -> Arc<dyn Interpreter> {
    let master = std::env::var("FRAM_MASTER").ok().filter(|master| !master.trim().is_empty());
    Arc::new(Engine {
        session: engine::Session::named(&notebook_name()).with_program(std::env::current_exe().ok()),
        mishap,
        master: Mutex::new(master),
    })
}

/// What the notebook is called: Jupyter tells its kernels the path.
fn notebook_name() -> String {
    let path = std::env::var("JPY_SESSION_NAME").unwrap_or_default();
    let name = Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "a notebook".to_owned())
}

/// The engine as an interpreter.
struct Engine {
    session: engine::Session,
    mishap: Arc<Mishap>,
    /// The cluster that cells are to run on from the first one on, as long as it has not been reached.
    master: Mutex<Option<String>>,
}

impl Engine {
    fn master(&self) -> MutexGuard<'_, Option<String>> {
        self.master.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the session on its cluster, before the first cell that does not say itself where it runs: a kernel must start at
    /// once, whoever is away.
    fn join(&self, output: &Output) -> Result<(), CellError> {
        let mut master = self.master();
        if let Some(address) = master.as_deref() {
            let joined = self.session.run(&format!("%cluster {address}"), Arc::new(Screen(output.clone())));
            joined.map_err(cell_error)?;
            *master = None;
        }
        Ok(())
    }
}

impl Interpreter for Engine {
    fn language(&self) -> Language {
        let version = env!("CARGO_PKG_VERSION");
        Language {
            implementation: "fram".into(),
            version: version.into(),
            name: "fram".into(),
            language_version: version.into(),
            mime: "text/x-fram".into(),
            extension: ".fram".into(),
            pygments_lexer: "rust".into(),
            codemirror_mode: "rust".into(),
            banner: format!(
                "Fram {version}: frames on this machine or on many. `%help` lists what a cell can say."
            ),
            help_links: Vec::new(),
        }
    }

    fn run(&self, cell: &Cell, output: &Output) -> Result<Option<Bundle>, CellError> {
        if let Some(told) = self.mishap.told() {
            output.text(Stream::Stderr, &told);
        }
        let place = engine::place_of_cells(&cell.code);
        if place.is_none() && !cell.code.trim_start().starts_with("%help") {
            self.join(output)?;
        }
        self.mishap.begin(&cell.code);
        let shown = self.session.run(&cell.code, Arc::new(Screen(output.clone())));
        self.mishap.end();
        if place == Some("local") || place.is_some() && shown.is_ok() {
            *self.master() = None;
        }
        shown.map(|shown| shown.map(bundle)).map_err(cell_error)
    }

    fn evaluate(&self, expression: &str, output: &Output) -> Result<Bundle, CellError> {
        self.session.evaluate(expression, Arc::new(Screen(output.clone()))).map(bundle).map_err(cell_error)
    }

    fn completeness(&self, code: &str) -> Completeness {
        match self.session.completeness(code) {
            engine::Completeness::Complete => Completeness::Complete,
            engine::Completeness::Incomplete => Completeness::Incomplete { indent: indent(code) },
            engine::Completeness::Invalid => Completeness::Invalid,
        }
    }

    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let found = self.session.complete(code, cursor);
        let matches = found
            .matches
            .into_iter()
            .map(|candidate| Completion {
                text: candidate.text,
                kind: candidate.kind.into(),
                signature: candidate.signature,
            })
            .collect();
        Completions { start: found.start, end: found.end, matches }
    }

    fn inspect(&self, code: &str, cursor: usize, _detail: u8) -> Option<Bundle> {
        self.session.inspect(code, cursor).map(bundle)
    }

    fn interrupt(&self) {
        self.session.interrupt();
    }
}

/// The kernel's output as the engine's screen.
struct Screen(Output);

impl engine::Screen for Screen {
    fn print(&self, text: &str) {
        self.0.text(Stream::Stdout, text);
    }

    fn warn(&self, text: &str) {
        self.0.text(Stream::Stderr, text);
    }

    fn display(&self, shown: engine::Shown, id: Option<&str>) {
        self.0.display(bundle(shown), id);
    }

    fn update(&self, shown: engine::Shown, id: &str) {
        self.0.update(bundle(shown), id);
    }

    fn clear(&self, wait: bool) {
        self.0.clear(wait);
    }

    fn input(&self, prompt: &str, password: bool) -> Result<String, engine::NoInput> {
        self.0.input(prompt, password).map_err(|error| match error {
            InputError::NotAllowed => engine::NoInput::NotAllowed,
            InputError::Interrupted | InputError::Closed => engine::NoInput::Interrupted,
        })
    }

    fn page(&self, shown: engine::Shown) {
        self.0.page(bundle(shown));
    }

    fn set_next_input(&self, text: &str, replace: bool) {
        self.0.set_next_input(text, replace);
    }

    fn history(&self, last: usize) -> Vec<String> {
        self.0.history(last).into_iter().map(|(_, _, source)| source).collect()
    }
}

fn bundle(shown: engine::Shown) -> Bundle {
    let media = shown.media.into_iter().map(|medium| Medium {
        mime: medium.mime.into(),
        body: match medium.body {
            engine::Body::Text(text) => Body::Text(text),
            engine::Body::Bytes(bytes) => Body::Bytes(bytes),
        },
        size: medium.size,
    });
    Bundle { media: media.collect() }
}

/// The sentence in red, the rest as it is: frontends print the traceback, and the name and sentence only where they
/// have no room for it.
fn cell_error(error: engine::CellError) -> CellError {
    let mut traceback = vec![format!("\u{1b}[31m{}\u{1b}[0m: {}", error.name, error.message)];
    traceback.extend(error.details.iter().cloned());
    CellError { name: error.name, message: error.message, traceback }
}

/// What the next line begins with: as the last one, deeper after an opening bracket.
fn indent(code: &str) -> String {
    let last = code.lines().last().unwrap_or_default();
    let own: String = last.chars().take_while(|letter| letter.is_whitespace()).collect();
    let opens = last.trim_end().ends_with(['{', '(', '[']);
    if opens { own + "    " } else { own }
}
