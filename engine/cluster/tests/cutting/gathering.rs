//! What brings a whole input to one task: a list of the probes that must, with the reason of each. It may be neither too
//! short nor too long.

use std::collections::BTreeMap;

use crate::probes::{check, chosen};
use crate::samples::Samples;

/// Probes whose input is gathered, what for, and why no rule can leave it where it is.
const GATHERED: &[(&str, &str, &str)] = &[
    ("cumulative sum", "projection", "each row goes on from the one before"),
    ("dynamic groups", "aggregate", "windows without keys go over the bounds of partitions"),
    (
        "nearest of all",
        "join",
        "the nearest row may be in any partition, and whether keys are sorted is seen of all",
    ),
    (
        "dynamic groups with their bounds",
        "aggregate",
        "a partition without rows would give no columns of bounds",
    ),
    ("rolling groups", "aggregate", "windows without keys go over the bounds of partitions"),
    ("sort, then cumulative sum", "projection", "each row goes on from the one before"),
    ("numbers of a union", "row index", "both sides have their order in columns, which do not add up"),
    ("sort by lists", "sort", "lists have no bytes that are in their order, so no ranges"),
    ("union of the same in order", "union", "both sides have their order in columns, which do not add up"),
    (
        "union of the same windows of a union",
        "union",
        "both sides have their order in columns, which do not add up",
    ),
    ("spans of windows", "projection", "windows inside of spans are of the rows of each span"),
    ("structs of windows", "projection", "windows inside of structs are over their fields"),
    ("running sums after windows of a union", "hstack", "each row goes on from the one before"),
];

#[test]
fn what_can_be_distributed_is_not_gathered() {
    let samples = Samples::new();
    let mut listed: BTreeMap<&str, &str> = GATHERED.iter().map(|(name, what, _)| (*name, *what)).collect();
    let mut wrong = Vec::new();
    for (name, in_order, plan) in chosen() {
        let found = check(name, in_order, &plan(&samples), 2).gathered;
        let found = found.into_iter().collect::<Vec<_>>().join(", ");
        let expected = listed.remove(name).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}: gathered for {found:?}, listed {expected:?}"));
        }
    }
    if std::env::var("FRAM_ONLY").is_err() {
        wrong.extend(listed.keys().map(|name| format!("{name}: there is no such probe")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
