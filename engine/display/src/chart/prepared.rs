//! A chart's data made ready to be drawn: checked, cleaned of what has no place, limited; what was left out is said in notes.

use super::calendar::in_calendar;
use super::palette::COLORS;
use super::{Chart, ChartKind, Positions};
use crate::ChartError;
use crate::escape::visible_line;
use std::collections::HashMap;

/// Categories of a bar chart without colours that are drawn.
const MOST_BANDS: usize = 50;
/// Bars of a bar chart with colours that are drawn.
const MOST_GROUPED_BARS: usize = 150;
/// Numbers whose span is more than this many of their least distances stand side by side as categories.
const MOST_SPREAD: f64 = 150.0;

/// What stands along x, for all series.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Across {
    Numbers,
    Times,
    /// The names in their order; a mark's x is a place among them.
    Bands(Vec<String>),
}

/// A mark's place, and its height if it has one.
pub(super) type Mark = (f64, Option<f64>);

/// One series, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Marks {
    pub(super) name: Option<String>,
    pub(super) marks: Vec<Mark>,
}

/// All that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prepared {
    pub(super) across: Across,
    pub(super) series: Vec<Marks>,
    pub(super) notes: Vec<String>,
}

impl Prepared {
    pub(super) fn new(chart: &Chart) -> Result<Self, ChartError> {
        check(chart)?;
        let mut notes: Vec<String> = chart.notes.iter().map(|note| visible_line(note).into_owned()).collect();
        let mut prepared = Self { across: across(chart), series: Vec::new(), notes: Vec::new() };
        let mut bands = Bands::default();
        let mut left_out = LeftOut::default();
        for series in chart.series.iter().take(COLORS) {
            let name = series.name.as_deref().map(|name| visible_line(name).into_owned());
            let places = places(&series.x, &mut bands);
            let marks =
                places.into_iter().zip(&series.y).filter_map(|(x, y)| left_out.mark(chart.kind, x, *y));
            prepared.series.push(Marks { name, marks: marks.collect() });
        }
        if chart.series.len() > COLORS {
            notes.push(format!(
                "The first {COLORS} of {} values of {} are drawn.",
                chart.series.len(),
                color_name(chart)
            ));
        }
        left_out.tell(&mut notes);
        if let Across::Bands(names) = &mut prepared.across {
            *names = bands.names;
        }
        prepared.settle(chart.kind, &mut notes);
        prepared.notes = notes;
        Ok(prepared)
    }

    /// The heights of all marks.
    pub(super) fn heights(&self) -> impl Iterator<Item = f64> + Clone {
        self.series.iter().flat_map(|series| series.marks.iter().filter_map(|mark| mark.1))
    }

    /// The places of all marks.
    pub(super) fn places(&self) -> impl Iterator<Item = f64> + Clone {
        self.series.iter().flat_map(|series| series.marks.iter().map(|mark| mark.0))
    }

    /// Brings the marks into the order and number in which they are drawn.
    fn settle(&mut self, kind: ChartKind, notes: &mut Vec<String>) {
        match (kind, &self.across) {
            (ChartKind::Bar, Across::Numbers) if self.is_spread() => self.set_side_by_side(),
            (ChartKind::Line, Across::Numbers | Across::Times) => {
                self.series
                    .iter_mut()
                    .for_each(|series| series.marks.sort_by(|one, other| one.0.total_cmp(&other.0)));
            }
            _ => {}
        }
        if kind == ChartKind::Bar {
            self.limit_bands(notes);
            self.tell_repeated(notes);
        }
    }

    /// Whether the numbers lie so far apart, for their least distance, that bars on an axis would be hairs.
    fn is_spread(&self) -> bool {
        let mut places: Vec<f64> = self.places().collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let least = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return false };
        places.len() <= MOST_BANDS && (last - first) / least > MOST_SPREAD
    }

    fn set_side_by_side(&mut self) {
        let mut bands = Bands::default();
        for mark in self.series.iter_mut().flat_map(|series| &mut series.marks) {
            mark.0 = bands.place(Some(&mark.0.to_string()));
        }
        self.across = Across::Bands(bands.names);
    }

    fn limit_bands(&mut self, notes: &mut Vec<String>) {
        let Across::Bands(names) = &mut self.across else { return };
        let most = match self.series.len() {
            0 | 1 => MOST_BANDS,
            groups => (MOST_GROUPED_BARS / groups).clamp(15, MOST_BANDS),
        };
        if names.len() > most {
            notes.push(format!(
                "The first {most} of {} bars are drawn.",
                super::number_label::number(names.len() as f64)
            ));
            names.truncate(most);
            self.series.iter_mut().for_each(|series| series.marks.retain(|mark| mark.0 < most as f64));
        }
    }

    fn tell_repeated(&self, notes: &mut Vec<String>) {
        let repeats = |series: &Marks| {
            let mut places: Vec<f64> =
                series.marks.iter().filter(|mark| mark.1.is_some()).map(|mark| mark.0).collect();
            places.sort_by(f64::total_cmp);
            places.windows(2).any(|pair| pair[0] == pair[1])
        };
        if self.series.iter().any(repeats) {
            notes.push(
                "Some bars lie over each other: group the rows first, so that each bar is one row."
                    .to_owned(),
            );
        }
    }
}

fn check(chart: &Chart) -> Result<(), ChartError> {
    let sizes = Chart::SIZES;
    if !sizes.contains(&chart.width) || !sizes.contains(&chart.height) {
        let (width, height) = (chart.width, chart.height);
        return Err(ChartError::Size { width, height, least: *sizes.start(), most: *sizes.end() });
    }
    for (place, series) in chart.series.iter().enumerate() {
        if series.x.len() != series.y.len() {
            return Err(ChartError::UnequalLengths {
                series: place + 1,
                x: series.x.len(),
                y: series.y.len(),
            });
        }
    }
    let same =
        |pair: &[super::Series]| std::mem::discriminant(&pair[0].x) == std::mem::discriminant(&pair[1].x);
    if chart.series.windows(2).all(same) { Ok(()) } else { Err(ChartError::MixedPositions) }
}

fn across(chart: &Chart) -> Across {
    match chart.series.first().map(|series| &series.x) {
        Some(Positions::Times(_)) => Across::Times,
        Some(Positions::Categories(_)) => Across::Bands(Vec::new()),
        Some(Positions::Numbers(_)) | None => Across::Numbers,
    }
}

fn color_name(chart: &Chart) -> String {
    chart.color_label.as_deref().map_or("the colour".to_owned(), |label| visible_line(label).into_owned())
}

/// Each position as a number; NaN where it has none.
fn places(x: &Positions, bands: &mut Bands) -> Vec<Option<f64>> {
    match x {
        Positions::Numbers(numbers) => numbers.clone(),
        Positions::Times(times) => times
            .iter()
            .map(|time| time.map(|micros| if in_calendar(micros) { micros as f64 } else { f64::INFINITY }))
            .collect(),
        Positions::Categories(names) => names.iter().map(|name| Some(bands.place(name.as_deref()))).collect(),
    }
}

/// Names in the order in which they come first.
#[derive(Default)]
struct Bands {
    names: Vec<String>,
    places: HashMap<Option<String>, usize>,
}

impl Bands {
    fn place(&mut self, name: Option<&str>) -> f64 {
        if let Some(&place) = self.places.get(&name.map(str::to_owned)) {
            return place as f64;
        }
        let place = self.names.len();
        self.names.push(match name {
            None => "null".to_owned(),
            Some("null") => "\"null\"".to_owned(),
            Some("") => "\"\"".to_owned(),
            Some(name) => visible_line(name).into_owned(),
        });
        self.places.insert(name.map(str::to_owned), place);
        place as f64
    }
}

/// How many marks were left out, by reason.
#[derive(Default)]
struct LeftOut {
    no_place: usize,
    no_number: usize,
}

impl LeftOut {
    /// The mark, if it can be drawn; a line keeps a place without height, as a gap.
    fn mark(&mut self, kind: ChartKind, x: Option<f64>, y: Option<f64>) -> Option<Mark> {
        let Some(x) = x else {
            self.no_place += 1;
            return None;
        };
        if !x.is_finite() {
            self.no_number += 1;
            return None;
        }
        match y {
            Some(y) if y.is_finite() => Some((x, Some(y))),
            Some(_) => {
                self.no_number += 1;
                (kind == ChartKind::Line).then_some((x, None))
            }
            None => matches!(kind, ChartKind::Line | ChartKind::Bar).then_some((x, None)),
        }
    }

    fn tell(&self, notes: &mut Vec<String>) {
        let rows = |count: usize| {
            if count == 1 {
                "1 row".to_owned()
            } else {
                format!("{} rows", super::number_label::number(count as f64))
            }
        };
        if self.no_place > 0 {
            notes.push(format!("{} without x left out.", rows(self.no_place)));
        }
        if self.no_number > 0 {
            notes.push(format!(
                "{} with NaN, infinite or unrepresentable values left out.",
                rows(self.no_number)
            ));
        }
    }
}
