//! What is known of the bytes of rows before they are there.

/// What is known of the bytes of a segment's rows, unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// No more than this, where that is known.
    pub(super) most: Option<u64>,
    /// About as much as this, where there is anything to go by.
    pub(super) guess: Option<u64>,
}

/// What is left of the rows by a filter: a third, the guess for ranges of P. G. Selinger et al., "Access Path Selection
/// in a Relational Database Management System" (1979).
pub(super) const FILTERED: u64 = 3;
/// What is left of the rows by their groups, or by those that differ.
pub(super) const GROUPED: u64 = 8;

impl Size {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { most: None, guess: None };

    /// So many bytes.
    pub(super) fn of(bytes: u64) -> Self {
        Self { most: Some(bytes), guess: Some(bytes) }
    }

    /// Some rows fall away; one in `part` is guessed to stay.
    pub(super) fn narrowed(self, part: u64) -> Self {
        Self { guess: self.guess.map(|guess| guess / part), ..self }
    }

    /// Rows become more, nobody knows by how many.
    pub(super) fn grown(self) -> Self {
        Self { most: None, ..self }
    }

    /// Rows of both sides of a join: as many as of the larger one, where each row of it finds one.
    pub(super) fn joined(self, other: Self) -> Self {
        let guess = self.guess.zip(other.guess).map(|(left, right)| left.max(right));
        Self { most: None, guess }
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
        let (all, some) = (Size::of(900), Size::of(900).narrowed(FILTERED));
        assert_eq!((some.most, some.guess), (Some(900), Some(300)));
        assert!(some.is_vague() && !all.is_vague() && !Size::UNKNOWN.is_vague());
        assert_eq!(some.joined(Size::of(400)), Size { most: None, guess: Some(400) });
        assert!(some.joined(all).is_vague());
        assert_eq!(all.joined(Size::UNKNOWN), Size::UNKNOWN);
        assert_eq!(all.grown(), Size { most: None, guess: Some(900) });
    }
}
