//! `%time` and `%%time`: how long something takes.

use std::time::{Duration, Instant};

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::session::{Desk, Outcome, Placed};

/// `%time code`, `%%time`.
pub(super) struct Time;

impl Magic for Time {
    fn name(&self) -> &'static str {
        "time"
    }
    fn summary(&self) -> &'static str {
        "Runs code, shows its value and says how long both took."
    }
    fn usage(&self) -> &'static str {
        "code"
    }
    fn examples(&self) -> &'static [&'static str] {
        &[]
    }
    fn forms(&self) -> (bool, bool) {
        (true, true)
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let (code, at) = given.code();
        if code.trim().is_empty() {
            let fault = Fault::argument("there is nothing to run")
                .hint("`%time f.height()`, or `%%time` and lines below");
            return Err(Placed::nowhere(fault));
        }
        let begun = Instant::now();
        // Frames are lazy: only showing them takes the time that the user wants to know.
        let shown = desk.run(code).map_err(|placed| placed.shifted(at))?;
        let took = begun.elapsed();
        if let Some(shown) = shown {
            desk.notebook.screen().display(shown, None);
        }
        desk.notebook.screen().print(&format!("time: {}\n", words(took)));
        Ok(Outcome::Quiet)
    }
}

/// A time in the unit that fits.
fn words(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        seconds if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 60.0 => format!("{seconds:.2} s"),
        seconds => format!("{} min {:.1} s", (seconds / 60.0) as u64, seconds % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_unit_that_fits() {
        assert_eq!(words(Duration::from_micros(15)), "15 µs");
        assert_eq!(words(Duration::from_millis(15)), "15.0 ms");
        assert_eq!(words(Duration::from_secs(75)), "1 min 15.0 s");
    }
}
