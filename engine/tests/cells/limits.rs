//! What a script may not do: run for ever, nest without end, fill the memory; and how large a cell may be. What runs a
//! frame is tried on a cluster too.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fram_engine::{CellError, Session};

use crate::Recorder;
use crate::both::on_both;

fn error_of(session: &Session, cell: &str) -> CellError {
    session.run(cell, Arc::new(Recorder::default())).expect_err("the cell fails")
}

fn shown(session: &Session, cell: &str) -> String {
    let shown = session.run(cell, Arc::new(Recorder::default())).expect("the cell runs");
    shown.and_then(|shown| shown.text("text/plain").map(str::to_owned)).unwrap_or_default()
}

#[test]
fn an_endless_loop_is_interrupted_and_names_are_kept() {
    let session = Arc::new(Session::new());
    shown(&session, "let kept = 42;");
    for cell in
        ["loop { }", "let n = 0; while true { n += 1 }", "fn f(x) { loop { x += 1 } } f(1)", "sleep(60)"]
    {
        let asker = session.clone();
        let asking = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            asker.interrupt();
            Instant::now()
        });
        let error = error_of(&session, cell);
        let waited = asking.join().unwrap().elapsed();
        assert_eq!(error.name, "Interrupted", "{cell}");
        assert!(waited < Duration::from_secs(1), "{cell}: {waited:?}");
        assert_eq!(shown(&session, "kept"), "42");
    }
}

#[test]
fn recursion_without_end_is_an_error() {
    let session = Session::new();
    let cells = [
        "fn f(n) { f(n + 1) } f(0)",
        "fn a(n) { b(n) } fn b(n) { a([n]) } a(0)",
        "let f = |g| g.call(g); f.call(f)",
        "let f = |x| x; f = |x| f(x); f(1)",
    ];
    for cell in cells {
        let error = error_of(&session, cell);
        assert!(
            ["RecursionTooDeep", "ScriptError", "NameNotFound", "UnknownFunction"]
                .contains(&error.name.as_str()),
            "{cell}: {error:?}"
        );
        assert_eq!(shown(&session, "1 + 1"), "2");
    }
}

#[test]
fn deep_and_long_expressions_are_errors_or_run() {
    on_both(|session| {
        assert_eq!(shown(session, &vec!["1"; 400].join(" + ")), "400");
        for cell in [
            "(".repeat(100_000),
            "[".repeat(100_000),
            format!("{}1", "-".repeat(100_000)),
            vec!["1"; 100_000].join(" + "),
        ] {
            let error = error_of(session, &cell);
            assert_eq!(error.name, "SyntaxError");
            assert!(error.text().len() < 2_000, "the message stays short");
        }
        let added = |count: usize| format!("SELECT {} AS v", vec!["'a'"; count].join(" || "));
        assert!(shown(session, &added(500)).contains("aaa"));
        assert_eq!(error_of(session, &added(20_000)).message, "the SQL is nested too deeply");
        let chain = format!("let e = col(\"x\"){}; 1", " + 1".repeat(300));
        assert_eq!(shown(session, &chain), "1");
    });
}

#[test]
fn a_cell_of_ten_megabytes_runs() {
    let session = Session::new();
    let text = "x".repeat(10 << 20);
    assert_eq!(shown(&session, &format!("let s = \"{text}\";\ns.len()")), (10 << 20).to_string());
    let many_lines = "let a = 1\n".repeat(100_000);
    assert_eq!(shown(&session, &format!("{many_lines}a")), "1");
    assert_eq!(error_of(&session, &text).name, "NameNotFound");
    let comment = format!("// {text}\n1");
    assert_eq!(shown(&session, &comment), "1");
}

#[test]
fn a_hundred_thousand_columns_are_shown() {
    on_both(|session| {
        let cell = "let m = #{}; for i in 0..100000 { m[`c${i}`] = i } let wide = frame(m); wide";
        let text = shown(session, cell);
        assert!(text.len() < 100_000, "{} bytes", text.len());
        let error = error_of(session, "wide.select(\"c_7\")");
        assert!(error.text().len() < 1_000, "{}", error.text());
        let rows = shown(session, "SELECT * FROM wide");
        assert!(rows.contains("100,000 columns"), "{rows}");
        assert_eq!(shown(session, "sql(\"SELECT c99999 FROM wide\").item()"), "99999");
        let error = error_of(session, "SELECT * FROM wide LIMIT 3");
        assert!(
            error.text().contains("100000 columns") && error.text().contains("`wide."),
            "{}",
            error.text()
        );
    });
}

#[test]
fn hundreds_of_columns_are_described() {
    on_both(|session| {
        let cell =
            "let m = #{}; for i in 0..250 { m[`c${i}`] = i } let all = frame(m).describe(); all.width()";
        assert_eq!(shown(session, cell), "251");
        for column in [0, 99, 100, 249] {
            let figures = shown(session, &format!("all.get_column(\"c{column}\")"));
            assert!(figures.starts_with(&format!("[1.0, 0.0, {column}.0, ")), "{figures}");
        }
    });
}

#[test]
fn long_sums_in_sql_are_planned() {
    on_both(|session| {
        shown(session, "let t = frame(#{ a: [1, 2] });");
        let query = format!("sql(\"SELECT sum({}) AS n FROM t\").item()", vec!["a"; 600].join(" + "));
        assert_eq!(shown(session, &query), "1800");
    });
}

#[test]
fn empty_frames_are_shown() {
    on_both(|session| {
        for cell in [
            "frame(#{})",
            "frame([])",
            "frame(#{ a: [] })",
            "frame(#{ a: [1] }).filter(col(\"a\") > 1)",
            "frame(#{ a: [1] }).select([])",
        ] {
            let outcome = session.run(cell, Arc::new(Recorder::default()));
            assert!(matches!(outcome, Ok(Some(_))), "{cell}: {outcome:?}");
        }
    });
}

#[test]
fn broken_cells_never_panic() {
    let session = Session::new();
    let pieces = [
        "frame(", "#{", "}", ")", "\"", "`${", "'", "let ", "é", "\u{0}", "%", "%%", "?", ".", "\n",
        "col(\"", "fn ", "|x|", ";", "..", "0x", "1e", "/*", "SELECT ",
    ];
    let mut state = 7u64;
    for _ in 0..3_000 {
        let mut cell = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            cell.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        if let Err(error) = session.run(&cell, Arc::new(Recorder::default())) {
            assert_ne!(error.name, "EngineFailed", "{cell:?}: {}", error.text());
        }
        session.completeness(&cell);
        for cursor in 0..=cell.len() {
            session.complete(&cell, cursor);
            session.inspect(&cell, cursor);
        }
    }
}
