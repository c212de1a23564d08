//! Joins: a small side is handed whole to each task, else both sides are brought together by their keys.

use std::sync::Arc;

use polars::prelude::{JoinType, MaintainOrderJoin};
use polars_plan::dsl::JoinOptionsIR;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{IR, IRBuilder};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::cut::sides::{Side, Sides};
use crate::error::CutError;

/// One side of a join, what it is joined on, and whether its order is kept.
pub(super) type Keyed<'k> = (Open, &'k [ExprIR], bool);

impl Cutter<'_> {
    /// A join.
    pub(super) fn join(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::Join { input_left, input_right, left_on, right_on, options, .. } =
            self.nodes.get(node).clone()
        else {
            return self.gathered(node);
        };
        let (left, right) = (self.cut(input_left)?, self.cut(input_right)?);
        let sides = Sides { left, right, left_on, right_on, options };
        let args = &sides.options.args;
        if sides.left.is_single() && sides.right.is_single() || args.slice.is_some() {
            return self.joined_in_one(sides);
        }
        let keeps_left = args.maintain_order == MaintainOrderJoin::Left;
        let is_orderly = args.maintain_order == MaintainOrderJoin::None
            || keeps_left
                && matches!(args.how, JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti);
        match args.how {
            _ if !is_orderly => self.joined_in_one(sides),
            JoinType::Cross | JoinType::IEJoin | JoinType::Range => self.joined_by_all(sides, keeps_left),
            JoinType::Inner
            | JoinType::Left
            | JoinType::Right
            | JoinType::Full
            | JoinType::Semi
            | JoinType::Anti => self.joined_by_keys(sides, keeps_left),
            _ => self.joined_in_one(sides),
        }
    }

    fn joined_by_keys(&mut self, sides: Sides, keeps_left: bool) -> Result<Open, CutError> {
        let (known, sides) = (self.side_to_copy(&sides), sides);
        let (side, sides) = match known {
            Some(side) => (Some(side), sides),
            None => {
                let sides = self.looked_at(sides)?;
                (self.side_to_copy(&sides), sides)
            }
        };
        match side {
            Some(Side::Right) => return self.with_right_everywhere(sides, keeps_left),
            Some(Side::Left) => return self.with_left_everywhere(sides),
            None => {}
        }
        let (left_schema, right_schema) = (self.schema(sides.left.top), self.schema(sides.right.top));
        let alike = sides.left_on.iter().zip(&sides.right_on).all(|(left, right)| {
            self.dtype(left.node(), &left_schema) == self.dtype(right.node(), &right_schema)
        });
        let can_spread =
            self.can_spread(&sides.left_on, &left_schema) && self.can_spread(&sides.right_on, &right_schema);
        if !alike || !can_spread {
            return self.joined_in_one(sides);
        }
        self.joined_after_shuffle(sides, keeps_left)
    }

    fn joined_after_shuffle(&mut self, sides: Sides, keeps_left: bool) -> Result<Open, CutError> {
        let keep = keeps_left && sides.left.order != Order::Free;
        let partitions = self.partitions_of_join(&sides, keep);
        let side = self.side_to_split(&sides, partitions);
        let Sides { left, right, left_on, right_on, options } = sides;
        let (left, right) = ((left, left_on.as_slice(), keep), (right, right_on.as_slice(), false));
        let (mut left, right) = match side {
            Some(Side::Left) => self.split(partitions, left, right)?,
            Some(Side::Right) => {
                let (right, left) = self.split(partitions, right, left)?;
                (left, right)
            }
            None => (self.brought_together(partitions, left)?, self.brought_together(partitions, right)?),
        };
        let keys = match options.args.how {
            JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti => left.keys.clone(),
            _ => None,
        };
        let order = left.order.clone();
        let (right_top, size) = (right.top, left.size.joined(right.size, &options.args.how));
        left.absorb(right);
        let top = self.join_node(left.top, right_top, left_on, right_on, options);
        let order = if keep { order } else { Order::Free };
        Ok(Open { keys, order, size, ..left.with_top(top, "join") })
    }

    /// Partitions that both sides are brought into: those of a side that is by its keys already, where they are enough and
    /// not many more.
    fn partitions_of_join(&self, sides: &Sides, keeps_left: bool) -> usize {
        let needed = self.partitions_of(&[&sides.left, &sides.right]);
        let sides = [(&sides.left, &sides.left_on, keeps_left), (&sides.right, &sides.right_on, false)];
        let there = sides.into_iter().filter(|(side, on, keep_order)| self.is_by(side, on, *keep_order));
        let there = there
            .map(|(side, ..)| side.partitions)
            .filter(|partitions| (needed..=2 * needed).contains(partitions));
        there.max().unwrap_or(needed)
    }

    /// Whether the side is by the hash of these keys already.
    fn is_by(&self, side: &Open, on: &[ExprIR], keep_order: bool) -> bool {
        let names = self.plain_names(on);
        names.is_some() && side.keys == names && side.scans.is_empty() && !keep_order
    }

    /// The side in so many partitions by the hash of its keys; as it is where it is so already.
    pub(super) fn brought_together(
        &mut self,
        partitions: usize,
        (side, on, keep_order): Keyed<'_>,
    ) -> Result<Open, CutError> {
        if side.partitions == partitions && self.is_by(&side, on, keep_order) {
            return Ok(self.without_order(side));
        }
        self.shuffled_into(partitions, (side, on, keep_order))
    }

    /// Each part of the left side with all of the right side.
    fn with_right_everywhere(&mut self, sides: Sides, keeps_left: bool) -> Result<Open, CutError> {
        let size = sides.size();
        let left = if keeps_left { sides.left } else { self.without_order(sides.left) };
        let left = self.in_fewer_tasks(left, sides.right.size);
        let (left, place) = self.beside(left, sides.right)?;
        let (keys, order) = (left.keys.clone(), left.order.clone());
        let top = self.join_node(left.top, place, sides.left_on, sides.right_on, sides.options);
        let order = if keeps_left { order } else { Order::Free };
        Ok(Open { keys, order, size, ..left.with_top(top, "join with a copy") })
    }

    /// Each part of the right side with all of the left side.
    fn with_left_everywhere(&mut self, sides: Sides) -> Result<Open, CutError> {
        let size = sides.size();
        let right = self.without_order(sides.right);
        let right = self.in_fewer_tasks(right, sides.left.size);
        let (right, place) = self.beside(right, sides.left)?;
        let top = self.join_node(place, right.top, sides.left_on, sides.right_on, sides.options);
        Ok(Open { keys: None, order: Order::Free, size, ..right.with_top(top, "join with a copy") })
    }

    /// A join without keys: the smaller side is handed to each part of the other.
    fn joined_by_all(&mut self, sides: Sides, keeps_left: bool) -> Result<Open, CutError> {
        let size = |open: &Open| open.size.most.unwrap_or(u64::MAX);
        let left_is_smaller =
            sides.left.is_single() || (!sides.right.is_single() && size(&sides.left) < size(&sides.right));
        if left_is_smaller && !sides.right.is_single() && !keeps_left {
            return self.with_left_everywhere(sides);
        }
        if sides.left.is_single() {
            return self.joined_in_one(sides);
        }
        self.with_right_everywhere(sides, keeps_left)
    }

    fn joined_in_one(&mut self, sides: Sides) -> Result<Open, CutError> {
        let size = sides.size();
        let mut left = self.single(sides.left, "join")?;
        let right = self.single(sides.right, "join")?;
        let right_top = right.top;
        left.absorb(right);
        let top = self.join_node(left.top, right_top, sides.left_on, sides.right_on, sides.options);
        Ok(Open { size, keys: None, ..left.with_top(top, "join") })
    }

    pub(super) fn join_node(
        &mut self,
        left: Node,
        right: Node,
        left_on: Vec<ExprIR>,
        right_on: Vec<ExprIR>,
        options: Arc<JoinOptionsIR>,
    ) -> Node {
        IRBuilder::new(left, &mut self.exprs, &mut self.nodes).join(right, left_on, right_on, options).node()
    }
}
