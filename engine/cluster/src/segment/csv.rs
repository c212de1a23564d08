//! Where the lines of a section of a csv file end, and how such a section is read below the header of its file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use fram_frame::{RunError, Watch};
use polars::error::PolarsError;
use polars::prelude::_csv_read_internal::CountLines;
use polars::prelude::{
    DataFrame, DataType, PolarsResult, Schema, df, polars_bail, polars_ensure, polars_err,
};
use polars_plan::dsl::ScanSources;
use serde::{Deserialize, Serialize};

use crate::piece::{Part, Section, Ticket};

/// Bytes that are looked at at once.
const CHUNK: usize = 1 << 20;

/// What a partition does in the place of its plan: it looks where the lines of its section end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct LineStep {
    /// What a line end stands between where it is none.
    pub(crate) quote: Option<u8>,
}

/// What is found in a section that begins outside of quotes, or inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LineEnd {
    /// Whether it ends inside of quotes.
    pub(crate) is_quoted: bool,
    /// The place in the file after the last line end, where there is one.
    pub(crate) end: Option<u64>,
}

/// The columns in which that is told.
const PLACE: &str = "place";
const QUOTED: [&str; 2] = ["outside_quoted", "inside_quoted"];
const END: [&str; 2] = ["outside_end", "inside_end"];

impl LineStep {
    /// Names and types of what is told.
    pub(super) fn schema() -> Schema {
        let columns = [
            (PLACE, DataType::UInt32),
            (QUOTED[0], DataType::Boolean),
            (END[0], DataType::UInt64),
            (QUOTED[1], DataType::Boolean),
            (END[1], DataType::UInt64),
        ];
        columns.into_iter().map(|(name, dtype)| (name.into(), dtype)).collect()
    }

    pub(super) fn done(self, ticket: &Ticket, watch: &Watch) -> Result<DataFrame, RunError> {
        let [Part { section: Some(section), paths, .. }] = ticket.parts.as_slice() else {
            return Err(no_section());
        };
        let [path] = paths.as_slice() else { return Err(no_section()) };
        let go_on = || watch.reason_to_stop().map_or(Ok(()), Err);
        let ends = ends_in(path, *section, self.quote, go_on)?;
        Ok(told(&[(ticket.place, ends)])?)
    }

    /// What is told where nobody looks: that sections end with a line.
    pub(super) fn foreseen(tickets: &[Ticket]) -> PolarsResult<DataFrame> {
        let ends = tickets.iter().map(|ticket| {
            let section = ticket.parts.first().and_then(|part| part.section);
            let end = section.map(|section| section.begin + section.len);
            (ticket.place, [LineEnd { is_quoted: false, end }; 2])
        });
        told(&ends.collect::<Vec<_>>())
    }
}

/// What is found in the section of the file where it begins outside of quotes, and inside; `go_on` is asked from time to
/// time.
pub(crate) fn ends_in(
    path: &str,
    section: Section,
    quote: Option<u8>,
    go_on: impl Fn() -> Result<(), RunError>,
) -> Result<[LineEnd; 2], RunError> {
    let count = CountLines::new(quote, b'\n', None);
    let mut text = bytes_of(path, section.begin..section.begin + section.len)?;
    let mut ends = [false, true].map(|is_quoted| LineEnd { is_quoted, end: None });
    let (mut chunk, mut place) = (Vec::with_capacity(CHUNK), section.begin);
    loop {
        go_on()?;
        chunk.clear();
        let read = text.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
        if read.map_err(PolarsError::from)? == 0 {
            return Ok(ends);
        }
        let found = count.analyze_chunk(&chunk);
        for end in &mut ends {
            let found = found[usize::from(end.is_quoted)];
            if found.newline_count > 0 {
                end.end = Some(place + found.last_newline_offset as u64 + 1);
            }
            end.is_quoted = found.end_inside_string;
        }
        place += chunk.len() as u64;
    }
}

/// What the sections at these places have, as rows.
fn told(ends: &[(u32, [LineEnd; 2])]) -> PolarsResult<DataFrame> {
    let quoted = |side: usize| ends.iter().map(move |(_, ends)| ends[side].is_quoted).collect::<Vec<_>>();
    let end = |side: usize| ends.iter().map(move |(_, ends)| ends[side].end).collect::<Vec<_>>();
    df!(
        PLACE => ends.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        QUOTED[0] => quoted(0),
        END[0] => end(0),
        QUOTED[1] => quoted(1),
        END[1] => end(1),
    )
}

/// What so many sections have told, in their order.
pub(crate) fn line_ends(told: &DataFrame, sections: usize) -> PolarsResult<Vec<[LineEnd; 2]>> {
    let mut ends = vec![None; sections];
    let places = told.column(PLACE)?.u32()?;
    let column = |side: usize| Ok((told.column(QUOTED[side])?.bool()?, told.column(END[side])?.u64()?));
    let sides: PolarsResult<Vec<_>> = [0, 1].into_iter().map(column).collect();
    let sides = sides?;
    for (row, place) in places.iter().enumerate() {
        let end = |side: usize| {
            let (quoted, end) = sides[side];
            LineEnd { is_quoted: quoted.get(row).unwrap_or_default(), end: end.get(row) }
        };
        let slot = place.and_then(|place| ends.get_mut(usize::try_from(place).ok()?));
        let Some(slot) = slot else {
            polars_bail!(ComputeError: "a section was looked at that there is not")
        };
        *slot = Some([end(0), end(1)]);
    }
    let found: Option<Vec<_>> = ends.into_iter().collect();
    polars_ensure!(found.is_some(), ComputeError: "a section of a csv file was not looked at");
    Ok(found.unwrap_or_default())
}

/// The bytes of the file below its header, as a source of their own: the header is part of it, so that they mean what
/// they do in the whole file.
pub(super) fn below_head(path: &str, head: u64, bytes: Range<u64>) -> PolarsResult<ScanSources> {
    let wanted = head + (bytes.end - bytes.start);
    let mut text = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
    bytes_of(path, 0..head)?.read_to_end(&mut text)?;
    bytes_of(path, bytes)?.read_to_end(&mut text)?;
    polars_ensure!(text.len() as u64 == wanted, ComputeError: "`{path}` is shorter than it was");
    Ok(ScanSources::Buffers([text.into()].into()))
}

fn bytes_of(path: &str, bytes: Range<u64>) -> PolarsResult<impl Read> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.start))?;
    Ok(file.take(bytes.end - bytes.start))
}

fn no_section() -> RunError {
    polars_err!(ComputeError: "a section of one file is looked at").into()
}
