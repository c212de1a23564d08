//! Finds mistakes of types before anything runs: Polars reports some, as a string compared with a number, only when
//! rows are there. So a verb's expressions are tried on no rows at all.

use polars::error::PolarsError;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, Schema};

use crate::RunError;
use crate::local::panic_filter;

/// Tries a change on a frame of these columns without rows; fails where types don't go together. Other errors are no
/// matter here: taking the first of no rows fails, for example, but not of some.
#[expect(clippy::disallowed_methods, reason = "there are no rows: nothing is read, nothing can take long")]
pub fn check_types(schema: &Schema, change: impl FnOnce(LazyFrame) -> LazyFrame) -> Result<(), RunError> {
    let tried = || change(DataFrame::empty_with_schema(schema).lazy()).collect();
    match panic_filter::tried(tried) {
        Ok(Err(error)) if is_of_types(&error) => Err(error.into()),
        // Some of Polars' functions panic instead, and others where there are no rows, which is no matter here.
        Err(panic) => match panic.split_once("SchemaMismatch(ErrString(\"") {
            Some((_, text)) => {
                let text = text.trim_end_matches("\"))").to_owned();
                Err(PolarsError::SchemaMismatch(text.into()).into())
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn is_of_types(error: &PolarsError) -> bool {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => is_of_types(error),
        PolarsError::SchemaMismatch(_) => true,
        PolarsError::ComputeError(text) => {
            text.contains("cannot compare") || text.contains("must be of type")
        }
        PolarsError::InvalidOperation(text) => {
            ["dtype", "not supported", "can only be used", "unsupported data type"]
                .iter()
                .any(|part| text.contains(part))
        }
        _ => false,
    }
}
