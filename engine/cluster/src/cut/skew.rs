//! Joins after a shuffle of which some keys have very many rows: the rows of such a partition go to several tasks, each
//! with all rows of the other side that belong to them.

use crate::cut::Cutter;
use crate::cut::join::Keyed;
use crate::cut::keep::Kept;
use crate::cut::open::Open;
use crate::cut::sides::{Side, Sides};
use crate::error::CutError;
use crate::piece::{StoredFile, StoredPart};

/// Files of an exchange, one for each task that writes and each that reads, up to which the driver looks at them.
const MOST_FILES: usize = 1 << 16;
/// How much larger than the others a partition is whose rows are spread.
const HEAVY: u64 = 2;

impl Cutter<'_> {
    /// The side whose partitions are looked at before they are joined: the larger one of those whose rows may each be
    /// joined by themselves, where it is large.
    pub(super) fn side_to_split(&self, sides: &Sides, partitions: usize) -> Option<Side> {
        let bytes = |side: &Side| sides.get(*side).size.guess.unwrap_or(u64::MAX);
        let is_promising = |side: &Side| {
            let (open, other) = (sides.get(*side), sides.get(side.other()));
            let files = open.partitions.max(other.partitions).saturating_mul(partitions);
            // Each row of it may be joined by itself, with all rows of the other.
            sides.is_optional(side.other())
                && !open.is_single()
                && files <= MOST_FILES
                && bytes(side) >= self.options.skew_bytes
        };
        let side = Side::BOTH.into_iter().filter(is_promising).max_by_key(bytes)?;
        self.may_run_parts().then_some(side)
    }

    /// Both sides by their keys. Where a partition of the first one is heavy, it becomes several, each beside a copy of
    /// the other's partition.
    pub(super) fn split(
        &mut self,
        partitions: usize,
        first: Keyed<'_>,
        other: Keyed<'_>,
    ) -> Result<(Open, Open), CutError> {
        let mut kept = self.spread(partitions, first)?;
        let shares = shares(&kept.stored.parts, self.options.skew_bytes);
        if shares.iter().all(|shares| shares.len() == 1) {
            return Ok((self.reopened_in_parts(&kept)?, self.brought_together(partitions, other)?));
        }
        let mut others = self.spread(partitions, other)?;
        let copies = others.stored.parts.iter().zip(&shares);
        others.stored.parts = copies.flat_map(|(part, shares)| vec![part.clone(); shares.len()]).collect();
        kept.stored.parts = shares.into_iter().flatten().collect();
        (kept.keys, others.keys) = (None, None);
        let (mut open, other) = (self.reopened_in_parts(&kept)?, self.reopened_in_parts(&others)?);
        open.label.push("spread over tasks".to_owned());
        Ok((open, other))
    }

    /// Runs the segment; its rows lie where they are, by the hash of their keys.
    fn spread(&mut self, partitions: usize, (side, on, keep_order): Keyed<'_>) -> Result<Kept, CutError> {
        let keyed = self.keyed(side, on, keep_order)?;
        let stages = self.stages.as_mut().ok_or(CutError::Stage)?;
        let stored = stages.spread(keyed.piece, partitions)?;
        Ok(Kept { stored, order: keyed.order, keys: keyed.names, guess: keyed.size })
    }
}

/// The partitions, each of which is heavy in several shares, of whole files, that are no larger than the others.
fn shares(parts: &[StoredPart], least: u64) -> Vec<Vec<StoredPart>> {
    let sizes: Vec<u64> = parts.iter().map(|part| part.bytes().unwrap_or(0)).collect();
    let total: u64 = sizes.iter().sum();
    let share = |(part, bytes): (&StoredPart, &u64)| {
        let others = (total - bytes) / (parts.len() as u64 - 1).max(1);
        if *bytes <= least || *bytes <= others.saturating_mul(HEAVY) {
            return vec![part.clone()];
        }
        in_shares(&part.files, others.max(least / 2))
    };
    parts.iter().zip(&sizes).map(share).collect()
}

/// The files in shares of about so many bytes.
fn in_shares(files: &[StoredFile], bytes: u64) -> Vec<StoredPart> {
    let (mut shares, mut held) = (vec![StoredPart::default()], 0);
    for file in files {
        let more = file.bytes.unwrap_or(0);
        if held > 0 && held + more > bytes {
            shares.push(StoredPart::default());
            held = 0;
        }
        held += more;
        if let Some(share) = shares.last_mut() {
            share.files.push(file.clone());
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(files: &[u64]) -> StoredPart {
        let file = |bytes: &u64| StoredFile { bytes: Some(*bytes), ..StoredFile::default() };
        StoredPart { files: files.iter().map(file).collect() }
    }

    /// The bytes of the files of each share of each partition.
    fn shared(parts: &[StoredPart], least: u64) -> Vec<Vec<Vec<u64>>> {
        let bytes = |part: &StoredPart| part.files.iter().filter_map(|file| file.bytes).collect();
        shares(parts, least).iter().map(|shares| shares.iter().map(bytes).collect()).collect()
    }

    #[test]
    fn a_heavy_partition_is_shared_out() {
        let parts = [part(&[5, 5]), part(&[30, 30, 30, 10, 10]), part(&[10, 10])];
        assert_eq!(
            shared(&parts, 20),
            [vec![vec![5, 5]], vec![vec![30], vec![30], vec![30], vec![10], vec![10]], vec![vec![10, 10]]]
        );
        // No share is smaller than half of what is worth to be spread.
        let heavy = shared(&parts, 100).swap_remove(1);
        assert_eq!(heavy, [vec![30], vec![30], vec![30, 10, 10]]);
        assert_eq!(shared(&parts, 110).swap_remove(1), [vec![30, 30, 30, 10, 10]]);
    }

    #[test]
    fn what_is_not_known_or_cannot_be_shared_stays_whole() {
        let unknown = StoredPart { files: vec![StoredFile::default(); 3] };
        assert_eq!(shares(&[unknown.clone(), unknown], 0).iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(shared(&[part(&[100]), part(&[])], 0), [vec![vec![100]], vec![vec![]]]);
        assert_eq!(shared(&[part(&[1, 1])], 0), [vec![vec![1], vec![1]]]);
    }
}
