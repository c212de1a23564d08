//! The sides of a join: which of them is small enough to be handed whole to each task of the other, or to tell it which
//! of its rows are wanted at all. Where nobody can say how large a side is, it runs first, and its rows are counted.

use std::sync::Arc;

use polars::prelude::{JoinArgs, JoinType, MaintainOrderJoin};
use polars_plan::dsl::JoinOptionsIR;
use polars_plan::plans::expr_ir::ExprIR;

use crate::cut::Cutter;
use crate::cut::keep::Kept;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::error::CutError;

/// A join whose sides are cut.
pub(super) struct Sides {
    pub(super) left: Open,
    pub(super) right: Open,
    pub(super) left_on: Vec<ExprIR>,
    pub(super) right_on: Vec<ExprIR>,
    pub(super) options: Arc<JoinOptionsIR>,
}

/// One of the two sides of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Sides {
    pub(super) fn get(&self, side: Side) -> &Open {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// What is known of the bytes of their join's rows.
    pub(super) fn size(&self) -> Size {
        self.left.size.joined(self.right.size, &self.options.args.how)
    }

    /// Whether rows of this side that find no other need not be seen, nor its order.
    pub(super) fn is_optional(&self, side: Side) -> bool {
        let args = &self.options.args;
        let fits = match side {
            Side::Right => {
                matches!(args.how, JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti)
            }
            Side::Left => {
                args.maintain_order != MaintainOrderJoin::Left
                    && matches!(args.how, JoinType::Inner | JoinType::Right)
            }
        };
        // A check that keys are unique must see all rows of a side with a key in one place.
        fits && !args.validation.needs_checks()
    }

    /// Whether each task of the other side may have all rows of this one.
    fn may_be_copied(&self, side: Side) -> bool {
        self.is_optional(side) && !self.get(side.other()).is_single()
    }

    /// Whether rows of this side may be left out whose keys the other side has not. What is left loses its order.
    fn may_be_thinned(&self, side: Side) -> bool {
        self.is_optional(side) && !self.get(side).is_single()
    }
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Right, Self::Left];

    pub(super) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

impl Cutter<'_> {
    /// The side that is small, and may be handed whole to each task of the other.
    pub(super) fn side_to_copy(&self, sides: &Sides) -> Option<Side> {
        let is_worth_it = |side: &Side| {
            sides.may_be_copied(*side) && self.is_worth_a_copy(sides.get(*side), sides.get(side.other()))
        };
        Side::BOTH.into_iter().find(is_worth_it)
    }

    /// Whether a side is small, and its copies for all tasks of the other are no more than what a shuffle is guessed to move.
    fn is_worth_a_copy(&self, side: &Open, other: &Open) -> bool {
        let is_worth_it = |bytes| self.options.are_copies_worth_it(bytes, other.partitions, other.size.guess);
        side.size.most.is_some_and(is_worth_it)
    }

    /// The sides, with the rows of one counted where they may be few and that would spare the other a shuffle. One that
    /// is small and may not be copied tells the other which of its rows are wanted.
    pub(super) fn looked_at(&mut self, mut sides: Sides) -> Result<Sides, CutError> {
        for _ in Side::BOTH {
            let Some(side) = self.side_to_look_at(&sides).filter(|_| self.may_run_parts()) else { break };
            let kept;
            (kept, sides) = self.counted(sides, side)?;
            let is_small = self.size_of(&kept).most.is_some_and(|bytes| bytes <= self.options.copied_bytes());
            if self.side_to_copy(&sides).is_some() {
                break;
            }
            if is_small && sides.may_be_thinned(side.other()) {
                return self.thinned(sides, side.other(), &kept);
            }
        }
        Ok(sides)
    }

    /// The sides, of which this one has run.
    fn counted(&mut self, sides: Sides, side: Side) -> Result<(Kept, Sides), CutError> {
        match side {
            Side::Left => {
                let kept = self.keep(sides.left)?;
                Ok((kept.clone(), Sides { left: self.reopened(&kept)?, ..sides }))
            }
            Side::Right => {
                let kept = self.keep(sides.right)?;
                Ok((kept.clone(), Sides { right: self.reopened(&kept)?, ..sides }))
            }
        }
    }

    /// The side that may be much smaller than is known, and than the other. It is the one that is guessed smaller.
    fn side_to_look_at(&self, sides: &Sides) -> Option<Side> {
        let guess = |side: Side| sides.get(side).size.guess.unwrap_or(u64::MAX);
        let is_promising = |side: &Side| {
            let (open, other) = (sides.get(*side), side.other());
            (sides.may_be_copied(*side) || sides.may_be_thinned(other))
                && open.size.is_vague()
                && guess(*side) <= guess(other)
                && guess(other) >= self.options.look_bytes
        };
        Side::BOTH.into_iter().filter(is_promising).min_by_key(|side| guess(*side))
    }

    /// The sides, this one without the rows whose keys the other, whose rows were kept, has not.
    fn thinned(&mut self, sides: Sides, side: Side, kept: &Kept) -> Result<Sides, CutError> {
        let Sides { left, right, left_on, right_on, options } = sides;
        let (open, on, kept_on) = match side {
            Side::Left => (left, &left_on, &right_on),
            Side::Right => (right, &right_on, &left_on),
        };
        let mut args = JoinArgs::new(JoinType::Semi);
        args.nulls_equal = options.args.nulls_equal;
        let semi = JoinOptionsIR { args, options: None, ..(*options).clone() };
        let (order, keys, size) = (Order::Free, open.keys.clone(), open.size);
        let few = self.reopened(kept)?;
        let open = self.without_order(open);
        let open = self.in_fewer_tasks(open, few.size);
        let (open, place) = self.beside(open, few)?;
        let top = self.join_node(open.top, place, on.clone(), kept_on.clone(), Arc::new(semi));
        let open = Open { order, keys, size, ..open.with_top(top, "wanted keys") };
        let again = self.reopened(kept)?;
        let (left, right) = match side {
            Side::Left => (open, again),
            Side::Right => (again, open),
        };
        Ok(Sides { left, right, left_on, right_on, options })
    }
}
