//! Keeps panics that are no news out of the log: Polars stops a query by one, and what is only tried may end in one.
//! Every other panic is still reported by the hook that was there before.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::RunError;
use crate::error::NO_SPACE;

/// What Polars' abort panics say; see `polars_error::abort`.
const ABORT_PREFIX: &str = "__POLARS_ABORT_";

thread_local! {
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// Installs the filter, once for the process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !is_abort(info) && !TRYING.get() {
                previous(info);
            }
        }));
    });
}

fn is_abort(info: &PanicHookInfo<'_>) -> bool {
    info.payload_as_str().is_some_and(|message| message.starts_with(ABORT_PREFIX))
}

/// The error that a caught panic amounts to.
pub(crate) fn error(payload: &(dyn std::any::Any + Send)) -> RunError {
    match message(payload) {
        // Polars panics where it cannot write what does not fit in memory.
        message if message.contains(NO_SPACE) => RunError::OutOfDisk,
        message => RunError::Panicked { message },
    }
}

/// What is tried; what it said where it ends in a panic.
pub(crate) fn tried<T>(trial: impl FnOnce() -> T) -> Result<T, String> {
    let before = TRYING.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(trial));
    TRYING.set(before);
    outcome.map_err(|payload| message(&*payload))
}

/// What a caught panic said.
pub fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
