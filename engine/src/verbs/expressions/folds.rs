//! Columns folded by a closure, one after the other: the closure joins two expressions into one.

use std::sync::Arc;

use polars::prelude::{
    Column, DataFrame, DataType, Expr, Field, IntoColumn, IntoLazy, PlSmallStr, PolarsError, PolarsResult,
    Schema, StructChunked, col,
};
use polars_plan::dsl::{BaseColumnUdf, new_column_udf};
use polars_plan::prelude::{FunctionFlags, FunctionOptions};

use super::closures::raise;
use crate::call::Call;
use crate::column_of::collected;
use crate::fault::Fault;
use crate::literal;
use crate::registry::Kind::{Boolean, Column as Col, DataType as Kind, Function, Value as Val};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const ACC: Parameter = required("acc", Val, "What it begins with: a value or an expression.");
const FUNCTION: Parameter =
    required("function", Function, "The closure, of what there is so far and the next column.");
const EXPRS: Parameter = required("exprs", Col, "The columns: an array, or an expression such as `all()`.");
const KIND: Parameter = absent("return_dtype", Kind, "The type of the result; found out by default.");

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "fold", E, "Columns joined by a closure, from the first to the last.", |c| {
        let joined = join(c, true, false)?;
        Ok(Value::expression(joined))
    })
    .takes(&[ACC, FUNCTION, EXPRS, KIND])
    .examples(&[
        of!("a: [1, 2], b: [3, 4]", "fold(lit(0), |acc, x| acc + x, all()).alias(\"sum\")"),
        of!("a: [1, 2], b: [3, 4]", "fold(lit(true), |acc, x| acc & (x > 1), [\"a\", \"b\"]).alias(\"all\")"),
    ]),
    verb(Cell, "reduce", E, "Columns joined by a closure; the first is what it begins with.", |c| {
        join(c, false, false).map(Value::expression)
    })
    .takes(&[FUNCTION, EXPRS, KIND])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "reduce(|acc, x| acc + x, [\"a\", \"b\"]).alias(\"sum\")")]),
    verb(
        Cell,
        "cum_fold",
        E,
        "As `fold`, with what there is after each column as a field of a struct.",
        |c| Ok(Value::expression(join(c, true, true)?.alias("cum_fold"))),
    )
    .takes(&[
        ACC,
        FUNCTION,
        EXPRS,
        KIND,
        optional("include_init", Boolean, "false", "What it begins with is a field too."),
    ])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "cum_fold(lit(0), |acc, x| acc + x, all())")]),
    verb(
        Cell,
        "cum_reduce",
        E,
        "As `reduce`, with what there is after each column as a field of a struct.",
        |c| Ok(Value::expression(join(c, false, true)?.alias("cum_reduce"))),
    )
    .takes(&[FUNCTION, EXPRS, KIND])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "cum_reduce(|acc, x| acc + x, all())")]),
    verb(Cell, "cum_sum_horizontal", E, "The sums of each row so far, as a struct.", |c| {
        let add = col(SO_FAR) + col(NEXT);
        let columns = c.columns("exprs")?;
        Ok(Value::expression(
            Fold { step: add, cumulative: true, keep_first: true, kind: None }.over(columns).alias("cum_sum"),
        ))
    })
    .takes(&[crate::registry::some_rest("exprs", Col, "Columns or expressions.")])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "cum_sum_horizontal(\"a\", \"b\")")]),
];

const SO_FAR: &str = "\u{1}so far";
const NEXT: &str = "\u{1}next";

/// One step of the fold as an expression of two columns, and what becomes of the steps.
#[derive(Clone)]
struct Fold {
    step: Expr,
    cumulative: bool,
    keep_first: bool,
    kind: Option<DataType>,
}

fn join(call: &Call<'_>, has_first: bool, cumulative: bool) -> Result<Expr, Fault> {
    let (function, mut columns) = (call.function("function")?, call.columns("exprs")?);
    let arguments = vec![Value::expression(col(SO_FAR)), Value::expression(col(NEXT))];
    let step = literal::expression(&function.call(arguments)?)?;
    if has_first {
        columns.insert(0, call.value("acc")?);
    }
    let keep_first = !has_first || (cumulative && call.boolean("include_init")?);
    let kind = if call.has("return_dtype") { Some(call.data_type("return_dtype")?) } else { None };
    Ok(Fold { step, cumulative, keep_first, kind }.over(columns))
}

impl Fold {
    /// The fold over these columns.
    fn over(self, columns: Vec<Expr>) -> Expr {
        let name = if self.cumulative { "cum_fold" } else { "fold" };
        let (run, types) = (Arc::new(self.clone()), Arc::new(self));
        let function = BaseColumnUdf::new(
            move |columns: &mut [Column]| run.run(columns),
            move |_: &Schema, fields: &[Field]| types.field(fields),
        );
        Expr::AnonymousFunction {
            input: columns,
            function: new_column_udf(function),
            options: FunctionOptions::groupwise()
                .with_flags(|flags| flags | FunctionFlags::INPUT_WILDCARD_EXPANSION),
            fmt_str: Box::new(PlSmallStr::from_static(name)),
        }
    }

    fn run(&self, columns: &[Column]) -> PolarsResult<Column> {
        let height = columns.iter().map(Column::len).max().unwrap_or(0);
        let whole = |column: &Column| {
            if column.len() == 1 && height != 1 { column.new_from_index(0, height) } else { column.clone() }
        };
        let [first, others @ ..] = columns else { return Err(nothing()) };
        let mut so_far = whole(first);
        let mut steps = if self.keep_first { vec![so_far.clone()] } else { Vec::new() };
        for next in others {
            let pair = vec![so_far.with_name(SO_FAR.into()), whole(next).with_name(NEXT.into())];
            let row =
                DataFrame::new(height, pair)?.lazy().select([self.cast(self.step.clone()).alias("step")]);
            so_far = collected(row).map_err(raise)?.column("step")?.clone().with_name(next.name().clone());
            steps.push(so_far.clone());
        }
        if !self.cumulative {
            return Ok(so_far.with_name(first.name().clone()));
        }
        let kind = so_far.dtype().clone();
        let fields: Vec<_> = steps
            .iter()
            .map(|step| step.as_materialized_series().cast(&kind))
            .collect::<PolarsResult<_>>()?;
        Ok(StructChunked::from_series(first.name().clone(), height, fields.iter())?.into_column())
    }

    fn cast(&self, step: Expr) -> Expr {
        match &self.kind {
            Some(kind) => step.strict_cast(kind.clone()),
            None => step,
        }
    }

    /// The type of the result, from those of the columns.
    fn field(&self, fields: &[Field]) -> PolarsResult<Field> {
        let [first, others @ ..] = fields else { return Err(nothing()) };
        let known = |kind: &DataType| kind.clone().materialize_unknown(true);
        let mut so_far = known(first.dtype())?;
        for next in others {
            let pair: Schema =
                [(SO_FAR.into(), so_far), (NEXT.into(), known(next.dtype())?)].into_iter().collect();
            let step = DataFrame::empty_with_schema(&pair)
                .lazy()
                .select([self.cast(self.step.clone()).alias("step")]);
            so_far = { step }.collect_schema()?.get("step").cloned().unwrap_or(DataType::Null);
        }
        if !self.cumulative {
            return Ok(Field::new(first.name().clone(), so_far));
        }
        let kept = if self.keep_first { fields } else { others };
        let kept = kept.iter().map(|field| Field::new(field.name().clone(), so_far.clone())).collect();
        Ok(Field::new(first.name().clone(), DataType::Struct(kept)))
    }
}

fn nothing() -> PolarsError {
    PolarsError::ComputeError("there are no columns to fold".into())
}
