//! The rhythm of the day: how much happens in each minute, and which activity it is; fills the day up to the number of
//! events that was asked for.

use std::io;

use super::activity::{self, Activity};
use super::clock::{HOUR, MINUTE, Moment};
use super::programs;
use super::recorder::Recorder;
use super::station::Station;

/// When the day begins in the log.
const BEGIN: Moment = 4 * HOUR + 30 * MINUTE;
/// How busy each half hour from [`BEGIN`] on is: a morning, a lunch, an afternoon, and jobs at night.
const HALF_HOURS: [u64; 31] = [
    6, 5, 4, 4, 8, 18, 30, 36, 38, 36, 34, 33, 32, 27, 18, 16, 24, 30, 33, 34, 33, 32, 30, 28, 22, 15, 9, 6,
    4, 3, 3,
];
/// No activity records more events than this; what is left at the end of the day is filled one by one.
const LARGEST: usize = 40;

/// Fills the day until `events` are recorded in all, and writes it as it goes.
pub(crate) fn fill(recorder: &mut Recorder<'_>, stations: &[Station], events: usize) -> io::Result<()> {
    let scripted = recorder.recorded();
    let whole: u64 = HALF_HOURS.iter().sum::<u64>() * 30;
    let mut passed = 0_u64;
    for minute in 0..HALF_HOURS.len() * 30 {
        let moment = BEGIN + minute as Moment * MINUTE;
        recorder.write_until(moment)?;
        passed += HALF_HOURS[minute / 30];
        let share = (events.saturating_sub(scripted)) as u128 * u128::from(passed) / u128::from(whole);
        fill_minute(recorder, stations, moment, scripted + share as usize, events);
    }
    Ok(())
}

fn fill_minute(
    recorder: &mut Recorder<'_>,
    stations: &[Station],
    minute: Moment,
    target: usize,
    events: usize,
) {
    while recorder.recorded() < target {
        let moment = minute + recorder.random.between(0, MINUTE - 1);
        let station = &stations[recorder.random.index(stations.len())];
        if events - recorder.recorded() > LARGEST {
            let before = recorder.recorded();
            some_activity(recorder, station, stations, moment);
            debug_assert!(recorder.recorded() - before <= LARGEST);
        } else {
            activity::remember(recorder, station.resident(&programs::SVCHOST), moment);
        }
    }
}

/// Half of what happens is people's doing, where there are people.
fn some_activity(recorder: &mut Recorder<'_>, station: &Station, stations: &[Station], moment: Moment) {
    let at_work: Vec<_> =
        station.sessions.iter().filter(|session| session.begins < moment && moment < session.ends).collect();
    if at_work.is_empty() || recorder.random.chance(45) {
        let activity = weighted(recorder, &activity::OF_HOSTS);
        activity(recorder, station, moment);
    } else {
        let session = at_work[recorder.random.index(at_work.len())];
        let activity = weighted(recorder, &activity::OF_PEOPLE);
        activity(recorder, session, stations, moment);
    }
}

/// One of the activities, the heavier the likelier.
fn weighted<F: Copy>(recorder: &mut Recorder<'_>, activities: &[Activity<F>]) -> F {
    let whole: u64 = activities.iter().map(|activity| activity.weight).sum();
    let mut drawn = recorder.random.below(whole);
    for activity in activities {
        if drawn < activity.weight {
            return activity.act;
        }
        drawn -= activity.weight;
    }
    activities[0].act
}
