//! The door between protocol and language: what a language must do to be a kernel, and what it may ask of the
//! server while a cell runs. Plain data both ways; counting, framing, busy and idle are the server's.

use std::sync::Arc;

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
    /// Asks the running cell to stop; returns at once. Called with no cell running too.
    fn interrupt(&self);
    /// The kernel is about to end (or to be started again).
    fn shutdown(&self, _restart: bool) {}
    /// A frontend opened, messaged or closed a comm; return false to refuse an `Open`.
    fn comm(&self, _event: &CommEvent, _output: &Output) -> bool {
        false
    }
}

/// Who a language is.
#[derive(Debug, Clone, Default)]
pub struct Language {
    /// Name of the implementation, as `fram`.
    pub implementation: String,
    /// Version of the implementation.
    pub version: String,
    /// Name of the language that cells are written in.
    pub name: String,
    /// Version of that language.
    pub language_version: String,
    /// MIME type of a cell's source.
    pub mime: String,
    /// File name extension of a script, with the dot.
    pub extension: String,
    /// Pygments lexer for highlighting in exports.
    pub pygments_lexer: String,
    /// CodeMirror mode for highlighting in the notebook.
    pub codemirror_mode: String,
    /// Shown by consoles when they start.
    pub banner: String,
    /// Shown in the frontend's Help menu: text and address.
    pub help_links: Vec<(String, String)>,
}

/// One cell to run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The source as the user wrote it.
    pub code: String,
    /// The number in `In [n]`; a silent cell keeps the number of the one before.
    pub count: usize,
    /// Nothing is shown, nothing is counted.
    pub silent: bool,
    /// Whether the cell enters the history.
    pub store_history: bool,
}

/// One value in the media that it can be shown in; the frontend picks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// The media, `text/plain` among them.
    pub media: Vec<Medium>,
}

/// One medium of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Medium {
    /// MIME type.
    pub mime: String,
    /// The content.
    pub body: Body,
    /// Size on the page in CSS pixels, for images drawn at a higher resolution.
    pub size: Option<(u32, u32)>,
}

/// The content of a medium.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Text, HTML, SVG, Markdown.
    Text(String),
    /// PNG, JPEG and other bytes; sent as base64.
    Bytes(Vec<u8>),
    /// The text of a JSON value, sent as that value.
    Json(String),
}

/// Why a cell failed, already in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellError {
    /// Short name of the kind of error, as `ColumnNotFound`.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// The whole as the user shall read it, line by line: place, reason, remedy; may hold ANSI colours of our own.
    pub traceback: Vec<String>,
}

/// Whether code can be run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can.
    Complete,
    /// A further line is wanted, to begin with this indentation.
    Incomplete {
        /// What the next line begins with.
        indent: String,
    },
    /// No further line can mend it.
    Invalid,
    /// Can't be told.
    Unknown,
}

/// What may stand in place of `start..end`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offset where the replaced text begins.
    pub start: usize,
    /// Byte offset where it ends.
    pub end: usize,
    /// Candidates, best first.
    pub matches: Vec<Completion>,
}

/// One candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// What is put in.
    pub text: String,
    /// What it is, shown beside it: `verb`, `column`, `table`, `file`, `option`, `magic`, `name`.
    pub kind: String,
    /// Signature or type, may be empty.
    pub signature: String,
}

/// What a frontend did with a comm.
#[derive(Debug, Clone, PartialEq)]
pub struct CommEvent {
    /// The comm's id.
    pub id: String,
    /// What happened.
    pub kind: CommEventKind,
    /// The message's data: the text of a JSON value.
    pub data: String,
    /// Binary buffers.
    pub buffers: Vec<Vec<u8>>,
}

/// The kinds of comm traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommEventKind {
    /// Opened for this target.
    Open {
        /// Name of the target.
        target: String,
    },
    /// A message on an open comm.
    Message,
    /// Closed.
    Close,
}

/// What a cell can send while it runs. Cheap to clone; may be used from any thread; what is sent after the cell has
/// ended still belongs to it. No call blocks for long: text is queued and paced, and a cell that outruns the queue
/// waits there until there is room or it is interrupted.
#[derive(Clone)]
pub struct Output {
    sink: Arc<dyn OutputSink>,
}

/// Which of the two text streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Why no line could be had from the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The frontend takes no input (nbconvert, a run without a browser).
    #[error("this frontend cannot ask for input")]
    NotAllowed,
    /// The user interrupted instead of answering.
    #[error("interrupted")]
    Interrupted,
    /// The frontend went away.
    #[error("the frontend closed the input")]
    Closed,
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

impl Bundle {
    /// A bundle of plain text alone.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().with("text/plain", Body::Text(text.into()))
    }

    /// This bundle and one medium more.
    pub fn with(mut self, mime: &str, body: Body) -> Self {
        self.media.push(Medium { mime: mime.to_owned(), body, size: None });
        self
    }
}
