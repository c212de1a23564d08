//! Which task reads which files, in the order in which Polars would. A large file is read in sections where that can be:
//! Parquet by its rows, Arrow IPC by its batches, JSON lines and csv by their bytes.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Range;

use polars::prelude::{DataFrame, ParquetReader, PolarsResult, SerReader};
use polars_arrow::io::ipc::read::{get_row_count_from_blocks, read_file_metadata};
use polars_plan::dsl::FileScanIR;
use polars_plan::plans::hive::HivePartitionsDf;
use polars_utils::pl_serialize;

use crate::cut::Cutter;
use crate::cut::scan::Source;
use crate::error::CutError;
use crate::piece::{Part, Section, Ticket, Unit};

/// What a file can be divided by.
#[derive(Clone)]
pub(super) struct Extent {
    unit: Unit,
    /// How many of them there are.
    len: u64,
    /// Where it is best divided, in order.
    edges: Vec<u64>,
    /// Whether it may be divided elsewhere, too.
    is_fluid: bool,
    /// Bytes of the header that is read with each section, where there is one.
    head: u64,
}

/// Files that one task reads, or a section of one.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) files: Range<usize>,
    pub(super) section: Option<Section>,
}

impl Group {
    /// All files whole.
    pub(super) fn of_all(files: &[Source]) -> Self {
        Self { files: 0..files.len(), section: None }
    }
}

impl Cutter<'_> {
    /// Neighbouring files together, so that tasks are alike and none reads too much; a large file in sections where it is
    /// known what it can be divided by.
    pub(super) fn groups(&self, files: &[Source], extent: impl Fn(usize) -> Option<Extent>) -> Vec<Group> {
        let total: u64 = files.iter().map(|file| file.stamp.size).sum();
        let wanted = (total / self.options.task_bytes.max(1)).max(self.options.partitions as u64).max(1);
        let share = total.div_ceil(wanted).max(1);
        let (mut groups, mut begun, mut held) = (Vec::new(), 0, 0);
        for (index, file) in files.iter().enumerate() {
            let parts = file.stamp.size.div_ceil(share);
            if parts > 1
                && let Some(extent) = extent(index)
            {
                close_group(&mut groups, begun..index);
                let section = |section| Group { files: index..index + 1, section: Some(section) };
                groups.extend(extent.sections(parts).into_iter().map(section));
                (begun, held) = (index + 1, 0);
                continue;
            }
            held += file.stamp.size;
            if held >= share {
                close_group(&mut groups, begun..index + 1);
                (begun, held) = (index + 1, 0);
            }
        }
        close_group(&mut groups, begun..files.len());
        if groups.is_empty() { vec![Group::of_all(files)] } else { groups }
    }
}

fn close_group(groups: &mut Vec<Group>, files: Range<usize>) {
    if !files.is_empty() {
        groups.push(Group { files, section: None });
    }
}

impl Extent {
    /// A file of this kind; `None` where nothing can be said of it.
    pub(super) fn of(file: &Source, kind: &FileScanIR) -> Option<Self> {
        match kind {
            FileScanIR::Parquet { .. } => Self::of_parquet(file),
            FileScanIR::Ipc { .. } => Self::of_ipc(file),
            FileScanIR::NDJson { .. } => Self::of_json_lines(file),
            _ => None,
        }
    }

    /// A Parquet file, by its rows and best between row groups; `None` where its footer cannot be read, which the scan then
    /// says.
    fn of_parquet(file: &Source) -> Option<Self> {
        let mut reader = ParquetReader::new(File::open(&file.path).ok()?);
        let groups = reader.get_metadata().ok()?.row_groups.iter().map(|group| group.num_rows() as u64);
        Some(Self::of_rows(groups, true))
    }

    /// An Arrow IPC file, by its rows and between batches alone: who reads a part of one unpacks all of it. `None` where it
    /// cannot be read, which the scan then says.
    fn of_ipc(file: &Source) -> Option<Self> {
        let mut file = BufReader::new(File::open(&file.path).ok()?);
        let blocks = read_file_metadata(&mut file).ok()?.blocks;
        let rows = blocks.chunks(1).map(|block| get_row_count_from_blocks(&mut file, block));
        let rows = rows.map(|rows| u64::try_from(rows.ok()?).ok()).collect::<Option<Vec<_>>>()?;
        Some(Self::of_rows(rows.into_iter(), false))
    }

    /// A file of groups with so many rows each.
    fn of_rows(groups: impl Iterator<Item = u64>, is_fluid: bool) -> Self {
        let ends = groups.scan(0_u64, |end, rows| {
            *end = end.saturating_add(rows);
            Some(*end)
        });
        let mut edges: Vec<u64> = ends.collect();
        let len = edges.last().copied().unwrap_or_default();
        edges.retain(|edge| *edge < len);
        Self { unit: Unit::Rows, len, edges, is_fluid, head: 0 }
    }

    /// JSON lines, by their bytes: a line end is nothing else there. `None` where the file is compressed, which begins with
    /// other bytes than JSON.
    fn of_json_lines(file: &Source) -> Option<Self> {
        let mut first = [0];
        File::open(&file.path).ok()?.read_exact(&mut first).ok()?;
        let is_text = matches!(first[0], b'{' | b' ' | b'\t' | b'\r' | b'\n');
        is_text.then(|| Self::of_text(file, 0))
    }

    /// A file of text, by its bytes, with a header of so many.
    pub(super) fn of_text(file: &Source, head: u64) -> Self {
        Self { unit: Unit::Bytes, len: file.stamp.size, edges: Vec::new(), is_fluid: true, head }
    }

    /// All of it in so many sections.
    fn sections(&self, parts: u64) -> Vec<Section> {
        let share = self.len.div_ceil(parts.max(1)).max(1);
        let count = self.len.div_ceil(share).max(1);
        let bounds = (0..=count).map(|place| self.nearest((place * share).min(self.len), share / 4));
        let mut bounds: Vec<u64> = bounds.collect();
        bounds.dedup();
        if bounds.len() < 2 {
            bounds = vec![0, self.len];
        }
        let section = |ends: &[u64]| Section {
            unit: self.unit,
            begin: ends[0],
            len: ends[1] - ends[0],
            head: self.head,
        };
        bounds.windows(2).map(section).collect()
    }

    /// The edge next to this place, if it is not farther away than that; else the place itself.
    fn nearest(&self, place: u64, reach: u64) -> u64 {
        if place == 0 || place == self.len {
            return place;
        }
        let next = self.edges.partition_point(|edge| *edge < place);
        let around = self.edges[..next].last().into_iter().chain(self.edges.get(next));
        let edge = around.copied().min_by_key(|edge| edge.abs_diff(place));
        match self.is_fluid {
            true => edge.filter(|edge| edge.abs_diff(place) <= reach).unwrap_or(place),
            false => edge.unwrap_or(self.len),
        }
    }
}

/// What the files can be divided by, where that is their rows; `None` where it is not, or that is too much to ask.
pub(super) fn rows_of(files: &[Source], kind: &FileScanIR) -> Option<Vec<Extent>> {
    let has_rows = matches!(kind, FileScanIR::Parquet { .. } | FileScanIR::Ipc { .. });
    let extents = files.iter().map(|file| Extent::of(file, kind));
    if !has_rows || files.len() > FOOTERS_COUNTED { None } else { extents.collect() }
}

/// For each file how many rows there are in those before it.
pub(super) fn before(extents: &[Extent]) -> Vec<u64> {
    let starts = extents.iter().scan(0, |next, extent| {
        let start = *next;
        *next += extent.len;
        Some(start)
    });
    starts.collect()
}

/// Files whose footers are read to know how many rows they have.
const FOOTERS_COUNTED: usize = 4_096;

/// What each task reads of the files.
pub(super) fn tickets(
    files: &[Source],
    groups: Vec<Group>,
    hive: Option<&HivePartitionsDf>,
    rows_before: Option<&[u64]>,
) -> Result<Vec<Ticket>, CutError> {
    let ticket = |(place, group): (usize, Group)| {
        let chosen = &files[group.files.clone()];
        Ok(Ticket {
            place: u32::try_from(place).unwrap_or(u32::MAX),
            parts: vec![Part {
                paths: chosen.iter().map(|file| file.path.clone()).collect(),
                stamps: chosen.iter().map(|file| file.stamp).collect(),
                section: group.section,
                rows_before: rows_before
                    .and_then(|rows| rows.get(group.files.start))
                    .copied()
                    .unwrap_or_default(),
                hive: hive_rows(hive, &group.files)?,
            }],
        })
    };
    groups.into_iter().enumerate().map(ticket).collect()
}

/// The values of the hive partition columns for these files.
fn hive_rows(hive: Option<&HivePartitionsDf>, files: &Range<usize>) -> PolarsResult<Vec<u8>> {
    let Some(hive) = hive else { return Ok(Vec::new()) };
    let offset = i64::try_from(files.start).unwrap_or(i64::MAX);
    let rows: DataFrame = hive.df().slice(offset, files.len());
    pl_serialize::serialize_to_bytes::<_, false>(&HivePartitionsDf::from(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(len: u64, edges: &[u64], parts: u64) -> Vec<(u64, u64)> {
        let edges = edges.to_vec();
        sections_of(&Extent { unit: Unit::Rows, len, edges, is_fluid: true, head: 0 }, parts)
    }

    fn sections_of(extent: &Extent, parts: u64) -> Vec<(u64, u64)> {
        extent.sections(parts).iter().map(|section| (section.begin, section.len)).collect()
    }

    #[test]
    fn batches_are_not_divided() {
        let sections =
            |batches: &[u64], parts| sections_of(&Extent::of_rows(batches.iter().copied(), false), parts);
        assert_eq!(sections(&[10, 10, 10, 10], 2), [(0, 20), (20, 20)]);
        assert_eq!(sections(&[10, 10, 10], 9), [(0, 10), (10, 10), (20, 10)]);
        assert_eq!(sections(&[90, 10], 2), [(0, 90), (90, 10)]);
        assert_eq!(sections(&[7], 3), [(0, 7)]);
        assert_eq!(sections(&[0, 5, 0, 5, 0], 2), [(0, 5), (5, 5)]);
        for nothing in [&[][..], &[0], &[0, 0]] {
            assert_eq!(sections(nothing, 3), [(0, 0)]);
        }
    }

    #[test]
    fn sections_are_alike_and_end_between_row_groups_where_one_is_near() {
        assert_eq!(sections(10, &[], 3), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(sections(100, &[30, 48, 100], 2), [(0, 48), (48, 52)]);
        assert_eq!(sections(100, &[20, 100], 2), [(0, 50), (50, 50)]);
        assert_eq!(
            sections(100, &[10, 20, 30, 40, 60, 70, 90, 100], 4),
            [(0, 20), (20, 30), (50, 20), (70, 30)]
        );
        assert_eq!(sections(2, &[1, 2], 9), [(0, 1), (1, 1)]);
        assert_eq!(sections(0, &[], 4), [(0, 0)]);
        assert_eq!(sections(7, &[7], 0), [(0, 7)]);
    }

    #[test]
    fn sections_follow_each_other_from_end_to_end() {
        for (len, parts) in [(1, 1), (1, 5), (1_000, 7), (1_000, 999), (1_000, 1_001)] {
            for edges in [vec![], vec![1], vec![len / 2, len], (0..=len).step_by(9).collect()] {
                let found = sections(len, &edges, parts);
                let ends = found.iter().scan(0, |next, (begin, more)| {
                    let is_next = *begin == *next && *more > 0;
                    *next = begin + more;
                    Some(is_next)
                });
                assert!(ends.into_iter().all(|is_next| is_next), "{len} in {parts} at {edges:?}: {found:?}");
                assert_eq!(found.last().map(|(begin, more)| begin + more), Some(len));
            }
        }
    }
}
