//! The guards: operations on integers that fail where the true value does not fit. Where they stand in a plan is left
//! to `overflow`.

use polars::prelude::{
    AnyValue, Column, DataType, Field, PlSmallStr, PolarsError, PolarsResult, Schema, polars_err,
};
use polars_plan::plans::FusedOperator;
use polars_plan::prelude::{BaseColumnUdf, OpaqueColumnUdf, Operator, new_column_udf};

use super::span::{Span, bits};

/// What two or three integers are made into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    /// `a * b + c`
    MultiplyAdd,
    /// `a * b - c`
    MultiplySubtract,
    /// `a - b * c`
    SubtractMultiplied,
}

impl Operation {
    /// That of an operator; none where integers cannot become too great.
    pub(super) fn of_operator(operator: Operator) -> Option<Self> {
        match operator {
            Operator::Plus => Some(Self::Add),
            Operator::Minus => Some(Self::Subtract),
            Operator::Multiply => Some(Self::Multiply),
            _ => None,
        }
    }

    pub(super) fn of_fused(operator: FusedOperator) -> Self {
        match operator {
            FusedOperator::MultiplyAdd => Self::MultiplyAdd,
            FusedOperator::MultiplySub => Self::MultiplySubtract,
            FusedOperator::SubMultiply => Self::SubtractMultiplied,
        }
    }

    fn inputs(self) -> usize {
        match self {
            Self::Add | Self::Subtract | Self::Multiply => 2,
            Self::MultiplyAdd | Self::MultiplySubtract | Self::SubtractMultiplied => 3,
        }
    }

    /// The values, wrapped where they do not fit.
    fn of_columns(self, inputs: &[Column]) -> PolarsResult<Column> {
        match (self, inputs) {
            (Self::Add, [a, b]) => a + b,
            (Self::Subtract, [a, b]) => a - b,
            (Self::Multiply, [a, b]) => a * b,
            (Self::MultiplyAdd, [a, b, c]) => &(a * b)? + c,
            (Self::MultiplySubtract, [a, b, c]) => &(a * b)? - c,
            (Self::SubtractMultiplied, [a, b, c]) => a - &(b * c)?,
            _ => Err(polars_err!(ComputeError: "{self:?} of {} columns", inputs.len())),
        }
    }

    /// The least and the greatest value that can come of these; none where even they are too great to be known.
    fn of_spans(self, spans: &[Span]) -> Option<Span> {
        match (self, spans) {
            (Self::Add, [a, b]) => a.plus(*b),
            (Self::Subtract, [a, b]) => a.minus(*b),
            (Self::Multiply, [a, b]) => a.times(*b),
            (Self::MultiplyAdd, [a, b, c]) => a.times(*b)?.plus(*c),
            (Self::MultiplySubtract, [a, b, c]) => a.times(*b)?.minus(*c),
            (Self::SubtractMultiplied, [a, b, c]) => a.minus(b.times(*c)?),
            _ => None,
        }
    }

    fn written(self, values: &[String]) -> String {
        match (self, values) {
            (Self::Add, [a, b]) => format!("{a} + {b}"),
            (Self::Subtract, [a, b]) => format!("{a} - {b}"),
            (Self::Multiply, [a, b]) => format!("{a} * {b}"),
            (Self::MultiplyAdd, [a, b, c]) => format!("{a} * {b} + {c}"),
            (Self::MultiplySubtract, [a, b, c]) => format!("{a} * {b} - {c}"),
            (Self::SubtractMultiplied, [a, b, c]) => format!("{a} - {b} * {c}"),
            _ => values.join(", "),
        }
    }
}

/// The operation, failing at the first value that does not fit. A further input is a mask: rows where it is not true
/// are not looked at.
pub(super) fn arithmetic(operation: Operation, column: Option<PlSmallStr>) -> OpaqueColumnUdf {
    let run = move |inputs: &mut [Column]| {
        let (inputs, mask) = inputs.split_at(operation.inputs());
        let result = operation.of_columns(inputs)?;
        let spans: Option<Vec<Span>> = inputs.iter().map(Span::of).collect();
        let reached = spans.and_then(|spans| operation.of_spans(&spans));
        let fits = reached.zip(Span::of_type(result.dtype())).is_some_and(|(span, all)| span.is_within(all));
        let is_empty = result.null_count() == result.len();
        if !fits && !is_empty {
            let floats: Vec<Column> =
                inputs.iter().map(|input| input.cast(&DataType::Float64)).collect::<PolarsResult<_>>()?;
            let floats = operation.of_columns(&floats)?;
            if let Some(row) = first_wrapped(&result, &floats, mask.first())? {
                let values: Vec<String> = inputs.iter().map(|input| value(input, row)).collect();
                return Err(overflow(column.as_ref(), &operation.written(&values), result.dtype()));
            }
        }
        as_long_as(result, mask.first())
    };
    new_column_udf(BaseColumnUdf::new(run, first_known))
}

/// Its first input, failing where the second, the same in floats, is far from it.
pub(super) fn comparison(column: Option<PlSmallStr>) -> OpaqueColumnUdf {
    let run = move |inputs: &mut [Column]| {
        let [result, floats, mask @ ..] = inputs else {
            return Err(polars_err!(ComputeError: "a comparison of {} columns", inputs.len()));
        };
        match first_wrapped(result, floats, mask.first())? {
            Some(row) => {
                let about = format!("a value of about {}", value(floats, row));
                Err(overflow(column.as_ref(), &about, result.dtype()))
            }
            None => as_long_as(result.clone(), mask.first()),
        }
    };
    new_column_udf(BaseColumnUdf::new(run, first_known))
}

fn first_known(_: &Schema, fields: &[Field]) -> PolarsResult<Field> {
    let known = fields.iter().find(|field| !field.dtype.is_unknown()).or(fields.first());
    let dtype = known.map_or(DataType::Null, |field| field.dtype.clone());
    Ok(Field::new(fields.first().map(|field| field.name.clone()).unwrap_or_default(), dtype))
}

/// The first row whose integer is not what its float says. Wrapping moves a value by two to the number of its bits, far
/// more than floats are inexact by.
fn first_wrapped(result: &Column, floats: &Column, mask: Option<&Column>) -> PolarsResult<Option<usize>> {
    let Some(bits) = bits(result.dtype()) else { return Ok(None) };
    let limit = 2f64.powi(bits - 2);
    let (values, floats) = (result.cast(&DataType::Float64)?, floats.cast(&DataType::Float64)?);
    let rows = values.len().max(floats.len()).max(mask.map_or(0, Column::len));
    if values.is_empty() || floats.is_empty() || mask.is_some_and(Column::is_empty) {
        return Ok(None);
    }
    let stretched = |column: &Column| {
        if column.len() == rows { column.clone() } else { column.new_from_index(0, rows) }
    };
    let (values, floats) = (stretched(&values), stretched(&floats));
    let differs =
        values.f64()?.iter().zip(floats.f64()?.iter()).map(|(value, float)| {
            value.zip(float).is_some_and(|(value, float)| (value - float).abs() > limit)
        });
    let Some(mask) = mask.map(stretched) else {
        return Ok(differs.enumerate().find_map(|(row, differs)| differs.then_some(row)));
    };
    let mut seen = differs.zip(mask.bool()?.iter()).enumerate();
    Ok(seen.find_map(|(row, (differs, is_seen))| (differs && is_seen == Some(true)).then_some(row)))
}

/// The result in as many rows as the mask has: with it the engine expects rows, not one value.
fn as_long_as(result: Column, mask: Option<&Column>) -> PolarsResult<Column> {
    Ok(match mask {
        Some(mask) if result.len() == 1 && mask.len() != 1 => result.new_from_index(0, mask.len()),
        _ => result,
    })
}

fn value(column: &Column, row: usize) -> String {
    let row = if column.len() == 1 { 0 } else { row };
    column.get(row).map(|value: AnyValue<'_>| value.to_string()).unwrap_or_default()
}

fn overflow(column: Option<&PlSmallStr>, what: &str, dtype: &DataType) -> PolarsError {
    let place = column.map(|name| format!(" in column `{name}`")).unwrap_or_default();
    polars_err!(ComputeError: "integer overflow{place}: {what} does not fit in {dtype:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_values_are_found_and_exact_ones_are_not() {
        let wrapped = Column::new("x".into(), [i64::MIN, 7, i64::MAX]);
        let floats = Column::new("x".into(), [9_223_372_036_854_775_808.0, 7.0, 9_223_372_036_854_775_807.0]);
        assert_eq!(first_wrapped(&wrapped, &floats, None).unwrap(), Some(0));
        let unseen = Column::new("m".into(), [Some(false), None, Some(true)]);
        assert_eq!(first_wrapped(&wrapped, &floats, Some(&unseen)).unwrap(), None);
    }
}
