//! What is known of the bytes of rows before they are there.

use polars::prelude::JoinType;

/// What is known of the bytes of a segment's rows, unpacked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    /// No more than this, where that is known.
    pub(super) most: Option<u64>,
    /// About as much as this, where there is anything to go by.
    pub(super) guess: Option<u64>,
    /// The share of the rows there were that filters are guessed to have left, and so of the rows of another table that
    /// find one of these by its key.
    pub(super) share: f64,
}

/// The share of the rows that their groups are, or those that differ.
const GROUPED: f64 = 0.125;

impl Size {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { most: None, guess: None, share: 1.0 };

    /// So many bytes.
    pub(super) fn of(bytes: u64) -> Self {
        Self { most: Some(bytes), guess: Some(bytes), share: 1.0 }
    }

    /// Rows of both, one below the other.
    pub(super) fn beside(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
        let share = self.share.max(other.share);
        Self { most: sum(self.most, other.most), guess: sum(self.guess, other.guess), share }
    }

    /// The same rows with other columns: so many in the place of so many.
    pub(super) fn widened(self, columns: usize, before: usize) -> Self {
        let share = columns.max(1) as f64 / before.max(1) as f64;
        match share > 1.0 {
            true => Self { most: scaled(self.most, share), guess: scaled(self.guess, share), ..self },
            false => self,
        }
    }

    /// Some rows fall away; this share of them is guessed to stay.
    pub(super) fn narrowed(self, share: f64) -> Self {
        Self { guess: scaled(self.guess, share), share: self.share * share, ..self }
    }

    /// One row of each group stays.
    pub(super) fn grouped(self) -> Self {
        Self { guess: scaled(self.guess, GROUPED), ..self }
    }

    /// Rows become more, nobody knows by how many.
    pub(super) fn grown(self) -> Self {
        Self { most: None, ..self }
    }

    /// Rows of both sides of a join, of which this is the left one. They are about as many as those of the larger side,
    /// where each row of it finds one: of an inner join only where filters have left it (P. G. Selinger et al., "Access
    /// Path Selection in a Relational Database Management System", 1979, with each key of the smaller side there once).
    /// And they are no more than each with each, which tells something of a few rows. A row has a byte at least.
    pub(super) fn joined(self, other: Self, how: &JoinType) -> Self {
        let most = self.most.zip(other.most).map(|(left, right)| {
            let each_with_each = left.max(1).saturating_mul(right.max(1)).saturating_mul(2);
            each_with_each.saturating_add(left).saturating_add(right)
        });
        let guesses = self.guess.zip(other.guess);
        let larger = guesses.map(|(left, right)| left.max(right));
        match how {
            JoinType::Inner => {
                let right_is_larger = guesses.is_some_and(|(left, right)| right > left);
                let found = if right_is_larger { self.share } else { other.share };
                Self { most, guess: scaled(larger, found), share: self.share * other.share }
            }
            JoinType::Semi => Self { most: self.most, ..self.narrowed(other.share) },
            JoinType::Anti => self,
            JoinType::Left => Self { most, guess: larger, share: self.share },
            JoinType::Right => Self { most, guess: larger, share: other.share },
            _ => Self { most, guess: larger, share: 1.0 },
        }
    }

    /// About as much as there was before filters.
    pub(super) fn unfiltered(self) -> Option<u64> {
        scaled(self.guess, 1.0 / self.share.max(f64::MIN_POSITIVE))
    }

    /// Whether there may be far fewer bytes than can be said for certain.
    pub(super) fn is_vague(self) -> bool {
        self.guess.is_some_and(|guess| self.most.is_none_or(|most| guess < most))
    }
}

fn scaled(bytes: Option<u64>, share: f64) -> Option<u64> {
    bytes.map(|bytes| (bytes as f64 * share) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_never_taken_for_a_bound() {
        let (all, some) = (Size::of(900), Size::of(900).narrowed(0.25));
        assert_eq!((some.most, some.guess), (Some(900), Some(225)));
        assert_eq!((some.unfiltered(), Size::UNKNOWN.unfiltered()), (Some(900), None));
        assert!(some.is_vague() && !all.is_vague() && !Size::UNKNOWN.is_vague());
        let full = |one: Size, other| one.joined(other, &JoinType::Full);
        assert_eq!(full(some, Size::of(400)), Size { most: Some(721_300), guess: Some(400), share: 1.0 });
        assert_eq!(full(some, Size::of(0)).most, Some(2_700), "rows without a partner may stay");
        assert!(full(some, all).is_vague());
        assert_eq!(full(all, Size::UNKNOWN), Size::UNKNOWN);
        assert_eq!(all.grown(), Size { most: None, guess: Some(900), share: 1.0 });
    }

    #[test]
    fn what_stands_below_one_another_adds_up() {
        let (all, some) = (Size::of(900), Size::of(900).narrowed(0.25));
        assert_eq!(all.beside(some), Size { most: Some(1_800), guess: Some(1_125), share: 1.0 });
        assert_eq!(all.beside(Size::UNKNOWN), Size::UNKNOWN);
        let wide = some.widened(6, 2);
        assert_eq!((wide.most, wide.guess), (Some(2_700), Some(675)));
        assert_eq!(some.widened(1, 2), some, "which columns are left is not known to be the narrow ones");
    }

    #[test]
    fn filters_of_one_side_are_guessed_to_narrow_the_other() {
        let (facts, few) = (Size::of(8_000), Size::of(100).narrowed(0.25));
        let guess = |left: Size, how, right| left.joined(right, &how).guess;
        assert_eq!(guess(facts, JoinType::Inner, few), Some(2_000));
        assert_eq!(guess(few, JoinType::Inner, facts), Some(2_000));
        assert_eq!(guess(facts, JoinType::Semi, few), Some(2_000));
        assert_eq!(guess(facts, JoinType::Anti, few), Some(8_000));
        assert_eq!(guess(facts, JoinType::Left, few), Some(8_000));
        // What was narrowed narrows what it is joined with next.
        let orders = few.joined(Size::of(400), &JoinType::Inner);
        assert_eq!((orders.guess, orders.share), (Some(100), 0.25));
        assert_eq!(guess(orders, JoinType::Inner, facts), Some(2_000));
        assert_eq!(guess(few.grouped(), JoinType::Inner, facts), Some(2_000), "groups have all keys");
        assert_eq!(facts.joined(few, &JoinType::Semi).most, Some(8_000));
    }
}
