//! The local runner under stress: stopped by the user, by the memory limit, by a panic; and what is left afterwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fram_frame::{Allocator, Frame, Limit, LocalRunner, Progress, RunError, Watch, install_panic_filter};
use polars::prelude::*;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Polars' abort is process-wide: these tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Numbers from 0, multiplied so that equal keys lie apart.
fn numbers(rows: i64) -> LazyFrame {
    df!("x" => (0..rows).map(|x| (x * 7_919) % rows).collect::<Vec<_>>()).unwrap().lazy()
}

/// Rows enough to run for many seconds and to want many gigabytes.
fn enormous() -> LazyFrame {
    let side = numbers(100_000);
    side.clone()
        .cross_join(side, Some("_right".into()))
        .with_columns([(col("x") * col("x_right")).alias("z")])
}

fn plans() -> Vec<(&'static str, LazyFrame)> {
    vec![
        ("cross join", enormous()),
        ("sort", enormous().sort(["z"], SortMultipleOptions::default())),
        ("group-by", enormous().group_by([col("z")]).agg([len()])),
        (
            "join",
            enormous()
                .join(numbers(100_000), [col("x")], [col("x")], JoinArgs::new(JoinType::Inner))
                .select([col("z").sum()]),
        ),
        ("aggregate of 10,000,000,000 rows", enormous().select([col("z").sum()])),
    ]
}

#[test]
fn an_interrupt_ends_every_kind_of_query_within_a_second() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    install_panic_filter();
    for (name, plan) in plans() {
        let watch = Watch::new().with_memory_limit(Some(6 << 30));
        let frame = Frame::from_lazy(plan).unwrap();
        let asked: Arc<Mutex<Option<Instant>>> = Arc::default();
        let (asker, asked_then) = (watch.clone(), asked.clone());
        let interrupter = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            *asked_then.lock().unwrap() = Some(Instant::now());
            asker.interrupt();
        });
        let outcome = frame.collect(Limit::All, &LocalRunner, &watch);
        let ended = Instant::now();
        interrupter.join().unwrap();
        assert!(matches!(outcome, Err(RunError::Interrupted)), "{name}: {outcome:?}");
        let waited = ended - asked.lock().unwrap().unwrap();
        assert!(waited < Duration::from_secs(1), "{name}: the prompt came back after {waited:?}");
        the_runner_still_works();
    }
}

#[test]
fn the_memory_limit_ends_a_query_and_the_process_goes_on() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    install_panic_filter();
    let keyed = numbers(300_000).with_columns([(col("x") % lit(100)).alias("k")]);
    let joined = keyed.clone().join(keyed, [col("k")], [col("k")], JoinArgs::new(JoinType::Inner));
    let growing = plans().into_iter().take(3).chain([("join of many to many", joined)]);
    for (name, plan) in growing {
        let limit = fram_frame::allocated_bytes() + (300 << 20);
        let watch = Watch::new().with_memory_limit(Some(limit));
        let outcome = Frame::from_lazy(plan).unwrap().collect(Limit::All, &LocalRunner, &watch);
        match outcome {
            Err(RunError::OutOfMemory { used, limit: told }) => {
                assert!(used > told && told == limit, "{name}")
            }
            other => panic!("{name}: {other:?}"),
        }
        the_runner_still_works();
    }
}

#[test]
fn progress_is_reported_while_a_query_runs() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    install_panic_filter();
    // Enough to be seen: each thread reports what it has allocated in steps.
    let held = vec![1u8; 64 << 20];
    let seen: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let sink = seen.clone();
    let watch =
        Watch::new().with_progress(Arc::new(move |now: &Progress| sink.lock().unwrap().push(now.clone())));
    let asker = watch.clone();
    let interrupter = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1_200));
        asker.interrupt();
    });
    let plan = enormous().select([col("z").sum()]);
    let outcome = Frame::from_lazy(plan).unwrap().collect(Limit::All, &LocalRunner, &watch);
    interrupter.join().unwrap();
    assert!(matches!(outcome, Err(RunError::Interrupted)));
    let seen = seen.lock().unwrap();
    assert!((2..=6).contains(&seen.len()), "{} reports in 1.2 s", seen.len());
    let last = seen.last().unwrap();
    assert!(last.steps > 1 && last.memory > held.len() as u64 / 2, "{last:?}");
}

#[test]
fn a_panic_in_the_engine_is_an_error() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    install_panic_filter();
    let plan =
        numbers(10).with_columns([col("x").map(|_| panic!("out of cheese"), |_, field| Ok(field.clone()))]);
    let outcome = Frame::from_lazy(plan).unwrap().collect(Limit::All, &LocalRunner, &Watch::new());
    match outcome {
        Err(RunError::Panicked { message }) => assert!(message.contains("out of cheese"), "{message}"),
        other => panic!("{other:?}"),
    }
    the_runner_still_works();
}

#[test]
fn an_interrupt_before_the_run_is_kept() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let watch = Watch::new();
    watch.interrupt();
    let outcome = Frame::from_lazy(enormous()).unwrap().collect(Limit::All, &LocalRunner, &watch);
    assert!(matches!(outcome, Err(RunError::Interrupted)));
    watch.clear();
    the_runner_still_works();
}

fn the_runner_still_works() {
    let plan = numbers(1_000).select([col("x").sum()]);
    let data = Frame::from_lazy(plan).unwrap().collect(Limit::All, &LocalRunner, &Watch::new()).unwrap();
    assert_eq!(data.column("x").unwrap().i64().unwrap().get(0), Some(499_500));
}
