//! What is offered and explained at a place of a cell.

use std::sync::Arc;

use fram_engine::Session;

use crate::Recorder;

fn session() -> Session {
    let session = Session::new();
    let cell = "let t = frame(#{ key: [1], value: [2.5] });";
    session.run(cell, Arc::new(Recorder::default())).expect("the cell runs");
    session
}

/// What may stand at the bar.
fn offered(session: &Session, cell: &str) -> Vec<String> {
    let (before, after) = cell.split_once('¦').expect("a bar");
    let found = session.complete(&format!("{before}{after}"), before.len());
    found.matches.into_iter().map(|candidate| candidate.text).collect()
}

/// What is said of the word at the bar.
fn explained(session: &Session, cell: &str) -> String {
    let (before, after) = cell.split_once('¦').expect("a bar");
    let shown = session.inspect(&format!("{before}{after}"), before.len());
    shown.and_then(|shown| shown.text("text/plain").map(str::to_owned)).unwrap_or_default()
}

#[test]
fn words_of_an_option_are_offered() {
    let session = session();
    let ways = ["inner", "left", "right", "full", "semi", "anti", "cross"];
    for cell in [
        "t.join(t, \"key\", #{ how: \"¦\" })",
        "t.join(t, \"key\", how=\"¦",
        "t.join(t, \"key\", #{ suffix: \"_2\", how: \"¦",
    ] {
        let mut found = offered(&session, cell);
        found.sort();
        let mut wanted = ways.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{cell}");
    }
    assert_eq!(offered(&session, "t.join(t, \"key\", how=\"se¦"), ["semi"]);
    assert_eq!(offered(&session, "t.write_parquet(\"x.parquet\", #{ compression: \"sn¦"), ["snappy"]);
}

#[test]
fn queries_named_by_with_are_offered_after_from() {
    let session = session();
    let found = offered(&session, "WITH recent AS (SELECT * FROM t) SELECT * FROM ¦");
    assert_eq!(found, ["t", "recent"]);
}

#[test]
fn options_namespaces_and_functions_of_sql_are_explained() {
    let session = session();
    let option = explained(&session, "t.sort(\"key\", #{ descen¦ding: true })");
    assert!(option.starts_with("an option of `sort`\ndescending"), "{option}");
    let keyword = explained(&session, "t.sort(\"key\", nulls_la¦st=true)");
    assert!(keyword.contains("an option of `sort`"), "{keyword}");
    let namespace = explained(&session, "col(\"key\").st¦r");
    assert!(namespace.contains("starts_with") && namespace.contains("col(\"x\").str"), "{namespace}");
    let function = explained(&session, "SELECT date_tr¦unc('day', key) FROM t");
    assert!(function.starts_with("date_trunc("), "{function}");
    assert_eq!(explained(&session, "SELECT nonsen¦se(key) FROM t"), "");
}
