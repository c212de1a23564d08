//! Fewer and larger tasks where each has to do the same work before its own: to make a table of the copied side of a
//! join.

use polars_plan::plans::hive::HivePartitionsDf;
use polars_utils::pl_serialize;

use crate::cut::Cutter;
use crate::cut::open::Open;
use crate::cut::size::Size;
use crate::piece::{Exchange, Part, Ticket};

/// How many times the bytes of the copy a task has of its own at least, as long as there are tasks for all slots: to
/// put a row into a table costs about ten times what it costs to read one and to look for it there.
const OWN: u64 = 16;

impl Cutter<'_> {
    /// The segment, in which each task is to have a copy of another side, in no more tasks than are worth it.
    pub(super) fn in_fewer_tasks(&self, mut open: Open, copy: Size) -> Open {
        let slots = self.options.partitions.max(1);
        let is_free = open.tickets.len() == open.partitions
            && open.inputs.iter().all(|(_, input)| input.exchange == Exchange::Broadcast);
        let known = copy.most.zip(open.size.guess).filter(|_| is_free && open.partitions > slots);
        let Some((copied, own)) = known else { return open };
        let worth = own / copied.saturating_mul(OWN).max(1);
        let worth = usize::try_from(worth).unwrap_or(usize::MAX).max(1).checked_next_multiple_of(slots);
        open.tickets = fewer(open.tickets, worth.unwrap_or(usize::MAX));
        open.partitions = open.tickets.len();
        open
    }
}

/// Neighbouring tickets together, so that there are about as many as are wanted.
fn fewer(tickets: Vec<Ticket>, wanted: usize) -> Vec<Ticket> {
    let shares = shared_out(&tickets);
    if !shares.contains(&true) {
        // A file that is named several times, once for each task: nothing tells it from one that each reads whole.
        return tickets;
    }
    let (count, mut made) = (tickets.len(), Vec::<Ticket>::new());
    for (taken, ticket) in tickets.into_iter().enumerate() {
        let is_full = taken * wanted.min(count) / count >= made.len();
        let last = made.last_mut().filter(|_| !is_full);
        match last.and_then(|last| Some((together(last, &ticket, &shares)?, last))) {
            Some((parts, last)) => last.parts = parts,
            None => {
                let place = u32::try_from(made.len()).unwrap_or(u32::MAX);
                made.push(Ticket { place, ..ticket });
            }
        }
    }
    made
}

/// Of which scans each task reads a part; a small one is read whole by each.
fn shared_out(tickets: &[Ticket]) -> Vec<bool> {
    let Some((first, others)) = tickets.split_first() else { return Vec::new() };
    let differs = |(place, part): (usize, &Part)| others.iter().any(|one| one.parts.get(place) != Some(part));
    first.parts.iter().enumerate().map(differs).collect()
}

/// What one task reads in the place of two, one after the other; none where it cannot be said so.
fn together(first: &Ticket, next: &Ticket, shares: &[bool]) -> Option<Vec<Part>> {
    if first.parts.len() != next.parts.len() {
        return None;
    }
    let both = first.parts.iter().zip(&next.parts).zip(shares);
    both.map(|((first, next), is_shared)| if *is_shared { joined(first, next) } else { Some(first.clone()) })
        .collect()
}

fn joined(first: &Part, next: &Part) -> Option<Part> {
    match (first.section, next.section) {
        (None, None) => Some(Part {
            paths: [first.paths.as_slice(), &next.paths].concat(),
            stamps: [first.stamps.as_slice(), &next.stamps].concat(),
            section: None,
            rows_before: first.rows_before,
            hive: hive_of_both(&first.hive, &next.hive)?,
        }),
        (Some(section), Some(more)) if first.paths == next.paths => {
            Some(Part { section: Some(section.joined(more)?), ..first.clone() })
        }
        _ => None,
    }
}

/// The values of hive partition columns for the files of both.
fn hive_of_both(first: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    if first.is_empty() && next.is_empty() {
        return Some(Vec::new());
    }
    let values =
        |bytes: &[u8]| pl_serialize::deserialize_from_reader::<HivePartitionsDf, _, false>(bytes).ok();
    let both = values(first)?.df().vstack(values(next)?.df()).ok()?;
    pl_serialize::serialize_to_bytes::<_, false>(&HivePartitionsDf::from(both)).ok()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::piece::{Section, Stamp, Unit};

    fn part(paths: &[&str], section: Option<Section>) -> Part {
        Part {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            stamps: vec![Stamp::default(); paths.len()],
            section,
            ..Part::default()
        }
    }

    fn tickets(parts: impl IntoIterator<Item = Vec<Part>>) -> Vec<Ticket> {
        let ticket = |(place, parts)| Ticket { place, parts };
        (0..).zip(parts).map(ticket).collect()
    }

    #[test]
    fn neighbours_are_read_by_one_task() {
        let files = |names: [&'static str; 5]| tickets(names.map(|name| vec![part(&[name], None)]));
        let five = files(["a", "b", "c", "d", "e"]);
        let two = tickets([vec![part(&["a", "b", "c"], None)], vec![part(&["d", "e"], None)]]);
        assert_eq!(fewer(five.clone(), 2), two);
        assert_eq!(fewer(five.clone(), 1), tickets([vec![part(&["a", "b", "c", "d", "e"], None)]]));
        assert_eq!(fewer(five.clone(), 5), five);
        assert_eq!(fewer(five.clone(), 9), five);
        assert_eq!(fewer(Vec::new(), 2), []);
    }

    #[test]
    fn a_file_that_is_named_often_is_read_as_often() {
        let (once, twice) = (|| part(&["a"], None), || part(&["a", "a"], None));
        let four = tickets([vec![once()], vec![once()], vec![once()], vec![part(&["b"], None)]]);
        let two = tickets([vec![twice()], vec![part(&["a", "b"], None)]]);
        assert_eq!(fewer(four, 2), two);
        let small = || part(&["small"], None);
        let beside =
            tickets([vec![once(), small()], vec![once(), small()], vec![part(&["b"], None), small()]]);
        let one = tickets([vec![part(&["a", "a", "b"], None), small()]]);
        assert_eq!(fewer(beside, 1), one);
        let alike = tickets([vec![twice(), small()], vec![twice(), small()]]);
        assert_eq!(fewer(alike.clone(), 1), alike, "either could be the one that each reads whole");
    }

    fn section(unit: Unit, begin: u64, len: u64) -> Option<Section> {
        Some(Section { unit, begin, len, head: 0 })
    }

    #[test]
    fn parts_of_one_file_are_one_part_and_of_two_stay_two() {
        let small = || part(&["small"], None);
        let rows = |name: &'static str, from| vec![part(&[name], section(Unit::Rows, from, 10)), small()];
        let four = tickets([rows("a", 0), rows("a", 10), rows("b", 0), rows("b", 10)]);
        let whole = |name: &'static str| vec![part(&[name], section(Unit::Rows, 0, 20)), small()];
        assert_eq!(fewer(four.clone(), 2), tickets([whole("a"), whole("b")]));
        assert_eq!(fewer(four, 1), tickets([whole("a"), whole("b")]));
        let mixed = tickets([rows("a", 10), vec![part(&["b"], None), small()]]);
        assert_eq!(fewer(mixed.clone(), 1), mixed);
        let unlike = tickets([rows("a", 0), vec![part(&["a"], section(Unit::Bytes, 10, 10)), small()]]);
        assert_eq!(fewer(unlike.clone(), 1), unlike);
    }

    #[test]
    fn values_of_hive_columns_stay_with_their_files() {
        let hive = |values: &[i32]| {
            let values = df!("year" => values).unwrap();
            pl_serialize::serialize_to_bytes::<_, false>(&HivePartitionsDf::from(values)).unwrap()
        };
        let file = |name: &'static str, year| Part { hive: hive(&[year]), ..part(&[name], None) };
        let found = fewer(tickets([vec![file("a", 2024)], vec![file("b", 2025)]]), 1);
        let [Ticket { parts, .. }] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(parts[0].paths, ["a", "b"]);
        let values =
            pl_serialize::deserialize_from_reader::<HivePartitionsDf, _, false>(parts[0].hive.as_slice());
        assert_eq!(values.unwrap().df(), &df!("year" => [2024, 2025]).unwrap());
        let bare = part(&["c"], None);
        assert_eq!(fewer(tickets([vec![file("a", 2024)], vec![bare]]), 1).len(), 2);
    }
}
