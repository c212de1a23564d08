//! A function of the user's as a function of SQL: its arguments cross to Polars, its result comes back. What the
//! function does is left to the script.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use fram_frame::{RunError, bridge};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, Schema as PolarsSchema, Series};

/// What a user function does: one series for each argument, all of one length, to a series of that length.
pub type FunctionBody = Arc<dyn Fn(&[Series]) -> Result<Series, String> + Send + Sync>;

/// How the type of a function's results is found.
#[derive(Debug, Clone, PartialEq)]
pub enum ReturnType {
    /// Always this type.
    Given(DataType),
    /// The type of what it gives for one row of nulls, or where that fails or is null itself, of zeros, empty strings
    /// and the like. The function is called so once for each types of arguments that a query has.
    Tried,
}

/// A function of the given number of arguments, of any types.
pub(super) fn scalar_function(
    name: &str,
    argument_count: usize,
    return_type: ReturnType,
    body: FunctionBody,
) -> ScalarUDF {
    let arguments = match argument_count {
        0 => TypeSignature::Nullary,
        count => TypeSignature::Any(count),
    };
    let signature = Signature::new(arguments, Volatility::Volatile);
    ScalarUDF::new_from_impl(UserFunction { name: name.to_lowercase(), signature, return_type, body })
}

struct UserFunction {
    name: String,
    signature: Signature,
    return_type: ReturnType,
    body: FunctionBody,
}

impl UserFunction {
    fn call(&self, arguments: &[Series], row_count: usize) -> Result<Series> {
        let result = (self.body)(arguments)
            .map_err(|reason| DataFusionError::Execution(format!("{}: {reason}", self.name)))?;
        match result.len() {
            length if length == row_count => Ok(result),
            1 => Ok(result.new_from_index(0, row_count)),
            length => exec_err!("{}: it gave {length} values for {row_count} rows", self.name),
        }
    }

    /// The type of the result for one row of these values.
    fn tried(&self, arguments: &[Arrow], make: impl Fn(&Arrow) -> Result<ScalarValue>) -> Result<DataType> {
        let arrays = arguments.iter().map(|dtype| make(dtype)?.to_array()).collect::<Result<Vec<_>>>()?;
        Ok(self.call(&series(&arrays)?, 1)?.dtype().clone())
    }
}

impl ScalarUDFImpl for UserFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[Arrow]) -> Result<Arrow> {
        let dtype = match &self.return_type {
            ReturnType::Given(dtype) => dtype.clone(),
            ReturnType::Tried => {
                let of_nulls = self.tried(arguments, ScalarValue::try_new_null);
                match of_nulls {
                    Ok(dtype) if dtype != DataType::Null => dtype,
                    _ => self.tried(arguments, ScalarValue::new_default)?,
                }
            }
        };
        let schema: PolarsSchema = [(self.name.as_str().into(), dtype)].into_iter().collect();
        let schema = bridge::arrow_schema(&schema).map_err(external)?;
        Ok(schema.field(0).data_type().clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let arrays = arrays.iter().map(|array| match array.len() {
            1 if args.number_rows != 1 => {
                ScalarValue::try_from_array(array, 0)?.to_array_of_size(args.number_rows)
            }
            _ => Ok(array.clone()),
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let result = self.call(&series(&arrays)?, args.number_rows)?;
        let column: Column = result.with_name(self.name.as_str().into()).into_column();
        let data = DataFrame::new(args.number_rows, vec![column]);
        let batches = bridge::to_arrow(&data.map_err(RunError::from).map_err(external)?).map_err(external)?;
        let Some(schema) = batches.first().map(RecordBatch::schema) else {
            return exec_err!("{}: it gave no rows", self.name);
        };
        let batch = datafusion::arrow::compute::concat_batches(&schema, &batches)?;
        let array = batch.column(0);
        if array.data_type() == args.return_field.data_type() {
            return Ok(ColumnarValue::Array(array.clone()));
        }
        // Another type for some rows than was tried or given: taken where every value fits.
        let wanted = args.return_field.data_type();
        match datafusion::arrow::compute::cast_with_options(array, wanted, &strict()) {
            Ok(array) => Ok(ColumnarValue::Array(array)),
            Err(_) => exec_err!("{}: it gave {} where {wanted} was expected", self.name, array.data_type()),
        }
    }
}

fn strict() -> datafusion::arrow::compute::CastOptions<'static> {
    datafusion::arrow::compute::CastOptions { safe: false, ..Default::default() }
}

fn series(arrays: &[ArrayRef]) -> Result<Vec<Series>> {
    let field =
        |(index, array): (usize, &ArrayRef)| Field::new(index.to_string(), array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(arrays.iter().enumerate().map(field).collect::<Vec<_>>()));
    if arrays.is_empty() {
        return Ok(Vec::new());
    }
    let batch = RecordBatch::try_new(schema.clone(), arrays.to_vec())?;
    let data = bridge::to_polars(&schema, &[batch]).map_err(external)?;
    Ok(data.columns().iter().map(|column| column.as_materialized_series().clone()).collect())
}

fn external(error: RunError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Refuses a name that SQL could not call.
pub(super) fn check_name(name: &str) -> Result<()> {
    let is_plain = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_plain { Ok(()) } else { plan_err!("`{name}` cannot be the name of a function in SQL") }
}

impl fmt::Debug for UserFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UserFunction").field("name", &self.name).finish_non_exhaustive()
    }
}

// Two functions are the same when they are one closure: a name may be bound again.
impl PartialEq for UserFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.body, &other.body)
    }
}

impl Eq for UserFunction {}

impl Hash for UserFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
