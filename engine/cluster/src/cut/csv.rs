//! Large csv files in sections of whole lines. A line end in quotes is none, and whether it is in quotes is not known
//! before all quotes before it have been counted. So tasks look at the sections first, and say where the last line of
//! each ends, if it begins outside of quotes and if it begins inside.

use std::fs::File;
use std::io::Read;

use polars::io::utils::compression::SupportedCompression;
use polars::prelude::{CsvEncoding, CsvReadOptions};
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::divide::{Extent, Group, tickets};
use crate::cut::open::Open;
use crate::cut::scan::Source;
use crate::error::CutError;
use crate::piece::Section;
use crate::segment::{LastStep, LineEnd, LineStep, line_ends};

/// Bytes of a header at most.
const LONGEST_HEAD: u64 = 1 << 20;

impl Cutter<'_> {
    /// Which task reads which of the files that the node scans.
    pub(super) fn csv_groups(
        &mut self,
        node: Node,
        files: &[Source],
        options: &CsvReadOptions,
    ) -> Result<Vec<Group>, CutError> {
        let quote = options.parse_options.quote_char;
        let least = if may_be_parted(options) { self.options.look_bytes } else { u64::MAX };
        let groups = self.groups(files, |place| {
            let file = files.get(place).filter(|file| file.stamp.size > least)?;
            Some(Extent::of_text(file, head_of(&file.path, quote)?))
        });
        let sections: Vec<Group> = groups.iter().filter(|group| group.section.is_some()).cloned().collect();
        if sections.is_empty() {
            return Ok(groups);
        }
        match self.ends_of_lines(node, files, sections, quote)? {
            Some(ends) => Ok(ended(groups, &ends, |place| files[place].stamp.size)),
            None => Ok(self.groups(files, |_| None)),
        }
    }

    /// Where the last line of each of these sections ends; none where nobody can look.
    fn ends_of_lines(
        &mut self,
        node: Node,
        files: &[Source],
        sections: Vec<Group>,
        quote: Option<u8>,
    ) -> Result<Option<Vec<[LineEnd; 2]>>, CutError> {
        if !self.may_run_parts() {
            return Ok(None);
        }
        let mut scan = self.nodes.get(node).clone();
        let IR::Scan { sources, hive_parts, .. } = &mut scan else { return Ok(None) };
        *hive_parts = None;
        let mark = self.mark_for(sources);
        let tickets = tickets(files, sections, None, None)?;
        let (top, count) = (self.nodes.add(scan), tickets.len());
        let open =
            Open { scans: vec![mark], partitions: count, tickets, ..Open::single(top, "ends of lines") };
        let look = self.close_with(open, false, Some(LastStep::Lines(LineStep { quote })))?;
        let Some(stages) = &mut self.stages else { return Ok(None) };
        Ok(Some(line_ends(&stages.fetch(look)?, count)?))
    }
}

/// Whether lines mean the same wherever they stand below the header.
fn may_be_parted(options: &CsvReadOptions) -> bool {
    let parse = &options.parse_options;
    options.has_header
        && options.n_rows.is_none()
        && (options.skip_rows, options.skip_lines, options.skip_rows_after_header) == (0, 0, 0)
        && parse.comment_prefix.is_none()
        && parse.eol_char == b'\n'
        && parse.encoding == CsvEncoding::Utf8
}

/// Bytes of the header: the first line that is not empty, and those before it. `None` where the file is compressed, or its
/// first line is too long.
fn head_of(path: &str, quote: Option<u8>) -> Option<u64> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(LONGEST_HEAD).read_to_end(&mut text).ok()?;
    if SupportedCompression::check(&text).is_some() {
        return None;
    }
    let (mut begin, mut is_quoted) = (0, false);
    for (place, byte) in text.iter().enumerate() {
        is_quoted ^= Some(*byte) == quote;
        if *byte == b'\n' && !is_quoted {
            if !matches!(&text[begin..place], b"" | b"\r") {
                return Some(place as u64 + 1);
            }
            begin = place + 1;
        }
    }
    None
}

/// The sections when each ends with the last line end in it, and the last one of a file with the file. A section without
/// any belongs to the next.
fn ended(groups: Vec<Group>, ends: &[[LineEnd; 2]], size_of: impl Fn(usize) -> u64) -> Vec<Group> {
    let (mut ends, mut made) = (ends.iter(), Vec::with_capacity(groups.len()));
    let (mut begin, mut is_quoted) = (0, false);
    for group in groups {
        let Some((section, found)) = group.section.and_then(|section| Some((section, ends.next()?))) else {
            made.push(group);
            continue;
        };
        if section.begin == 0 {
            (begin, is_quoted) = (0, false);
        }
        let found = found[usize::from(is_quoted)];
        is_quoted = found.is_quoted;
        let size = size_of(group.files.start);
        let is_last = section.begin + section.len >= size;
        let end = if is_last { size } else { found.end.unwrap_or(begin) };
        if end > begin {
            let section = Section { begin, len: end - begin, ..section };
            made.push(Group { section: Some(section), ..group });
            begin = end;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::Stamp;
    use crate::segment::ends_in;

    const QUOTE: Option<u8> = Some(b'"');

    #[test]
    fn a_header_ends_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let head = |text: &[u8], quote| {
            std::fs::write(&path, text).unwrap();
            head_of(path.to_str().unwrap(), quote)
        };
        assert_eq!(head(b"a,b\n1,2\n", QUOTE), Some(4));
        assert_eq!(head(b"\n\r\na,b\r\n1,2\n", QUOTE), Some(8), "empty lines come before it");
        assert_eq!(head(b"\"a\nb\",c\n1,2\n", QUOTE), Some(8), "a line end in a name");
        assert_eq!(head(b"\"a\nb\",c\n1,2\n", None), Some(3), "quotes are letters");
        assert_eq!((head(b"a,b", QUOTE), head(b"", QUOTE), head(b"\n\n", QUOTE)), (None, None, None));
        assert_eq!(head(b"\x1f\x8b\x08\x00\n1\n", QUOTE), None, "compressed");
    }

    /// The sections of a text in so many parts.
    fn sections(text: &str, parts: u64) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let stamp = Stamp { size: text.len() as u64, modified: 0 };
        let share = stamp.size.div_ceil(parts).max(1);
        let raw = (0..stamp.size).step_by(usize::try_from(share).unwrap()).map(|begin| {
            let section = Section {
                unit: crate::piece::Unit::Bytes,
                begin,
                len: share.min(stamp.size - begin),
                head: 2,
            };
            Group { files: 0..1, section: Some(section) }
        });
        let raw: Vec<Group> = raw.collect();
        let ends = |group: &Group| ends_in(&path, group.section.unwrap(), QUOTE, || Ok(())).unwrap();
        let ends: Vec<_> = raw.iter().map(ends).collect();
        let made = ended(raw, &ends, |_| stamp.size);
        let part = |group: &Group| {
            let Section { begin, len, .. } = group.section.unwrap();
            text[begin as usize..(begin + len) as usize].to_owned()
        };
        made.iter().map(part).collect()
    }

    #[test]
    fn sections_end_with_lines() {
        assert_eq!(sections("a\n1\n2\n3\n", 2), ["a\n1\n", "2\n3\n"]);
        assert_eq!(sections("a\n\"1\n2\"\n3\n", 2), ["a\n", "\"1\n2\"\n3\n"]);
        assert_eq!(sections("a\n1234567890", 3), ["a\n", "1234567890"]);
        let texts = [
            "a,b\n1,\"x\ny\"\n2,\"\"\"z\"\"\n\"\n\n3,w",
            "a\n\"\"\n\"\n\n\n\"\nb\"c\"\n",
            "\n\na\r\n1\r\n\"2\r\n\"\r\n",
        ];
        for text in texts {
            for parts in 1..=text.len() as u64 {
                let found = sections(text, parts);
                assert_eq!(found.concat(), text, "in {parts}");
                let quotes = |part: &String| part.matches('"').count();
                let (last, others) = found.split_last().unwrap();
                assert!(
                    others.iter().all(|part| part.ends_with('\n') && quotes(part) % 2 == 0),
                    "in {parts}: {found:?}"
                );
                assert_eq!(quotes(last) % 2, 0, "in {parts}: {found:?}");
            }
        }
    }
}
