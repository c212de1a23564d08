//! The thread that cells run on, one after another: counting, echoing the input, running, showing the result or the
//! error, and the reply. What runs is left to the interpreter, what it prints to [`sink`](super::sink).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::request::{Busy, Request, panic_error};
use super::sink::CellSink;
use super::{Shared, log};
use crate::interpreter::{Body, Bundle, Cell, CellError, Output, Stream};
use crate::media::{error_fields, media};
use crate::wire::Draft;

/// How long a failed cell keeps its reply, so that requests which were sent before it are seen to have been.
const SETTLE: Duration = Duration::from_millis(5);

/// Hands cells to their thread; cheap to clone.
#[derive(Clone)]
pub(super) struct CellsHandle {
    cells: mpsc::Sender<Request>,
}

/// The content of an `execute_request`. What a client omits, or sends as null, has the specification's default.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ExecuteRequest {
    code: String,
    silent: Option<bool>,
    store_history: Option<bool>,
    user_expressions: Option<HashMap<String, String>>,
    allow_stdin: Option<bool>,
    stop_on_error: Option<bool>,
}

impl CellsHandle {
    /// Starts the thread.
    pub(super) fn start(shared: &Arc<Shared>, stack_bytes: usize) -> std::io::Result<Self> {
        let (cells, requests) = mpsc::channel();
        let mut runner = CellRunner { shared: Arc::clone(shared), count: 0, abort_until: None };
        std::thread::Builder::new().name("cells".to_owned()).stack_size(stack_bytes).spawn(move || {
            for request in requests {
                runner.handle_request(&request);
            }
        })?;
        Ok(Self { cells })
    }

    /// Runs this cell after those before it.
    pub(super) fn run(&self, request: Request) {
        if self.cells.send(request).is_err() {
            log::warn("a cell came after its thread had ended");
        }
    }
}

struct CellRunner {
    shared: Arc<Shared>,
    /// The number of the last cell that was counted.
    count: usize,
    /// Cells that came before this are not run: one before them failed.
    abort_until: Option<Instant>,
}

/// What a cell came to, but for its reply.
struct Outcome {
    result: Result<(), CellError>,
    expressions: Map<String, Value>,
    payload: Vec<Value>,
}

impl CellRunner {
    fn handle_request(&mut self, request: &Request) {
        let shared = Arc::clone(&self.shared);
        let _busy = Busy::new(&shared.iopub, request.parent());
        if self.abort_until.is_some_and(|until| request.arrived <= until) {
            return request.reply(Ok(json!({ "status": "aborted", "execution_count": self.count })));
        }
        self.abort_until = None;
        let content: ExecuteRequest = match request.content() {
            Ok(content) => content,
            Err(error) => return request.reply(Err(error)),
        };
        let cell = self.count_cell(&content);
        let outcome = self.run_cell(request, &content, &cell);
        let failed = outcome.result.is_err();
        if failed && content.stop_on_error.unwrap_or(true) {
            std::thread::sleep(SETTLE);
            self.abort_until = Some(Instant::now());
        }
        request.reply(Ok(reply_content(outcome, cell.count)));
    }

    fn count_cell(&mut self, content: &ExecuteRequest) -> Cell {
        let silent = content.silent.unwrap_or(false);
        let store_history = !silent && content.store_history.unwrap_or(true);
        if store_history {
            self.count += 1;
        }
        Cell { code: content.code.clone(), count: self.count, silent, store_history }
    }

    fn run_cell(&self, request: &Request, content: &ExecuteRequest, cell: &Cell) -> Outcome {
        let shared = &self.shared;
        if cell.store_history {
            shared.history.record_input(cell.count, &cell.code);
        }
        let sink =
            Arc::new(CellSink::for_cell(shared, request, content.allow_stdin.unwrap_or(true), cell.silent));
        // Before the input is echoed: whoever sees it may interrupt.
        shared.set_running(Some(sink.release().clone()));
        if !cell.silent {
            let echo = json!({ "code": cell.code, "execution_count": cell.count });
            shared.iopub.tell(Draft::new("execute_input", &echo).child_of(request.parent()));
            if let Some(warning) = shared.history.take_warning() {
                sink.notice(Stream::Stderr, &format!("{warning}\n"));
            }
        }
        let output = Output::new(sink.clone());
        let ran = caught(|| shared.interpreter.run(cell, &output));
        sink.end_text();
        let result = ran.map(|value| self.show_value(cell, &sink, value));
        if let Err(error) = &result {
            sink.send_last(Draft::new("error", &error_fields(error)));
        }
        let expressions = match &result {
            Ok(()) => self.evaluate(content, &output),
            Err(_failed) => Map::new(),
        };
        shared.set_running(None);
        Outcome { result, expressions, payload: sink.take_payload() }
    }

    fn show_value(&self, cell: &Cell, sink: &CellSink, value: Option<Bundle>) {
        let Some(bundle) = value else { return };
        if cell.store_history
            && let Some(text) = plain_text(&bundle)
        {
            self.shared.history.record_output(cell.count, text);
        }
        if !cell.silent {
            let (data, metadata) = media(&bundle);
            let content = json!({
                "execution_count": cell.count,
                "data": data,
                "metadata": metadata,
                "transient": {},
            });
            sink.send_last(Draft::new("execute_result", &content));
        }
    }

    fn evaluate(&self, content: &ExecuteRequest, output: &Output) -> Map<String, Value> {
        let wanted = content.user_expressions.iter().flatten();
        let evaluated = wanted.map(|(name, expression)| {
            let value = match caught(|| self.shared.interpreter.evaluate(expression, output)) {
                Ok(bundle) => {
                    let (data, metadata) = media(&bundle);
                    json!({ "status": "ok", "data": data, "metadata": metadata })
                }
                Err(error) => with_status(error_fields(&error), "error"),
            };
            (name.clone(), value)
        });
        evaluated.collect()
    }
}

fn reply_content(outcome: Outcome, count: usize) -> Value {
    let (mut fields, status) = match &outcome.result {
        Ok(()) => (Map::new(), "ok"),
        Err(error) => (error_fields(error), "error"),
    };
    fields.insert("execution_count".into(), count.into());
    fields.insert("user_expressions".into(), outcome.expressions.into());
    fields.insert("payload".into(), outcome.payload.into());
    with_status(fields, status)
}

fn with_status(mut fields: Map<String, Value>, status: &str) -> Value {
    fields.insert("status".into(), status.into());
    Value::Object(fields)
}

/// The border of a cell: a panic in the language costs the cell, not the kernel.
fn caught<T>(run: impl FnOnce() -> Result<T, CellError>) -> Result<T, CellError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panic_error(&*panic)))
}

fn plain_text(bundle: &Bundle) -> Option<&str> {
    bundle.media.iter().find_map(|medium| match &medium.body {
        Body::Text(text) if medium.mime == "text/plain" => Some(text.as_str()),
        _ => None,
    })
}
