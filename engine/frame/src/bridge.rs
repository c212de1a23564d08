//! The one room where the two Arrow libraries meet: schemas and rows, Polars' to arrow's and back, without a copy
//! where both know the type. Which types correspond is left to `types`, the crossing itself to `crossing`.

mod canonical;
mod crossing;
#[cfg(test)]
mod tests;
mod types;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema as ArrowSchema, SchemaRef as ArrowSchemaRef};
use arrow::record_batch::RecordBatchOptions;
use polars::prelude::{Column, CompatLevel, DataFrame, DataType, PlSmallStr, Schema, Series};

use crate::RunError;

/// The Polars schema of an Arrow schema. Fails with [`RunError::NotCarried`] at the first column whose type Polars
/// cannot hold. Names that occur twice are made distinct as [`unique_names`] says.
pub fn polars_schema(schema: &ArrowSchema) -> Result<Schema, RunError> {
    let fields = schema.fields().iter().zip(unique_names(schema));
    fields.map(|(field, name)| Ok((PlSmallStr::from_string(name), polars_type(field)?))).collect()
}

/// The Arrow schema of a Polars schema. Fails with [`RunError::NotCarried`] at the first column whose type Arrow
/// cannot hold.
pub fn arrow_schema(schema: &Schema) -> Result<ArrowSchemaRef, RunError> {
    let fields =
        schema.iter().map(|(name, dtype)| arrow_field(name, dtype)).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(ArrowSchema::new(fields)))
}

/// The rows as Arrow batches, one for each chunk, at least one. No copy is made, but for columns whose chunks lie
/// differently from the others'.
pub fn to_arrow(data: &DataFrame) -> Result<Vec<RecordBatch>, RunError> {
    let schema = arrow_schema(data.schema())?;
    if data.width() == 0 || data.height() == 0 {
        return Ok(vec![batch(schema.clone(), empty_columns(&schema), data.height())?]);
    }
    let mut aligned = data.clone();
    aligned.align_chunks_par();
    let columns: Vec<&Series> = aligned.columns().iter().map(Column::as_materialized_series).collect();
    let chunk_count = columns.first().map_or(0, |column| column.n_chunks());
    (0..chunk_count).map(|chunk| chunk_batch(&columns, chunk, &schema)).collect()
}

/// The batches as one frame; `schema` is theirs, and is all there is when there are none. Zero columns keep their
/// number of rows.
pub fn to_polars(schema: &ArrowSchema, batches: &[RecordBatch]) -> Result<DataFrame, RunError> {
    let height = batches.iter().map(RecordBatch::num_rows).sum();
    let filled: Vec<&RecordBatch> = batches.iter().filter(|batch| batch.num_rows() > 0).collect();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (index, (field, name)) in schema.fields().iter().zip(unique_names(schema)).enumerate() {
        let dtype = polars_type(field)?;
        let name = PlSmallStr::from_string(name);
        let arrays = filled.iter().map(|batch| batch.column(index).clone());
        columns.push(column(name, &dtype, arrays.collect())?);
    }
    Ok(DataFrame::new(height, columns)?)
}

/// The names of the schema's columns, made distinct: a second `id`, which SQL allows, becomes `id_1`, or the next
/// number that is free.
pub fn unique_names(schema: &ArrowSchema) -> Vec<String> {
    let given: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut number = 0;
        while taken.contains(&name) || (number > 0 && given.contains(name.as_str())) {
            number += 1;
            name = format!("{}_{number}", field.name());
        }
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

fn polars_type(field: &FieldRef) -> Result<DataType, RunError> {
    types::polars_type(field).ok_or_else(|| RunError::NotCarried {
        column: field.name().clone(),
        dtype: field.data_type().to_string(),
        to: "Polars",
    })
}

fn arrow_field(name: &str, dtype: &DataType) -> Result<arrow::datatypes::Field, RunError> {
    types::arrow_field(name, dtype).ok_or_else(|| RunError::NotCarried {
        column: name.to_owned(),
        dtype: dtype.to_string(),
        to: "SQL",
    })
}

fn chunk_batch(columns: &[&Series], chunk: usize, schema: &ArrowSchemaRef) -> Result<RecordBatch, RunError> {
    let cross = |(column, field): (&&Series, &FieldRef)| {
        crossing::export(column.to_arrow(chunk, CompatLevel::newest()), field.data_type())
    };
    let arrays = columns.iter().zip(schema.fields()).map(cross).collect::<Result<Vec<_>, _>>()?;
    let height = arrays.first().map_or(0, |array| array.len());
    batch(schema.clone(), arrays, height)
}

fn column(
    name: PlSmallStr,
    dtype: &DataType,
    arrays: Vec<arrow::array::ArrayRef>,
) -> Result<Column, RunError> {
    if arrays.is_empty() {
        return Ok(Series::new_empty(name, dtype).into());
    }
    let wanted = arrow_field(&name, dtype)?;
    let chunks = arrays.into_iter().map(|array| {
        let array = canonical::cast(&array, wanted.data_type())?;
        crossing::import(&array, dtype.to_arrow(CompatLevel::newest()))
    });
    let chunks = chunks.collect::<Result<Vec<_>, _>>()?;
    let field = dtype.to_arrow_field(name, CompatLevel::newest());
    Ok(Series::try_from((&field, chunks))?.into())
}

fn empty_columns(schema: &ArrowSchema) -> Vec<arrow::array::ArrayRef> {
    schema.fields().iter().map(|field| arrow::array::new_empty_array(field.data_type())).collect()
}

fn batch(
    schema: ArrowSchemaRef,
    columns: Vec<arrow::array::ArrayRef>,
    height: usize,
) -> Result<RecordBatch, RunError> {
    let options = RecordBatchOptions::new().with_row_count(Some(height));
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(|error| arrow_error(&error))
}

/// An error of the Arrow library, which only a defect of this crate or of a file can cause.
fn arrow_error(error: &arrow::error::ArrowError) -> RunError {
    RunError::System { what: "handing rows over between SQL and Polars".into(), reason: error.to_string() }
}
