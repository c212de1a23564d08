//! How large the rows of files are in memory, by what the files tell of themselves.

use std::fs::File;
use std::io::Read;

use polars::io::utils::compression::SupportedCompression;
use polars::prelude::{DataType, ParquetReader, SchemaRef, SerReader};

use crate::cut::scan::Source;
use crate::cut::size::Size;

/// Files that are looked into; there may be a million. The others are taken to be as these.
pub(super) const FILES_LOOKED_INTO: usize = 16;
/// Bytes of text for each byte of a compressed file, about: logs repeat much.
const UNPACKED: u64 = 8;
/// The same at most, for what gzip and zlib can say (zlib's technical notes, "Maximum Compression Factor"); zstd knows no
/// bound.
const DEFLATED: u64 = 1032;
/// Bytes by which a compressed file is known.
const HEAD: usize = 4;

/// Bytes of the files.
pub(super) fn bytes_of(files: &[Source]) -> u64 {
    files.iter().map(|file| file.stamp.size).sum()
}

/// Bytes of these columns in the Parquet files, unpacked. Files that are not looked into have as much for each of their
/// bytes as the others, where these have any.
pub(super) fn bytes_of_columns(files: &[Source], columns: &SchemaRef) -> u64 {
    let (first, others) = files.split_at(files.len().min(FILES_LOOKED_INTO));
    let unpacked = |file: &Source| column_bytes(&file.path, columns).unwrap_or(file.stamp.size);
    let known = first.iter().map(unpacked).sum::<u64>();
    let share = if known == 0 { 1.0 } else { known as f64 / bytes_of(first).max(1) as f64 };
    known.saturating_add((bytes_of(others) as f64 * share) as u64)
}

/// Bytes of text files, which may be compressed.
pub(super) fn size_of_text(files: &[Source]) -> Size {
    let (first, others) = files.split_at(files.len().min(FILES_LOOKED_INTO));
    let sizes = first.iter().map(|file| match packing(&file.path) {
        None => Size::of(file.stamp.size),
        Some(packing) => Size {
            most: (packing != SupportedCompression::ZSTD).then(|| file.stamp.size.saturating_mul(DEFLATED)),
            ..Size::of(file.stamp.size.saturating_mul(UNPACKED))
        },
    });
    let known = sizes.reduce(Size::beside).unwrap_or(Size::of(0));
    let (read, unread) = (bytes_of(first), bytes_of(others));
    let more = |bytes: u64| {
        let share = bytes as f64 / read.max(1) as f64;
        bytes.saturating_add((unread as f64 * share) as u64)
    };
    Size { most: known.most.map(more), guess: known.guess.map(more), ..known }
}

/// How the file is compressed, if it is.
fn packing(path: &str) -> Option<SupportedCompression> {
    let mut head = [0; HEAD];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    SupportedCompression::check(&head)
}

/// Bytes of these columns in a Parquet file, unpacked; `None` where its footer cannot be read, which the scan then says.
/// What a file says of itself is the size of encoded values: numbers are larger in memory.
fn column_bytes(path: &str, columns: &SchemaRef) -> Option<u64> {
    let mut reader = ParquetReader::new(File::open(path).ok()?);
    let groups = &reader.get_metadata().ok()?.row_groups;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let bytes = columns.iter().flat_map(|(name, dtype)| {
        groups.iter().map(move |group| match group.columns_under_root_iter(name.as_str()) {
            Some(chunks) => chunks
                .map(|chunk| {
                    count(chunk.uncompressed_size()).max(count(chunk.num_values()) * least_width(dtype))
                })
                .sum::<u64>(),
            // The name of a folder says it, or that of a file.
            None => group.num_rows() as u64 * least_width(dtype).max(1),
        })
    });
    Some(bytes.sum())
}

/// Bytes that a value of the type takes at least in memory, as far as that is the same for all.
fn least_width(dtype: &DataType) -> u64 {
    match dtype.to_physical() {
        DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 => 4,
        DataType::Int64 | DataType::UInt64 | DataType::Float64 => 8,
        DataType::Int128 | DataType::String | DataType::Binary => 16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;
    use std::sync::Arc;

    use polars::prelude::{Field, ParquetWriter, Schema, df};

    use super::*;
    use crate::piece::Stamp;

    fn source(path: &Path) -> Source {
        let stamp = Stamp { size: std::fs::metadata(path).unwrap().len(), ..Stamp::default() };
        Source { path: path.to_str().unwrap().to_owned(), stamp }
    }

    fn put(folder: &Path, name: &str, bytes: &[u8]) -> Source {
        let path = folder.join(name);
        File::create(&path).unwrap().write_all(bytes).unwrap();
        source(&path)
    }

    #[test]
    fn nothing_bounds_what_comes_of_a_compressed_file_but_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let plain = put(folder.path(), "a.csv", &[b'a'; 1_000]);
        let gzip = put(folder.path(), "a.csv.gz", &[&[0x1f, 0x8b, 8, 0], [0; 996].as_slice()].concat());
        let zstd =
            put(folder.path(), "a.csv.zst", &[&[0x28, 0xb5, 0x2f, 0xfd], [0; 996].as_slice()].concat());
        let size = |files: &[&Source]| {
            let files: Vec<Source> = files.iter().copied().cloned().collect();
            let size = size_of_text(&files);
            (size.most, size.guess)
        };
        assert_eq!(size(&[]), (Some(0), Some(0)));
        assert_eq!(size(&[&plain, &plain]), (Some(2_000), Some(2_000)));
        assert_eq!(size(&[&gzip]), (Some(1_032_000), Some(8_000)));
        assert_eq!(size(&[&plain, &zstd]), (None, Some(9_000)));
        let many = vec![&gzip; 3 * FILES_LOOKED_INTO];
        assert_eq!(
            size(&many),
            (Some(48 * 1_032_000), Some(48 * 8_000)),
            "those that are not looked into are alike"
        );
    }

    #[test]
    fn columns_of_many_files_are_weighed_by_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut data = df!("n" => (0..10_000_i64).map(|n| n % 7).collect::<Vec<_>>()).unwrap();
        ParquetWriter::new(File::create(&path).unwrap()).finish(&mut data).unwrap();
        let (file, columns) = (source(&path), data.schema().clone());
        let one = bytes_of_columns(std::slice::from_ref(&file), &columns);
        assert!(one >= 80_000 && one > 2 * file.stamp.size, "{one} of {}", file.stamp.size);
        let many = bytes_of_columns(&vec![file.clone(); 10 * FILES_LOOKED_INTO], &columns);
        assert_eq!(many, one * 10 * FILES_LOOKED_INTO as u64);
        assert_eq!(bytes_of_columns(&[], &columns), 0);
        // A column that the path says, and files of which the first ones have no rows.
        let day = Arc::new(Schema::from_iter([Field::new("day".into(), DataType::String)]));
        let many = vec![file.clone(); 2 * FILES_LOOKED_INTO];
        assert_eq!(bytes_of_columns(&many, &day), 160_000 * many.len() as u64);
        let path = folder.path().join("none.parquet");
        ParquetWriter::new(File::create(&path).unwrap()).finish(&mut data.clear()).unwrap();
        let begin = vec![source(&path); FILES_LOOKED_INTO];
        let bytes = bytes_of_columns(&[begin, vec![file.clone(); 3]].concat(), &columns);
        assert!(bytes >= 3 * file.stamp.size, "{bytes} of three times {}", file.stamp.size);
    }
}
