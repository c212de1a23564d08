//! The options of comma-separated files.

use std::sync::Arc;

use polars::prelude::{CommentPrefix, CsvEncoding, CsvParseOptions, CsvReadOptions, NullValues, PlSmallStr};
use polars_plan::dsl::FileScanDsl;

use super::{byte, common, schema, shown, sources};
use crate::call::Call;
use crate::fault::Fault;
use crate::files::csv_check::{self, Dialect};
use crate::files::scan::Scan;
use crate::value::Value;

pub(super) fn read(call: &Call<'_>) -> Result<Value, Fault> {
    let files = sources(call, &["csv", "tsv", "txt"])?;
    let parse = parse_options(call)?;
    let has_preamble =
        call.count("skip_rows")? + call.count("skip_lines")? > 0 || parse.comment_prefix.is_some();
    let dialect = Dialect {
        separator: parse.separator,
        quote: parse.quote_char,
        may_be_ragged: parse.truncate_ragged_lines
            || call.boolean("ignore_errors")?
            || call.has("schema")
            || has_preamble,
        may_be_lossy: matches!(parse.encoding, CsvEncoding::LossyUtf8),
    };
    let mut short = Vec::new();
    for file in &files {
        short.extend(csv_check::check(file, &dialect, &call.host.watch())?);
    }
    let options = read_options(call, parse)?;
    let scan = Scan { format: FileScanDsl::Csv { options: Arc::new(options) }, common: common(call)? };
    let (frame, mut warnings) = scan.frame(&files)?;
    warnings.extend(short);
    warnings.extend(frame.schema().iter_names().filter_map(|name| {
        let (plain, _) = name.rsplit_once("_duplicated_")?;
        Some(format!("several columns are named `{plain}`: one of them is `{name}` here"))
    }));
    Ok(shown(call, (frame, warnings)))
}

fn parse_options(call: &Call<'_>) -> Result<CsvParseOptions, Fault> {
    let quote_char = match call.any("quote_char") {
        Some(Value::Nothing) => None,
        Some(Value::Text(text)) if text.is_empty() => None,
        _ => Some(byte(call, "quote_char")?),
    };
    let encoding = match call.word("encoding", &["utf8", "utf8-lossy"])? {
        "utf8" => CsvEncoding::Utf8,
        _ => CsvEncoding::LossyUtf8,
    };
    let comment_prefix = call.maybe_text("comment_prefix")?.map(|prefix| match prefix.as_bytes() {
        [byte] => CommentPrefix::Single(*byte),
        _ => CommentPrefix::Multi(prefix.into()),
    });
    Ok(CsvParseOptions {
        separator: byte(call, "separator")?,
        quote_char,
        eol_char: byte(call, "eol_char")?,
        encoding,
        null_values: null_values(call)?,
        missing_is_null: !call.boolean("missing_utf8_is_empty_string")?,
        truncate_ragged_lines: call.boolean("truncate_ragged_lines")?,
        comment_prefix,
        try_parse_dates: call.boolean("try_parse_dates")?,
        decimal_comma: call.boolean("decimal_comma")?,
    })
}

fn read_options(call: &Call<'_>, parse: CsvParseOptions) -> Result<CsvReadOptions, Fault> {
    let infers = call.boolean("infer_schema")?;
    let names = call.texts("new_columns")?;
    let names: Option<Vec<PlSmallStr>> =
        call.has("new_columns").then(|| names.into_iter().map(Into::into).collect());
    Ok(CsvReadOptions {
        parse_options: Arc::new(parse),
        has_header: call.boolean("has_header")?,
        schema: schema(call, "schema")?,
        schema_overwrite: schema(call, "schema_overrides")?,
        column_names_overwrite: names.map(Into::into),
        skip_rows: call.count("skip_rows")?,
        skip_lines: call.count("skip_lines")?,
        skip_rows_after_header: call.count("skip_rows_after_header")?,
        infer_schema_length: Some(if infers { call.count("infer_schema_length")? } else { 0 }),
        ignore_errors: call.boolean("ignore_errors")?,
        ..CsvReadOptions::default()
    })
}

fn null_values(call: &Call<'_>) -> Result<Option<NullValues>, Fault> {
    let text = |value: &Value| match value {
        Value::Text(text) => Ok(PlSmallStr::from(text.as_str())),
        other => Err(call.out_of_range("null_values", &format!("strings, not {}", other.kind().article()))),
    };
    match call.any("null_values") {
        None => Ok(None),
        Some(Value::List(values)) => {
            Ok(Some(NullValues::AllColumns(values.iter().map(text).collect::<Result<_, _>>()?)))
        }
        Some(Value::Map(columns)) => {
            let named = columns.iter().map(|(name, value)| Ok((name.into(), text(value)?)));
            Ok(Some(NullValues::Named(named.collect::<Result<_, Fault>>()?)))
        }
        Some(value) => Ok(Some(NullValues::AllColumnsSingle(text(value)?))),
    }
}
