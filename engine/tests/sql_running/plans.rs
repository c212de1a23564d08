//! SQL over plans of Polars' that bring rows together, on a cluster where nothing is small, and over their rows when the
//! cluster keeps them: each has the rows of one machine.

use fram_cluster::CutOptions;
use fram_frame::{Held, Limit, Plan, Watch};
use polars::prelude::*;

use crate::alike::{named, tables, wrong};
use crate::places::{Frames, Place, alone, on_cluster};

/// A plan over `facts` and `dims`, whose rows have a `k` and a `v`.
type Made = fn(LazyFrame, LazyFrame) -> LazyFrame;

const PLANS: &[(&str, Made)] = &[
    ("grouped", |facts, _| facts.group_by([col("k"), col("g")]).agg([col("v").max(), len()])),
    ("distinct", |facts, _| {
        facts.select([col("k"), col("g").alias("v")]).unique(None, UniqueKeepStrategy::Any)
    }),
    ("sorted", |facts, _| facts.sort(["x", "v"], SortMultipleOptions::default())),
    ("first", |facts, _| facts.sort(["x", "v"], SortMultipleOptions::default()).limit(90)),
    ("numbered", |facts, _| facts.select([col("k")]).with_row_index("v", Some(7))),
    ("windowed", |facts, _| facts.with_columns([col("v").sum().over([col("k")]).unwrap()])),
    ("joined", |facts, dims| facts.join(dims, [col("k")], [col("k")], JoinArgs::new(JoinType::Left))),
    ("semi", |facts, dims| {
        let named = dims.filter(col("w").gt(lit(90)));
        facts.join(named, [col("k")], [col("k")], JoinArgs::new(JoinType::Semi))
    }),
    ("stacked", |facts, dims| {
        let dims = dims.select([col("k"), col("w").alias("v")]);
        concat([facts.select([col("k"), col("v")]), dims], UnionArgs::default()).unwrap()
    }),
    ("middle", |facts, _| facts.group_by([col("k")]).agg([col("v").median()])),
    ("above", |facts, _| facts.filter(col("v").gt(col("v").mean()))),
    ("running", |facts, _| facts.with_columns([col("v").cum_sum(false).over([col("g")]).unwrap()])),
];

/// Queries over each of them, by the name `p`, and over `dims`.
const QUERIES: &[&str] = &[
    "SELECT count(*) AS n, sum(v) AS s, count(DISTINCT k) AS k FROM p",
    "SELECT p.k, count(*) AS n, max(p.v) AS v FROM p JOIN dims d ON p.k = d.k GROUP BY p.k",
    "SELECT a.k, a.v FROM p a JOIN p b ON a.k = b.k AND a.v = b.v ORDER BY a.v, a.k LIMIT 40",
    "SELECT k FROM p UNION SELECT k FROM dims",
];

fn nothing_small() -> CutOptions {
    CutOptions {
        broadcast_bytes: Some(0),
        few_bytes: 0,
        sort_bytes: 0,
        hold_bytes: 0,
        ..CutOptions::default()
    }
}

/// The steps by which parts of some of the plans run first: else one task would have all rows.
const IN_STAGES: [(&str, &str); 3] =
    [("sorted", "sort by ranges"), ("numbered", "row index"), ("above", "values of all rows")];

#[test]
fn plans_that_sql_reads_run_in_stages() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let [facts, dims] = tables(folder.path(), "parquet");
    on_cluster(4 << 30, nothing_small(), |there| {
        for (name, plan) in PLANS {
            let frames = named([("p", plan(facts.clone(), dims.clone())), ("dims", dims.clone())]);
            let shown = there.runner.explain(frames.query(there, QUERIES[0]).plan()).unwrap();
            for (staged, step) in IN_STAGES {
                assert_eq!(shown.contains(step), staged == *name, "{name}\n{shown}");
            }
            // What each partition comes to is gathered at the end, and the first rows of a sort.
            let gathers = 1 + usize::from(*name == "first");
            assert_eq!(shown.matches("gather").count(), gathers, "{name}\n{shown}");
        }
        // The order of a sorted frame stays where a query looks at it.
        let sorted = facts.clone().sort(["x", "v"], SortMultipleOptions::default());
        let numbered = facts.clone().with_columns([len().over([col("k")]).unwrap().alias("n")]);
        let frames = named([("p", sorted), ("windowed", numbered), ("begin", facts.clone().limit(700))]);
        for sql in [
            "SELECT v, row_number() OVER () AS n FROM p",
            "SELECT count(*) AS n, sum(v) AS s FROM (SELECT v FROM p LIMIT 500)",
            "SELECT v FROM p",
            "SELECT v FROM p LIMIT 9 OFFSET 700",
            "SELECT v + 1 AS v, n FROM windowed",
            "SELECT v FROM windowed LIMIT 50 OFFSET 1200",
            "SELECT count(*) AS n, sum(v) AS s FROM begin",
            "SELECT v, count(*) OVER () AS n FROM p",
            "SELECT * FROM (SELECT DISTINCT ON (g) g, v FROM p) ORDER BY g",
            "SELECT (SELECT v FROM p WHERE k > 30 LIMIT 1) AS v",
            "SELECT g, array_agg(v) AS l FROM begin GROUP BY g ORDER BY g",
            "SELECT v, row_number() OVER () AS n FROM begin WHERE k % 2 = 0",
            "SELECT v FROM begin UNION ALL SELECT v FROM p LIMIT 800",
        ] {
            let [whole, found] = [&Place::here(), there]
                .map(|place| frames.rows(place, sql, Limit::All, &Watch::new()).unwrap());
            assert_eq!(whole, found, "{sql}");
        }
    });
}

#[test]
fn sql_over_plans_of_polars_has_the_rows_of_one_machine() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let [facts, dims] = tables(folder.path(), "parquet");
    on_cluster(4 << 30, nothing_small(), |there| {
        let mut found = Vec::new();
        for (name, plan) in PLANS {
            let plan = plan(facts.clone(), dims.clone());
            let Held::There(kept) = there.runner.hold(&Plan::Polars(plan.clone()), &Watch::new()).unwrap()
            else {
                panic!("the rows of {name} are not kept");
            };
            let [plan, kept] = [plan, kept.lazy].map(|lazy| named([("p", lazy), ("dims", dims.clone())]));
            for sql in QUERIES {
                let rows =
                    |frames: &Frames, place: &Place| frames.rows(place, sql, Limit::All, &Watch::new());
                let whole = rows(&plan, &Place::here()).unwrap();
                let differs = wrong(sql, &whole, rows(&plan, there));
                found.extend(differs.map(|differs| format!("{name}: {differs}")));
                let differs = wrong(sql, &whole, rows(&kept, there));
                found.extend(differs.map(|differs| format!("{name}, kept: {differs}")));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    });
}

/// Removes what tasks have written for the plan that was held.
fn lose_files(place: &Place) {
    for worker in std::fs::read_dir(&place.work_dir).unwrap().flatten() {
        let jobs = std::fs::read_dir(worker.path()).unwrap().flatten().map(|job| job.path());
        // What another job has left may go by itself meanwhile.
        jobs.filter(|job| job.is_dir()).for_each(|job| drop(std::fs::remove_dir_all(job)));
    }
}

#[test]
fn sql_over_rows_that_were_chosen_is_not_computed_again() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let [facts, dims] = tables(folder.path(), "parquet");
    let joined = facts.clone().join(dims, [col("k")], [col("k")], JoinArgs::new(JoinType::Inner));
    let stable = SortMultipleOptions::default().with_maintain_order(true);
    let first = facts.clone().sort(["x"], stable).limit(400);
    let all = "SELECT k, v FROM p WHERE v > 7";
    // Equal keys are told apart by chance.
    let numbered = "SELECT k, row_number() OVER (ORDER BY x) AS v FROM p";
    let plans = [(joined.limit(400), all, false), (first, all, true), (facts, numbered, false)];
    on_cluster(4 << 30, nothing_small(), |there| {
        for (plan, sql, is_certain) in &plans {
            let frames = named([("p", plan.clone())]);
            let sql = frames.query(there, sql);
            let Held::There(kept) = there.runner.hold(sql.plan(), &Watch::new()).unwrap() else {
                panic!("the rows are not kept");
            };
            let kept = named([("kept", kept.lazy)]);
            let sum = "SELECT count(*) AS n, sum(v) AS s FROM kept";
            let read = || kept.rows(there, sum, Limit::All, &Watch::new());
            let before = read().unwrap();
            lose_files(there);
            let after = read();
            match &after {
                Ok(after) => assert!(*is_certain && before.equals(after), "{after} and not {before}"),
                Err(error) => {
                    assert!(!is_certain && error.to_string().contains("may not be the same ones"), "{error}")
                }
            }
            let shown = there.runner.explain(kept.query(there, sum).plan()).unwrap();
            assert!(!shown.contains("in this process"), "{shown}");
        }
    });
}
