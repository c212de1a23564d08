//! A frame: a plan that has not run, with its schema. Running it is left to a [`Runner`].

use std::sync::{Arc, OnceLock};

use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, SchemaRef, col};

use crate::{Held, Limit, RunError, Runner, Watch, bridge};

/// A table that may not have been computed yet. Cheap to clone; clones are the same frame.
#[derive(Clone)]
pub struct Frame {
    plan: Plan,
    schema: SchemaRef,
    rows: Option<usize>,
    kept: Option<Arc<OnceLock<Held>>>,
    elsewhere: Option<u64>,
}

/// What a frame will do when it runs.
#[expect(clippy::large_enum_variant, reason = "nearly every plan is Polars', and plans are few")]
#[derive(Clone)]
pub enum Plan {
    /// A Polars plan.
    Polars(LazyFrame),
    /// A DataFusion plan: the result of SQL.
    Sql(Arc<SqlPlan>),
}

/// A DataFusion plan with the session that it was planned in.
pub struct SqlPlan {
    /// The plan, not yet optimised.
    pub logical: LogicalPlan,
    /// Functions, settings and tables that the plan refers to.
    pub state: SessionState,
    result: OnceLock<Held>,
}

impl Frame {
    /// A frame of this Polars plan; fails where the plan names what its inputs don't have.
    pub fn from_lazy(mut lazy: LazyFrame) -> Result<Self, RunError> {
        let schema = lazy.collect_schema()?;
        Ok(Self { plan: Plan::Polars(lazy), schema, rows: None, kept: None, elsewhere: None })
    }

    /// A frame of rows in memory.
    pub fn from_data(data: DataFrame) -> Self {
        let (schema, rows) = (data.schema().clone(), Some(data.height()));
        Self { plan: Plan::Polars(data.lazy()), schema, rows, kept: None, elsewhere: None }
    }

    /// A frame of rows that a runner holds.
    pub fn from_held(held: Held) -> Result<Self, RunError> {
        match held {
            Held::Here(data) => Ok(Self::from_data(data)),
            Held::There(rows) => {
                Ok(Self { rows: rows.rows, elsewhere: rows.bytes, ..Self::from_lazy(rows.lazy)? })
            }
        }
    }

    /// A frame of this DataFusion plan; fails where a column's type is unknown to Polars.
    pub fn from_sql(logical: LogicalPlan, state: SessionState) -> Result<Self, RunError> {
        let schema = Arc::new(bridge::polars_schema(logical.schema().as_arrow())?);
        let plan = SqlPlan { logical, state, result: OnceLock::new() };
        Ok(Self { plan: Plan::Sql(Arc::new(plan)), schema, rows: None, kept: None, elsewhere: None })
    }

    /// Names and types of the columns, in order.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The plan behind the frame.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The frame with its first columns alone: only they are computed. Itself where its rows are in memory, or will be.
    pub fn first_columns(&self, count: usize) -> Result<Self, RunError> {
        if self.is_kept() {
            return Ok(self.clone());
        }
        match &self.plan {
            Plan::Polars(lazy) => {
                let names = self.schema.iter_names().take(count).map(|name| col(name.clone()));
                Ok(Self {
                    rows: self.rows,
                    elsewhere: self.elsewhere,
                    ..Self::from_lazy(lazy.clone().select(names.collect::<Vec<_>>()))?
                })
            }
            Plan::Sql(sql) if sql.result.get().is_some() || !sql.is_query() => Ok(self.clone()),
            Plan::Sql(sql) => {
                let columns = sql.logical.schema().iter().take(count).map(Expr::from);
                let narrow = LogicalPlanBuilder::from(sql.logical.clone()).project(columns)?.build()?;
                Self::from_sql(narrow, sql.state.clone())
            }
        }
    }

    /// This frame, whose rows are kept in memory from its first whole run on.
    pub fn kept(mut self) -> Self {
        self.kept.get_or_insert_default();
        self
    }

    /// Whether the frame's rows are kept in memory from its first whole run on.
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// The number of rows, where it is known without running anything.
    pub fn known_rows(&self) -> Option<usize> {
        self.known().map_or(self.rows, Held::rows)
    }

    /// Bytes of the rows that the frame keeps in memory, where it does.
    pub fn memory_bytes(&self) -> Option<u64> {
        let size = |data: &DataFrame| data.estimated_size() as u64;
        if let Some(Held::Here(data)) = self.known() {
            return Some(size(data));
        }
        match &self.plan {
            Plan::Polars(lazy) => match &lazy.logical_plan {
                polars_plan::dsl::DslPlan::DataFrameScan { df, .. } => Some(size(df)),
                polars_plan::dsl::DslPlan::IR { dsl, .. } => match &**dsl {
                    polars_plan::dsl::DslPlan::DataFrameScan { df, .. } => Some(size(df)),
                    _ => None,
                },
                _ => None,
            },
            Plan::Sql(_) => None,
        }
    }

    /// Bytes of its rows where they lie elsewhere, as on the workers of a cluster.
    pub fn bytes_elsewhere(&self) -> Option<u64> {
        match self.known() {
            Some(Held::There(rows)) => rows.bytes,
            _ => self.elsewhere,
        }
    }

    /// A plan that reads the rows that are held of it, where some are.
    pub fn held_lazy(&self) -> Option<LazyFrame> {
        Some(self.kept.as_ref()?.get()?.lazy())
    }

    /// Its rows, where they are held already.
    fn known(&self) -> Option<&Held> {
        let kept = self.kept.as_ref().and_then(|kept| kept.get());
        kept.or_else(|| match &self.plan {
            Plan::Polars(_) => None,
            Plan::Sql(sql) => sql.result.get(),
        })
    }

    /// Its rows, computed once and held by the runner.
    pub fn held(&self, runner: &dyn Runner, watch: &Watch) -> Result<Held, RunError> {
        if let Plan::Sql(sql) = &self.plan {
            return Ok(sql.held(&self.plan, runner, watch)?.clone());
        }
        let Some(kept) = &self.kept else { return runner.hold(&self.plan, watch) };
        match kept.get() {
            Some(held) => Ok(held.clone()),
            None => {
                let held = runner.hold(&self.plan, watch)?;
                Ok(kept.get_or_init(|| held).clone())
            }
        }
    }

    /// The frame as a Polars plan. An SQL frame is run first, once, and its rows are held by the runner.
    pub fn lazy(&self, runner: &dyn Runner, watch: &Watch) -> Result<LazyFrame, RunError> {
        if self.is_kept() {
            return Ok(self.held(runner, watch)?.lazy());
        }
        match &self.plan {
            Plan::Polars(lazy) => Ok(lazy.clone()),
            Plan::Sql(sql) => Ok(sql.held(&self.plan, runner, watch)?.lazy()),
        }
    }

    /// Runs the frame, no further than the limit.
    pub fn collect(&self, limit: Limit, runner: &dyn Runner, watch: &Watch) -> Result<DataFrame, RunError> {
        if let Plan::Sql(sql) = &self.plan
            && let Some(held) = sql.result.get()
        {
            return held.data(limit, runner, watch);
        }
        if self.is_kept() {
            return self.held(runner, watch)?.data(limit, runner, watch);
        }
        runner.run(&self.plan, limit, watch)
    }
}

impl SqlPlan {
    /// The plan, no further than the limit.
    pub fn limited(&self, limit: Limit) -> Result<LogicalPlan, RunError> {
        match limit {
            Limit::First(rows) if self.is_query() => {
                Ok(LogicalPlanBuilder::from(self.logical.clone()).limit(0, Some(rows))?.build()?)
            }
            _ => Ok(self.logical.clone()),
        }
    }

    /// Whether it asks for rows, and does not change or explain something.
    pub fn is_query(&self) -> bool {
        !matches!(
            self.logical,
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_)
        )
    }

    fn held(&self, plan: &Plan, runner: &dyn Runner, watch: &Watch) -> Result<&Held, RunError> {
        if let Some(held) = self.result.get() {
            return Ok(held);
        }
        let held = runner.hold(plan, watch)?;
        Ok(self.result.get_or_init(|| held))
    }
}
