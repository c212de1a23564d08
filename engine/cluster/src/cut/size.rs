//! What is known of the bytes of rows before they are there.

/// What is known of the bytes of a segment's rows, unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// No more than this, where that is known.
    pub(super) most: Option<u64>,
    /// About as much as this, where there is anything to go by.
    pub(super) guess: Option<u64>,
}

/// The share of the rows that their groups are, or those that differ.
pub(super) const GROUPED: f64 = 0.125;

impl Size {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { most: None, guess: None };

    /// So many bytes.
    pub(super) fn of(bytes: u64) -> Self {
        Self { most: Some(bytes), guess: Some(bytes) }
    }

    /// Some rows fall away; this share of them is guessed to stay.
    pub(super) fn narrowed(self, share: f64) -> Self {
        Self { guess: self.guess.map(|guess| (guess as f64 * share) as u64), ..self }
    }

    /// Rows become more, nobody knows by how many.
    pub(super) fn grown(self) -> Self {
        Self { most: None, ..self }
    }

    /// Rows of both sides of a join: about as many as of the larger one, where each row of it finds one; and no more than
    /// each with each, which tells something of a few rows. A row has a byte at least.
    pub(super) fn joined(self, other: Self) -> Self {
        let most = self.most.zip(other.most).map(|(left, right)| {
            let each_with_each = left.max(1).saturating_mul(right.max(1)).saturating_mul(2);
            each_with_each.saturating_add(left).saturating_add(right)
        });
        Self { most, guess: self.guess.zip(other.guess).map(|(left, right)| left.max(right)) }
    }

    /// Whether there may be far fewer bytes than can be said for certain.
    pub(super) fn is_vague(self) -> bool {
        self.guess.is_some_and(|guess| self.most.is_none_or(|most| guess < most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_never_taken_for_a_bound() {
        let (all, some) = (Size::of(900), Size::of(900).narrowed(0.25));
        assert_eq!((some.most, some.guess), (Some(900), Some(225)));
        assert!(some.is_vague() && !all.is_vague() && !Size::UNKNOWN.is_vague());
        assert_eq!(some.joined(Size::of(400)), Size { most: Some(721_300), guess: Some(400) });
        assert_eq!(some.joined(Size::of(0)).most, Some(2_700), "rows without a partner may stay");
        assert!(some.joined(all).is_vague());
        assert_eq!(all.joined(Size::UNKNOWN), Size::UNKNOWN);
        assert_eq!(all.grown(), Size { most: None, guess: Some(900) });
    }
}
