//! The font that text is measured and drawn with, registered once: no font of the system is wanted.

use std::sync::OnceLock;

use plotters::style::{FontStyle, register_font};

use super::ChartError;

/// What the font is called in drawings; browsers take their own of that name.
pub(super) const FAMILY: &str = "sans-serif";

/// Makes the font known to the drawing library.
pub(super) fn register() -> Result<(), ChartError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let is_done = *DONE.get_or_init(|| {
        let fonts = [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())];
        fonts.into_iter().all(|(style, bytes)| register_font(FAMILY, style, bytes).is_ok())
    });
    if is_done { Ok(()) } else { Err(ChartError { reason: "its font could not be read".into() }) }
}
