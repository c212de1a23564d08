//! Which column and table a name means.

use expect_test::expect;
use polars::prelude::*;

use super::{Frames, logs};
use crate::sql::SqlEngine;

#[test]
fn a_name_matches_by_case_where_one_fits() {
    let table = logs().table("SELECT eventid, HOSTNAME AS h, user, @timestamp FROM LOGS WHERE EVENTID = 1 ORDER BY H DESC, `@TIMESTAMP`");
    expect![[r#"
        EventID|h|User|@timestamp
        1|a|ann|t1
        1|a|ann|t3"#]]
    .assert_eq(&table);
}

#[test]
fn an_exact_name_comes_first() {
    expect![[r#"
        ProcessId|ProcessID
        10|100"#]]
    .assert_eq(&logs().table(r#"SELECT ProcessId, "ProcessID" FROM logs LIMIT 1"#));
    let error = logs().error("SELECT 1,\n processid FROM logs");
    expect!["column `processid` could be `ProcessID` or `ProcessId`"].assert_eq(&error.message);
    assert_eq!(error.span, Some(11..20));
}

#[test]
fn scopes_keep_their_names_apart() {
    let frames = logs();
    for (sql, expected) in [
        (
            "SELECT a.ProcessId, B.processid AS child FROM logs A JOIN logs b ON A.PROCESSID = b.parentid",
            Err("column `A.PROCESSID` could be `ProcessID` or `ProcessId`"),
        ),
        (
            "SELECT A.ProcessId, b.\"ProcessId\" AS child FROM logs a JOIN logs B ON A.`ProcessId` = b.PARENTID ORDER BY CHILD",
            Ok("ProcessId|child\n10|11\n10|12\n12|13"),
        ),
        (
            "WITH Started AS (SELECT hostname AS Host, count(*) AS N FROM logs WHERE eventid = 1 GROUP BY hostname) SELECT host, n FROM started WHERE n > 1",
            Ok("Host|N\na|2"),
        ),
        (
            "SELECT hostname, (SELECT max(site) FROM hosts h WHERE h.HOSTNAME = l.hostname) AS s FROM logs l WHERE eventid = 3",
            Ok("Hostname|s\nb|south"),
        ),
        (
            "SELECT eventid FROM logs L WHERE EXISTS (SELECT 1 FROM hosts WHERE hosts.hostname = l.hostname AND site = 'south')",
            Ok("EventID\n3"),
        ),
        (
            "SELECT site, COUNT(*) AS n FROM logs JOIN hosts USING (hostname) GROUP BY SITE ORDER BY SITE",
            Ok("Site|n\nnorth|2\nsouth|1"),
        ),
        ("SELECT upper(hostname) AS Up FROM logs GROUP BY UP ORDER BY up DESC LIMIT 1", Ok("Up\nC")),
        (
            "SELECT eventid, row_number() OVER (PARTITION BY hostname ORDER BY parentid DESC) AS r FROM logs WHERE hostname = 'a' ORDER BY R",
            Ok("EventID|r\n1|1\n1|2"),
        ),
        ("SELECT q.E FROM (SELECT eventid AS e FROM logs) Q WHERE Q.e = 3", Ok("e\n3")),
        ("FROM logs SELECT hostname WHERE eventid = 3", Ok("Hostname\nb")),
        (
            "SELECT 'eventid' AS x, count(eventid) FILTER (WHERE eventid = 1) AS n FROM logs",
            Ok("x|n\neventid|2"),
        ),
        ("SELECT l.* FROM (SELECT hostname FROM logs WHERE eventid = 3) L", Ok("Hostname\nb")),
        ("SELECT max(eventid) AS m FROM logs HAVING MAX(EVENTID) > 3", Ok("m\n4624")),
        (
            "SELECT CASE WHEN eventid = 1 THEN user ELSE hostname END AS c FROM logs ORDER BY c LIMIT 1",
            Ok("c\nann"),
        ),
        (
            "SELECT eventid FROM logs WHERE eventid = 3 UNION ALL SELECT EVENTID FROM logs WHERE hostname = 'c' ORDER BY eventid",
            Ok("EventID\n3\n4624"),
        ),
    ] {
        match expected {
            Ok(expected) => assert_eq!(frames.table(sql), expected, "{sql}"),
            Err(message) => assert_eq!(frames.error(sql).message, message, "{sql}"),
        }
    }
}

#[test]
fn nested_values_are_reached_by_name() {
    let data = df!("Id" => [1i64, 2], "x" => [Some("p"), None]).unwrap().lazy();
    let data = data.select([
        as_struct(vec![col("Id"), col("x").alias("Name")]).alias("Record"),
        concat_list([col("Id"), col("Id") + lit(1i64)]).unwrap().alias("Items"),
    ]);
    let frames = Frames::default().with_lazy("t", data);
    assert_eq!(frames.table("SELECT Record.Id AS i, t.Record.\"Name\" AS n FROM t"), "i|n\n1|p\n2|null");
    assert_eq!(frames.table("SELECT record['Id'] AS i, items[2] AS j FROM t"), "i|j\n1|2\n2|3");
    assert_eq!(frames.table("SELECT unnest(items) AS i FROM t ORDER BY i"), "i\n1\n2\n2\n3");
    assert_eq!(frames.table("SELECT record.Id AS i FROM t"), "i\n1\n2");
}

#[test]
fn hostile_names_are_names() {
    let names = [
        "<script>alert(1)</script>",
        "with space",
        "quote\"inside",
        "back`tick",
        "",
        "a.b",
        "semi;colon",
        "ÄÖ",
    ];
    let columns = names
        .iter()
        .enumerate()
        .map(|(index, name)| Column::from(Series::new((*name).into(), [index as i64])));
    let data = DataFrame::new_infer_height(columns.collect()).unwrap();
    let frames = Frames::default().with("my table", data.clone()).with("<b>", data.clone());
    assert!(frames.rows(r#"SELECT * FROM "my table""#).equals(&data));
    for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let quoted = name.replace('"', "\"\"");
        let sql = format!("SELECT \"{quoted}\" FROM `<b>` WHERE \"{quoted}\" >= 0");
        let rows = frames.rows(&sql);
        assert_eq!(rows.columns()[0].get(0).unwrap(), AnyValue::Int64(index as i64), "{sql}");
        assert_eq!(rows.get_column_names()[0].as_str(), *name);
    }
    assert_eq!(frames.table("SELECT `äö` FROM `MY TABLE`"), "ÄÖ\n7");
}

#[test]
fn a_second_column_of_a_name_gets_a_number() {
    let engine = SqlEngine::new();
    let answer =
        logs().run(&engine, "SELECT l.Hostname, h.* FROM logs l JOIN hosts h ON l.Hostname = h.Hostname");
    let answer = answer.unwrap();
    assert_eq!(answer.notes, ["A second column `Hostname` is shown as `Hostname_1`."]);
    let frames = logs().with_frame("joined", answer.frame.unwrap());
    assert_eq!(
        frames.table("SELECT hostname_1, site FROM joined WHERE site = 'south'"),
        "Hostname_1|Site\nb|south"
    );
}
