//! Rows in groups: a frame between `group_by` and `agg`.

use fram_frame::{Frame, RunError, check_types};
use polars::prelude::{DynamicGroupOptions, Expr, LazyFrame, LazyGroupBy, RollingGroupOptions};

/// A frame's rows in groups.
#[derive(Clone)]
pub(crate) struct Groups {
    /// The rows.
    pub(crate) lazy: LazyFrame,
    /// What they are grouped by, beside the window.
    pub(crate) keys: Vec<Expr>,
    /// How groups are formed.
    pub(crate) kind: GroupKind,
}

/// How groups are formed.
#[derive(Clone)]
pub(crate) enum GroupKind {
    /// Rows with equal keys.
    Equal {
        /// Whether groups come in the order of their first rows.
        maintain_order: bool,
    },
    /// Windows of a fixed raster over an index column.
    Dynamic(Expr, Box<DynamicGroupOptions>),
    /// A window that ends at each row.
    Rolling(Expr, Box<RollingGroupOptions>),
}

impl Groups {
    /// One row a group, with these aggregations.
    pub(crate) fn agg(self, aggregations: Vec<Expr>) -> Result<Frame, RunError> {
        let mut lazy = self.lazy.clone();
        let schema = lazy.collect_schema()?;
        let frame = Frame::from_lazy(self.clone().grouped().agg(&aggregations))?;
        check_types(&schema, |lazy| Self { lazy, ..self }.grouped().agg(&aggregations))?;
        Ok(frame)
    }

    /// Polars' own form of the groups.
    pub(crate) fn grouped(self) -> LazyGroupBy {
        match self.kind {
            GroupKind::Equal { maintain_order: true } => self.lazy.group_by_stable(self.keys),
            GroupKind::Equal { maintain_order: false } => self.lazy.group_by(self.keys),
            GroupKind::Dynamic(index, options) => self.lazy.group_by_dynamic(index, self.keys, *options),
            GroupKind::Rolling(index, options) => self.lazy.rolling(index, self.keys, *options),
        }
    }
}
