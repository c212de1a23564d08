//! `+`, `-` and `*` between integers that fail where the result does not fit, in place of DataFusion's, which wrap
//! round without a word. Division, casts, decimals and dates fail there already; floats have infinity.

use std::any::Any;

use datafusion::arrow::array::Datum;
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

/// The functions that the rewrite puts in, to be registered.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [Operator::Plus, Operator::Minus, Operator::Multiply].map(checked).to_vec()
}

/// Puts the checked functions in place of the operators.
#[derive(Debug)]
pub(super) struct CheckIntegers;

impl FunctionRewrite for CheckIntegers {
    fn name(&self) -> &str {
        "check_integers"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _config: &ConfigOptions) -> Result<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply)
                    && stays_integer(op, &left, &right, schema) =>
            {
                Ok(Transformed::yes(joined(op, *left, *right)))
            }
            Expr::Negative(inner)
                if integer(&inner, schema).is_some() && !matches!(*inner, Expr::Literal(..)) =>
            {
                let zero = ScalarValue::new_zero(&inner.get_type(schema)?)?;
                Ok(Transformed::yes(checked(Operator::Minus).call(vec![Expr::Literal(zero, None), *inner])))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

/// One call for a whole chain, as `a + b + c`: calls inside calls, hundreds of them, take DataFusion minutes to plan.
fn joined(op: Operator, left: Expr, right: Expr) -> Expr {
    match left {
        Expr::ScalarFunction(mut call) if checked_op(&call.func) == Some(op) => {
            call.args.push(right);
            Expr::ScalarFunction(call)
        }
        left => checked(op).call(vec![left, right]),
    }
}

/// Whether integers come out: of `Int64` and `UInt64` decimals do, which fail by themselves.
fn stays_integer(op: Operator, left: &Expr, right: &Expr, schema: &DFSchema) -> bool {
    let (Some(left), Some(right)) = (integer(left, schema), integer(right, schema)) else { return false };
    common_type(op, &[left, right]).is_ok_and(|dtype| dtype.is_integer())
}

/// The type of an expression, where it is one of integers. DataFusion's own way is slow for long chains of calls.
fn integer(expr: &Expr, schema: &DFSchema) -> Option<DataType> {
    match expr {
        Expr::ScalarFunction(call) if checked_op(&call.func).is_some() => {
            let op = checked_op(&call.func)?;
            let types: Option<Vec<DataType>> = call.args.iter().map(|part| integer(part, schema)).collect();
            common_type(op, &types?).ok()
        }
        other => other.get_type(schema).ok().filter(DataType::is_integer),
    }
}

/// The type that all parts of a chain are made, which is that of the result too.
fn common_type(op: Operator, types: &[DataType]) -> Result<DataType> {
    let [first, others @ ..] = types else {
        return datafusion::common::plan_err!("`{op}` takes two arguments");
    };
    others
        .iter()
        .try_fold(first.clone(), |done, next| BinaryTypeCoercer::new(&done, &op, next).get_result_type())
}

/// The operator that a function of ours stands for.
fn checked_op(function: &ScalarUDF) -> Option<Operator> {
    let inner: &dyn Any = function.inner().as_ref();
    inner.downcast_ref::<Checked>().map(|checked| checked.op)
}

fn checked(op: Operator) -> ScalarUDF {
    ScalarUDF::new_from_impl(Checked { op, signature: Signature::user_defined(Volatility::Immutable) })
}

/// `a + b + …` from left to right, of two or more integers.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    op: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.op {
            Operator::Plus => "checked_add",
            Operator::Minus => "checked_subtract",
            _ => "checked_multiply",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![common_type(self.op, arguments)?; arguments.len()])
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        common_type(self.op, arguments)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kernel = match self.op {
            Operator::Plus => numeric::add,
            Operator::Minus => numeric::sub,
            _ => numeric::mul,
        };
        let apply = |left: &dyn Datum, right: &dyn Datum| -> Result<_, ArrowError> { kernel(left, right) };
        let both = |left: &ColumnarValue, right: &ColumnarValue| -> Result<ColumnarValue> {
            Ok(match (left, right) {
                (ColumnarValue::Array(left), ColumnarValue::Array(right)) => {
                    ColumnarValue::Array(apply(&left.as_ref(), &right.as_ref())?)
                }
                (ColumnarValue::Array(left), ColumnarValue::Scalar(right)) => {
                    ColumnarValue::Array(apply(&left.as_ref(), &right.to_scalar()?)?)
                }
                (ColumnarValue::Scalar(left), ColumnarValue::Array(right)) => {
                    ColumnarValue::Array(apply(&left.to_scalar()?, &right.as_ref())?)
                }
                (ColumnarValue::Scalar(left), ColumnarValue::Scalar(right)) => {
                    let result = apply(&left.to_scalar()?, &right.to_scalar()?)?;
                    ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)
                }
            })
        };
        let mut values = args.args.into_iter();
        let Some(first) = values.next() else {
            return datafusion::common::exec_err!("{} takes two arguments", self.name());
        };
        values.try_fold(first, |done, next| both(&done, &next))
    }
}
