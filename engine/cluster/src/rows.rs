//! Rows that come back from a cluster, put together, and of exactly the types that were promised.

use fram_frame::RunError;
use polars::chunked_array::cast::CastOptions;
use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, Schema, SchemaRef, polars_bail};

/// The frames one below the other; the schema is what there is when there are none.
pub(crate) fn stacked(parts: Vec<DataFrame>, schema: &SchemaRef) -> Result<DataFrame, RunError> {
    let mut whole: Option<DataFrame> = None;
    for part in parts {
        let part = conform(part, schema)?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.vstack_mut_owned(part)?;
            }
        }
    }
    Ok(whole.unwrap_or_else(|| DataFrame::empty_with_schema(schema)))
}

/// The rows with exactly these types. What crossed by way of Arrow may have lost a category's or a decimal's own form.
pub(crate) fn conform(data: DataFrame, schema: &Schema) -> PolarsResult<DataFrame> {
    if **data.schema() == *schema {
        return Ok(data);
    }
    let height = data.height();
    if data.width() != schema.len() {
        polars_bail!(ShapeMismatch: "{} columns came where {} were promised", data.width(), schema.len());
    }
    let cast = |(column, (name, dtype)): (Column, (&_, &_))| {
        if column.name() != name {
            polars_bail!(SchemaMismatch: "column `{}` came where `{name}` was promised", column.name());
        }
        if column.dtype() == dtype {
            Ok(column)
        } else {
            column.cast_with_options(dtype, CastOptions::Strict)
        }
    };
    let columns =
        data.into_columns().into_iter().zip(schema.iter()).map(cast).collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(height, columns)
}
