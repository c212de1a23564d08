//! Random plans, made of random words: each is run whole and in pieces, and must give the same rows. A plan that does
//! not is made shorter, as long as it still does not, and shown.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch, panic_message};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::growing::{Growing, KINDS};
use crate::probes::{SMALL_SIDE, nothing_small};
use crate::rehearsal::{self, Defect};
use crate::running::{started, up_to};
use crate::samples::Samples;
use crate::skew::SPREAD;

/// Plans of one run of the tests.
const PLANS: u64 = 9 * KINDS;
/// Of so many plans one is tried on a whole cluster, too.
const OF_A_CLUSTER: u64 = 8;
/// Steps that a plan has at most.
const STEPS: u64 = 6;

/// The steps that a run must meet, each many times.
const RULES: [&str; 48] = [
    "columns",
    "counted",
    "dynamic",
    "dynamic-by",
    "explode",
    "file",
    "files",
    "files-begin",
    "filter",
    "group",
    "group-in-order",
    "head",
    "inequalities",
    "join-anti",
    "join-cross",
    "join-few",
    "join-files",
    "join-full",
    "join-inner",
    "join-left",
    "join-right",
    "join-semi",
    "merge-sorted",
    "nearest",
    "nearest-by",
    "nested",
    "pivot",
    "rolling",
    "rolling-by",
    "row-index",
    "select",
    "share",
    "side-by-side",
    "slice",
    "sort",
    "tail",
    "top",
    "union",
    "unique-first",
    "unique-in-order",
    "unique-keys",
    "unique-none",
    "unnest",
    "unpivot",
    "whole",
    "window",
    "window-and-value",
    "windows",
];

/// What the cutter must make of so many plans of a run, by the names of its steps.
const CUTS: [&str; 34] = [
    "aggregate",
    "filter",
    "final aggregate",
    "final group by",
    "group by",
    "group by spans",
    "hconcat",
    "hstack",
    IN_EACH,
    "join",
    "join with a copy",
    "kept rows",
    "keys",
    "map function",
    "partial aggregate",
    "partial group by",
    "projection",
    "row index",
    "rows in memory",
    "scan parquet",
    "simple projection",
    "slice",
    "sort",
    "sort by ranges",
    SPREAD,
    "union",
    "unique",
    "unpivot",
    "values around the wanted ones",
    "values in their places",
    "values of all rows",
    "values of some rows",
    "wanted keys",
    "window",
];
/// The end of the name of a step that each task does for itself.
const IN_EACH: &str = "in each task";

/// A number that looks like chance; the same for the same seed and place.
fn word(seed: u64, place: u64) -> u64 {
    // SplitMix64.
    let mut mixed =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(place.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The plan that the words make, what it does in words, and whether its rows have an order.
fn grown(samples: &Samples, words: &[u64]) -> (LazyFrame, Vec<String>, bool) {
    let mut growing = Growing::new(samples, words.first().copied().unwrap_or_default());
    for word in words.iter().skip(1) {
        growing.grow(samples, *word);
    }
    growing.finished()
}

/// What is known of a plan that gives the same rows whole and in pieces.
#[derive(Default)]
struct Agreed {
    rows: usize,
    /// Sorts by ranges, and parts that ran before the rest was cut.
    ranges: usize,
    kept: usize,
    /// What the cutter made of it: the names of its steps.
    cuts: BTreeSet<String>,
}

/// What is known of the plan of the words where it gives the same rows whole and in pieces, on a cluster with this defect;
/// nothing where Polars refuses it whole, as it does some that chance makes. Else what differs.
fn agrees(samples: &Samples, words: &[u64], defect: Defect) -> Result<Option<Agreed>, String> {
    let (lazy, steps, in_order) = grown(samples, words);
    let whole = LocalRunner.run(&Plan::Polars(lazy.clone()), Limit::All, &Watch::new());
    let Ok(whole) = whole else { return Ok(None) };
    let check = || {
        let mut agreed = Agreed { rows: whole.height(), ..Agreed::default() };
        // One partition has the fewest ways to be wrong.
        let ways = [(2, SMALL_SIDE, 0), (7, 0, 0), (1, 0, 0), (3, 0, 1 << 20)];
        let ways = if words.len().is_multiple_of(4) { &ways[..] } else { &ways[..2] };
        for (partitions, broadcast_bytes, sort_bytes) in ways.iter().copied() {
            let options = CutOptions {
                broadcast_bytes: Some(broadcast_bytes),
                few_bytes: broadcast_bytes,
                skew_bytes: broadcast_bytes,
                sort_bytes,
                // Now and then exchanges have more partitions than tasks run at once, each another number.
                partition_memory: (partitions == 2).then_some(1 << 10),
                pairs: Some(64),
                ..nothing_small(partitions)
            };
            let found = rehearsal::run(lazy.clone(), &options, defect).unwrap();
            assert_same(&format!("{steps:?} on {partitions}"), &whole, &found.data, in_order);
            agreed.ranges = agreed.ranges.max(found.ranges);
            agreed.kept = agreed.kept.max(found.kept);
            agreed.cuts.extend(found.all_steps.into_iter().map(|step| match step.ends_with(IN_EACH) {
                true => IN_EACH.to_owned(),
                false => step,
            }));
        }
        Some(agreed)
    };
    catch_unwind(AssertUnwindSafe(check)).map_err(|payload| panic_message(&*payload))
}

/// The words without those that are not needed for the plan to differ.
fn shortened(samples: &Samples, mut words: Vec<u64>) -> Vec<u64> {
    let mut place = 1;
    while place < words.len() {
        let mut fewer = words.clone();
        fewer.remove(place);
        if agrees(samples, &fewer, Defect::None).is_err() {
            words = fewer;
        } else {
            place += 1;
        }
    }
    words
}

/// The words of a plan: of the source, and of each step.
fn words_of(seed: u64) -> Vec<u64> {
    let count = 1 + word(seed, 0) % STEPS;
    let step = |place| word(seed, place) / KINDS * KINDS + kind(seed, place);
    [word(seed, 1)].into_iter().chain((2..=count + 1).map(step)).collect()
}

/// The kind of a plan's step at a place: of as many plans in a row as there are kinds, each has another one there, so that
/// a run of few plans meets all of them about as often.
fn kind(seed: u64, place: u64) -> u64 {
    let round = seed / KINDS;
    let mut kinds: Vec<u64> = (0..KINDS).collect();
    for left in (1..KINDS).rev() {
        // Words that no plan takes for its own.
        let other = word(round, (place << 32) | left) % (left + 1);
        kinds.swap(left as usize, other as usize);
    }
    kinds[(seed % KINDS) as usize]
}

#[test]
fn what_is_wrong_on_purpose_is_found() {
    let samples = Samples::new();
    let defects = [
        Defect::KeysApart,
        Defect::NegativeZerosApart,
        Defect::LostRows,
        Defect::LostOrder,
        Defect::BoundOffByOne,
        Defect::DescendingIgnored,
        Defect::WrongRowsKept,
    ];
    for defect in defects {
        // What fails in another way has not been found by its rows.
        let differs = |error: String| error.contains(": rows\n") || error.contains(": row ");
        let found = (0..PLANS).find(|seed| agrees(&samples, &words_of(*seed), defect).is_err_and(differs));
        let found = found.unwrap_or_else(|| panic!("{defect:?} is not found by {PLANS} plans"));
        // By then each kind of step has come at each place of a plan.
        assert!(found < KINDS, "{defect:?} is found by plan {found} only");
    }
}

/// The plans that are asked for instead of the usual ones: one of `FRAM_ONLY`, or some of `FRAM_PLANS`, as `400..900`.
fn asked_plans() -> Option<Range<u64>> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(seed) = variable("FRAM_ONLY").and_then(|seed| seed.parse::<u64>().ok()) {
        return Some(seed..seed + 1);
    }
    let plans = variable("FRAM_PLANS")?;
    let (first, end) = plans.split_once("..").unwrap();
    Some(first.parse().unwrap()..end.parse().unwrap())
}

#[test]
fn random_plans_give_the_same_rows_in_pieces() {
    let samples = Samples::new();
    let (mut with_rows, mut with_ranges, mut with_kept) = (0, 0, 0);
    let (mut known, mut cuts) = (BTreeMap::new(), BTreeMap::new());
    let asked = asked_plans();
    for seed in asked.clone().unwrap_or(0..PLANS) {
        let words = words_of(seed);
        let Ok(agreed) = agrees(&samples, &words, Defect::None) else {
            let words = shortened(&samples, words);
            let (_, steps, _) = grown(&samples, &words);
            panic!("seed {seed}: pieces differ from the whole for {steps:#?}; the reason is above");
        };
        let Some(agreed) = agreed else { continue };
        with_rows += u64::from(agreed.rows > 0);
        with_ranges += usize::from(agreed.ranges > 0);
        with_kept += usize::from(agreed.kept > agreed.ranges);
        for step in grown(&samples, &words).1 {
            *known.entry(step.split(' ').next().unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
        for cut in agreed.cuts {
            *cuts.entry(cut).or_insert(0) += 1;
        }
    }
    if asked.is_none() {
        assert!(with_rows * 5 >= PLANS * 4, "only {with_rows} of {PLANS} plans have rows");
        let rare = RULES.iter().filter(|rule| known.get(**rule).is_none_or(|count| *count < 20));
        assert_eq!(rare.collect::<Vec<_>>(), [&""; 0], "{known:?}");
        let rare = CUTS.iter().filter(|cut| cuts.get(**cut).is_none_or(|count| *count < 20));
        assert_eq!(rare.collect::<Vec<_>>(), [&""; 0], "{cuts:?}");
        let more = known.keys().filter(|step| !RULES.contains(&step.as_str()));
        assert_eq!(more.collect::<Vec<_>>(), [&""; 0], "steps that are no rule");
        assert!(with_ranges >= 20, "only {with_ranges} plans have a sort by ranges");
        assert!(with_kept >= 20, "only {with_kept} plans have a subplan that is kept");
    }
}

/// Rows travel there as Arrow's, in files and over sockets, which they do not in a rehearsal.
#[test]
fn random_plans_give_the_same_rows_on_a_cluster() {
    let (samples, cluster) = (Samples::new(), started(2));
    let runners = [0, SMALL_SIDE].map(|small| cluster.runner(up_to(small)).unwrap());
    let plans = asked_plans().unwrap_or(0..PLANS);
    let every = if plans.end - plans.start == 1 { 1 } else { OF_A_CLUSTER };
    let (mut tried, mut with_rows) = (0, 0);
    for seed in plans.filter(|seed| seed.is_multiple_of(every)) {
        let (lazy, steps, in_order) = grown(&samples, &words_of(seed));
        let plan = Plan::Polars(lazy);
        let Ok(whole) = LocalRunner.run(&plan, Limit::All, &Watch::new()) else { continue };
        (tried, with_rows) = (tried + 1, with_rows + usize::from(whole.height() > 0));
        for runner in &runners {
            let found = runner.run(&plan, Limit::All, &Watch::new());
            let found = found.unwrap_or_else(|error| panic!("seed {seed}, {steps:?}: {error}"));
            assert_same(&format!("seed {seed}, {steps:?} on a cluster"), &whole, &found, in_order);
        }
    }
    assert!(with_rows * 5 >= tried * 4, "only {with_rows} of {tried} plans have rows");
}
