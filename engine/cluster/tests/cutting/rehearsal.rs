//! A cluster of one thread: runs the pieces of a plan one after the other, each through its bytes, and moves rows
//! between them as the exchanges say. Rows that come from several partitions come in an unhelpful order.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use fram_cluster::{
    CutError, CutOptions, Exchange, Input, KEY, Message, Piece, Segment, Stages, Stored, StoredFile,
    StoredPart, Ticket, cut_in_stages, partitions_of,
};
use fram_frame::Watch;
use polars::prelude::*;

/// What can be made wrong on purpose, to see whether it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Nothing.
    None,
    /// Rows with equal keys are brought to different partitions.
    KeysApart,
    /// Keys that are zeros are apart where one of them is negative.
    NegativeZerosApart,
    /// The rows of one partition get lost in an exchange.
    LostRows,
    /// Partitions of the result stand in another order.
    LostOrder,
    /// The first range of a sort ends one row early: its last row goes to the next partition.
    BoundOffByOne,
    /// The ranges of a sort stand in the order of a sort that descends where it should ascend.
    DescendingIgnored,
    /// Of what was kept, the last partition is the first once more.
    WrongRowsKept,
}

/// What came of a plan.
pub(crate) struct Outcome {
    pub(crate) data: DataFrame,
    /// Names and types that were promised.
    pub(crate) promised: SchemaRef,
    /// Sorts that were done by ranges.
    pub(crate) ranges: usize,
    /// Parts that ran before the rest was cut.
    pub(crate) kept: usize,
    /// The most tasks that a segment of the last job has.
    pub(crate) tasks: usize,
    /// The steps of the last job.
    pub(crate) steps: Vec<String>,
    /// The names of the steps of all jobs.
    pub(crate) all_steps: BTreeSet<String>,
    /// For what whole inputs were brought to one task.
    pub(crate) gathered: BTreeSet<String>,
}

/// Runs the plan on a cluster with this defect.
pub(crate) fn run(lazy: LazyFrame, options: &CutOptions, defect: Defect) -> Result<Outcome, CutError> {
    let mut rehearsal = Rehearsal {
        defect,
        kept: Vec::new(),
        stored: 0,
        ranges: 0,
        gathered: RefCell::default(),
        steps: RefCell::default(),
    };
    let plan = cut_in_stages(lazy, options, &mut rehearsal)?;
    let (steps, tasks) = (steps(&plan.root), tasks(&plan.root));
    let mut parts = rehearsal.piece(plan.root);
    if defect == Defect::LostOrder {
        parts.reverse();
    }
    let whole = stacked(parts);
    let data = match plan.finish {
        None => whole,
        Some(message) => message.run(Ticket::default(), vec![whole], &Watch::new()).unwrap(),
    };
    Ok(Outcome {
        data,
        promised: plan.schema,
        ranges: rehearsal.ranges,
        kept: rehearsal.stored,
        tasks,
        steps,
        gathered: rehearsal.gathered.into_inner(),
        all_steps: rehearsal.steps.into_inner(),
    })
}

/// The names of the steps of the piece and of those below it.
fn steps(piece: &Piece) -> Vec<String> {
    match piece {
        Piece::Segment(segment) => {
            let below = segment.inputs.iter().flat_map(|input| steps(&input.piece));
            below.chain(segment.label.iter().cloned()).collect()
        }
        Piece::Union(pieces) => pieces.iter().flat_map(steps).collect(),
        Piece::Stored(_) => Vec::new(),
    }
}

/// The most tasks that a segment of the piece has, or of those below it.
fn tasks(piece: &Piece) -> usize {
    match piece {
        Piece::Segment(segment) => {
            let below = segment.inputs.iter().map(|input| tasks(&input.piece));
            below.max().unwrap_or_default().max(piece.partitions())
        }
        Piece::Union(pieces) => pieces.iter().map(tasks).max().unwrap_or_default(),
        // They were read by tasks of an earlier job.
        Piece::Stored(_) => 0,
    }
}

/// A cluster while a plan runs on it.
struct Rehearsal {
    defect: Defect,
    kept: Vec<DataFrame>,
    stored: usize,
    ranges: usize,
    gathered: RefCell<BTreeSet<String>>,
    steps: RefCell<BTreeSet<String>>,
}

/// Reasons to gather of which each partition hands on no more rows than come out.
const FEW_ROWS: [&str; 2] = ["slice", "top rows"];

impl Stages for Rehearsal {
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError> {
        let schema = piece.schema().unwrap().clone();
        let promised = piece.partitions();
        let data = self.piece(piece);
        assert_eq!(data.len(), promised, "as many partitions as were promised");
        let mut parts: Vec<StoredPart> =
            data.into_iter().map(|data| StoredPart { files: vec![self.keep(data)] }).collect();
        if self.defect == Defect::WrongRowsKept && parts.len() > 1 {
            parts.pop();
            parts.extend(parts.first().cloned());
        }
        self.stored += 1;
        Ok(Stored { id: Some(self.stored - 1), parts, schema })
    }

    fn spread(&mut self, piece: Piece, partitions: usize) -> Result<Stored, CutError> {
        let schema = piece.schema().unwrap().clone();
        let mut parts = vec![StoredPart::default(); partitions];
        for data in self.piece(piece) {
            let buckets = buckets_of(&data, partitions, self.defect);
            for (bucket, part) in parts.iter_mut().enumerate() {
                let file = self.keep(chosen(&data, &buckets, bucket));
                // A task leaves no file for a partition that it has no rows of.
                if file.rows != Some(0) {
                    part.files.push(file);
                }
            }
        }
        self.stored += 1;
        Ok(Stored { id: Some(self.stored - 1), parts, schema })
    }

    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError> {
        self.ranges += 1;
        Ok(stacked(self.piece(piece)))
    }
}

impl Rehearsal {
    /// Keeps the rows; where they lie now.
    fn keep(&mut self, data: DataFrame) -> StoredFile {
        let (rows, bytes) = (data.height() as u64, data.estimated_size() as u64);
        self.kept.push(data);
        let location = (self.kept.len() - 1).to_le_bytes().to_vec();
        StoredFile { rows: Some(rows), bytes: Some(bytes), location }
    }

    fn read(&self, part: &StoredPart, schema: &SchemaRef) -> DataFrame {
        let place = |file: &StoredFile| usize::from_le_bytes(file.location.clone().try_into().unwrap());
        match part.files.len() {
            0 => DataFrame::empty_with_schema(schema),
            _ => backwards(part.files.iter().map(|file| self.kept[place(file)].clone())),
        }
    }

    fn piece(&self, piece: Piece) -> Vec<DataFrame> {
        match piece {
            Piece::Segment(whole) => self.segment(*whole),
            Piece::Union(pieces) => pieces.into_iter().flat_map(|one| self.piece(one)).collect(),
            Piece::Stored(stored) => {
                stored.parts.iter().map(|part| self.read(part, &stored.schema)).collect()
            }
        }
    }

    fn segment(&self, segment: Segment) -> Vec<DataFrame> {
        self.steps.borrow_mut().extend(segment.label.iter().cloned());
        let partitions = segment.partitions();
        let bytes = segment.message.encode().unwrap();
        if let Some(reason) = segment.reason.filter(|reason| !FEW_ROWS.contains(&reason.as_str()))
            && segment.inputs.iter().any(|input| input.exchange == Exchange::Gather)
        {
            self.gathered.borrow_mut().insert(reason);
        }
        let inputs: Vec<Vec<DataFrame>> =
            segment.inputs.into_iter().map(|one| self.input(one, partitions)).collect();
        (0..partitions)
            .map(|partition| {
                let message = Message::decode(&bytes).unwrap();
                let ticket = segment.tickets.get(partition).cloned().unwrap_or_default();
                let handed = inputs.iter().map(|parts| parts[partition].clone()).collect();
                let data = message.run(ticket, handed, &Watch::new()).unwrap();
                let (found, promised) = (data.schema(), &segment.schema);
                assert_eq!(found, promised, "a segment gives what it promised: {:?}", segment.label);
                data
            })
            .collect()
    }

    /// What each partition of the next segment is handed.
    fn input(&self, input: Input, partitions: usize) -> Vec<DataFrame> {
        let mut parts = self.piece(input.piece);
        if let Some(last) = parts.last_mut().filter(|_| self.defect == Defect::LostRows) {
            *last = last.clear();
        }
        match input.exchange {
            Exchange::Aligned => parts,
            Exchange::Hash(count) | Exchange::Ranges(count) => {
                assert_eq!(count, partitions);
                let buckets: Vec<_> = match input.exchange {
                    Exchange::Hash(_) => {
                        parts.iter().map(|part| buckets_of(part, count, self.defect)).collect()
                    }
                    _ => parts.iter().map(|part| ranges_of(part, count, self.defect)).collect(),
                };
                let share = |part: usize, bucket| chosen(&parts[part], &buckets[part], bucket);
                (0..count).map(|bucket| backwards((0..parts.len()).map(|part| share(part, bucket)))).collect()
            }
            Exchange::Gather => vec![backwards(parts.into_iter())],
            Exchange::Broadcast => vec![backwards(parts.into_iter()); partitions],
        }
    }
}

/// The bucket of each row's key.
fn buckets_of(data: &DataFrame, count: usize, defect: Defect) -> Vec<usize> {
    let keys = keys(data).iter().map(Option::unwrap);
    let numbers: Vec<u64> = match defect {
        Defect::KeysApart => keys.zip(0..).map(|(key, row)| key.wrapping_add(row)).collect(),
        Defect::NegativeZerosApart => {
            let apart = negative_zeros(data).into_iter().map(u64::from);
            keys.zip(apart).map(|(key, apart)| key.wrapping_add(apart)).collect()
        }
        _ => keys.collect(),
    };
    let known = partitions_of(numbers.clone(), count).unwrap();
    numbers.iter().map(|number| known[number]).collect()
}

/// The range of each row.
fn ranges_of(data: &DataFrame, count: usize, defect: Defect) -> Vec<usize> {
    let mut ranges = buckets_of(data, count, Defect::None);
    match defect {
        Defect::BoundOffByOne => {
            if let Some(last) = ranges.iter_mut().rev().find(|range| **range == 0) {
                *last = 1 % count;
            }
        }
        Defect::DescendingIgnored => ranges.iter_mut().for_each(|range| *range = count - 1 - *range),
        _ => {}
    }
    ranges
}

/// The rows of the bucket.
fn chosen(data: &DataFrame, buckets: &[usize], bucket: usize) -> DataFrame {
    let mask: BooleanChunked = buckets.iter().map(|found| Some(*found == bucket)).collect();
    data.filter(&mask).unwrap()
}

fn keys(data: &DataFrame) -> &UInt64Chunked {
    assert_eq!(data.get_column_index(KEY), Some(data.width() - 1), "the key is the last column");
    data.column(KEY).unwrap().u64().unwrap()
}

/// Whether the key of each row is a negative zero, as far as is to be seen: all rows with its key have a zero there.
fn negative_zeros(data: &DataFrame) -> Vec<bool> {
    let keys: Vec<u64> = keys(data).iter().map(Option::unwrap).collect();
    let mut are_negative = vec![false; keys.len()];
    for floats in data.columns().iter().filter_map(|column| column.f64().ok()) {
        let others = keys.iter().zip(floats.iter()).filter(|(_, float)| *float != Some(0.0));
        let others: HashSet<u64> = others.map(|(key, _)| *key).collect();
        for (place, (key, float)) in keys.iter().zip(floats.iter()).enumerate() {
            are_negative[place] |= !others.contains(key) && float.is_some_and(f64::is_sign_negative);
        }
    }
    are_negative
}

fn backwards(parts: impl DoubleEndedIterator<Item = DataFrame>) -> DataFrame {
    stacked(parts.rev().collect())
}

fn stacked(parts: Vec<DataFrame>) -> DataFrame {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().unwrap();
    for part in parts {
        whole.vstack_mut(&part).unwrap();
    }
    whole
}
