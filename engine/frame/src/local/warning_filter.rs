//! Keeps what Polars says to users of its Python library out of the log: advice on what is deprecated there means
//! nothing here. Its other warnings go where they went before.

use std::sync::Once;

use polars_error::{PolarsWarning, set_warning_function};

/// Installs the filter, once for the process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| set_warning_function(pass));
}

fn pass(message: &str, kind: PolarsWarning) {
    if !matches!(kind, PolarsWarning::Deprecation) {
        tell(message);
    }
}

#[expect(clippy::print_stderr, reason = "Polars' own way; a query has no other place to say it")]
fn tell(message: &str) {
    eprintln!("{message}");
}
