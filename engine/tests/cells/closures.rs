//! Closures inside expressions: what they cost is told, what would do instead is told, they can be interrupted, and what
//! goes wrong in one has its place.

use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use super::both::on_both;

/// Runs cells in one notebook; what the last shows.
fn check(cells: &[&str], wanted: &Expect) {
    on_both(|session| {
        let shown: Vec<_> = cells.iter().map(|cell| super::run(session, cell)).collect();
        wanted.assert_eq(shown.last().unwrap());
    });
}

#[test]
fn what_a_closure_costs_is_told_once_with_what_would_do() {
    check(
        &[r#"frame(#{ a: [1, 2, ()] }).select(col("a").map_elements(|x| x * 10 + 1))"#],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows; on these rows `(col("a") * 10) + 1` gives the same, at the engine's own speed
            ┌──────┐
            │    a │
            │  i64 │
            ├──────┤
            │   11 │
            │   21 │
            │ null │
            └──────┘
            3 rows × 1 column
        "#]],
    );
    check(
        &[r#"frame(#{ a: [1, 7] }).select(col("a").map_elements(|x| if x > 5 { "big" } else { "small" }))"#],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows; on these rows `when(col("a") > 5).then("big").otherwise("small")` gives the same, at the engine's own speed
            ┌───────┐
            │ a     │
            │ str   │
            ├───────┤
            │ small │
            │ big   │
            └───────┘
            2 rows × 1 column
        "#]],
    );
    check(
        &[r#"frame(#{ a: ["Ab", "cd"] }).select(col("a").map_elements(|s| s.to_upper() + "!"))"#],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows; on these rows `col("a").str.to_uppercase() + "!"` gives the same, at the engine's own speed
            ┌─────┐
            │ a   │
            │ str │
            ├─────┤
            │ AB! │
            │ CD! │
            └─────┘
            2 rows × 1 column
        "#]],
    );
    // Rhai's `%` follows the sign of the number, Polars' that of the divisor: they differ here, so nothing is promised.
    check(
        &[r#"frame(#{ a: [-7, 7] }).select(col("a").map_elements(|x| x % 3))"#],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows
            ┌─────┐
            │   a │
            │ i64 │
            ├─────┤
            │  -1 │
            │   1 │
            └─────┘
            2 rows × 1 column
        "#]],
    );
    // Shown twice, told once.
    check(
        &[r#"let f = frame(#{ a: [1] }).select(col("a").map_elements(|x| x + 1)); f"#, "f"],
        &expect![[r#"
            ┌─────┐
            │   a │
            │ i64 │
            ├─────┤
            │   2 │
            └─────┘
            1 row × 1 column
        "#]],
    );
}

#[test]
fn types_are_found_by_trying_or_given() {
    check(
        &[r#"frame(#{ a: [1, 2] }).select(col("a").map_elements(|x| x / 2)).schema()"#],
        &expect![[r#"
        ┌────────┬───────┐
        │ column │ dtype │
        │ str    │ str   │
        ├────────┼───────┤
        │ a      │ f64   │
        └────────┴───────┘
        1 row × 2 columns
    "#]],
    );
    check(
        &[r#"frame(#{ a: [1, 2] }).select(col("a").map_elements(|x| #{ x: x, y: `n${x}` })).schema()"#],
        &expect![[r#"
            ┌────────┬───────────┐
            │ column │ dtype     │
            │ str    │ str       │
            ├────────┼───────────┤
            │ a      │ struct[2] │
            └────────┴───────────┘
            1 row × 2 columns
        "#]],
    );
    check(
        &[r#"frame(#{ a: [[1, 2], [3]] }).select(col("a").map_elements(|l| l.len()))"#],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows
            ┌─────┐
            │   a │
            │ i64 │
            ├─────┤
            │   2 │
            │   1 │
            └─────┘
            2 rows × 1 column
        "#]],
    );
}

#[test]
fn what_has_no_one_type_is_an_error() {
    check(
        &[r#"frame(#{ a: [20000] }).select(col("a").map_elements(|x| if x > 10000 { 0.5 } else { 1 }))"#],
        &expect![[r#"
            MixedTypes: the closure of `map_elements` gives values of several types: it gave f64 where i64 was expected
              frame(#{ a: [20000] }).select(col("a").map_elements(|x| if x > 10000 { 0.5 } else { 1 }))
                                                     ^^^^^^^^^^^^ name the type that holds them all: `#{ return_dtype: Float64 }`
        "#]],
    );
    check(
        &[
            r#"frame(#{ a: [1, ()] }).select(col("a").map_elements(|x| if x == () { 0 } else { x }, #{ skip_nulls: false }))"#,
        ],
        &expect![[r#"
            stderr: `map_elements` calls a closure of the script: … a row here, … for a million rows; on these rows `when(col("a") == ()).then(0).otherwise(col("a"))` gives the same, at the engine's own speed
            ┌─────┐
            │   a │
            │ i64 │
            ├─────┤
            │   1 │
            │   0 │
            └─────┘
            2 rows × 1 column
        "#]],
    );
    check(
        &[r#"frame(#{ a: [1] }).select(col("a").map_elements(|x| ()))"#],
        &expect![[r#"
        InvalidArgument: the type that the closure of `map_elements` gives for i64 is not known
          frame(#{ a: [1] }).select(col("a").map_elements(|x| ()))
                             ^^^^^^ name it: `#{ return_dtype: Int64 }`
    "#]],
    );
    check(
        &[r#"frame(#{ a: [1] }).select(col("a").map_elements(|x, y| x))"#],
        &expect![[r#"
        InvalidArgument: the closure of `map_elements` takes one argument, not 2
          frame(#{ a: [1] }).select(col("a").map_elements(|x, y| x))
                                             ^^^^^^^^^^^^ as `|x| x + 1`
    "#]],
    );
    check(
        &[r#"frame(#{ a: [1] }).select(col("a").map_elements(5))"#],
        &expect![[r#"
        InvalidArgument: `function` of `map_elements` must be a closure such as `|x| x + 1`, not an integer
          frame(#{ a: [1] }).select(col("a").map_elements(5))
                                             ^^^^^^^^^^^^
    "#]],
    );
}

#[test]
fn an_error_in_a_closure_has_its_place() {
    check(
        &[
            "frame(#{ a: [\"x\"] })\n    .select(\n        col(\"a\").map_elements(|x| x.parse_int() + 1, Int64))",
        ],
        &expect![[r#"
            ArithmeticError: error parsing integer number 'x': invalid digit found in string
                      col("a").map_elements(|x| x.parse_int() + 1, Int64))
                                                  ^^^^^^^^^ the closure was called with "x"
        "#]],
    );
    // The closure stands in another cell than the one that runs it.
    check(
        &[
            "let half = |x| {\n    if x == 2 { throw \"two is bad\" }\n    x / 2\n}",
            r#"frame(#{ a: [2] }).select(col("a").map_elements(half, Float64))"#,
        ],
        &expect![[r#"
            Thrown: two is bad
                  if x == 2 { throw "two is bad" }
                              ^^^^^ the closure was called with 2
        "#]],
    );
    check(
        &[
            "fn deep(x) {\n    x.no_such_thing()\n}",
            r#"frame(#{ a: [1, 2] }).select(col("a").map_elements(|x| deep(x), Int64))"#,
        ],
        &expect![[r#"
            UnknownFunction: there is no function `no_such_thing`
                  x.no_such_thing()
                    ^^^^^^^^^^^^^ `%help` lists the functions; `fn name(x) { … }` makes one
        "#]],
    );
    check(
        &[r#"frame(#{ a: [1] }).select(col("a").name.map(|n| n + missing))"#],
        &expect![[r#"
        NameNotFound: the name `missing` is not known
          frame(#{ a: [1] }).select(col("a").name.map(|n| n + missing))
                                                              ^^^^^^^ `%who` lists the names; `let name = …` makes one
    "#]],
    );
    check(
        &[r#"frame(#{ a: [1, 2] }).select(col("a").map_batches(|v| v[9], Int64))"#],
        &expect![[r#"
        ScriptError: array index 9 out of bounds: only 2 elements in array
          frame(#{ a: [1, 2] }).select(col("a").map_batches(|v| v[9], Int64))
                                                                  ^
    "#]],
    );
}

#[test]
fn closures_are_interrupted() {
    on_both(|session| {
        super::run(session, "let kept = 42; let f = frame(#{ a: 0..2000000 })");
        for cell in [
            r#"f.select(col("a").map_elements(|x| x + 1, Int64).sum())"#,
            r#"f.head(1).select(col("a").map_elements(|x| { loop { } }, Int64))"#,
            r#"f.select(col("a").rolling_map(|v| v[0], 3).sum())"#,
        ] {
            let asker = session.clone();
            let asking = thread::spawn(move || {
                thread::sleep(Duration::from_millis(300));
                asker.interrupt();
                Instant::now()
            });
            let shown = super::run(session, cell);
            let waited = asking.join().unwrap().elapsed();
            assert!(shown.contains("Interrupted: "), "{cell}: {shown}");
            assert!(waited < Duration::from_secs(1), "{cell}: {waited:?}");
            assert_eq!(super::run(session, "kept"), "42\n");
        }
    });
}
