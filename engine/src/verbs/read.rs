//! Files as frames: `scan_…` and `read_…`, which are the same here: nothing but what names and types of columns need
//! is read until a frame is shown. How each format's options are read is left to the file of that format.

mod csv;
mod json;
mod tables;

use std::path::PathBuf;

use fram_frame::Frame;
use polars::io::{HiveOptions, RowIndex};
use polars::prelude::{Schema, SchemaRef};
use polars_plan::dsl::{CastColumnsPolicy, ExtraColumnsPolicy, MissingColumnsPolicy, UnifiedScanArgs};
use polars_utils::slice_enum::Slice;

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::files::{fault, paths};
use crate::registry::Kind::{Any, Boolean, Integer, Map, Text, Texts};
use crate::registry::Type::{Cell, Frame as F};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const SOURCE: Parameter = required(
    "source",
    Texts,
    "A path, or an array of them; `*` and `**` match several files, a folder means its files. `.gz` and `.zst` are read as they are.",
);
const SCHEMA: Parameter =
    absent("schema", Map, "Names and types of all columns, as `#{ n: Int64 }`; nothing is inferred then.");
const OVERRIDES: Parameter = absent("schema_overrides", Map, "Types of some columns, as `#{ n: String }`.");
const ROWS: Parameter = absent("n_rows", Integer, "Rows that are read at most.");
const INDEX: Parameter = absent("row_index_name", Text, "The name of a column that counts the rows.");
const OFFSET: Parameter = optional("row_index_offset", Integer, "0", "The number of the first row.");
const FILE_PATHS: Parameter =
    absent("include_file_paths", Text, "The name of a column that says which file a row comes from.");
const IGNORE: Parameter = optional(
    "ignore_errors",
    Boolean,
    "false",
    "What cannot be read becomes null, or is left out with a warning.",
);
const HIVE: Parameter = absent(
    "hive_partitioning",
    Boolean,
    "Columns from folders named `key=value`; for a folder so where they are.",
);
const DATES: Parameter =
    optional("try_parse_dates", Boolean, "false", "Strings that look like dates and times become such.");

const CSV: &[Parameter] = &[
    SOURCE,
    optional("has_header", Boolean, "true", "The first line holds the columns' names."),
    optional("separator", Text, ",", "What stands between fields, one byte."),
    absent("comment_prefix", Text, "Lines that begin so are left out."),
    optional("quote_char", Text, "\"", "What stands around fields; `()` for nothing."),
    optional("skip_rows", Integer, "0", "Records before the header that are left out."),
    optional("skip_lines", Integer, "0", "Lines before the header that are left out."),
    optional("skip_rows_after_header", Integer, "0", "Records after the header that are left out."),
    SCHEMA,
    OVERRIDES,
    absent(
        "null_values",
        Any,
        "A string that means null, an array of them, or a map of columns and strings.",
    ),
    optional(
        "missing_utf8_is_empty_string",
        Boolean,
        "false",
        "An empty field of strings is an empty string, not null.",
    ),
    IGNORE,
    optional("infer_schema", Boolean, "true", "Finds types; else every column is a string."),
    optional("infer_schema_length", Integer, "10000", "Rows of each file that types are found from."),
    ROWS,
    optional("encoding", Text, "utf8", "`utf8`, or `utf8-lossy` to read other bytes as �."),
    INDEX,
    OFFSET,
    DATES,
    optional("eol_char", Text, "\n", "What ends a line, one byte."),
    absent("new_columns", Texts, "Names that replace those of the first columns."),
    optional("truncate_ragged_lines", Boolean, "false", "Fields beyond the columns are left out."),
    optional("decimal_comma", Boolean, "false", "Numbers are written as `1,5`."),
    FILE_PATHS,
];
const NDJSON: &[Parameter] = &[
    SOURCE,
    absent(
        "infer_schema_length",
        Integer,
        "Rows of each file that columns are found from; else all, up to 1 GiB of text.",
    ),
    ROWS,
    SCHEMA,
    OVERRIDES,
    optional("encoding", Text, "utf8", "`utf8`, or `utf8-lossy` to read other bytes as �."),
    INDEX,
    OFFSET,
    IGNORE,
    FILE_PATHS,
];
const JSON: &[Parameter] = &[SOURCE, ROWS, SCHEMA, OVERRIDES, INDEX, OFFSET, IGNORE];
const PARQUET: &[Parameter] = &[
    SOURCE,
    ROWS,
    INDEX,
    OFFSET,
    optional("use_statistics", Boolean, "true", "Skips parts of files that a filter rules out."),
    optional("low_memory", Boolean, "false", "Less memory for less speed."),
    HIVE,
    DATES,
    FILE_PATHS,
];
const IPC: &[Parameter] = &[SOURCE, ROWS, INDEX, OFFSET, HIVE, DATES, FILE_PATHS];

const OF_CSV: &str = "A frame of comma-separated files; rows are read when it is shown.";
const OF_NDJSON: &str = "A frame of files with one JSON object a line; rows are read when it is shown. Every key of every row is a column.";
const OF_PARQUET: &str = "A frame of Parquet files; rows are read when it is shown.";
const OF_IPC: &str = "A frame of Arrow IPC (Feather) files; rows are read when it is shown.";

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "read_csv", F, OF_CSV, csv::read).takes(CSV),
    verb(Cell, "scan_csv", F, OF_CSV, csv::read).takes(CSV),
    verb(Cell, "read_ndjson", F, OF_NDJSON, json::lines).takes(NDJSON),
    verb(Cell, "scan_ndjson", F, OF_NDJSON, json::lines).takes(NDJSON),
    verb(Cell, "read_json", F, "A frame of files that each hold one JSON array of objects.", json::array)
        .takes(JSON),
    verb(Cell, "read_parquet", F, OF_PARQUET, tables::parquet).takes(PARQUET),
    verb(Cell, "scan_parquet", F, OF_PARQUET, tables::parquet).takes(PARQUET),
    verb(Cell, "read_ipc", F, OF_IPC, tables::ipc).takes(IPC),
    verb(Cell, "scan_ipc", F, OF_IPC, tables::ipc).takes(IPC),
];

/// The files that the call names; empty ones are left out with a warning, unless there are no others.
fn sources(call: &Call<'_>, endings: &[&str]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = paths::files(&call.texts("source")?, endings)?;
    let is_empty =
        |file: &PathBuf| std::fs::metadata(file).is_ok_and(|about| about.is_file() && about.len() == 0);
    let empty: Vec<PathBuf> = files.extract_if(.., |file| is_empty(file)).collect();
    match (files.is_empty(), empty.first()) {
        (true, Some(first)) => Err(fault::empty(first)),
        (_, Some(first)) => {
            let others = if empty.len() > 1 {
                format!(" and {} more files are", empty.len() - 1)
            } else {
                " is".into()
            };
            warn(call, &[format!("{}{others} empty and left out", first.display())]);
            Ok(files)
        }
        _ => Ok(files),
    }
}

/// What holds for the scans of every format.
fn common(call: &Call<'_>) -> Result<UnifiedScanArgs, Fault> {
    let index = call.maybe_text("row_index_name")?;
    let offset = if index.is_some() { call.count("row_index_offset")? } else { 0 };
    let offset =
        u32::try_from(offset).map_err(|_| call.out_of_range("row_index_offset", "less than 4294967296"))?;
    let rows = if call.has("n_rows") { Some(call.count("n_rows")?) } else { None };
    Ok(UnifiedScanArgs {
        schema: None,
        cloud_options: None,
        hive_options: HiveOptions::new_disabled(),
        rechunk: false,
        cache: false,
        // Patterns are resolved before; a file's name may hold any letter.
        glob: false,
        hidden_file_prefix: None,
        projection: None,
        column_mapping: None,
        default_values: None,
        row_index: index.map(|name| RowIndex { name: name.into(), offset }),
        pre_slice: rows.map(|len| Slice::Positive { offset: 0, len }),
        cast_columns_policy: CastColumnsPolicy::ERROR_ON_MISMATCH,
        missing_columns_policy: MissingColumnsPolicy::Raise,
        extra_columns_policy: ExtraColumnsPolicy::Raise,
        include_file_paths: call.maybe_text("include_file_paths")?.map(Into::into),
        deletion_files: None,
        table_statistics: None,
        row_count: None,
    })
}

/// Names and types from an object map.
fn schema(call: &Call<'_>, name: &str) -> Result<Option<SchemaRef>, Fault> {
    if !call.has(name) {
        return Ok(None);
    }
    let mut schema = Schema::default();
    for (column, kind) in call.object(name)? {
        schema.insert(column.into(), datatype::from_value(kind)?);
    }
    Ok(Some(schema.into()))
}

/// A parameter of one byte.
fn byte(call: &Call<'_>, name: &str) -> Result<u8, Fault> {
    let text = call.text(name)?;
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(call.out_of_range(name, &format!("one ASCII character, not \"{text}\""))),
    }
}

/// Tells the user what the reading had to decide.
fn warn(call: &Call<'_>, warnings: &[String]) {
    for warning in warnings {
        call.host.screen().warn(&format!("{}\n", fram_display::visible(&format!("warning: {warning}"))));
    }
}

fn shown(call: &Call<'_>, (frame, warnings): (Frame, Vec<String>)) -> Value {
    warn(call, &warnings);
    Value::Frame(frame)
}
