//! What a cut plan is made of: segments, each run by Polars on one partition at a time, and the exchanges between
//! them. How a plan is cut is left to `cut`, how a segment runs to `segment`.

mod stored;

use polars::prelude::SchemaRef;
use serde::{Deserialize, Serialize};

pub(crate) use stored::{READ_AS_THEY_LIE, nowhere};
pub use stored::{Stored, StoredFile, StoredPart};

use crate::read_files::SeenFiles;
use crate::segment::Message;

/// A plan in pieces.
pub struct CutPlan {
    /// Its partitions, one after the other, are what `finish` gets.
    pub root: Piece,
    /// What is left to do with the partitions where the plan was asked for; `None`: to put them one below the other.
    pub finish: Option<Message>,
    /// That in words.
    pub rest: &'static str,
    /// Names and types of the result.
    pub schema: SchemaRef,
    /// The files that it reads.
    pub files: SeenFiles,
}

/// A part of a plan.
pub enum Piece {
    /// One segment.
    Segment(Box<Segment>),
    /// The partitions of all of these.
    Union(Vec<Piece>),
    /// Rows of a part that has run already.
    Stored(Stored),
}

/// A part of a plan that Polars runs whole on each partition.
pub struct Segment {
    /// What runs.
    pub message: Message,
    /// What each partition reads, one for each; none where the inputs say how many partitions there are.
    pub tickets: Vec<Ticket>,
    /// What is put in the message's places, in their order.
    pub inputs: Vec<Input>,
    /// Names and types of what comes out, hidden columns included.
    pub schema: SchemaRef,
    /// The names of its steps, first to last.
    pub label: Vec<String>,
    /// Why its input was brought into one partition, where it was.
    pub reason: Option<String>,
}

/// Another piece whose rows a segment reads.
pub struct Input {
    /// Where the rows come from.
    pub piece: Piece,
    /// How they come.
    pub exchange: Exchange,
}

/// How the partitions of one piece become those of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Each partition stays what it is.
    Aligned,
    /// By the hash of the column [`KEY`], into so many.
    Hash(usize),
    /// By the column [`KEY`] too, into so many, where its numbers were chosen so that each range of a sort's keys comes
    /// to a partition of its own, in the order of the sort.
    Ranges(usize),
    /// All into one.
    Gather,
    /// All of them to each partition of the next.
    Broadcast,
}

/// The hidden column that hash exchanges go by: an unsigned 64-bit number, the last column.
pub const KEY: &str = "__fram_key";
/// The hidden column that says where a row stands in the order of all rows.
pub const ORDER: &str = "__fram_order";

/// What one partition reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The partition's place among all, from 0; rows of earlier ones come first.
    pub place: u32,
    /// What it reads for each scan of the message.
    pub parts: Vec<Part>,
}

/// What one partition reads for one scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Files, in order.
    pub paths: Vec<String>,
    /// What the driver saw of each file; a worker that sees something else refuses to read it.
    pub stamps: Vec<Stamp>,
    /// What is read of a single file, where it is not the whole.
    pub section: Option<Section>,
    /// Rows of the files before the first of these, where rows are numbered.
    pub rows_before: u64,
    /// For each file its values of the hive partition columns, encoded; empty where there are none.
    #[serde(with = "serde_bytes")]
    pub hive: Vec<u8>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What it is counted in.
    pub unit: Unit,
    /// The first of them.
    pub begin: u64,
    /// How many there are.
    pub len: u64,
    /// Bytes at the beginning of the file that are read before them: the header of csv; 0 where there is none.
    pub head: u64,
}

/// What parts of a file are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Rows, which the file can be asked for.
    Rows,
    /// Bytes of text; the lines that begin in them belong to the part.
    Bytes,
}

impl Section {
    /// This one and the one that follows it in one.
    pub(crate) fn joined(self, next: Self) -> Option<Self> {
        let is_next = self.unit == next.unit && self.begin + self.len == next.begin;
        is_next.then(|| Self { len: self.len + next.len, ..self })
    }
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970 of the last change.
    pub modified: u128,
}

impl Segment {
    /// How many partitions it has.
    pub fn partitions(&self) -> usize {
        if !self.tickets.is_empty() {
            return self.tickets.len();
        }
        let count = |input: &Input| match input.exchange {
            Exchange::Aligned => Some(input.piece.partitions()),
            Exchange::Hash(count) | Exchange::Ranges(count) => Some(count),
            Exchange::Gather | Exchange::Broadcast => None,
        };
        self.inputs.iter().find_map(count).unwrap_or(1)
    }
}

impl Piece {
    /// How many partitions it has.
    pub fn partitions(&self) -> usize {
        match self {
            Self::Segment(segment) => segment.partitions(),
            Self::Union(pieces) => pieces.iter().map(Self::partitions).sum(),
            Self::Stored(stored) => stored.parts.len(),
        }
    }

    /// Names and types of what comes out, hidden columns included.
    pub fn schema(&self) -> Option<&SchemaRef> {
        match self {
            Self::Segment(segment) => Some(&segment.schema),
            Self::Union(pieces) => pieces.first().and_then(Self::schema),
            Self::Stored(stored) => Some(&stored.schema),
        }
    }
}
