//! A notebook as a file: read, and written in nbformat 4.5 as Jupyter writes it. Running it is left to the runner.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::outputs::Outputs;
use crate::console::Complaint;

/// A notebook.
pub(super) struct Notebook {
    root: Value,
}

/// A cell to run.
pub(super) struct CodeCell {
    /// Its place among all cells.
    pub(super) index: usize,
    /// What to run.
    pub(super) source: String,
    /// Whether it is tagged as one that fails.
    pub(super) may_fail: bool,
}

impl Notebook {
    /// Reads a notebook; an error is a sentence without a full stop.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut root: Value =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON ({error})"))?;
        match root["nbformat"].as_u64() {
            Some(4) => {}
            Some(other) => return Err(format!("it has nbformat {other}, and only 4 is read")),
            None => return Err("it has no `nbformat`".to_owned()),
        }
        let Some(cells) = root["cells"].as_array_mut() else {
            return Err("it has no list of `cells`".to_owned());
        };
        for (index, cell) in cells.iter_mut().enumerate() {
            check_cell(cell).map_err(|reason| format!("cell {} {reason}", index + 1))?;
        }
        check_language(&root["metadata"])?;
        add_ids(&mut root);
        Ok(Self { root })
    }

    /// A notebook of these cells.
    pub(super) fn of_cells(sources: Vec<String>) -> Self {
        let cell = |source| json!({ "cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": null });
        let cells: Vec<Value> = sources.into_iter().map(cell).collect();
        let mut root = json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells });
        add_ids(&mut root);
        Self { root }
    }

    /// Says what the cells are written in, in the kernel's own words.
    pub(super) fn set_language(&mut self, info: &Value) {
        let kernelspec = &self.root["metadata"]["kernelspec"];
        if kernelspec["name"].is_null() {
            self.root["metadata"]["kernelspec"] =
                json!({ "name": "fram", "display_name": "Fram", "language": "fram" });
        }
        self.root["metadata"]["language_info"] = info.clone();
    }

    /// The cells to run, in order.
    pub(super) fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.root["cells"].as_array().into_iter().flatten().enumerate();
        let code = cells.filter(|(_, cell)| cell["cell_type"] == "code" && !has_tag(cell, "skip-execution"));
        code.map(|(index, cell)| CodeCell {
            index,
            source: text_of(&cell["source"]),
            may_fail: has_tag(cell, "raises-exception"),
        })
        .filter(|cell| !cell.source.trim().is_empty())
        .collect()
    }

    /// Puts what the cells that were run have shown into them.
    pub(super) fn take(&mut self, outputs: Outputs) {
        for (index, made) in outputs.into_cells() {
            self.root["cells"][index]["outputs"] = Value::Array(made.outputs);
            self.root["cells"][index]["execution_count"] = json!(made.count);
        }
    }

    /// Writes the notebook: all of it, or nothing.
    pub(super) fn write(&self, path: &Path) -> Result<(), Complaint> {
        let written = self.to_bytes().and_then(|bytes| {
            let mut fresh = path.as_os_str().to_owned();
            fresh.push(format!(".{}.part", std::process::id()));
            fs::File::create(&fresh)
                .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
                .and_then(|()| fs::rename(&fresh, path))
                .inspect_err(|_| drop(fs::remove_file(&fresh)))
        });
        written.map_err(|error| {
            Complaint::new(format!("{} cannot be written: {error}", path.display()))
                .remedy("name another --output")
        })
    }

    fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut root = self.root.clone();
        for cell in root["cells"].as_array_mut().into_iter().flatten() {
            split_lines(cell);
        }
        let mut bytes = Vec::new();
        // Jupyter's own writer sorts keys, so that notebooks can be compared line by line.
        root.sort_all_objects();
        let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
        root.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, format))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Refuses a place that cannot be written to, before any cell has run.
pub(super) fn check_place(path: &Path) -> Result<(), Complaint> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let reason = if path.is_dir() {
        "it is a folder"
    } else if !folder.is_dir() {
        "its folder is not there"
    } else if path.extension().is_none_or(|ending| ending != "ipynb") {
        "a notebook's name ends in .ipynb"
    } else {
        return Ok(());
    };
    Err(Complaint::new(format!("--output {} cannot be written: {reason}", path.display()))
        .remedy("name a notebook in a folder that is there, as --output done.ipynb"))
}

fn check_cell(cell: &mut Value) -> Result<(), &'static str> {
    let Some(cell) = cell.as_object_mut() else { return Err("is no object") };
    let Some(kind) = cell.get("cell_type").and_then(Value::as_str) else { return Err("has no `cell_type`") };
    let is_code = kind == "code";
    let source = cell.get("source").unwrap_or(&Value::Null);
    if !source.is_string() && !source.as_array().is_some_and(|lines| lines.iter().all(Value::is_string)) {
        return Err("has no `source` of text");
    }
    if !cell.get("metadata").is_some_and(Value::is_object) {
        cell.insert("metadata".to_owned(), json!({}));
    }
    if is_code {
        cell.entry("outputs").or_insert_with(|| json!([]));
        cell.entry("execution_count").or_insert(Value::Null);
    }
    Ok(())
}

/// Another language's notebook would give a heap of errors.
fn check_language(metadata: &Value) -> Result<(), String> {
    let spec = &metadata["kernelspec"];
    let language = spec["language"].as_str().or_else(|| metadata["language_info"]["name"].as_str());
    let name = spec["name"].as_str().unwrap_or("fram");
    match language {
        Some(language) if language != "fram" => Err(format!("its cells are written in {language}")),
        None if !name.starts_with("fram") => Err(format!("it is for the kernel {name}")),
        _ => Ok(()),
    }
}

/// Cells have ids from nbformat 4.5 on.
fn add_ids(root: &mut Value) {
    if root["nbformat_minor"].as_u64().is_none_or(|minor| minor < 5) {
        root["nbformat_minor"] = json!(5);
    }
    if !root["metadata"].is_object() {
        root["metadata"] = json!({});
    }
    let mut taken = HashSet::new();
    let mut number = 0;
    for cell in root["cells"].as_array_mut().into_iter().flatten() {
        let mut id = cell["id"].as_str().unwrap_or_default().to_owned();
        while id.is_empty() || taken.contains(&id) {
            number += 1;
            id = format!("cell-{number}");
        }
        cell["id"] = json!(id);
        taken.insert(id);
    }
}

fn has_tag(cell: &Value, tag: &str) -> bool {
    cell["metadata"]["tags"].as_array().is_some_and(|tags| tags.iter().any(|found| found == tag))
}

fn text_of(source: &Value) -> String {
    match source {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// Text becomes a list of lines, as nbformat has it, so that differences can be read.
fn split_lines(cell: &mut Value) {
    split(&mut cell["source"]);
    for output in cell.get_mut("outputs").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(text) = output.get_mut("text") {
            split(text);
        }
        if let Some(data) = output.get_mut("data").and_then(Value::as_object_mut) {
            split_media(data);
        }
    }
}

fn split_media(data: &mut Map<String, Value>) {
    for (mime, body) in data {
        if mime.starts_with("text/") || ["application/javascript", "image/svg+xml"].contains(&mime.as_str()) {
            split(body);
        }
    }
}

fn split(text: &mut Value) {
    if let Some(whole) = text.as_str() {
        *text = whole.split_inclusive('\n').collect();
    }
}

#[cfg(test)]
mod tests;
