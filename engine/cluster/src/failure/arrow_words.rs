//! Arrow's errors as a kind and words, and back.

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// The kinds of Arrow's errors that have only words.
macro_rules! arrow_worded {
    ($($kind:ident),* $(,)?) => {
        /// The kind of the error, and what it says; none where it wraps another.
        pub(super) fn arrow_words(error: &ArrowError) -> Option<(&'static str, String)> {
            match error {
                $(ArrowError::$kind(message) => Some((stringify!($kind), message.clone())),)*
                ArrowError::DivideByZero => Some(("DivideByZero", error.to_string())),
                _ => None,
            }
        }

        /// The error of this kind that says this.
        pub(super) fn sql_error(kind: &str, message: String) -> DataFusionError {
            let arrow = match kind {
                $(stringify!($kind) => ArrowError::$kind(message),)*
                "DivideByZero" => ArrowError::DivideByZero,
                _ => return DataFusionError::Execution(message),
            };
            DataFusionError::ArrowError(Box::new(arrow), None)
        }
    };
}

arrow_worded!(
    ArithmeticOverflow,
    CastError,
    ComputeError,
    InvalidArgumentError,
    NotYetImplemented,
    ParseError,
    SchemaError,
);
