//! A cluster of one thread: runs the pieces of a plan one after the other, each through its bytes, and moves rows
//! between them as the exchanges say. Rows that come from several partitions come in an unhelpful order.

use fram_cluster::{CutPlan, Exchange, Input, KEY, Message, Piece, Segment, Ticket};
use fram_frame::Watch;
use polars::prelude::*;

/// What can be made wrong on purpose, to see whether it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Nothing.
    None,
    /// Rows with equal keys are brought to different partitions.
    KeysApart,
    /// The rows of one partition get lost in an exchange.
    LostRows,
    /// Partitions of the result stand in another order.
    LostOrder,
}

/// The rows of the plan.
pub(crate) fn run(plan: CutPlan) -> DataFrame {
    run_with(plan, Defect::None)
}

/// The rows of the plan, on a cluster with this defect.
pub(crate) fn run_with(plan: CutPlan, defect: Defect) -> DataFrame {
    let mut parts = piece(plan.root, defect);
    if defect == Defect::LostOrder {
        parts.reverse();
    }
    let whole = stacked(parts);
    match plan.finish {
        None => whole,
        Some(message) => message.run(Ticket::default(), vec![whole], &Watch::new()).unwrap(),
    }
}

fn piece(piece_: Piece, defect: Defect) -> Vec<DataFrame> {
    match piece_ {
        Piece::Segment(whole) => segment(*whole, defect),
        Piece::Union(pieces) => pieces.into_iter().flat_map(|one| piece(one, defect)).collect(),
    }
}

fn segment(segment: Segment, defect: Defect) -> Vec<DataFrame> {
    let partitions = segment.partitions();
    let bytes = segment.message.encode().unwrap();
    let inputs: Vec<Vec<DataFrame>> =
        segment.inputs.into_iter().map(|one| input(one, partitions, defect)).collect();
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
fn input(input: Input, partitions: usize, defect: Defect) -> Vec<DataFrame> {
    let mut parts = piece(input.piece, defect);
    if defect == Defect::LostRows && parts.len() > 1 {
        parts.pop();
    }
    match input.exchange {
        Exchange::Aligned => parts,
        Exchange::Hash(count) => {
            assert_eq!(count, partitions);
            (0..count)
                .map(|bucket| backwards(parts.iter().map(|part| share(part, bucket, count, defect))))
                .collect()
        }
        Exchange::Gather => vec![backwards(parts.into_iter())],
        Exchange::Broadcast => vec![backwards(parts.into_iter()); partitions],
    }
}

/// The rows whose key belongs to the bucket.
fn share(data: &DataFrame, bucket: usize, count: usize, defect: Defect) -> DataFrame {
    let keys = data.column(KEY).unwrap().u64().unwrap();
    assert_eq!(data.get_column_index(KEY), Some(data.width() - 1), "the key is the last column");
    let apart = |row: usize| if defect == Defect::KeysApart { row as u64 } else { 0 };
    let chosen = |(row, key): (usize, Option<u64>)| {
        Some((key.unwrap().wrapping_add(apart(row)) % count as u64) as usize == bucket)
    };
    let mask: BooleanChunked = keys.iter().enumerate().map(chosen).collect();
    data.filter(&mask).unwrap()
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
