//! Aggregates in two steps: what each partition works out for itself, and how those values become the value of all.

use polars::prelude::{DataType, Expr, IDX_DTYPE, PlSmallStr, Schema, col, lit, when};
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IRAggExpr, IRBooleanFunction, IRFunctionExpr, is_elementwise_rec};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::Order;
use crate::piece::ORDER;

/// Aggregates in two steps.
pub(super) struct TwoSteps {
    /// Worked out by each partition.
    pub(super) partial: Vec<ExprIR>,
    /// Worked out from those, under a name for each aggregate.
    pub(super) merged: Vec<Expr>,
    /// The wanted expressions over those names.
    pub(super) outer: Vec<ExprIR>,
    /// Whether the rows' order is needed: as a hidden column of the partial result.
    pub(super) observes_order: bool,
    /// Of which values it is counted how many differ: each partition groups by them, too, so that those of a group go on once.
    pub(super) counted: Vec<ExprIR>,
}

impl TwoSteps {
    /// No aggregates: groups alone.
    pub(super) fn none() -> Self {
        Self {
            partial: Vec::new(),
            merged: Vec::new(),
            outer: Vec::new(),
            observes_order: false,
            counted: Vec::new(),
        }
    }
}

impl Cutter<'_> {
    /// Aggregates of groups in two steps, where each of them has them.
    pub(super) fn two_steps(&mut self, exprs: &[ExprIR], schema: &Schema, order: &Order) -> Option<TwoSteps> {
        let splitter = Splitter { schema, order, is_of_all: false, steps: TwoSteps::none() };
        splitter.split(self, exprs)
    }

    /// Aggregates of all rows in two steps, where each of them has them. Where the order is observed, what partitions work
    /// out comes in it.
    pub(super) fn two_steps_of_all(
        &mut self,
        exprs: &[ExprIR],
        schema: &Schema,
        order: &Order,
    ) -> Option<TwoSteps> {
        let splitter = Splitter { schema, order, is_of_all: true, steps: TwoSteps::none() };
        splitter.split(self, exprs)
    }
}

/// Splits the aggregates of expressions, one after the other.
struct Splitter<'a> {
    schema: &'a Schema,
    order: &'a Order,
    /// Whether they are of all rows, and not of groups.
    is_of_all: bool,
    steps: TwoSteps,
}

impl Splitter<'_> {
    /// The expressions in two steps.
    fn split(mut self, cutter: &mut Cutter<'_>, exprs: &[ExprIR]) -> Option<TwoSteps> {
        for expr in exprs {
            let node = self.outer(cutter, expr.node())?;
            let name = OutputName::Alias(expr.output_name().clone());
            self.steps.outer.push(ExprIR::new(node, name));
        }
        // Which of a group's parts stands first is known of partitions only.
        (self.steps.counted.is_empty() || !self.steps.observes_order).then_some(self.steps)
    }

    /// The expression with each aggregate in it replaced by the column of its merged value.
    fn outer(&mut self, cutter: &mut Cutter<'_>, node: Node) -> Option<Node> {
        let expr = cutter.exprs.get(node).clone();
        match &expr {
            AExpr::Agg(aggregate) => {
                let dtype = cutter.dtype(node, self.schema)?;
                let merged = self.aggregate(cutter, aggregate.clone(), node, &dtype)?;
                Some(self.column(cutter, merged, dtype))
            }
            AExpr::Len => {
                let partial = self.partial(node);
                Some(self.column(cutter, col(partial).sum(), IDX_DTYPE))
            }
            AExpr::Function { input, function, .. } if is_of_parts(function) => {
                let input = input.first()?.node();
                cutter.is_row_separable(input).then_some(())?;
                let dtype = cutter.dtype(node, self.schema)?;
                let part = col(self.partial(node));
                let merged = match function {
                    IRFunctionExpr::Boolean(IRBooleanFunction::Any { ignore_nulls }) => {
                        part.any(*ignore_nulls)
                    }
                    IRFunctionExpr::Boolean(IRBooleanFunction::All { ignore_nulls }) => {
                        part.all(*ignore_nulls)
                    }
                    IRFunctionExpr::Boolean(IRBooleanFunction::HasNulls) => part.any(true),
                    _ => part.sum(),
                };
                Some(self.column(cutter, merged, dtype))
            }
            AExpr::Literal(value) if value.is_scalar() => Some(node),
            AExpr::BinaryExpr { .. }
            | AExpr::Cast { .. }
            | AExpr::Ternary { .. }
            | AExpr::Function { .. } => {
                let is_elementwise = match &expr {
                    AExpr::Function { options, .. } => options.is_elementwise() && !cutter.is_random(node),
                    _ => true,
                };
                is_elementwise.then_some(())?;
                let mut inputs = Vec::new();
                expr.inputs_rev(&mut inputs);
                inputs.reverse();
                let inputs =
                    inputs.into_iter().map(|input| self.outer(cutter, input)).collect::<Option<Vec<_>>>()?;
                Some(cutter.exprs.add(expr.replace_inputs(&inputs)))
            }
            _ => None,
        }
    }

    /// How the aggregate is merged from what partitions work out.
    fn aggregate(
        &mut self,
        cutter: &mut Cutter<'_>,
        aggregate: IRAggExpr,
        node: Node,
        dtype: &DataType,
    ) -> Option<Expr> {
        let mut inputs = Vec::new();
        cutter.exprs.get(node).inputs_rev(&mut inputs);
        if !inputs.iter().all(|input| cutter.is_row_separable(*input)) {
            return None;
        }
        let input = *inputs.first()?;
        let input_type = cutter.dtype(input, self.schema)?;
        Some(match aggregate {
            IRAggExpr::Sum(_) => col(self.partial(node)).sum(),
            IRAggExpr::Min { propagate_nans: false, .. } => col(self.partial(node)).min(),
            IRAggExpr::Max { propagate_nans: false, .. } => col(self.partial(node)).max(),
            IRAggExpr::Min { propagate_nans: true, .. } => col(self.partial(node)).nan_min(),
            IRAggExpr::Max { propagate_nans: true, .. } => col(self.partial(node)).nan_max(),
            IRAggExpr::Count { .. } => col(self.partial(node)).sum(),
            IRAggExpr::Mean(_) if is_averaged(&input_type) => self.mean(cutter, input),
            IRAggExpr::Var(_, ddof) if is_averaged(&input_type) => self.variance(cutter, input, ddof),
            IRAggExpr::Std(_, ddof) if is_averaged(&input_type) => self.variance(cutter, input, ddof).sqrt(),
            IRAggExpr::First(_) if !dtype.is_nested() => self.edge(cutter, node, input)?.first(),
            IRAggExpr::Last(_) if !dtype.is_nested() => self.edge(cutter, node, input)?.last(),
            IRAggExpr::NUnique(_) if !self.is_of_all => self.differing(cutter, input)?,
            _ => return None,
        })
    }

    /// The first or last values of partitions, in the order of rows.
    fn edge(&mut self, cutter: &mut Cutter<'_>, node: Node, input: Node) -> Option<Expr> {
        let value = col(self.partial(node));
        // Where there is no row, there is neither first nor last.
        let has_rows = if self.is_of_all || !is_elementwise_rec(input, &cutter.exprs) {
            let count = cutter.exprs.add(AExpr::Agg(IRAggExpr::Count { input, include_nulls: true }));
            Some(col(self.partial(count)).gt(lit(0)))
        } else {
            None
        };
        let there = |expr: Expr| match &has_rows {
            Some(has_rows) => expr.filter(has_rows.clone()),
            None => expr,
        };
        match self.order {
            Order::Free => Some(there(value)),
            Order::Kept => {
                self.steps.observes_order = true;
                Some(match self.is_of_all {
                    true => there(value),
                    false => {
                        let by = [there(col(ORDER))];
                        there(value).sort_by(by, polars::prelude::SortMultipleOptions::default())
                    }
                })
            }
            // Rows do not stand in their order within a partition.
            Order::By(_) => None,
        }
    }

    /// How many of the values differ.
    fn differing(&mut self, cutter: &Cutter<'_>, input: Node) -> Option<Expr> {
        let name = PlSmallStr::from_string(format!("__fram_counted_{}", self.steps.counted.len()));
        let counted = ExprIR::new(input, OutputName::Alias(name.clone()));
        cutter.can_spread(std::slice::from_ref(&counted), self.schema).then_some(())?;
        let expr = cutter.exprs.get(input);
        let is_same = |other: &&ExprIR| cutter.exprs.get(other.node()).is_expr_equal_to(expr, &cutter.exprs);
        if let Some(same) = self.steps.counted.iter().find(is_same) {
            return Some(col(same.output_name().clone()).n_unique());
        }
        self.steps.counted.push(counted);
        Some(col(name).n_unique())
    }

    fn mean(&mut self, cutter: &mut Cutter<'_>, input: Node) -> Expr {
        let (sum, count) = (self.sum(cutter, input), self.count(cutter, input));
        let count = col(count).sum().cast(DataType::Float64);
        when(count.clone().gt(lit(0.0))).then(col(sum).sum() / count).otherwise(lit(polars::prelude::NULL))
    }

    /// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979):
    /// squared deviations of parts, and of the parts' means from the whole's.
    fn variance(&mut self, cutter: &mut Cutter<'_>, input: Node, ddof: u8) -> Expr {
        let (sum, count) = (self.sum(cutter, input), self.count(cutter, input));
        let float = self.float(cutter, input);
        let variance = cutter.exprs.add(AExpr::Agg(IRAggExpr::Var(float, 0)));
        let variance = col(self.partial(variance)).fill_null(lit(0.0));
        let counts = col(count).cast(DataType::Float64);
        let total = counts.clone().sum();
        let whole_mean = col(sum.clone()).sum() / total.clone();
        let mean = when(counts.clone().gt(lit(0.0))).then(col(sum) / counts.clone()).otherwise(lit(0.0));
        let off = mean - whole_mean;
        let squares = (variance * counts.clone() + counts * off.clone() * off).sum();
        let divisor = total.clone() - lit(f64::from(ddof));
        when(divisor.clone().gt(lit(0.0))).then(squares / divisor).otherwise(lit(polars::prelude::NULL))
    }

    fn sum(&mut self, cutter: &mut Cutter<'_>, input: Node) -> PlSmallStr {
        let float = self.float(cutter, input);
        let sum = cutter.exprs.add(AExpr::Agg(IRAggExpr::Sum(float)));
        self.partial(sum)
    }

    fn count(&mut self, cutter: &mut Cutter<'_>, input: Node) -> PlSmallStr {
        let count = cutter.exprs.add(AExpr::Agg(IRAggExpr::Count { input, include_nulls: false }));
        self.partial(count)
    }

    fn float(&self, cutter: &mut Cutter<'_>, input: Node) -> Node {
        let options = polars::chunked_array::cast::CastOptions::NonStrict;
        cutter.exprs.add(AExpr::Cast { expr: input, dtype: DataType::Float64, options })
    }

    /// One more value for partitions to work out; its name.
    fn partial(&mut self, node: Node) -> PlSmallStr {
        let name = PlSmallStr::from_string(format!("__fram_part_{}", self.steps.partial.len()));
        self.steps.partial.push(ExprIR::new(node, OutputName::Alias(name.clone())));
        name
    }

    /// The column of a merged value, of the type that the aggregate has.
    fn column(&mut self, cutter: &mut Cutter<'_>, merged: Expr, dtype: DataType) -> Node {
        let name = PlSmallStr::from_string(format!("__fram_all_{}", self.steps.merged.len()));
        self.steps.merged.push(merged.cast(dtype).alias(name.clone()));
        cutter.exprs.add(AExpr::Column(name))
    }
}

/// Whether the function has one value of all rows, which is found from those of its parts.
pub(super) fn is_of_parts(function: &IRFunctionExpr) -> bool {
    matches!(
        function,
        IRFunctionExpr::NullCount
            | IRFunctionExpr::Boolean(
                IRBooleanFunction::Any { .. } | IRBooleanFunction::All { .. } | IRBooleanFunction::HasNulls
            )
    )
}

/// Whether means of it are those of numbers.
fn is_averaged(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || matches!(dtype, DataType::Boolean | DataType::Decimal(..))
}
