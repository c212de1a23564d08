//! Comms: which are open, and their traffic in both directions. What they are for is left to the interpreter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::request::{Answer, Request};
use super::sink::CellSink;
use super::{Shared, log};
use crate::interpreter::{CommEvent, CommEventKind, Output};
use crate::media::json_value;
use crate::wire::{Draft, json_frame};

/// Open comms at a time; a client that opens more is refused.
const MOST: usize = 10_000;

/// The open comms: id and target.
#[derive(Default)]
pub(super) struct Comms {
    open: Mutex<BTreeMap<String, String>>,
}

impl Comms {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CommContent {
    comm_id: String,
    target_name: Option<String>,
    data: Value,
}

/// `comm_info_request`: the open comms, of one target if the client names it.
pub(super) fn info(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: CommContent = request.content()?;
    let wanted = asked.target_name.filter(|name| !name.is_empty());
    let open = shared.comms.lock();
    let comms: Map<String, Value> = open
        .iter()
        .filter(|(_, target)| wanted.as_ref().is_none_or(|wanted| wanted == *target))
        .map(|(id, target)| (id.clone(), json!({ "target_name": target })))
        .collect();
    Ok(json!({ "comms": comms }))
}

/// A comm message from a frontend. There is no reply; an open that is refused is answered by a close.
pub(super) fn receive(shared: &Arc<Shared>, request: &Request) {
    let Ok(content) = request.content::<CommContent>() else {
        return log::warn("a comm message without valid content");
    };
    let id = content.comm_id.clone();
    let target = content.target_name.clone().unwrap_or_default();
    let kind = match request.message.header.msg_type.as_str() {
        "comm_open" => CommEventKind::Open { target: target.clone() },
        "comm_close" => CommEventKind::Close,
        _ => CommEventKind::Message,
    };
    let opens = matches!(kind, CommEventKind::Open { .. });
    let known = match kind {
        CommEventKind::Open { .. } => shared.comms.lock().len() < MOST,
        CommEventKind::Close => shared.comms.lock().remove(&id).is_some(),
        CommEventKind::Message => shared.comms.lock().contains_key(&id),
    };
    if opens && known {
        shared.comms.lock().insert(id.clone(), target);
    }
    if !known && !opens {
        return log::warn(&format!("a message for comm {id:.100}, which is not open"));
    }
    let output = Output::new(Arc::new(CellSink::for_comm(shared, request)));
    let accepted = known && shared.interpreter.comm(&event(request, content, kind), &output);
    if opens && !accepted {
        shared.comms.lock().remove(&id);
        let close = Draft::new("comm_close", &json!({ "comm_id": id, "data": {} }));
        shared.iopub.tell(close.child_of(request.parent()));
    }
}

fn event(request: &Request, content: CommContent, kind: CommEventKind) -> CommEvent {
    CommEvent {
        id: content.comm_id,
        kind,
        data: content.data.to_string(),
        buffers: request.message.buffers.iter().map(|buffer| buffer.to_vec()).collect(),
    }
}

/// A comm event from our side as a message; `None` if its comm is not open.
pub(super) fn send(shared: &Shared, event: CommEvent) -> Option<Draft> {
    let mut content = Map::new();
    content.insert("comm_id".into(), event.id.as_str().into());
    content.insert("data".into(), json_value(&event.data));
    let mut metadata = json!({});
    let mut open = shared.comms.lock();
    let kind = match event.kind {
        CommEventKind::Open { target } => {
            if target == "jupyter.widget" {
                // The widget protocol's version, without which frontends refuse the widget.
                metadata = json!({ "version": "2.1.0" });
            }
            content.insert("target_name".into(), target.as_str().into());
            open.insert(event.id, target);
            "comm_open"
        }
        CommEventKind::Message if open.contains_key(&event.id) => "comm_msg",
        CommEventKind::Close if open.remove(&event.id).is_some() => "comm_close",
        CommEventKind::Message | CommEventKind::Close => return None,
    };
    let mut draft = Draft::new(kind, &content);
    draft.metadata = json_frame(&metadata);
    draft.buffers = event.buffers.into_iter().map(Bytes::from).collect();
    Some(draft)
}
