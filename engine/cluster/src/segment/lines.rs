//! The lines of a large text file that one task reads: those that begin in its bytes.

use std::ops::Range;

use polars::prelude::PolarsResult;
use polars_plan::dsl::{ScanSource, ScanSources};

/// Those lines, as a source of their own. The file is mapped, as Polars does with whole ones: what is not asked for is
/// not read.
pub(super) fn in_bytes(path: &str, bytes: Range<u64>) -> PolarsResult<ScanSources> {
    let text = ScanSource::Path(path.into()).as_scan_source_ref().to_memslice()?;
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
    let lines = first_line(&text, place(bytes.start))..first_line(&text, place(bytes.end));
    Ok(ScanSources::Buffers([text.sliced(lines)].into()))
}

/// Where the first line begins at this byte or after it; the end of the text where none does.
fn first_line(text: &[u8], byte: usize) -> usize {
    let Some(before) = byte.checked_sub(1) else { return 0 };
    let rest = text.get(before..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| before + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_read_once_wherever_the_file_is_parted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for text in ["", "\n", "a", "one\ntwo\n\nthree", "one\r\ntwo\n", "a long line\nb\n"] {
            std::fs::write(&path, text).unwrap();
            let read = |bytes| match in_bytes(path.to_str().unwrap(), bytes).unwrap() {
                ScanSources::Buffers(buffers) => std::str::from_utf8(&buffers[0]).unwrap().to_owned(),
                other => panic!("{other:?}"),
            };
            let len = text.len() as u64;
            for middle in 0..=len {
                for last in middle..=len {
                    let parts = [read(0..middle), read(middle..last), read(last..len)];
                    assert_eq!(parts.concat(), text, "parted at {middle} and {last}");
                    assert!(
                        parts
                            .iter()
                            .all(|part| part.is_empty() || part.ends_with('\n') || text.ends_with(part))
                    );
                }
            }
            assert_eq!(read(0..u64::MAX), text);
        }
    }
}
