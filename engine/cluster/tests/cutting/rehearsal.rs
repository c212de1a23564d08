//! A cluster of one thread: runs the pieces of a plan one after the other, each through its bytes, and moves rows
//! between them as the exchanges say. Rows that come from several partitions come in an unhelpful order.

use fram_cluster::{CutPlan, Exchange, Input, KEY, Message, Piece, Segment, Ticket};
use fram_frame::Watch;
use polars::prelude::*;

/// The rows of the plan.
pub(crate) fn run(plan: CutPlan) -> DataFrame {
    let parts = piece(plan.root);
    let whole = stacked(parts);
    match plan.finish {
        None => whole,
        Some(message) => message.run(Ticket::default(), vec![whole], &Watch::new()).unwrap(),
    }
}

fn piece(piece_: Piece) -> Vec<DataFrame> {
    match piece_ {
        Piece::Segment(whole) => segment(*whole),
        Piece::Union(pieces) => pieces.into_iter().flat_map(piece).collect(),
    }
}

fn segment(segment: Segment) -> Vec<DataFrame> {
    let partitions = segment.partitions();
    let bytes = segment.message.encode().unwrap();
    let inputs: Vec<Vec<DataFrame>> = segment.inputs.into_iter().map(|one| input(one, partitions)).collect();
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
fn input(input: Input, partitions: usize) -> Vec<DataFrame> {
    let parts = piece(input.piece);
    match input.exchange {
        Exchange::Aligned => parts,
        Exchange::Hash(count) => {
            assert_eq!(count, partitions);
            (0..count).map(|bucket| backwards(parts.iter().map(|part| share(part, bucket, count)))).collect()
        }
        Exchange::Gather => vec![backwards(parts.into_iter())],
        Exchange::Broadcast => vec![backwards(parts.into_iter()); partitions],
    }
}

/// The rows whose key belongs to the bucket.
fn share(data: &DataFrame, bucket: usize, count: usize) -> DataFrame {
    let keys = data.column(KEY).unwrap().u64().unwrap();
    assert_eq!(data.get_column_index(KEY), Some(data.width() - 1), "the key is the last column");
    let mask: BooleanChunked =
        keys.iter().map(|key| Some((key.unwrap() % count as u64) as usize == bucket)).collect();
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
