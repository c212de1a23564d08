//! The options of JSON files: lines, and whole arrays.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use fram_frame::Frame;
use polars::prelude::SchemaRef;
use polars_plan::dsl::{FileScanDsl, NDJsonReadOptions, ScanSources};

use super::{common, schema, sources, warn};
use crate::call::Call;
use crate::fault::Fault;
use crate::files::json_columns::{self, Look};
use crate::files::scan::{Scan, paths};
use crate::value::Value;

/// Bytes that Polars hands to one thread at once.
const CHUNK: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 18) - 1);

pub(super) fn lines(call: &Call<'_>) -> Result<Value, Fault> {
    let files = sources(call, &["ndjson", "jsonl", "json"])?;
    let rows = if call.has("infer_schema_length") { Some(call.count("infer_schema_length")?) } else { None };
    let lossy = call.word("encoding", &["utf8", "utf8-lossy"])? == "utf8-lossy";
    read(call, &files, Look { rows, skip_bad: call.boolean("ignore_errors")?, lossy, array: false })
}

pub(super) fn array(call: &Call<'_>) -> Result<Value, Fault> {
    let files = sources(call, &["json"])?;
    read(
        call,
        &files,
        Look { rows: None, skip_bad: call.boolean("ignore_errors")?, lossy: false, array: true },
    )
}

fn read(call: &Call<'_>, files: &[PathBuf], look: Look) -> Result<Value, Fault> {
    let given = schema(call, "schema")?;
    let needs_copy = look.skip_bad || look.lossy || look.array;
    if given.is_some() && !needs_copy {
        return scanned(call, paths(files)?, given);
    }
    let found = json_columns::look(files, look, &call.host.watch())?;
    let mut columns = found.schema;
    let overrides = schema(call, "schema_overrides")?;
    for (name, kind) in overrides.iter().flat_map(|schema| schema.iter()) {
        columns.insert(name.clone(), kind.clone());
    }
    let is_named =
        |name: &str| given.is_some() || overrides.as_ref().is_some_and(|schema| schema.contains(name));
    warn(
        call,
        &found
            .warnings
            .into_iter()
            .filter(|warning| !quoted_name(warning).is_some_and(is_named))
            .collect::<Vec<_>>(),
    );
    let sources = match found.mended {
        Some(file) if call.has("include_file_paths") => {
            drop(file);
            return Err(Fault::argument(
                "`include_file_paths` cannot be had together with `ignore_errors` or a lossy encoding",
            )
            .hint("read the files one by one, with `with_columns(lit(…).alias(…))`, and `concat` them"));
        }
        Some(file) => ScanSources::Files(vec![file].into()),
        None => paths(files)?,
    };
    scanned(call, sources, Some(given.unwrap_or_else(|| Arc::new(columns))))
}

/// The column that a warning is about.
fn quoted_name(warning: &str) -> Option<&str> {
    warning.strip_prefix("column `")?.split('`').next()
}

fn scanned(call: &Call<'_>, sources: ScanSources, schema: Option<SchemaRef>) -> Result<Value, Fault> {
    let options = NDJsonReadOptions {
        n_threads: None,
        infer_schema_length: None,
        chunk_size: CHUNK,
        low_memory: false,
        ignore_errors: call.boolean("ignore_errors")?,
        schema,
        schema_overwrite: None,
    };
    let scan = Scan { format: FileScanDsl::NDJson { options }, common: common(call)? };
    Ok(Value::Frame(Frame::from_lazy(scan.over(sources))?))
}
