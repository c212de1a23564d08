//! What cells have shown, merged from their messages as Jupyter's own clients merge them: neighbouring text is
//! joined, a display of a known id is renewed wherever it stands, output is cleared at once or when more comes.

use std::collections::BTreeMap;

use fram_jupyter::Stream;
use fram_jupyter::client::Event;
use serde_json::{Map, Value, json};

/// The outputs of all cells that were run.
#[derive(Default)]
pub(super) struct Outputs {
    cells: BTreeMap<usize, Made>,
    current: usize,
    /// By display id: cell and place of each output that shows it.
    displays: BTreeMap<String, Vec<(usize, usize)>>,
    clears_next: bool,
    failure: Option<String>,
}

/// What one cell made.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Made {
    /// The number in `In [n]`.
    pub(super) count: Option<usize>,
    /// Outputs as nbformat has them.
    pub(super) outputs: Vec<Value>,
}

impl Outputs {
    /// From here on, outputs belong to this cell.
    pub(super) fn begin(&mut self, cell: usize) {
        self.current = cell;
        self.clears_next = false;
        self.failure = None;
        self.cells.insert(cell, Made::default());
    }

    /// The cell has failed; the first reason stays.
    pub(super) fn fail(&mut self, reason: &str) {
        self.failure.get_or_insert_with(|| reason.to_owned());
    }

    /// Why the cell has failed, if it has.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// What each cell made.
    pub(super) fn into_cells(self) -> BTreeMap<usize, Made> {
        self.cells
    }

    /// Takes a message of the current cell.
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Input { count, .. } => self.made().count = Some(count),
            Event::Stream { stream, text } => self.stream(stream, &text),
            Event::Display { data, metadata, id } => {
                let output = json!({ "output_type": "display_data", "data": data, "metadata": metadata });
                self.display(output, id.as_deref(), &data, &metadata);
            }
            Event::Result { count, data, metadata } => {
                self.made().count = Some(count);
                self.add(json!({
                    "output_type": "execute_result", "execution_count": count, "data": data, "metadata": metadata,
                }));
            }
            Event::Update { data, metadata, id } => self.renew(&id, &data, &metadata),
            Event::Error(error) => self.add(json!({
                "output_type": "error", "ename": error.name, "evalue": error.message, "traceback": error.traceback,
            })),
            Event::Clear { wait: true } => self.clears_next = true,
            Event::Clear { wait: false } => self.clear(),
            Event::Status(_) | Event::InputRequest { .. } | Event::Reply(_) | Event::Other(_) => {}
        }
    }

    fn display(&mut self, output: Value, id: Option<&str>, data: &Map<String, Value>, metadata: &Map<String, Value>) {
        if let Some(id) = id {
            self.renew(id, data, metadata);
        }
        self.add(output);
        if let Some(id) = id {
            let place = (self.current, self.made().outputs.len() - 1);
            self.displays.entry(id.to_owned()).or_default().push(place);
        }
    }

    fn renew(&mut self, id: &str, data: &Map<String, Value>, metadata: &Map<String, Value>) {
        for (cell, place) in self.displays.get(id).into_iter().flatten() {
            if let Some(output) = self.cells.get_mut(cell).and_then(|made| made.outputs.get_mut(*place)) {
                output["data"] = json!(data);
                output["metadata"] = json!(metadata);
            }
        }
    }

    fn stream(&mut self, stream: Stream, text: &str) {
        let name = if stream == Stream::Stderr { "stderr" } else { "stdout" };
        self.clear_if_due();
        match self.made().outputs.last_mut() {
            Some(last) if last["output_type"] == "stream" && last["name"] == name => {
                if let Value::String(joined) = &mut last["text"] {
                    joined.push_str(text);
                }
            }
            _ => self.add(json!({ "output_type": "stream", "name": name, "text": text })),
        }
    }

    fn add(&mut self, output: Value) {
        self.clear_if_due();
        self.made().outputs.push(output);
    }

    fn clear_if_due(&mut self) {
        if self.clears_next {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.clears_next = false;
        self.made().outputs.clear();
        let current = self.current;
        self.displays.values_mut().for_each(|places| places.retain(|(cell, _)| *cell != current));
    }

    fn made(&mut self) -> &mut Made {
        self.cells.entry(self.current).or_default()
    }
}

#[cfg(test)]
mod tests;
