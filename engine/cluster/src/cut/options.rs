//! How plans are cut, and who runs parts of them meanwhile.

use std::cell::Cell;
use std::sync::OnceLock;

use fram_frame::memory_bytes;
use polars::prelude::DataFrame;

use crate::cut::keep::Kept;
use crate::error::CutError;
use crate::piece::{Piece, Stored};
use crate::words::amount;

/// How a plan is to be cut.
#[derive(Debug, Clone)]
pub struct CutOptions {
    /// Partitions that an exchange makes of rows that fit into them, and at least as many tasks as a large scan gets; 0: as
    /// many as tasks can run at once.
    pub partitions: usize,
    /// Bytes of files that are worth one partition more, where many tasks can run at once.
    pub partition_bytes: u64,
    /// Pairs of a task that writes and one that reads that an exchange may have; none: what the master has memory for.
    pub pairs: Option<u64>,
    /// Bytes of rows that one partition of an exchange by keys holds at most, by what is guessed of them; none: what tasks
    /// have memory for.
    pub partition_memory: Option<u64>,
    /// Bytes of files that one task reads at most, where they can be split.
    pub task_bytes: u64,
    /// Bytes up to which one side of a join is handed whole to each task; none: what tasks have memory for.
    pub broadcast_bytes: Option<u64>,
    /// Bytes of rows up to which they are few: each task reads all of them, where it joins them.
    pub few_bytes: u64,
    /// Bytes of one side of a join that are worth to know first how many rows the other has.
    pub look_bytes: u64,
    /// Bytes of one side of a join that are worth to know first how they are spread over its keys, and bytes of one of
    /// its partitions that are worth to be spread over several tasks.
    pub skew_bytes: u64,
    /// Bytes of rows in memory up to which they travel in a plan; others are handed to the workers before it runs.
    pub shipped_bytes: u64,
    /// Bytes below which rows are brought to one place to be sorted; others are sorted by ranges of their keys.
    pub sort_bytes: u64,
    /// Bytes up to which rows that are held for later are brought to the process that reads them.
    pub hold_bytes: u64,
    /// Bytes of rows up to which they are in memory when they are written to one file.
    pub fetched_bytes: u64,
    /// Bytes of rows in memory for each byte of rows that a task has written.
    pub unpacked: u64,
}

/// Bytes of rows in memory for each byte of rows that are compressed: a guess.
const PACKED: u64 = 2;
/// How many times less than few bytes are read by one task: what is made of a few rows may be much.
const ONE_TASK: u64 = 16;
/// Bytes up to which one side of a join is copied where nobody says how much memory tasks have, or they are but guessed.
const COPIED: u64 = 32 << 20;
/// How many times more a shuffle has to move than larger copies have: each task makes its own table of them.
const TABLES: u64 = 4;
/// How many times less than the memory of a task the copy may be: what is made of it to find its rows is larger, and a
/// task may join several.
const MEMORY_OF_COPY: u64 = 32;
/// How many times less than the memory of a task the rows of a partition may be: what is made of them is in memory beside
/// them.
const MEMORY_OF_PARTITION: u64 = 4;
/// Bytes of a partition that every task has memory for.
const LEAST_PARTITION: u64 = 16 << 20;
/// Bytes of a copy, however much memory there is: each task makes its own table of it.
const LARGEST_COPY: u64 = 256 << 20;

impl CutOptions {
    /// Bytes of files up to which one task reads all of them.
    pub(crate) fn one_task_bytes(&self) -> u64 {
        self.few_bytes / ONE_TASK
    }

    /// Bytes up to which one side of a join is handed whole to each task.
    pub(crate) fn copied_bytes(&self) -> u64 {
        self.broadcast_bytes.unwrap_or(COPIED)
    }

    /// The same where nobody has counted its rows.
    pub(crate) fn guessed_copy_bytes(&self) -> u64 {
        self.copied_bytes().min(COPIED)
    }

    /// Whether copies of a side of so many bytes, one for each of so many tasks, are less work than a shuffle of both
    /// sides, of which the other is guessed to have so many.
    pub(crate) fn are_copies_worth_it(&self, bytes: u64, tasks: usize, other: Option<u64>) -> bool {
        let tables = if bytes <= COPIED { 1 } else { TABLES };
        let copies = bytes.saturating_mul(tasks as u64).saturating_mul(tables);
        let moved = other.map_or(u64::MAX, |other| bytes.saturating_add(other));
        bytes <= self.copied_bytes() && (bytes <= self.few_bytes || copies <= moved)
    }

    /// The options for tasks that have so much memory each.
    pub(crate) fn within(mut self, memory: u64) -> Self {
        self.broadcast_bytes.get_or_insert((memory / MEMORY_OF_COPY).min(LARGEST_COPY));
        self.partition_memory.get_or_insert((memory / MEMORY_OF_PARTITION).max(LEAST_PARTITION));
        self
    }

    /// The options for people, by name.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let partitions = match self.partitions {
            0 => "as many as tasks can run at once".to_owned(),
            partitions => partitions.to_string(),
        };
        let sizes = [
            ("Read by one task", self.task_bytes),
            ("Side of a join that is looked at first", self.look_bytes),
            ("Partition of a join that is spread", self.skew_bytes),
            ("Rows that travel in a plan", self.shipped_bytes),
            ("Rows that are sorted in one place", self.sort_bytes),
            ("Rows that the notebook holds itself", self.hold_bytes),
        ];
        let sizes = sizes.map(|(name, bytes)| (name.to_owned(), format!("up to {}", amount(bytes))));
        let copied = match self.broadcast_bytes {
            None => format!("up to 1/{MEMORY_OF_COPY} of a task's memory, {} at most", amount(LARGEST_COPY)),
            Some(bytes) => format!("up to {}", amount(bytes)),
        };
        let others =
            [("Partitions".to_owned(), partitions), ("Side of a join that is copied".to_owned(), copied)];
        others.into_iter().chain(sizes).collect()
    }
}

/// Runs parts of a plan while the rest is being cut, so that the rest can go by what came of them.
pub trait Stages {
    /// Runs the piece. Its partitions stay where they are until the whole plan has ended.
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError>;

    /// Runs pieces of rows in memory, each as [`Self::store`] does.
    fn store_all(&mut self, pieces: Vec<Piece>) -> Result<Vec<Stored>, CutError> {
        pieces.into_iter().map(|piece| self.store(piece)).collect()
    }

    /// Runs the piece. Its rows stay where they are until the whole plan has ended, by the hash of the column
    /// [`crate::KEY`] in so many partitions.
    fn spread(&mut self, piece: Piece, partitions: usize) -> Result<Stored, CutError>;

    /// Runs the piece; its rows, which are few, in any order.
    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError>;

    /// The rows that an earlier plan has left under this name; none where no plan has.
    fn table(&mut self, _name: &str) -> Result<Option<Kept>, CutError> {
        Ok(None)
    }
}

/// What is known of rows that lie on the workers, where a plan is cut before any of it runs.
pub(crate) trait Lying {
    /// The rows that an earlier plan has left under this name; none where no plan has.
    fn table(&self, name: &str) -> Option<Kept>;

    /// Where the plan is cut once more, in stages, if that makes a difference: what that would do is noted here.
    fn trial(&self) -> Option<&Trial> {
        None
    }
}

/// What a plan would do if parts of it ran while it is cut.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// It would run some.
    pub(crate) has_parts: Cell<bool>,
    /// It would hand many rows in memory to the workers.
    pub(crate) has_rows: Cell<bool>,
}

impl<F: Fn(&str) -> Option<Kept>> Lying for F {
    fn table(&self, name: &str) -> Option<Kept> {
        self(name)
    }
}

/// Partitions that are made of any rows, however few, where so many tasks can run at once.
const FEW_PARTITIONS: usize = 32;
/// Partitions of one exchange at most, and tasks of one scan: the master knows of each pair of a task that writes and one
/// that reads.
const MOST_PARTITIONS: usize = 2_048;
const MOST_TASKS: u64 = 16_384;
/// Bytes of the master's memory for each pair of a task that writes and one that reads: a ninth of that is what an exchange takes of it
/// (`docs/scaling.md`).
const MEMORY_OF_PAIR: u64 = 16 << 10;
/// The memory of a machine that does not tell it.
const SMALL_MACHINE: u64 = 8 << 30;

/// The pairs of an exchange that a master on this machine can look after.
pub(crate) fn pairs_of_this_machine() -> u64 {
    static PAIRS: OnceLock<u64> = OnceLock::new();
    *PAIRS.get_or_init(|| memory_bytes().unwrap_or(SMALL_MACHINE) / MEMORY_OF_PAIR)
}

impl CutOptions {
    /// The options for a plan that reads so many bytes: on a large cluster a small plan is cut in few parts, and a
    /// large one in no more than a master can look after.
    pub(super) fn sized(&self, bytes: impl FnOnce() -> u64) -> Self {
        let mut options = self.clone();
        if self.partitions > FEW_PARTITIONS {
            let bytes = bytes();
            let worth = usize::try_from(bytes / self.partition_bytes.max(1)).unwrap_or(usize::MAX);
            let most = self.most_partitions(MOST_PARTITIONS);
            options.partitions = self.partitions.min(worth.clamp(FEW_PARTITIONS, most));
            options.task_bytes = self.task_bytes.max(bytes / MOST_TASKS);
            options.keep_pairs(bytes, self.partitions as u64);
        }
        options
    }

    /// Partitions of an exchange between as many tasks on both sides: so many, or what the master has memory for.
    pub(crate) fn most_partitions(&self, most: usize) -> usize {
        let pairs = self.pairs.unwrap_or(u64::MAX);
        usize::try_from(pairs.isqrt()).unwrap_or(most).clamp(FEW_PARTITIONS, most)
    }

    /// Partitions by keys of so many bytes of rows that so many tasks write: one for each that can run at once, or so many
    /// rounds of these that a partition fits into the memory of a task.
    pub(crate) fn partitions_of(&self, bytes: u64, writers: usize) -> usize {
        let slots = self.partitions.max(1);
        let needed = bytes.div_ceil(self.partition_memory.unwrap_or(u64::MAX).max(1));
        let needed = usize::try_from(needed).unwrap_or(usize::MAX);
        if needed <= slots {
            return slots;
        }
        let pairs = self.pairs.unwrap_or(u64::MAX) / writers.max(1) as u64;
        let most = usize::try_from(pairs).unwrap_or(usize::MAX).min(MOST_PARTITIONS);
        needed.checked_next_multiple_of(slots).unwrap_or(usize::MAX).min(most).max(slots)
    }

    /// Larger scans, but one for each slot, and then fewer partitions, where the exchange above a scan of all bytes would have
    /// too many pairs.
    fn keep_pairs(&mut self, bytes: u64, slots: u64) {
        let (pairs, partitions) = (self.pairs.unwrap_or(u64::MAX), self.partitions.max(1) as u64);
        let scans = bytes / self.task_bytes.max(1);
        if scans.saturating_mul(partitions) > pairs {
            let scans = (pairs / partitions).max(slots).max(1).min(scans);
            self.task_bytes = bytes.div_ceil(scans);
            let partitions = usize::try_from(pairs / scans).unwrap_or(usize::MAX);
            self.partitions = self.partitions.min(partitions.max(FEW_PARTITIONS));
        }
    }
}

impl Default for CutOptions {
    fn default() -> Self {
        Self {
            partitions: 0,
            partition_bytes: 16 << 20,
            pairs: None,
            partition_memory: None,
            task_bytes: 128 << 20,
            broadcast_bytes: None,
            few_bytes: 1 << 20,
            look_bytes: 8 << 20,
            skew_bytes: 128 << 20,
            shipped_bytes: 4 << 20,
            sort_bytes: 32 << 20,
            hold_bytes: 4 << 20,
            fetched_bytes: 64 << 20,
            unpacked: PACKED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_as_large_as_tasks_have_memory_for() {
        let copied = |memory: u64| CutOptions::default().within(memory).copied_bytes() >> 20;
        assert_eq!((copied(160 << 20), copied(1 << 30), copied(4 << 30), copied(1 << 40)), (5, 32, 128, 256));
        let named = CutOptions { broadcast_bytes: Some(7), ..CutOptions::default() };
        assert_eq!(named.within(1 << 40).copied_bytes(), 7);
    }

    #[test]
    fn copies_are_worth_less_than_what_a_shuffle_moves() {
        let options = CutOptions::default().within(4 << 30);
        let is_worth_it =
            |side: u64, tasks, other: u64| options.are_copies_worth_it(side << 20, tasks, Some(other << 20));
        assert!(is_worth_it(30, 2, 30) && !is_worth_it(30, 2, 29));
        assert!(is_worth_it(40, 2, 280) && !is_worth_it(40, 2, 279), "tables are made of a large side");
        assert!(is_worth_it(1, 1_000, 0), "a few rows");
        assert!(is_worth_it(128, 2, 1 << 20) && !is_worth_it(129, 2, 1 << 20), "a task's memory");
        assert!(options.are_copies_worth_it(100 << 20, 1_000, None));
    }

    #[test]
    fn parts_are_as_many_as_the_bytes_are_worth() {
        let slots = |partitions| CutOptions { partitions, ..CutOptions::default() };
        let sized = |partitions, bytes: u64| slots(partitions).sized(|| bytes);
        assert_eq!(sized(2, 0).partitions, 2);
        assert_eq!(sized(16_000, 1 << 20).partitions, 32);
        assert_eq!(sized(16_000, 10 << 30).partitions, 640);
        assert_eq!(sized(100, 10 << 30).partitions, 100);
        let large = sized(16_000, 100 << 40);
        assert_eq!((large.partitions, large.task_bytes), (2_048, 6_400 << 20));
    }

    #[test]
    fn partitions_fit_into_the_memory_of_a_task() {
        let slots = |partitions| CutOptions { partitions, pairs: Some(1 << 20), ..CutOptions::default() };
        let of =
            |partitions, bytes: u64, writers| slots(partitions).within(4 << 30).partitions_of(bytes, writers);
        assert_eq!((of(8, 0, 10), of(8, 8 << 30, 10), of(8, (8 << 30) + 1, 10)), (8, 8, 16));
        assert_eq!(of(8, 100 << 30, 800), 104);
        // What the master has memory for, and the structures of a job.
        assert_eq!(
            (of(8, 100 << 30, 16 << 10), of(8, 100 << 30, 1 << 20), of(8, 1 << 50, 1)),
            (64, 8, 2_048)
        );
        assert_eq!(slots(8).partitions_of(u64::MAX, 1), 8, "nobody says how much memory there is");
        assert_eq!(slots(1).within(0).partitions_of(64 << 20, 1), 4);
    }

    #[test]
    fn an_exchange_has_as_many_pairs_as_the_master_has_memory_for() {
        let sized = |slots, pairs, bytes| {
            let options =
                CutOptions { partitions: slots, pairs: Some(pairs), ..CutOptions::default() }.sized(|| bytes);
            (options.partitions, bytes / options.task_bytes)
        };
        // 256 GB, 24 GB and 1 GB of memory; a hundred TB on a thousand machines, and one on a few.
        assert_eq!(sized(16_000, 16 << 20, 100 << 40), (1_048, 15_999));
        assert_eq!(sized(16_000, 3 << 19, 100 << 40), (98, 15_999));
        assert_eq!(sized(64, 3 << 19, 1 << 40), (64, 8_192));
        assert_eq!(sized(512, 3 << 19, 1 << 40), (512, 3_071));
        assert_eq!(sized(512, 1 << 16, 1 << 40), (128, 512));
        assert_eq!(sized(512, 1, 1 << 40), (32, 512));
        let most = |pairs| CutOptions { pairs, ..CutOptions::default() }.most_partitions(1_024);
        assert_eq!(
            (most(None), most(Some(1 << 24)), most(Some(1 << 16)), most(Some(0))),
            (1_024, 1_024, 256, 32)
        );
    }
}
