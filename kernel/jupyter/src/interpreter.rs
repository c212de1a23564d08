//! The door between protocol and language: what a language must do to be a kernel, and what it may ask of the
//! server while a cell runs. Plain data both ways; counting, framing, busy and idle are the server's.

mod assistance;
mod bundle;
mod cell;
mod comm;
mod language;

use std::sync::Arc;

pub use assistance::{Completeness, Completion, Completions};
pub use bundle::{Body, Bundle, Medium};
pub use cell::{Cell, CellError, InputError, Stream};
pub use comm::{CommEvent, CommEventKind};
pub use language::Language;

/// What a language must do to be a kernel.
///
/// Plain data in, plain data out: no JSON values, no socket, no frame. Cursors are byte offsets into the code, on a
/// character border. Everything but [`run`](Interpreter::run) and [`evaluate`](Interpreter::evaluate) may be called
/// while a cell runs, from other threads, and must answer at once from what is known.
pub trait Interpreter: Send + Sync + 'static {
    /// Who this is, for `kernel_info_reply`.
    fn language(&self) -> Language;
    /// Runs one cell; its value, if any, is shown as the cell's result.
    fn run(&self, cell: &Cell, output: &Output) -> Result<Option<Bundle>, CellError>;
    /// One of a request's `user_expressions`, evaluated after its cell.
    fn evaluate(&self, expression: &str, output: &Output) -> Result<Bundle, CellError>;
    /// Whether the code is whole, may go on, or can never be right.
    fn completeness(&self, code: &str) -> Completeness;
    /// What may stand at the cursor.
    fn complete(&self, code: &str, cursor: usize) -> Completions;
    /// What is known of the thing at the cursor; `detail` 1 asks for more than 0.
    fn inspect(&self, code: &str, cursor: usize, detail: u8) -> Option<Bundle>;
    /// Asks the running cell to stop; returns at once. Called with no cell running too, and again and again while the
    /// cell goes on.
    fn interrupt(&self);
    /// The kernel is about to end (or to be started again).
    fn shutdown(&self, _restart: bool) {}
    /// A frontend opened, messaged or closed a comm; return false to refuse an `Open`.
    fn comm(&self, _event: &CommEvent, _output: &Output) -> bool {
        false
    }
}

/// What a cell can send while it runs. Cheap to clone; may be used from any thread; what is sent after the cell has
/// ended still belongs to it. No call blocks for long: text is queued and paced, and a cell that outruns the queue
/// waits there until there is room or it is interrupted.
#[derive(Clone)]
pub struct Output {
    sink: Arc<dyn OutputSink>,
}

/// What stands behind an [`Output`]: the server's queue, or a test's list.
pub trait OutputSink: Send + Sync {
    /// Appends text to a stream.
    fn text(&self, stream: Stream, text: &str);
    /// Shows a value; with an id, [`update`](OutputSink::update) can replace it later.
    fn display(&self, bundle: Bundle, id: Option<&str>);
    /// Replaces every display of this id.
    fn update(&self, bundle: Bundle, id: &str);
    /// Empties the cell's output, now or when the next output comes.
    fn clear(&self, wait: bool);
    /// Asks the user for a line; blocks until answered or interrupted.
    fn input(&self, prompt: &str, password: bool) -> Result<String, InputError>;
    /// Opens text in the frontend's pager.
    fn page(&self, bundle: Bundle);
    /// Puts text into the cell below (`replace` false) or into this cell.
    fn set_next_input(&self, text: &str, replace: bool);
    /// Opens, messages or closes a comm from our side.
    fn comm(&self, event: CommEvent);
    /// Lines of the session's history, oldest first: session, line number, source.
    fn history(&self, last: usize) -> Vec<(i64, usize, String)>;
}

impl Output {
    /// An output that writes to this sink.
    pub fn new(sink: Arc<dyn OutputSink>) -> Self {
        Self { sink }
    }
}

impl std::ops::Deref for Output {
    type Target = dyn OutputSink;

    fn deref(&self) -> &Self::Target {
        &*self.sink
    }
}
