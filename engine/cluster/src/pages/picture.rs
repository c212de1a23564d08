//! The plan of a job as a picture: a box for each stage, with the rows that went from one to the next on the edges.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::record::{JobRecord, StageRecord};
use crate::words::{amount, counted, grouped, rows};

const BOX_WIDTH: usize = 250;
const LINE: usize = 16;
const GAP: usize = 40;
const EDGE: usize = 56;
/// How far the words of an edge may stand out beside the last box.
const LABEL: usize = 70;
/// Lines of a box at most, and letters of each.
const MOST_LINES: usize = 8;
const LONGEST_LINE: usize = 36;
/// Stages up to which a picture is of use.
const MOST_STAGES: usize = 200;

/// Where a stage's box is.
struct Place {
    left: usize,
    top: usize,
    lines: Vec<String>,
}

impl Place {
    fn height(&self) -> usize {
        (self.lines.len() + 2) * LINE
    }
    fn middle(&self) -> usize {
        self.left + BOX_WIDTH / 2
    }
    fn bottom(&self) -> usize {
        self.top + self.height()
    }
}

/// The picture.
pub(super) fn picture(job: &JobRecord) -> Markup {
    if job.stages.len() > MOST_STAGES {
        return html! { p.faint { "The plan has " (job.stages.len()) " stages, too many for a picture." } };
    }
    let places = places(&job.stages);
    let width = places.values().map(|place| place.left + BOX_WIDTH).max().unwrap_or(0) + LABEL;
    let height = places.values().map(Place::bottom).max().unwrap_or(0) + 2;
    html! {
        svg.picture viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label="The stages of the job" {
            @for (number, stage) in &job.stages {
                @for from in &stage.reads {
                    @if let (Some(to), Some(source), Some(from)) = (places.get(number), job.stages.get(from), places.get(from)) {
                        (edge(from, to, source))
                    }
                }
            }
            @for (number, place) in &places { (stage_box(*number, &job.stages[number], place)) }
        }
    }
}

/// Stages in layers, each below all that it reads.
fn places(stages: &BTreeMap<usize, StageRecord>) -> BTreeMap<usize, Place> {
    let mut layers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut depths = BTreeMap::new();
    for number in stages.keys() {
        layers.entry(depth(*number, stages, &mut depths, 0)).or_default().push(*number);
    }
    let widest = layers.values().map(Vec::len).max().unwrap_or(0);
    let (mut top, mut places) = (1, BTreeMap::new());
    for layer in layers.values() {
        let shift = (widest - layer.len()) * (BOX_WIDTH + GAP) / 2;
        let mut tallest = 0;
        for (at, number) in layer.iter().enumerate() {
            let place =
                Place { left: 1 + shift + at * (BOX_WIDTH + GAP), top, lines: lines(&stages[number]) };
            tallest = tallest.max(place.height());
            places.insert(*number, place);
        }
        top += tallest + EDGE;
    }
    places
}

fn depth(
    number: usize,
    stages: &BTreeMap<usize, StageRecord>,
    known: &mut BTreeMap<usize, usize>,
    level: usize,
) -> usize {
    if let Some(depth) = known.get(&number) {
        return *depth;
    }
    let Some(stage) = stages.get(&number).filter(|_| level < MOST_STAGES) else { return 0 };
    let below = stage.reads.iter().map(|from| depth(*from, stages, known, level + 1) + 1).max().unwrap_or(0);
    known.insert(number, below);
    below
}

fn lines(stage: &StageRecord) -> Vec<String> {
    let clipped = |step: &String| match step.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &step[..end]),
        None => step.clone(),
    };
    let steps = stage.told_steps();
    let mut lines: Vec<String> = steps.iter().take(MOST_LINES).map(clipped).collect();
    if steps.len() > MOST_LINES {
        lines.push(format!("… {} more", steps.len() - MOST_LINES));
    }
    lines
}

fn stage_box(number: usize, stage: &StageRecord, place: &Place) -> Markup {
    let class = match (stage.is_failed(), stage.is_done(), stage.tasks.is_empty()) {
        (true, ..) => "bad",
        (_, true, _) => "good",
        (_, _, true) => "",
        _ => "busy",
    };
    let left = place.left + 12;
    let all = counted(stage.tasks_planned.max(stage.tasks.len()), "task");
    let tasks = format!("{} of {all}", grouped(stage.tasks_done() as u64));
    html! {
        rect class={ "box " (class) } x=(place.left) y=(place.top) width=(BOX_WIDTH) height=(place.height()) rx="6" {}
        text.faint x=(left) y=(place.top + LINE + 2) { "Stage " (number) " · " (tasks) }
        @for (at, line) in place.lines.iter().enumerate() {
            text x=(left) y=(place.top + LINE * (at + 2) + 4) { (line) }
        }
    }
}

fn edge(from: &Place, to: &Place, source: &StageRecord) -> Markup {
    let (x1, y1, x2, y2) = (from.middle(), from.bottom(), to.middle(), to.top);
    let bend = (y1 + y2) / 2;
    let words = format!("{}, {}", rows(source.rows()), amount(source.bytes()));
    html! {
        path d={ "M " (x1) " " (y1) " C " (x1) " " (bend) " " (x2) " " (bend) " " (x2) " " (y2) } {}
        @if source.tasks_done() > 0 {
            text.faint x=(x1 + 8) y=(y1 + LINE) { (words) }
        }
    }
}
