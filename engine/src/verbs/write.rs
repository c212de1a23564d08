//! Frames as files: `write_…` and `sink_…`, which are the same here: the frame runs at once, and never as a whole in
//! memory. How a file or a folder comes to be whole or not at all is left to `files::sink`.

mod formats;

use fram_display::grouped;
use fram_frame::Written;
use polars_plan::dsl::FileWriteFormat;

use crate::call::Call;
use crate::fault::Fault;
use crate::files::paths;
use crate::files::sink::Sink;
use crate::registry::Kind::{Boolean, Column, Integer, Text};
use crate::registry::Type::{Frame as F, Text as T};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const FILE: Parameter = required(
    "file",
    Text,
    "The path; a file that is there is replaced when the new one is whole. A path that ends in `/` is a folder: each task of a cluster writes a file of its own there.",
);
const MKDIR: Parameter =
    optional("mkdir", Boolean, "false", "Makes the folders of the path that are missing.");
const OVERWRITE: Parameter = optional(
    "overwrite",
    Boolean,
    "false",
    "Replaces a folder that holds written files, when the new one is whole.",
);
const LEVEL: Parameter = absent("compression_level", Integer, "How hard to compress.");
const PARTITION_BY: Parameter = absent(
    "partition_by",
    Column,
    "Columns whose values become folders `key=value`; the path is then a new folder.",
);
const PACKED: Parameter =
    absent("compression", Text, "uncompressed, gzip or zstd; else what the path's `.gz` or `.zst` says.");

const CSV: &[Parameter] = &[
    FILE,
    optional("include_header", Boolean, "true", "The first line holds the columns' names."),
    optional("separator", Text, ",", "What stands between fields, one byte."),
    optional("line_terminator", Text, "\n", "What ends a line."),
    optional("quote_char", Text, "\"", "What stands around fields, one byte."),
    optional(
        "quote_style",
        Text,
        "necessary",
        "Which fields are quoted: necessary, always, non_numeric or never.",
    ),
    optional("null_value", Text, "", "What null is written as."),
    absent("datetime_format", Text, "How dates with times are written, as `%Y-%m-%d %H:%M:%S`."),
    absent("date_format", Text, "How dates are written."),
    absent("time_format", Text, "How times of day are written."),
    absent("float_precision", Integer, "Digits after the point."),
    absent("float_scientific", Boolean, "Always, or never, writes numbers as `1e5`."),
    optional("decimal_comma", Boolean, "false", "Numbers are written as `1,5`."),
    optional("include_bom", Boolean, "false", "Begins with a byte order mark, for old spreadsheets."),
    PACKED,
    LEVEL,
    MKDIR,
    OVERWRITE,
];
const NDJSON: &[Parameter] = &[FILE, PACKED, LEVEL, MKDIR, OVERWRITE];
const PARQUET: &[Parameter] = &[
    FILE,
    optional("compression", Text, "zstd", "zstd, snappy, gzip, brotli, lz4 or uncompressed."),
    LEVEL,
    optional(
        "statistics",
        Boolean,
        "true",
        "Writes each part's least and greatest values, by which readers skip.",
    ),
    absent("row_group_size", Integer, "Rows of a part."),
    absent("data_page_size", Integer, "Bytes of a page."),
    PARTITION_BY,
    MKDIR,
    OVERWRITE,
];
const IPC: &[Parameter] = &[
    FILE,
    optional("compression", Text, "uncompressed", "uncompressed, lz4 or zstd."),
    LEVEL,
    absent("record_batch_size", Integer, "Rows of a part."),
    PARTITION_BY,
    MKDIR,
    OVERWRITE,
];

const AS_CSV: &str = "Runs the frame into a comma-separated file, or a folder of them.";
const AS_NDJSON: &str = "Runs the frame into a file with one JSON object a line, or a folder of them.";
const AS_PARQUET: &str = "Runs the frame into a Parquet file, or a folder of them.";
const AS_IPC: &str = "Runs the frame into an Arrow IPC (Feather) file, or a folder of them.";

pub(super) const VERBS: &[Verb] = &[
    verb(F, "write_csv", T, AS_CSV, |call| write(call, formats::csv)).takes(CSV),
    verb(F, "sink_csv", T, AS_CSV, |call| write(call, formats::csv)).takes(CSV),
    verb(F, "write_ndjson", T, AS_NDJSON, |call| write(call, formats::ndjson)).takes(NDJSON),
    verb(F, "sink_ndjson", T, AS_NDJSON, |call| write(call, formats::ndjson)).takes(NDJSON),
    verb(F, "write_parquet", T, AS_PARQUET, |call| write(call, formats::parquet)).takes(PARQUET),
    verb(F, "sink_parquet", T, AS_PARQUET, |call| write(call, formats::parquet)).takes(PARQUET),
    verb(F, "write_ipc", T, AS_IPC, |call| write(call, formats::ipc)).takes(IPC),
    verb(F, "sink_ipc", T, AS_IPC, |call| write(call, formats::ipc)).takes(IPC),
];

/// How a format is made of a call's options, for this path.
type Format = fn(&Call<'_>, &str) -> Result<FileWriteFormat, Fault>;

fn write(call: &Call<'_>, format: Format) -> Result<Value, Fault> {
    let path = call.text("file")?;
    let sink = Sink {
        target: paths::plain(&path)?,
        is_folder: path.ends_with('/'),
        format: format(call, &path)?,
        partition_by: call.columns("partition_by")?,
        mkdir: call.boolean("mkdir")?,
        overwrite: call.boolean("overwrite")?,
    };
    let into_one_file = !sink.is_folder && sink.partition_by.is_empty() && !sink.target.is_dir();
    let Written { rows, bytes, files } =
        sink.write(call.lazy()?, &*call.host.runner(), &call.host.watch())?;
    let rows = counted(rows, "row");
    let files = if into_one_file { String::new() } else { format!(" in {}", counted(files, "file")) };
    Ok(Value::Text(format!("{rows}{files}, {} → {path}", in_bytes(bytes))))
}

pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(count)) }
}

fn in_bytes(bytes: u64) -> String {
    const UNITS: &[(u64, &str)] = &[(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, name)) => format!("{:.1} {name}", bytes as f64 / *size as f64),
        None => format!("{bytes} bytes"),
    }
}
