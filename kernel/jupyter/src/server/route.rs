//! One place for every kind of request: which thread answers it, and with what. A request that is not known is
//! answered all the same; nothing that comes ends the server.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cells::CellsHandle;
use super::request::{Answer, Busy, Request};
use super::{Shared, assist, comms, ending, log, recall};
use crate::interpreter::CellError;
use crate::wire::PROTOCOL_VERSION;

/// Takes a request from shell or control. Returns at once; cells, assistance and comms go to their threads.
pub(super) fn route(shared: &Arc<Shared>, cells: &CellsHandle, request: Request) {
    let shared = Arc::clone(shared);
    match request.message.header.msg_type.as_str() {
        "execute_request" => cells.run(request),
        "kernel_info_request" => request.answer(&shared, kernel_info),
        "comm_info_request" => request.answer(&shared, comms::info),
        "interrupt_request" => on_blocking_thread(shared, request, |shared, _request| {
            shared.interrupt();
            Ok(json!({}))
        }),
        "shutdown_request" => drop(tokio::task::spawn_blocking(move || {
            request.answer(&shared, ending::shutdown);
            // Only now, so that the reply and its idle are queued.
            shared.stop.notify_one();
        })),
        "history_request" => on_blocking_thread(shared, request, recall::history),
        "complete_request" => assist(shared, request, assist::complete),
        "inspect_request" => assist(shared, request, assist::inspect),
        "is_complete_request" => assist(shared, request, assist::is_complete),
        "comm_open" | "comm_msg" | "comm_close" => {
            let lane = Arc::clone(&shared);
            lane.comm_lane.run(move || {
                let _busy = Busy::new(&shared.iopub, request.parent());
                comms::receive(&shared, &request);
            });
        }
        "debug_request" => {
            request.answer(&shared, |_shared, _request| Err(refusal("this kernel has no debugger")))
        }
        kind if kind.ends_with("_request") => request.answer(&shared, |_shared, request| {
            let kind = &request.message.header.msg_type;
            log::warn(&format!("unknown request {kind:.100}"));
            Err(refusal(&format!("this kernel does not know `{kind:.100}`")))
        }),
        kind => {
            log::warn(&format!("unknown message {kind:.100}"));
            let _busy = Busy::new(&shared.iopub, request.parent());
        }
    }
}

type Handler = fn(&Arc<Shared>, &Request) -> Answer;

fn assist(shared: Arc<Shared>, request: Request, handler: Handler) {
    let lane = Arc::clone(&shared);
    lane.assist.run(move || request.answer(&shared, handler));
}

/// For what calls the interpreter or reads files, and must wait for no lane.
fn on_blocking_thread(shared: Arc<Shared>, request: Request, handler: Handler) {
    tokio::task::spawn_blocking(move || request.answer(&shared, handler));
}

fn kernel_info(shared: &Arc<Shared>, _request: &Request) -> Answer {
    let language = &shared.language;
    let links = language.help_links.iter().map(|(text, url)| json!({ "text": text, "url": url }));
    Ok(json!({
        "protocol_version": PROTOCOL_VERSION,
        "implementation": language.implementation,
        "implementation_version": language.version,
        "language_info": {
            "name": language.name,
            "version": language.language_version,
            "mimetype": language.mime,
            "file_extension": language.extension,
            "pygments_lexer": language.pygments_lexer,
            "codemirror_mode": language.codemirror_mode,
        },
        "banner": language.banner,
        "help_links": links.collect::<Vec<Value>>(),
        "supported_features": [],
    }))
}

fn refusal(reason: &str) -> CellError {
    CellError::new("NotSupported", reason)
}
