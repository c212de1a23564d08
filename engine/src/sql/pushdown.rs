//! Filters that mean the same in SQL and in Polars, for a Polars plan to apply before its rows are read. Anything that
//! is not surely the same is left to SQL.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use fram_frame::bridge;
use polars::prelude::{Expr as PolarsExpr, Scalar, col, lit};

/// The filter as a Polars expression, where it keeps exactly the rows that SQL would keep.
pub(super) fn polars_filter(filter: &Expr, schema: &Schema) -> Option<PolarsExpr> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            Some(polars_filter(left, schema)?.and(polars_filter(right, schema)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(polars_filter(left, schema)?.or(polars_filter(right, schema)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => comparison(left, *op, right, schema),
        Expr::Between(between) if !between.negated => {
            let low = comparison(&between.expr, Operator::GtEq, &between.low, schema)?;
            Some(low.and(comparison(&between.expr, Operator::LtEq, &between.high, schema)?))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let equal = list.iter().map(|value| comparison(expr, Operator::Eq, value, schema));
            equal.reduce(|left, right| Some(left?.or(right?)))?
        }
        Expr::IsNull(inner) => Some(col(column(inner, schema)?.name().as_str()).is_null()),
        Expr::IsNotNull(inner) => Some(col(column(inner, schema)?.name().as_str()).is_not_null()),
        _ => None,
    }
}

fn comparison(left: &Expr, op: Operator, right: &Expr, schema: &Schema) -> Option<PolarsExpr> {
    if let (Expr::Literal(..), Some(swapped)) = (left, op.swap()) {
        return comparison(right, swapped, left, schema);
    }
    let field = column(left, schema)?;
    let Expr::Literal(value, _) = right else { return None };
    let value = literal(value, field)?;
    let name = col(field.name().as_str());
    Some(match op {
        Operator::Eq => name.eq(value),
        Operator::NotEq => name.neq(value),
        Operator::Lt => name.lt(value),
        Operator::LtEq => name.lt_eq(value),
        Operator::Gt => name.gt(value),
        Operator::GtEq => name.gt_eq(value),
        _ => return None,
    })
}

fn column<'a>(expr: &Expr, schema: &'a Schema) -> Option<&'a Field> {
    let Expr::Column(column) = expr else { return None };
    schema.field_with_name(&column.name).ok()
}

/// The literal with exactly the column's type, for types that compare alike on both sides.
fn literal(value: &ScalarValue, field: &Field) -> Option<PolarsExpr> {
    let is_alike = field.data_type().is_integer()
        || matches!(
            field.data_type(),
            Arrow::Boolean | Arrow::Utf8View | Arrow::Date32 | Arrow::Timestamp(..)
        );
    let value = match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) => ScalarValue::Utf8View(text.clone()),
        other => other.clone(),
    };
    if !is_alike || value.is_null() || value.data_type() != *field.data_type() {
        return None;
    }
    let array = value.to_array().ok()?;
    let batch = RecordBatch::try_from_iter([("literal", array)]).ok()?;
    let data = bridge::to_polars(&batch.schema(), std::slice::from_ref(&batch)).ok()?;
    let column = data.columns().first()?;
    Some(lit(Scalar::new(column.dtype().clone(), column.get(0).ok()?.into_static())))
}
