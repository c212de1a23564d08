//! Sides of SQL's joins that run before the rest is planned. Where a filter, groups or another join may have left few rows
//! of one, and the other is large, the rows are counted first: few are copied to each task, and the other side stays where
//! it is, instead of both being brought together by their keys.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode, SortMergeJoinExec,
};
use datafusion::physical_planner::DefaultPhysicalPlanner;
use fram_frame::RunError;
use polars::prelude::LazyFrame;

use crate::cut::{InSql, InSqlPlan};
use crate::piece::StoredPart;
use crate::sql::copies::{CopySmallSides, Node, Rule, guess, may_copy_left};
use crate::sql::{Settings, windows};
use crate::stage::{SealedExec, opened, with_copies};

/// How many times more bytes a side may be guessed to have than are copied, to be counted first.
const HOPE: u64 = 16;
/// How many times more bytes the other side is guessed to have.
const LARGER: u64 = 4;
/// How many times fewer rows there are hoped to be where they are those of some keys.
const WANTED: u64 = 16;

/// Runs sides of joins while the rest is being planned.
pub(crate) trait SqlSides {
    /// Cuts a frame that the query reads, and runs parts of it; what is left of it goes by what came of them. None where
    /// nothing runs.
    fn begin(&mut self, lazy: LazyFrame, how: &InSql) -> Result<Option<InSqlPlan>, RunError>;

    /// Runs the plan with these settings. Its partitions stay where they are until the whole plan has ended; none where it
    /// cannot leave this process.
    fn store(&mut self, side: Node, settings: &Settings) -> Result<Option<Vec<StoredPart>>, RunError>;
}

/// Runs none.
pub(crate) struct NoSides;

impl SqlSides for NoSides {
    fn begin(&mut self, _lazy: LazyFrame, _how: &InSql) -> Result<Option<InSqlPlan>, RunError> {
        Ok(None)
    }

    fn store(&mut self, _side: Node, _settings: &Settings) -> Result<Option<Vec<StoredPart>>, RunError> {
        Ok(None)
    }
}

/// What comes next of a plan.
pub(super) enum Next {
    /// A side runs.
    Side {
        /// The side as it stands in the plan.
        side: Node,
        /// What runs.
        runs: Node,
    },
    /// Nothing: it is whole.
    Whole(Node),
}

/// Looks for sides that may be few rows in plans as they are when copies are chosen.
pub(super) struct Looking {
    copies: Arc<CopySmallSides>,
    /// With the rules that are left.
    rest: SessionState,
    /// Bytes of a side that are worth to know first how many rows the other has.
    look_bytes: u64,
}

impl Looking {
    pub(super) fn new(copies: Arc<CopySmallSides>, rest: SessionState, look_bytes: u64) -> Self {
        Self { copies, rest, look_bytes }
    }

    /// The plan as it was when copies were chosen, of which this is what came in the end; and what comes next of it.
    pub(super) fn begin(&self, whole: Node) -> Result<(Node, Next), DataFusionError> {
        let plan = self.copies.take_seen().unwrap_or_else(|| whole.clone());
        let next = self.next(&plan, Some(whole))?;
        Ok((plan, next))
    }

    /// What comes next of the plan; `whole` is that plan with all rules, where it has been made.
    pub(super) fn next(&self, plan: &Node, whole: Option<Node>) -> Result<Next, DataFusionError> {
        Ok(match self.first_side(plan) {
            Some(side) => Next::Side { runs: self.whole(side.clone())?, side },
            None => Next::Whole(whole.map_or_else(|| self.whole(plan.clone()), ready)?),
        })
    }

    /// The plan with these rows in the place of the side, and the choice of copies made again.
    pub(super) fn with_rows(&self, plan: Node, side: &Node, rows: &Node) -> Result<Node, DataFusionError> {
        let place = address(side);
        let plan = plan.transform_down(|node| {
            Ok(match address(&node) == place {
                true => Transformed::new(rows.clone(), true, TreeNodeRecursion::Jump),
                false => Transformed::no(node),
            })
        })?;
        self.copies.chosen(plan.data)
    }

    /// The plan as it runs.
    pub(super) fn whole(&self, plan: Node) -> Result<Node, DataFusionError> {
        let planner = DefaultPhysicalPlanner::default();
        ready(planner.optimize_physical_plan(plan, &self.rest, |_, _| {})?)
    }

    /// The first side that is worth it, from below.
    fn first_side(&self, plan: &Node) -> Option<Node> {
        let below = plan.children().into_iter().find_map(|input| self.first_side(input));
        below.or_else(|| self.side_of(plan.downcast_ref::<HashJoinExec>()?))
    }

    /// The side of a join that may be far smaller than the other, and copied where it is small.
    fn side_of(&self, join: &HashJoinExec) -> Option<Node> {
        if *join.partition_mode() != PartitionMode::Partitioned || join.null_aware {
            return None;
        }
        let (left, right, how) = (join.left(), join.right(), *join.join_type());
        let sides = [
            (left, right, may_copy_left(how)),
            (right, left, how.supports_swap() && may_copy_left(how.swap())),
        ];
        let promising = sides.into_iter().filter_map(|(side, other, may_be_copied)| {
            let (bytes, moved) = (likely(side)?, likely(other)?);
            let is_worth_it = moved >= self.look_bytes
                && bytes.saturating_mul(LARGER) <= moved
                && bytes <= self.copies.guessed_bytes() * HOPE;
            (may_be_copied && is_worth_it && is_vague(side)).then_some((bytes, side))
        });
        promising.min_by_key(|(bytes, _)| *bytes).map(|(_, side)| side.clone())
    }
}

/// The plan as it is submitted.
fn ready(plan: Node) -> Result<Node, DataFusionError> {
    windows::with_all_keys(with_copies(opened(plan)?)?)
}

/// The bytes that the rows are guessed to have, or hoped to.
fn likely(plan: &Node) -> Option<u64> {
    let bytes = largest(plan)?;
    Some(if has_wanted_keys(plan) { bytes / WANTED } else { bytes })
}

/// The bytes that the rows are guessed to have; where nothing says so, those of the largest input.
pub(super) fn largest(plan: &Node) -> Option<u64> {
    if let Some(sealed) = plan.downcast_ref::<SealedExec>() {
        return largest(sealed.plan());
    }
    let known = guess(plan).map(|guess| guess.bytes);
    known.or_else(|| plan.children().into_iter().filter_map(largest).max())
}

/// Whether the rows are those of some keys, which a filter has chosen, or that have run: DataFusion guesses that all are
/// wanted.
fn has_wanted_keys(plan: &Node) -> bool {
    let chooses = |node: &Node| {
        let Some(join) = node.downcast_ref::<HashJoinExec>() else { return false };
        let keys = match join.join_type() {
            JoinType::LeftSemi => join.right(),
            JoinType::RightSemi => join.left(),
            _ => return false,
        };
        has_run(keys) || keys.exists(|node| Ok(node.is::<FilterExec>())).unwrap_or(false)
    };
    plan.exists(|node| Ok(chooses(node))).unwrap_or(false)
}

/// Whether all that the plan reads has run.
pub(super) fn has_run(plan: &Node) -> bool {
    let is_source = |node: &Node| node.is::<DataSourceExec>() || node.is::<SealedExec>();
    !plan.exists(|node| Ok(is_source(node))).unwrap_or(true)
}

/// Whether there may be far fewer rows than are guessed.
fn is_vague(plan: &Node) -> bool {
    let narrows = |node: &Node| {
        node.is::<FilterExec>()
            || node.is::<AggregateExec>()
            || node.is::<HashJoinExec>()
            || node.is::<SortMergeJoinExec>()
            || node.is::<NestedLoopJoinExec>()
            || node.is::<CrossJoinExec>()
    };
    plan.exists(|node| Ok(narrows(node))).unwrap_or(false)
}

fn address(plan: &Node) -> *const () {
    Arc::as_ptr(plan).cast()
}

/// The state with these rules.
pub(super) fn with_rules(state: &SessionState, rules: Vec<Rule>) -> SessionState {
    SessionStateBuilder::new_from_existing(state.clone()).with_physical_optimizer_rules(rules).build()
}
