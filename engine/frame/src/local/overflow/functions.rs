//! Which of Polars' functions can make integers that do not fit, of which of their inputs.

use std::ops::Range;

use polars::prelude::DataType;
use polars_plan::plans::{
    IRArrayFunction, IRFunctionExpr, IRListFunction, IRPowFunction, IRRollingFunction, IRRollingFunctionBy,
};

/// The places of those inputs of a function whose values can be too great for it.
pub(super) fn can_overflow(function: &IRFunctionExpr, inputs: usize) -> Range<usize> {
    match function {
        IRFunctionExpr::SumHorizontal { .. } | IRFunctionExpr::Pow(IRPowFunction::Generic) => 0..inputs,
        IRFunctionExpr::Abs
        | IRFunctionExpr::Negate
        | IRFunctionExpr::Product
        | IRFunctionExpr::CumSum { .. }
        | IRFunctionExpr::CumProd { .. }
        | IRFunctionExpr::RollingExpr { function: IRRollingFunction::Sum, .. }
        | IRFunctionExpr::RollingExprBy { function_by: IRRollingFunctionBy::SumBy, .. }
        | IRFunctionExpr::ListExpr(IRListFunction::Sum)
        | IRFunctionExpr::ArrayExpr(IRArrayFunction::Sum) => 0..1,
        _ => 0..0,
    }
}

/// The type whose values are to be compared with those of this one; none where nothing can overflow.
pub(super) fn float_like(dtype: &DataType) -> Option<DataType> {
    match dtype {
        DataType::List(inner) => float_like(inner).map(|inner| DataType::List(Box::new(inner))),
        DataType::Array(inner, width) => {
            float_like(inner).map(|inner| DataType::Array(Box::new(inner), *width))
        }
        dtype if dtype.is_integer() => Some(DataType::Float64),
        _ => None,
    }
}
