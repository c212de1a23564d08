//! Keys of small sides of SQL's joins, below the exchanges of the other side.
//!
//! In one process, the keys of a side that a filter has made small reach the scans of the other side while the join runs,
//! however many joins are between. On a cluster they stop at the first exchange, and rows travel, and are joined, that
//! nobody wants. So a semi join with the same small side stands below the exchanges, too.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinSide, JoinType, NullEquality};
use datafusion::error::DataFusionError;
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::physical_expr::expressions::{Column, IsNotNullExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{HashJoinExec, HashJoinExecBuilder, PartitionMode};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;

use crate::sql::copies::{Node, guess};
use crate::sql::sides::largest;
use crate::stage::{SealedExec, with_inputs};

/// How many times more bytes the rows have of which keys choose some, than what is read for the keys once more.
const LARGER: u64 = 4;
/// Places at most where the keys of one side are looked for early: the side is read once more for each.
const MOST_PLACES: usize = 8;

/// The plan, in which rows of at least so many bytes are chosen by keys before an exchange, where they would be after it.
pub(super) fn with_early_keys(plan: Node, worth: u64) -> Result<Node, DataFusionError> {
    let plan = plan.transform_up(|node| {
        let join = node.downcast_ref::<HashJoinExec>();
        let Some((join, keys)) = join.and_then(|join| Some((join, Keys::of(join, worth)?))) else {
            return Ok(Transformed::no(node));
        };
        let placed = keys.below(join.right(), false)?;
        let few = |right: &Node| semi_joins(right) <= semi_joins(join.right()) + MOST_PLACES;
        let Some(right) = placed.filter(few) else { return Ok(Transformed::no(node)) };
        let inputs = vec![join.left().clone(), right];
        with_inputs(node, inputs).map(Transformed::yes)
    })?;
    Ok(plan.data)
}

/// Keys of a small side, by which rows of another plan are chosen.
#[derive(Clone)]
struct Keys {
    /// The small side.
    rows: Node,
    /// Values of its rows, and the columns of the other plan that are equal to them.
    on: Vec<(PhysicalExprRef, usize)>,
    nulls: NullEquality,
    /// Bytes that rows have which are worth it.
    worth: u64,
}

impl Keys {
    /// Those by which a join chooses of its right side.
    fn of(join: &HashJoinExec, worth: u64) -> Option<Self> {
        let is_choice = *join.partition_mode() == PartitionMode::CollectLeft
            && matches!(join.join_type(), JoinType::Inner | JoinType::RightSemi)
            && is_chosen(join.left())
            && is_repeatable(join.left());
        let columns = join.on().iter().filter_map(|(left, right)| Some((left.clone(), column(right)?)));
        let on: Vec<_> = columns.collect();
        let (rows, nulls) = (join.left().clone(), join.null_equality());
        (is_choice && !on.is_empty()).then_some(Self { rows, on, nulls, worth })
    }

    /// The plan with them as far below as can be; none where that is behind no exchange, or not worth it.
    fn below(&self, plan: &Node, is_behind: bool) -> Result<Option<Node>, DataFusionError> {
        let Some(inputs) = self.inputs(plan, is_behind) else { return self.over(plan, is_behind) };
        let placed = inputs.iter().zip(plan.children()).map(|(keys, input)| match keys {
            Some((keys, is_behind)) => keys.below(input, *is_behind),
            None => Ok(None),
        });
        let placed: Vec<Option<Node>> = placed.collect::<Result<_, _>>()?;
        if placed.iter().all(Option::is_none) {
            return self.over(plan, is_behind);
        }
        let inputs = placed.into_iter().zip(plan.children());
        let inputs = inputs.map(|(placed, input)| placed.unwrap_or_else(|| input.clone()));
        with_inputs(plan.clone(), inputs.collect()).map(Some)
    }

    /// They over the plan, where it is behind an exchange and worth it.
    fn over(&self, plan: &Node, is_behind: bool) -> Result<Option<Node>, DataFusionError> {
        let is_worth_it = largest(plan).is_some_and(|bytes| {
            bytes >= self.worth
                && read_by(&self.rows).is_some_and(|read| read.saturating_mul(LARGER) <= bytes)
        });
        if !is_behind || !is_worth_it {
            return Ok(None);
        }
        let (rows, on) = (self.values()?, self.on_of(plan));
        let join = HashJoinExecBuilder::new(rows, plan.clone(), on, JoinType::RightSemi);
        join.with_partition_mode(PartitionMode::CollectLeft)
            .with_null_equality(self.nulls)
            .build_exec()
            .map(Some)
    }

    /// The values of the small side that are compared, and nothing else of it.
    fn values(&self) -> Result<Node, DataFusionError> {
        let named = self.on.iter().enumerate().map(|(at, (value, _))| (value.clone(), format!("key_{at}")));
        Ok(Arc::new(ProjectionExec::try_new(named, self.rows.clone())?))
    }

    /// Pairs of values that are equal, of [`Self::values`] and of the plan.
    fn on_of(&self, plan: &Node) -> Vec<(PhysicalExprRef, PhysicalExprRef)> {
        let schema = plan.schema();
        let pairs = self.on.iter().enumerate().map(|(at, (_, index))| {
            let value: PhysicalExprRef = Arc::new(Column::new(&format!("key_{at}"), at));
            let column: PhysicalExprRef = Arc::new(Column::new(schema.field(*index).name(), *index));
            (value, column)
        });
        pairs.collect()
    }

    /// What each input of the plan has of them, and whether it is behind an exchange; none where the rows of the plan
    /// depend on others than those of the same keys, or are groups, of which there are fewer than rows below.
    fn inputs(&self, plan: &Node, is_behind: bool) -> Option<Vec<Option<(Self, bool)>>> {
        if plan.fetch().is_some() {
            return None;
        }
        if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
            return self.sides(join, is_behind);
        }
        if plan.is::<UnionExec>() {
            return Some(plan.children().iter().map(|_| Some((self.clone(), is_behind))).collect());
        }
        let keys = if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
            self.through(|index| column(&projection.expr().get(index)?.expr))
        } else {
            let filter = plan.downcast_ref::<FilterExec>()?;
            self.through(|index| projected(filter.projection().as_deref(), index))
        };
        Some(vec![keys.map(|keys| (keys, is_behind))])
    }

    /// The same for the sides of a join. Where it compares a column with another, keys of the one are keys of the other.
    fn sides(&self, join: &HashJoinExec, is_behind: bool) -> Option<Vec<Option<(Self, bool)>>> {
        use JoinType::{Inner, Left, LeftAnti, LeftMark, LeftSemi, Right, RightAnti, RightMark, RightSemi};
        if join.null_aware {
            return None;
        }
        let (has_left, has_right) = match join.join_type() {
            Inner => (true, true),
            Left | LeftSemi | LeftAnti | LeftMark => (true, false),
            Right | RightSemi | RightAnti | RightMark => (false, true),
            JoinType::Full => return None,
        };
        let [lefts, rights] = [join.left(), join.right()].map(|side| side.schema().fields().len());
        // Columns of the left side are first, where there are any.
        let first_right =
            if matches!(join.join_type(), RightSemi | RightAnti | RightMark) { 0 } else { lefts };
        let place = |index: usize| {
            let index = projected(join.projection.as_deref(), index)?;
            match index.checked_sub(first_right) {
                None => Some((JoinSide::Left, index)),
                Some(index) => (index < rights).then_some((JoinSide::Right, index)),
            }
        };
        let dtype = |side: &Node, index: usize| side.schema().field(index).data_type().clone();
        let equal = |is_left: bool, index: usize| {
            join.on().iter().find_map(|(left, right)| {
                let (left, right) = (column(left)?, column(right)?);
                let (this, other) = if is_left { (left, right) } else { (right, left) };
                (this == index && dtype(join.left(), left) == dtype(join.right(), right)).then_some(other)
            })
        };
        let left = self.through(|index| match place(index)? {
            (JoinSide::Left, index) => has_left.then_some(index),
            (_, index) => has_right.then(|| equal(false, index)).flatten(),
        });
        let right = self.through(|index| match place(index)? {
            (JoinSide::Left, index) => has_left.then(|| equal(true, index)).flatten(),
            (_, index) => has_right.then_some(index),
        });
        Some(match join.partition_mode() {
            PartitionMode::CollectLeft => vec![None, right.map(|keys| (keys, is_behind))],
            _ => vec![left.map(|keys| (keys, true)), right.map(|keys| (keys, true))],
        })
    }

    /// Those of them that have a source; none where none has.
    fn through(&self, source: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        let on = self.on.iter().filter_map(|(left, index)| Some((left.clone(), source(*index)?)));
        let on: Vec<_> = on.collect();
        (!on.is_empty()).then(|| Self { on, ..self.clone() })
    }
}

/// Whether a filter has chosen the rows. One for values that are not missing keeps all, as a rule.
fn is_chosen(plan: &Node) -> bool {
    let chooses = |node: &Node| {
        let filter = node.downcast_ref::<FilterExec>();
        filter.is_some_and(|filter| !filter.predicate().is::<IsNotNullExpr>())
    };
    plan.exists(|node| Ok(chooses(node))).unwrap_or(false)
}

/// Whether the plan has the same rows each time that it runs, and they are those of tables: a join's may have the same
/// key so often that finding it takes longer than all the rest.
fn is_repeatable(plan: &Node) -> bool {
    let is_other = |node: &Node| node.fetch().is_some() || !is_repeatable_node(node);
    !plan.exists(|node| Ok(is_other(node))).unwrap_or(true)
}

fn is_repeatable_node(node: &Node) -> bool {
    if let Some(filter) = node.downcast_ref::<FilterExec>() {
        !is_volatile(filter.predicate())
    } else if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
        !projection.expr().iter().any(|named| is_volatile(&named.expr))
    } else if let Some(groups) = node.downcast_ref::<AggregateExec>() {
        let keys = groups.group_expr().expr();
        groups.aggr_expr().is_empty() && is_plain(groups) && !keys.iter().any(|(key, _)| is_volatile(key))
    } else {
        // A frame's rows may be chance.
        node.is::<UnionExec>() || node.children().is_empty() && !node.is::<SealedExec>()
    }
}

/// The bytes that are guessed of what the plan reads; none where nothing says so.
fn read_by(plan: &Node) -> Option<u64> {
    let inputs = plan.children();
    if inputs.is_empty() {
        return guess(plan).map(|guess| guess.bytes);
    }
    inputs.into_iter().try_fold(0_u64, |sum, input| Some(sum.saturating_add(read_by(input)?)))
}

/// How many semi joins there are that choose of their right side.
fn semi_joins(plan: &Node) -> usize {
    let join = plan.downcast_ref::<HashJoinExec>();
    let is_one = join.is_some_and(|join| *join.join_type() == JoinType::RightSemi);
    usize::from(is_one) + plan.children().into_iter().map(semi_joins).sum::<usize>()
}

/// Whether the groups are those of one list of keys, and all of them.
fn is_plain(groups: &AggregateExec) -> bool {
    groups.group_expr().is_single() && groups.limit_options().is_none()
}

/// The column that the expression is.
fn column(expr: &PhysicalExprRef) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

/// The column before a projection.
fn projected(projection: Option<&[usize]>, index: usize) -> Option<usize> {
    projection.map_or(Some(index), |columns| columns.get(index).copied())
}
