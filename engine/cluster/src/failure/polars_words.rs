//! Polars' errors as a kind and words, and back.

use polars::error::PolarsError;

/// The kinds of Polars' errors that have only words.
macro_rules! worded {
    ($($kind:ident),* $(,)?) => {
        /// The name of the error's variant.
        pub(super) fn polars_kind(error: &PolarsError) -> &'static str {
            match error {
                $(PolarsError::$kind(_) => stringify!($kind),)*
                PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => polars_kind(error),
                PolarsError::IO { .. } => "IO",
            }
        }

        /// What the error says, without the name of its kind.
        pub(super) fn polars_message(error: &PolarsError) -> String {
            match error {
                $(PolarsError::$kind(message) => message.to_string(),)*
                PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => polars_message(error),
                PolarsError::IO { error, .. } => error.to_string(),
            }
        }

        /// The error of this kind that says this.
        pub(super) fn polars_error(kind: &str, message: String) -> PolarsError {
            match kind {
                $(stringify!($kind) => PolarsError::$kind(message.into()),)*
                "IO" => PolarsError::from(std::io::Error::other(message)),
                _ => PolarsError::ComputeError(message.into()),
            }
        }
    };
}

worded!(
    AssertionError,
    ColumnNotFound,
    ComputeError,
    Duplicate,
    InvalidOperation,
    NoData,
    OutOfBounds,
    SchemaFieldNotFound,
    SchemaMismatch,
    ShapeMismatch,
    SQLInterface,
    SQLSyntax,
    StringCacheMismatch,
    StructFieldNotFound,
);
