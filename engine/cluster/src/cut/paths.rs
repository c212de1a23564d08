//! The names of files in a column. Workers open files by their whole paths; the column has the names as they were written
//! in the notebook, which may begin in its folder.

use polars::prelude::{DataType, NULL, PlSmallStr, col, lit};
use polars_plan::dsl::ScanSources;
use polars_plan::plans::IRBuilder;
use polars_plan::prelude::ProjectionOptions;

use crate::cut::Cutter;
use crate::cut::open::Open;
use crate::cut::scan::Source;
use crate::error::CutError;

/// How names of files are written where they differ from whole paths.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Naming {
    /// Letters at the beginning of the whole path that are left out.
    dropped: usize,
    /// What stands there.
    written: String,
}

/// How the files are named; none where it is by their whole paths.
pub(super) fn naming(files: &[Source], sources: &ScanSources) -> Result<Option<Naming>, CutError> {
    let with_written = files.iter().zip(sources.iter());
    let mut namings = with_written.map(|(file, source)| named(&file.path, source.to_include_path_name()));
    let Some(first) = namings.next() else { return Ok(None) };
    if namings.all(|naming| naming == first) {
        return Ok(first);
    }
    Err(CutError::NotShippable { what: "the names of files that were written in several ways".into() })
}

/// How the file with this whole path is named.
fn named(path: &str, written: &str) -> Option<Naming> {
    if path == written {
        return None;
    }
    let alike = path.chars().rev().zip(written.chars().rev()).take_while(|(one, other)| one == other).count();
    let begin = written.chars().count() - alike;
    let written = written.chars().take(begin).collect();
    Some(Naming { dropped: path.chars().count() - alike, written })
}

impl Cutter<'_> {
    /// The rows with the names of their files as they were written.
    pub(super) fn with_names(
        &mut self,
        open: Open,
        column: &PlSmallStr,
        naming: Naming,
    ) -> Result<Open, CutError> {
        let (dropped, none) = (lit(naming.dropped as u64), lit(NULL).cast(DataType::UInt64));
        let name = lit(naming.written) + col(column.clone()).str().slice(dropped, none);
        let exprs = self.lowered(open.top, vec![name.alias(column.clone())])?;
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.with_columns(exprs, ProjectionOptions::default()).node();
        Ok(Open { top, ..open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::Stamp;

    fn how(files: &[(&str, &str)]) -> Result<Option<(usize, String)>, CutError> {
        let stamp = Stamp { size: 1, modified: 0 };
        let seen: Vec<Source> =
            files.iter().map(|(path, _)| Source { path: (*path).to_owned(), stamp }).collect();
        let written = ScanSources::Paths(files.iter().map(|(_, written)| (*written).into()).collect());
        Ok(naming(&seen, &written)?.map(|naming| (naming.dropped, naming.written)))
    }

    #[test]
    fn names_are_as_they_were_written() {
        assert_eq!(how(&[]).unwrap(), None);
        assert_eq!(how(&[("/a/b", "/a/b"), ("/a/c", "/a/c")]).unwrap(), None);
        assert_eq!(how(&[("/a/b/c", "b/c"), ("/a/b/d", "b/d")]).unwrap(), Some((3, String::new())));
        assert_eq!(how(&[("/ä/b/c", "./b/c")]).unwrap(), Some((2, ".".into())));
        assert_eq!(how(&[("/a/../b/c", "../b/c")]).unwrap(), Some((3, String::new())));
        assert!(how(&[("/a/b", "/a/b"), ("/a/c", "c")]).is_err());
    }
}
