//! Frames whose rows stay on the workers from one cell to the next: they are read where they lie, and computed again
//! where their workers were lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use fram_frame::{Limit, LocalRunner, Plan, RowsElsewhere, RunError, Runner, Watch, watch_of_query};
use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, PlSmallStr, Schema, SchemaRef};
use polars_plan::dsl::DslPlan;
use polars_plan::plans::{DataFrameUdf, DslFunction, FunctionIR};

use super::ClusterRunner;
use crate::cut::{Kept, KeptWhole, TABLE};
use crate::engine::Job;
use crate::failure::Failure;
use crate::piece::Stored;
use crate::read_files::SeenFiles;

/// Tables of this process so far: a name means one table, whichever cluster has it.
static MADE: AtomicU64 = AtomicU64::new(1);

/// The tables of a runner that something still reads.
#[derive(Clone, Default)]
pub(crate) struct Tables {
    known: Arc<Mutex<Known>>,
    /// Whether those that were lost are tables of whose rows nothing is known.
    are_all_there: bool,
}

#[derive(Default)]
struct Known {
    tables: HashMap<String, Weak<ClusterTable>>,
    lost: Vec<String>,
}

/// A frame's rows on the workers. When nothing reads it any longer, they go.
pub(super) struct ClusterTable {
    runner: Arc<ClusterRunner>,
    name: String,
    from: Origin,
    schema: SchemaRef,
    rows: Mutex<Option<Lying>>,
    /// Whether the job that runs reads them.
    is_read: AtomicBool,
}

/// What a table's rows came of, as it is computed again where they were lost.
pub(super) struct Origin {
    pub(super) plan: Plan,
    /// The files as they were then.
    pub(super) files: SeenFiles,
    /// Whether another run may choose other rows, of which readers have seen the first ones.
    pub(super) may_choose_others: bool,
}

/// Rows where they lie, and the job that they stay with. There is none where they are those of another table.
struct Lying {
    kept: Kept,
    job: Option<Box<dyn Job>>,
}

impl Tables {
    /// One more table: what came of a plan.
    pub(super) fn add(
        &self,
        runner: Arc<ClusterRunner>,
        from: Origin,
        schema: SchemaRef,
        (kept, job): (Kept, Option<Box<dyn Job>>),
    ) -> RowsElsewhere {
        let mut known = self.known();
        let name = format!("{TABLE}{}", MADE.fetch_add(1, Ordering::Relaxed));
        let (rows, bytes) = kept.counted();
        let lying = Lying { kept: kept.for_later(), job };
        let table = Arc::new(ClusterTable {
            runner,
            name: name.clone(),
            from,
            schema,
            rows: Mutex::new(Some(lying)),
            is_read: AtomicBool::new(false),
        });
        known.tables.retain(|_, table| table.strong_count() > 0);
        known.tables.insert(name, Arc::downgrade(&table));
        let rows = rows.and_then(|rows| usize::try_from(rows).ok());
        RowsElsewhere { lazy: ClusterTable::lazy(&table), rows, bytes }
    }

    /// The table of this name, as long as something reads it.
    pub(super) fn get(&self, name: &str) -> Option<Arc<ClusterTable>> {
        self.known().tables.get(name)?.upgrade()
    }

    /// The same, for plans that do not run: what was lost is a table of whose rows nothing is known.
    pub(crate) fn all_there(&self) -> Self {
        Self { are_all_there: true, ..self.clone() }
    }

    /// The rows of the table of this name. Where they were lost, the name is kept for [`Self::take_lost`].
    pub(crate) fn kept(&self, name: &str) -> Option<Kept> {
        let table = self.get(name)?;
        let kept = table.kept();
        if kept.is_none() && self.are_all_there {
            return Some(Kept::of(Stored::unknown(None, 1, table.schema.clone())));
        }
        if kept.is_none() {
            self.known().lost.push(name.to_owned());
        }
        kept
    }

    /// The tables that were asked for, and whose rows were lost.
    pub(super) fn take_lost(&self) -> Vec<String> {
        std::mem::take(&mut self.known().lost)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job begins, which has read none of them yet.
    pub(super) fn begin(&self) {
        for table in self.all() {
            table.is_read.store(false, Ordering::Relaxed);
        }
    }

    /// A worker was lost, and whatever it had: all tables are computed again when they are read next. Rows that do not come
    /// again are given up where the job has read them, and has not failed for the first time.
    pub(super) fn doubt(&self, has_failed_before: bool) {
        for table in self.all() {
            let is_given_up = has_failed_before && table.is_read.load(Ordering::Relaxed);
            if is_given_up || !table.from.may_choose_others {
                *table.lying() = None;
            }
        }
    }

    fn all(&self) -> Vec<Arc<ClusterTable>> {
        self.known().tables.values().filter_map(Weak::upgrade).collect()
    }
}

impl ClusterTable {
    /// The rows, where they were not lost.
    pub(super) fn kept(&self) -> Option<Kept> {
        self.is_read.store(true, Ordering::Relaxed);
        let mut lying = self.lying();
        if let Some(job) = lying.as_mut()?.job.as_mut()
            && !job.is_kept()
        {
            *lying = None;
        }
        lying.as_ref().map(|lying| lying.kept.clone())
    }

    /// The plan that the rows came of, and come of again; refused where they could be others.
    pub(super) fn plan_again(&self) -> Result<Plan, Failure> {
        if self.from.may_choose_others {
            return Err(Failure::Cluster {
                reason: "the rows of an earlier cell were lost, and may not be the same ones when they are computed \
                         again: which rows they are goes by an order that nothing promises"
                    .into(),
                remedy: "run that cell again; rows are the same each time where it sorts them by columns that tell all of \
                         them apart before it takes some, or where its joins, groupings and sorts have maintain_order: true"
                    .into(),
            });
        }
        Ok(self.from.plan.clone())
    }

    /// The rows were computed again; refused where they came of other files.
    pub(super) fn renew(&self, whole: KeptWhole, job: Option<Box<dyn Job>>) -> Result<Kept, Failure> {
        self.from.files.check(&whole.files)?;
        let kept = whole.kept.for_later();
        *self.lying() = Some(Lying { kept: kept.clone(), job });
        Ok(kept)
    }

    /// The rows, computed again in this process.
    fn computed_here(&self, watch: &Watch) -> Result<DataFrame, RunError> {
        let plan = self.plan_again()?;
        self.from.files.check(&self.runner.files_now(&plan)?)?;
        LocalRunner.run(&plan, Limit::All, watch)
    }

    fn lying(&self) -> MutexGuard<'_, Option<Lying>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A plan that reads the rows. A cluster that is not this one, or none, has them fetched.
    fn lazy(this: &Arc<Self>) -> LazyFrame {
        let schema = this.schema.clone();
        let function = FunctionIR::Opaque {
            function: Arc::new(Reader(this.clone())),
            schema: Some(Arc::new(move |_: &Schema| Ok(schema.clone()))),
            predicate_pd: false,
            projection_pd: false,
            streamable: false,
            fmt_str: PlSmallStr::from_str(&this.name),
        };
        let input = Arc::new(DataFrame::empty().lazy().logical_plan);
        LazyFrame::from(DslPlan::MapFunction { input, function: DslFunction::FunctionIR(function) })
    }
}

/// Reads a table in the notebook's process.
struct Reader(Arc<ClusterTable>);

impl DataFrameUdf for Reader {
    fn call_udf(&self, _: DataFrame) -> PolarsResult<DataFrame> {
        let table = &self.0;
        let watch = watch_of_query();
        let fetched = || {
            let there = Plan::Polars(ClusterTable::lazy(table));
            table.runner.run(&there, Limit::All, &watch).or_else(|error| {
                if let Some(reason) = watch.reason_to_stop() {
                    return Err(reason);
                }
                log::warn!("the rows of an earlier cell are computed again, here: {error}");
                table.computed_here(&watch)
            })
        };
        // Polars may call from a thread that must not wait for others.
        let fetched = std::thread::scope(|scope| scope.spawn(fetched).join());
        let failed = |reason: String| PolarsError::ComputeError(reason.into());
        let data = fetched.map_err(|_| failed("the rows of an earlier cell cannot be fetched".into()))?;
        data.map_err(|error| {
            failed(match error {
                RunError::Cluster { reason, remedy } => format!("{reason}: {remedy}"),
                error => error.to_string(),
            })
        })
    }

    fn display_str(&self) -> PlSmallStr {
        PlSmallStr::from_static("kept rows")
    }
}
