//! The options of the formats that frames are written in.

use std::sync::Arc;

use polars::io::ExternalCompression;
use polars::io::ndjson::NDJsonWriterOptions;
use polars::io::prelude::{
    CsvWriterOptions, IpcCompression, IpcWriterOptions, ParquetCompression, ParquetWriteOptions, QuoteStyle,
    SerializeOptions, StatisticsOptions,
};
use polars_plan::dsl::FileWriteFormat;
use polars_utils::compression::{BrotliLevel, GzipLevel, ZstdLevel};

use crate::call::Call;
use crate::fault::Fault;

pub(super) fn csv(call: &Call<'_>, path: &str) -> Result<FileWriteFormat, Fault> {
    let quote_style = match call.word("quote_style", &["necessary", "always", "non_numeric", "never"])? {
        "always" => QuoteStyle::Always,
        "non_numeric" => QuoteStyle::NonNumeric,
        "never" => QuoteStyle::Never,
        _ => QuoteStyle::Necessary,
    };
    let serialize = SerializeOptions {
        date_format: call.maybe_text("date_format")?.map(Into::into),
        time_format: call.maybe_text("time_format")?.map(Into::into),
        datetime_format: call.maybe_text("datetime_format")?.map(Into::into),
        float_scientific: call.maybe_boolean("float_scientific")?,
        float_precision: maybe_count(call, "float_precision")?,
        decimal_comma: call.boolean("decimal_comma")?,
        separator: byte(call, "separator")?,
        quote_char: byte(call, "quote_char")?,
        null: call.text("null_value")?.into(),
        line_terminator: call.text("line_terminator")?.into(),
        quote_style,
    };
    Ok(FileWriteFormat::Csv(CsvWriterOptions {
        include_bom: call.boolean("include_bom")?,
        compression: packing(call, path)?,
        // The file has a private name until it is whole.
        check_extension: false,
        include_header: call.boolean("include_header")?,
        serialize_options: serialize.into(),
        ..CsvWriterOptions::default()
    }))
}

pub(super) fn ndjson(call: &Call<'_>, path: &str) -> Result<FileWriteFormat, Fault> {
    Ok(FileWriteFormat::NDJson(NDJsonWriterOptions {
        compression: packing(call, path)?,
        check_extension: false,
    }))
}

pub(super) fn parquet(call: &Call<'_>, _path: &str) -> Result<FileWriteFormat, Fault> {
    let words = &["zstd", "snappy", "gzip", "brotli", "lz4", "uncompressed"];
    let level = call.maybe_integer("compression_level")?;
    let compression = match call.word("compression", words)? {
        "snappy" => ParquetCompression::Snappy,
        "gzip" => ParquetCompression::Gzip(checked(call, level, GzipLevel::try_new)?),
        "brotli" => ParquetCompression::Brotli(checked(call, level, BrotliLevel::try_new)?),
        "lz4" => ParquetCompression::Lz4Raw,
        "uncompressed" => ParquetCompression::Uncompressed,
        _ => ParquetCompression::Zstd(checked(call, level, ZstdLevel::try_new)?),
    };
    let statistics =
        if call.boolean("statistics")? { StatisticsOptions::default() } else { StatisticsOptions::empty() };
    Ok(FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
        compression,
        statistics,
        row_group_size: maybe_count(call, "row_group_size")?,
        data_page_size: maybe_count(call, "data_page_size")?,
        ..ParquetWriteOptions::default()
    })))
}

pub(super) fn ipc(call: &Call<'_>, _path: &str) -> Result<FileWriteFormat, Fault> {
    let level = call.maybe_integer("compression_level")?;
    let compression = match call.word("compression", &["uncompressed", "lz4", "zstd"])? {
        "lz4" => Some(IpcCompression::LZ4),
        "zstd" => Some(IpcCompression::ZSTD(checked(call, level, ZstdLevel::try_new)?.unwrap_or_default())),
        _ => None,
    };
    let record_batch_size = maybe_count(call, "record_batch_size")?;
    Ok(FileWriteFormat::Ipc(IpcWriterOptions {
        compression,
        record_batch_size,
        ..IpcWriterOptions::default()
    }))
}

/// How a text file is packed: as asked for, or as its name says.
fn packing(call: &Call<'_>, path: &str) -> Result<ExternalCompression, Fault> {
    let named = match path.to_ascii_lowercase() {
        path if path.ends_with(".gz") => "gzip",
        path if path.ends_with(".zst") => "zstd",
        _ => "uncompressed",
    };
    let asked = if call.has("compression") {
        call.word("compression", &["uncompressed", "gzip", "zstd"])?
    } else {
        named
    };
    let most = if asked == "gzip" { 9 } else { 22 };
    let level = match call.maybe_integer("compression_level")? {
        None => None,
        Some(level) => {
            Some(u32::try_from(level).ok().filter(|level| (1..=most).contains(level)).ok_or_else(|| {
                call.out_of_range("compression_level", &format!("from 1 to {most}, not {level}"))
            })?)
        }
    };
    Ok(match asked {
        "gzip" => ExternalCompression::Gzip { level },
        "zstd" => ExternalCompression::Zstd { level },
        _ => ExternalCompression::Uncompressed,
    })
}

fn checked<N: TryFrom<i64>, L, E: std::fmt::Display>(
    call: &Call<'_>,
    level: Option<i64>,
    make: fn(N) -> Result<L, E>,
) -> Result<Option<L>, Fault> {
    let Some(level) = level else { return Ok(None) };
    let wrong = |why: String| call.out_of_range("compression_level", &why);
    let level = N::try_from(level).map_err(|_| wrong(format!("a small whole number, not {level}")))?;
    make(level).map(Some).map_err(|error| wrong(format!("another one: {error}")))
}

fn maybe_count(call: &Call<'_>, name: &str) -> Result<Option<usize>, Fault> {
    if call.has(name) { call.count(name).map(Some) } else { Ok(None) }
}

fn byte(call: &Call<'_>, name: &str) -> Result<u8, Fault> {
    let text = call.text(name)?;
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(call.out_of_range(name, &format!("one ASCII character, not \"{text}\""))),
    }
}
