//! SQL on a cluster: DataFusion plans as it does on one machine, with frames read by segments of ours, and Ballista
//! runs what comes out. What cannot leave the notebook's process stays there.

mod again;
mod copies;
mod early_keys;
mod few;
mod files;
mod order;
mod rows;
mod sides;
mod windows;

use std::sync::Arc;

use ballista_core::config::BALLISTA_BROADCAST_JOIN_THRESHOLD_BYTES;
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use fram_frame::{FramePart, FrameScanner, Limit, RunError, SqlPlan, Watch, run_future};
use parking_lot::Mutex;
use polars::prelude::{LazyFrame, SchemaRef};

pub(crate) use again::another_run;
pub(crate) use files::for_each_file;
pub(crate) use rows::SqlRows;
pub(crate) use sides::{NoSides, SqlSides};

use crate::cut::{Again, CutOptions, InSql, Trial};
use crate::functions::Functions;
use crate::read_files::SeenFiles;
use crate::runner::cut_error;
use crate::sql::copies::{CopySmallSides, guess, rules_with_copies};
use crate::sql::rows::{Begun, OneFrame, Wanted};
use crate::sql::sides::{Looking, Next, with_rules};
use crate::stage::{BELOW, SealedExec, rows_plan};

/// Settings of DataFusion's and Ballista's, by name.
pub(crate) type Settings = Vec<(String, String)>;

/// SQL as the master takes it.
pub(crate) struct SqlJob {
    /// The plan; its partitions, one after the other, are the rows.
    pub(crate) physical: Arc<dyn ExecutionPlan>,
    /// First row and number of rows that are wanted of them.
    pub(crate) rows: Option<(usize, Option<usize>)>,
    /// The settings that it was planned with.
    pub(crate) settings: Settings,
    /// The files that it reads.
    pub(crate) files: SeenFiles,
    /// What another run of the frames that it reads may do otherwise.
    pub(crate) again: Again,
}

/// Why SQL stays in the notebook's process, where it must.
pub(crate) fn reason_to_stay(plan: &SqlPlan, functions: &Functions) -> Option<String> {
    if !plan.is_query() {
        return Some("it changes something".into());
    }
    let mut reason = None;
    let visited = plan.logical.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && scan.table_name.schema() == Some("information_schema")
        {
            reason = Some("it asks for what the notebook knows".to_owned());
        }
        if let LogicalPlan::RecursiveQuery(_) = node {
            // DataFusion cannot write down its steps.
            reason = Some("it reads its own rows again and again".to_owned());
        }
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::ScalarFunction(call) = part
                    && !functions.has_scalar(call.name())
                {
                    reason = Some(format!("the function `{}` is the notebook's own", call.name()));
                }
                // What Ballista makes of it does not look whether there is more than one row.
                if let Expr::ScalarSubquery(query) = part
                    && query.subquery.max_rows().is_none_or(|rows| rows > 1)
                {
                    reason = Some("a query in brackets may give more than one row".to_owned());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    visited.is_err().then(|| "it cannot be looked through".to_owned()).or(reason)
}

/// Partitions of a query at most: the master knows of each pair of a task that writes and one that reads.
const MOST_PARTITIONS: usize = 1_024;

/// Plans SQL for so many tasks at once. Sides of joins that may be few rows run meanwhile.
pub(crate) fn plan_sql(
    plan: &SqlPlan,
    limit: Limit,
    options: &CutOptions,
    rows: &SqlRows,
    sides: &mut dyn SqlSides,
    watch: &Watch,
) -> Result<SqlJob, RunError> {
    planned_into(options.partitions, (plan, limit), options, rows, sides, watch)
}

/// The same with so many partitions by keys.
fn planned_into(
    partitions: usize,
    (plan, limit): (&SqlPlan, Limit),
    options: &CutOptions,
    rows: &SqlRows,
    sides: &mut dyn SqlSides,
    watch: &Watch,
) -> Result<SqlJob, RunError> {
    let logical = plan.limited(limit)?;
    let how = Arc::new(order::frames_of(&logical, options));
    let (scanned, lying) = (how.clone(), rows.clone());
    let of_frames = Arc::new(Mutex::new((SeenFiles::default(), Again::default())));
    let seen = of_frames.clone();
    let scanner = FrameScanner::new(move |part, lazy| {
        let Begun { plan, files, again } = scan_frame((part, lazy), &scanned, &lying)?;
        let mut seen = seen.lock();
        seen.0.add_all(files);
        seen.1 = seen.1.or(again);
        Ok(Arc::new(SealedExec::new(plan)) as _)
    });
    let (state, looking) = state_and_rest(plan, &logical, options, partitions, scanner);
    let settings = state.config().to_key_value_pairs();
    let settings = settings.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect();
    let looking = Arc::new(looking);
    let unpacked = i64::try_from(options.unpacked).unwrap_or(1);
    let look = looking.clone();
    let (first, mut next) = run_future(watch, async move {
        let whole = state.create_physical_plan(&logical).await?;
        look.begin(whole)
    })?;
    let (mut files, again) = std::mem::take(&mut *of_frames.lock());
    let read_of_frames = files.bytes();
    for_each_file(&first, |path, stamp| {
        files.add(&path.to_string_lossy(), stamp);
        Ok(())
    })?;
    if learned(rows, !files.is_empty(), &how, sides)? {
        return planned_into(partitions, (plan, limit), options, rows, sides, watch);
    }
    let (of_tables, scans) = read_by(&first);
    let needed = options.partitions_of(read_of_frames.saturating_add(of_tables), scans);
    if needed > partitions.max(1) {
        // Frames are cut as before: what was looked at of their files holds.
        return planned_into(needed, (plan, limit), options, rows, sides, watch);
    }
    let mut physical = first;
    let whole = loop {
        let (side, runs) = match next {
            Next::Whole(whole) => break whole,
            Next::Side { side, runs } => (side, runs),
        };
        let rows = sides.store(runs, &settings)?;
        let rows = rows.map(|parts| rows_plan(&parts, side.schema(), unpacked)).transpose()?;
        let (look, plan) = (looking.clone(), physical);
        (physical, next) = run_future(watch, async move {
            let Some(rows) = rows else { return Ok((plan.clone(), Next::Whole(look.whole(plan)?))) };
            let plan = look.with_rows(plan, &side, &rows)?;
            let next = look.next(&plan, None)?;
            Ok((plan, next))
        })?;
    };
    let (physical, rows) = without_last_limit(whole)?;
    Ok(SqlJob { physical, rows, settings, files, again })
}

/// The bytes that are guessed of what the plan reads of files by itself, and the most tasks that read.
fn read_by(plan: &Arc<dyn ExecutionPlan>) -> (u64, usize) {
    let inputs = plan.children();
    if inputs.is_empty() {
        return (guess(plan).map_or(0, |guess| guess.bytes), plan.output_partitioning().partition_count());
    }
    let below = inputs.into_iter().map(read_by);
    below.fold((0, 0), |(bytes, tasks), (more, others)| (bytes.saturating_add(more), tasks.max(others)))
}

/// Whether more is known now than when the query was planned: parts of frames have run.
fn learned(rows: &SqlRows, has_files: bool, how: &InSql, sides: &mut dyn SqlSides) -> Result<bool, RunError> {
    let wanted = rows.take_wanted();
    // What else is planned once more is asked for under the same names.
    let is_again = rows.have_begun();
    if wanted.iter().any(|wanted| wanted.has_rows) {
        let is_alone = !has_files && !rows.has_tables();
        let reason = match is_again {
            true => Some("rows in memory are others each time that they are asked for"),
            false => is_alone.then_some("the query reads many rows in memory, and nothing else"),
        };
        if let Some(reason) = reason {
            return Err(RunError::Cluster { reason: reason.to_owned(), remedy: String::new() });
        }
    }
    let mut has_learned = false;
    for Wanted { part, lazy, .. } in wanted.into_iter().filter(|_| !is_again) {
        if let Some(cut) = sides.begin(lazy, how)? {
            rows.add(part, Begun::of(cut)?);
            has_learned = true;
        }
    }
    Ok(has_learned)
}

/// The state in which SQL is planned, and what looks after what runs first.
fn state_and_rest(
    plan: &SqlPlan,
    logical: &LogicalPlan,
    options: &CutOptions,
    partitions: usize,
    scanner: FrameScanner,
) -> (SessionState, Looking) {
    let mut config = plan.state.config().clone().upgrade_for_ballista();
    let partitions = match few::reads_little(logical, options.one_task_bytes()) {
        true => 1,
        false => partitions.clamp(1, options.most_partitions(MOST_PARTITIONS)),
    };
    config = config
        .with_target_partitions(partitions)
        .set_usize(BALLISTA_BROADCAST_JOIN_THRESHOLD_BYTES, BELOW)
        .with_extension(Arc::new(scanner));
    // Of Ballista's default, joins that sort both sides, its planner never makes one that copies a small side.
    config.options_mut().optimizer.prefer_hash_join = true;
    let copies = Arc::new(CopySmallSides::new(options, partitions));
    let (rules, rest) = rules_with_copies(&plan.state, copies.clone());
    let state = SessionStateBuilder::new_from_existing(plan.state.clone())
        .with_config(config)
        .with_physical_optimizer_rules(rules)
        .build();
    let looking = Looking::new(copies, with_rules(&state, rest), options.look_bytes);
    (state, looking)
}

/// A frame as a part of SQL's plan: its segments, and what is known of them.
fn scan_frame((part, lazy): (FramePart, LazyFrame), how: &InSql, rows: &SqlRows) -> Result<Begun, RunError> {
    if let Some(begun) = rows.begun(&part) {
        return Ok(begun);
    }
    let tables = OneFrame { rows, trial: Trial::default() };
    let cut = how.cut(lazy.clone(), &tables).map_err(cut_error)?;
    if tables.trial.has_parts.get() {
        rows.want(Wanted { part, lazy, has_rows: tables.trial.has_rows.get() });
    }
    Begun::of(cut)
}

/// A plan's partitions, and which of their rows are wanted.
type WithRows = (Arc<dyn ExecutionPlan>, Option<(usize, Option<usize>)>);

/// The plan without a limit at its top, which is left to the driver: it takes the first rows of the first partitions,
/// where a task would take those that come first.
fn without_last_limit(plan: Arc<dyn ExecutionPlan>) -> Result<WithRows, DataFusionError> {
    if let Some(limit) = plan.downcast_ref::<GlobalLimitExec>() {
        let (skip, fetch) = (limit.skip(), limit.fetch());
        let input = limit.input().clone();
        let input = match input.downcast_ref::<CoalescePartitionsExec>() {
            Some(gathered) => gathered.input().clone(),
            None => input,
        };
        let needed = fetch.map(|fetch| skip + fetch);
        return Ok((limited(input, needed), Some((skip, fetch))));
    }
    if let Some(gathered) = plan.downcast_ref::<CoalescePartitionsExec>() {
        let fetch = gathered.fetch();
        return Ok((limited(gathered.input().clone(), fetch), fetch.map(|fetch| (0, Some(fetch)))));
    }
    Ok((plan, None))
}

/// No more than so many rows of each partition.
fn limited(plan: Arc<dyn ExecutionPlan>, rows: Option<usize>) -> Arc<dyn ExecutionPlan> {
    match rows {
        Some(rows) => Arc::new(LocalLimitExec::new(plan, rows)),
        None => plan,
    }
}

/// Names and types of the rows, as Polars knows them.
pub(crate) fn schema_of(physical: &Arc<dyn ExecutionPlan>) -> Result<SchemaRef, RunError> {
    Ok(Arc::new(fram_frame::bridge::polars_schema(&physical.schema())?))
}
