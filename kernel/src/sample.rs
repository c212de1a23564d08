//! Sample data: a day of Windows event logs with an intrusion hidden in it, made up from a seed; what the command line
//! says about it is the program's business.

mod activity;
mod clock;
mod domain;
mod envelope;
mod intrusion;
mod logons;
mod lookalikes;
mod message;
mod process;
mod programs;
mod random;
mod record;
mod recorder;
mod script;
mod security;
mod services;
mod station;
mod summary;
mod sysmon;
mod workday;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use flate2::{Compression, GzBuilder};

pub(crate) use summary::Summary;

/// Fewer events do not hold the hosts, the people and the intrusion together.
pub(crate) const MINIMUM_EVENTS: usize = 2_000;
/// What is made when nobody says how many.
pub(crate) const DEFAULT_EVENTS: usize = 20_000;

/// Writes `events` events of Sysmon and the Windows logs to `writer`, one JSON object a line, in the order in which they
/// were collected, and returns the truth about the intrusion in them.
///
/// The same seed and number give the same bytes on every platform. For one seed the intrusion is the same whatever the
/// number of events. Memory does not grow with it.
///
/// # Errors
///
/// `InvalidInput` when `events` is less than [`MINIMUM_EVENTS`]; otherwise what the writer says.
pub(crate) fn winevents(seed: u64, events: usize, writer: &mut dyn Write) -> io::Result<Summary> {
    if events < MINIMUM_EVENTS {
        let sentence =
            format!("{events} events are too few: the day and the intrusion in it need {MINIMUM_EVENTS}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let domain = Rc::new(domain::Domain::new(seed));
    let mut recorder = recorder::Recorder::new(domain, random::Random::named(seed, "events"), writer);
    let stations = station::stations(&mut recorder);
    let summary = intrusion::play(seed, &mut recorder, &stations);
    lookalikes::play(&mut recorder, &stations);
    workday::fill(&mut recorder, &stations, events)?;
    Ok(Summary { events: recorder.finish()?, ..summary })
}

/// Writes them to a file, compressed when its name ends in `.gz`; the bytes depend on nothing else.
///
/// # Errors
///
/// As [`winevents`], and what the file system says.
pub(crate) fn winevents_file(seed: u64, events: usize, path: &Path) -> io::Result<Summary> {
    if events < MINIMUM_EVENTS {
        // Says so before a file is made.
        return winevents(seed, events, &mut io::sink());
    }
    let mut file = BufWriter::new(File::create(path)?);
    if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
        return winevents(seed, events, &mut file);
    }
    let mut packed = GzBuilder::new().mtime(0).operating_system(255).write(file, Compression::best());
    let summary = winevents(seed, events, &mut packed)?;
    packed.finish()?.flush()?;
    Ok(summary)
}
