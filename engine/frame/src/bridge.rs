//! The one file where the two Arrow libraries meet.

use polars::prelude::Schema;

use crate::RunError;

/// The Polars schema of an Arrow schema.
pub fn polars_schema(_schema: &arrow::datatypes::Schema) -> Result<Schema, RunError> {
    Ok(Schema::default())
}
