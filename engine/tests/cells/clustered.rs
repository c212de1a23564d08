//! The same cells on a cluster: what they show is what they show on one machine.

use std::path::Path;

use fram_engine::Session;

use super::both::Notebook;
use super::{NEXT, SHOWS, cell_files, replay, run, without_sample};

/// Cells whose words differ, by what they begin with, and why they may.
const OTHERWISE: &[(&str, &str)] = &[
    ("f.select(col(\"s\").sqrt())", PROMISED),
    ("f.select(col(\"s\").rolling_mean(2))", PROMISED),
    ("f.select(col(\"s\").rolling_mean_by(\"n\", \"2i\"))", PROMISED),
    ("%explain a.filter(col(\"x\") > 1)", PICTURE),
    ("%explain t.filter(col(\"n\") > 1).select(\"s\")", PICTURE),
    ("%explain t.join(t, on=\"s\") #{ analyze: false }", PICTURE),
    ("%explain sql(\"SELECT count(*) AS n FROM t\")", PICTURE),
];
/// Workers must give the type that the plan promises.
const PROMISED: &str = "Polars' plan promises strings, and the run gives floats, all of them null";
/// Steps and exchanges are those of the cluster; `tests/cutting` and [`check_explained_sql`] hold them.
const PICTURE: &str = "a picture of a plan shows where each step runs";

#[test]
fn cells_show_the_same_on_a_cluster() {
    let only = std::env::var("FRAM_ONLY").unwrap_or_default();
    let mut differences = Vec::new();
    // Held, so that the cluster is the same for all.
    let _notebook = Notebook::there();
    for file in cell_files().iter().filter(|file| file.to_string_lossy().contains(&only)) {
        let name = file.file_name().unwrap().to_string_lossy();
        let wanted = std::fs::read_to_string(file).unwrap();
        let got = replay(&wanted, &Notebook::there().session);
        let parts = |text: &str| text.split(&format!("{NEXT}\n")).map(str::to_owned).collect::<Vec<_>>();
        for (wanted, got) in parts(&wanted).into_iter().zip(parts(&got)) {
            let is_known = OTHERWISE.iter().any(|(begin, _)| wanted.starts_with(begin));
            if without_sample(&wanted) != without_sample(&got) && !is_known {
                let shown = got.split_once(&format!("{SHOWS}\n")).map_or("", |(_, shown)| shown);
                differences.push(format!("{name}:\n{wanted}on a cluster:\n{shown}"));
            }
        }
    }
    assert!(differences.is_empty(), "{} cells differ\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn rows_are_found_wherever_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let Notebook { session, .. } = &Notebook::there();
    check_large_frames(session, folder.path());
    check_explained_sql(session);
    check_kept_rows(session, folder.path());
    check_copied_sides(session, folder.path());
}

/// A side of a join of SQL is copied to each task where it is small, whichever it is; then nothing is shuffled.
fn check_copied_sides(session: &Session, folder: &Path) {
    for (name, rows) in [("small", 100_000), ("large", 5_000_000)] {
        let path = folder.join(format!("{name}.parquet"));
        let path = path.display();
        run(session, &format!("frame(#{{ k: range(0, {rows}) }}).write_parquet(\"{path}\")"));
        run(session, &format!("let {name} = scan_parquet(\"{path}\");"));
    }
    for (query, is_copied, rows) in [
        ("SELECT count(*) FROM large a JOIN small b ON a.k = b.k", true, "100000\n"),
        ("SELECT count(*) FROM small a JOIN large b ON a.k = b.k", true, "100000\n"),
        ("SELECT count(*) FROM large WHERE k IN (SELECT k FROM small)", true, "100000\n"),
        (
            "SELECT count(*) FROM small s WHERE NOT EXISTS (SELECT 1 FROM large l WHERE l.k = s.k)",
            false,
            "0\n",
        ),
        ("SELECT count(*) FROM small a LEFT JOIN large b ON a.k = b.k", false, "100000\n"),
        ("SELECT count(*) FROM large a JOIN large b ON a.k = b.k", false, "5000000\n"),
    ] {
        let shown = run(session, &format!("%explain sql(\"{query}\")"));
        let found = (shown.contains("copy"), shown.contains("shuffle"));
        assert_eq!(found, (is_copied, !is_copied), "{query}\n{shown}");
        assert_eq!(run(session, &format!("sql(\"{query}\").item()")), rows, "{query}");
    }
}

/// A frame of more megabytes than leave the notebook's process for a plan over it alone.
const BIG: &str = "let s = \"x\"; for i in 0..17 { s += s } let a = []; for i in 0..50 { a.push(s + i) } let big = frame(#{ a: a });";

/// Frames in memory that are too large to be sent about are asked where they are.
fn check_large_frames(session: &Session, folder: &Path) {
    assert_eq!(run(session, BIG), "");
    for cell in [
        "big.filter(col(\"a\").str.len_bytes() > 131073).height()",
        "sql(\"SELECT count(*) AS n FROM big WHERE length(a) > 131073\").item()",
    ] {
        assert_eq!(run(session, cell), "40\n", "{cell}");
    }
    // Beside files they are handed to the workers once, so that the files are read there.
    let path = folder.join("beside.parquet");
    let path = path.display();
    run(session, &format!("big.select(col(\"a\").str.slice(131072).alias(\"k\")).write_parquet(\"{path}\")"));
    run(session, &format!("let beside = scan_parquet(\"{path}\");"));
    // Not all of its columns are read.
    run(session, "big = big.with_columns(lit(7).alias(\"other\")).collect()");
    let query = "SELECT count(*) AS n, sum(length(big.a)) AS s FROM big JOIN beside ON substr(big.a, 131073) = beside.k";
    let shown = run(session, &format!("%explain sql(\"{query}\")"));
    assert!(!shown.contains("in this process") && shown.contains("kept 1"), "{shown}");
    let found = run(session, &format!("sql(\"{query}\")"));
    assert!(found.contains("50 │ 6553690"), "{found}");
    let both = format!("sql(\"{query} JOIN big AS again ON again.a = big.a WHERE again.a > 'x'\").item()");
    assert_eq!(run(session, &both.replace(", sum(length(big.a)) AS s", "")), "50\n");
}

/// The steps of SQL are those of the cluster, with the exchanges between them.
fn check_explained_sql(session: &Session) {
    let cases: [(&str, &[&str]); 3] = [
        ("SELECT s, count(*) AS n FROM t GROUP BY s", &["notebook", "shuffle", "by s", "mode=Partial"]),
        ("SELECT a.s FROM t a CROSS JOIN t b", &["copy", "to each task"]),
        ("SELECT table_name FROM information_schema.tables", &["in this process", "what the notebook knows"]),
    ];
    run(session, "let t = frame(#{ s: [\"x\", \"y\", \"x\"] });");
    for (query, parts) in cases {
        let shown = run(session, &format!("%explain sql(\"{query}\")"));
        for part in parts {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert_eq!(
            run(session, &format!("print(sql(\"{query}\").explain().contains(\"{}\"))", parts[0])),
            "true\n"
        );
    }
}

/// The rows of a large frame that is kept stay on the workers, and are read there by cells of both languages.
fn check_kept_rows(session: &Session, folder: &Path) {
    let path = folder.join("many.parquet");
    let path = path.display();
    let make = "frame(#{ k: range(0, 400000) }).with_columns(col(\"k\").hash().cast(String).alias(\"s\"))";
    run(session, &format!("{make}.write_parquet(\"{path}\")"));
    run(session, &format!("let many = scan_parquet(\"{path}\");"));
    let query = "sql(\"SELECT k, s FROM many WHERE k > 9\")";
    for (made, first) in [
        ("many.filter(col(\"k\") > 9).collect()", "kept"),
        ("many.filter(col(\"k\") > 9).cache()", "kept.height()"),
        (&format!("{query}.collect()"), "kept"),
        (&format!("{query}.cache()"), "kept.height()"),
    ] {
        run(session, &format!("let kept = {made};"));
        run(session, first);
        let names = run(session, "%who");
        assert!(names.contains("399990 rows × 2") && names.contains("on the cluster"), "{names}");
        for (cell, shows) in [
            ("kept.select(col(\"k\").sum()).item()", "79999799955\n"),
            ("sql(\"SELECT count(*) FROM kept WHERE k < 20\").item()", "10\n"),
            ("kept.tail(1).item(0, \"k\")", "399999\n"),
            ("kept.join(kept.head(3), \"k\").height()", "3\n"),
        ] {
            assert_eq!(run(session, cell), shows, "{made}: {cell}");
        }
    }
    // Of what is chance, or some of the rows, another run would have others.
    for query in ["SELECT k, s, random() AS r FROM many", "SELECT k, s FROM many LIMIT 399990"] {
        run(session, &format!("let kept = sql(\"{query}\").collect();"));
        let names = run(session, "%who");
        assert!(!names.contains("on the cluster"), "{query}: {names}");
    }
    run(session, "let kept = many.collect();");
    let help = run(session, "%help kept");
    assert!(help.contains("from rows on a cluster's workers"), "{help}");
}
