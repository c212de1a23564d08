//! What errors say, where they point and what they advise.

use std::fmt::Write;

use expect_test::{Expect, expect};
use polars::prelude::*;

use super::{Frames, logs};

fn check(frames: &Frames, sql: &str, expected: Expect) {
    let error = frames.error(sql);
    let mut text = error.message.clone();
    if let Some(span) = error.span {
        write!(text, "\n  at: {}", &sql[span]).unwrap();
    }
    if let Some(hint) = error.hint {
        write!(text, "\n  hint: {hint}").unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of errors")]
fn errors_name_the_thing_its_place_and_its_neighbours() {
    let logs = logs();
    check(
        &logs,
        "SELECT EvenID FROM logs",
        expect![[r#"
        column `EvenID` not found
          at: EvenID
          hint: did you mean `EventID`?"#]],
    );
    check(
        &logs,
        "SELECT l.zzz FROM logs l",
        expect![[r#"
        column `l.zzz` not found
          at: l.zzz
          hint: columns: `@timestamp`, `EventID`, `Hostname`, `ParentId`, `ProcessID`, `ProcessId`, `User`"#]],
    );
    check(
        &logs,
        "SELECT 1 FROM lgs",
        expect![[r#"
        table `lgs` not found
          at: lgs
          hint: did you mean `logs`?"#]],
    );
    check(
        &logs,
        "SELECT uper(Hostname) FROM logs",
        expect![[r#"
        function `uper` not found
          at: uper
          hint: did you mean `upper`?"#]],
    );
    check(
        &logs,
        "SELECT Hostname FROM logs l JOIN hosts h ON l.Hostname = h.Hostname",
        expect![[r#"
        column `Hostname` is in more than one of the tables
          at: Hostname
          hint: write the table's name before it, as `t.column`"#]],
    );
    check(
        &logs,
        "SELECT Hostname + 1 AS x FROM logs",
        expect![[r#"
            `+` cannot be used with String and Int64
              at: Hostname
              hint: `CAST(x AS type)` makes one type of the other"#]],
    );
    check(
        &logs,
        "SELECT Hostname FROM logs WHERE EventID = 'x'",
        expect![[r#"
            the string 'x' cannot be made an Int64
              hint: `TRY_CAST(x AS type)` gives null where a value does not fit"#]],
    );
    check(
        &logs,
        "SELECT upper() FROM logs",
        expect![[r#"
        `upper` needs an argument
          at: upper"#]],
    );
    check(
        &logs,
        "SELECT a FROM",
        expect![[r#"
        SQL: expected identifier, but the text ends
          at: "#]],
    );
    check(
        &logs,
        "SELECT 1\nFROM logs WHERE ) x",
        expect![[r#"
        SQL: expected an expression, but here is )
          at: )"#]],
    );
    check(
        &logs,
        "SELECT 'open",
        expect![[r#"
        SQL: unterminated string literal
          at: '"#]],
    );
    check(
        &logs,
        "SELECT Hostname, count(*) FROM logs",
        expect![[r#"
            column `Hostname` has many values in each group
              at: Hostname
              hint: add it to GROUP BY, or write `max(Hostname)`, `first_value(Hostname)` or the like"#]],
    );
    check(
        &logs,
        "SELECT 1/(EventID - EventID) FROM logs",
        expect![[r#"
        division by zero
          hint: `x / nullif(y, 0)` gives null where y is 0"#]],
    );
    check(
        &logs,
        "SELECT CAST(Hostname AS INT) FROM logs",
        expect![[r#"
            the string 'a' cannot be made an Int32
              hint: `TRY_CAST(x AS type)` gives null where a value does not fit"#]],
    );
    check(
        &logs,
        "INSERT INTO logs SELECT * FROM logs",
        expect![[r#"
            rows cannot be inserted into a frame or a view
              hint: `CREATE TABLE t AS SELECT …` makes a table that takes rows"#]],
    );
    check(
        &logs,
        "CREATE VIEW logs AS SELECT 1",
        expect![[r#"
            there is a frame with the name `logs` already
              at: logs
              hint: choose another name"#]],
    );
    check(
        &logs,
        "DROP TABLE logs",
        expect![[r#"
            `logs` is a frame of the notebook, which SQL cannot drop
              at: logs
              hint: `%reset logs` forgets it"#]],
    );
    check(
        &logs,
        "DROP TABLE nothing",
        expect![[r#"
        table `nothing` not found
          at: nothing
          hint: tables: `hosts`, `logs`"#]],
    );
    check(
        &logs,
        "SELECT INTERVAL '1 day' AS i",
        expect!["column `i` has type Interval(MonthDayNano), which cannot be handed over to Polars"],
    );
    check(
        &logs,
        "SELECT EventID, EventID FROM logs",
        expect![[r#"
            two columns of the result have the same name
              hint: give one of them another name, as `… AS other`"#]],
    );
    check(
        &Frames::default(),
        "SELECT 1 FROM t",
        expect![[r#"
        table `t` not found
          at: t
          hint: there are no tables yet: `let t = …` in a script makes one"#]],
    );
}

#[test]
fn integers_that_do_not_fit_are_errors() {
    let big =
        df!("a" => [i64::MAX, 1], "b" => [i64::MAX, 2], "u" => [u64::MAX, u64::MAX], "s" => [100i8, 100])
            .unwrap();
    let frames = Frames::default().with("t", big);
    for sql in [
        "SELECT a + 1 FROM t",
        "SELECT a * b FROM t",
        "SELECT -a - 2 FROM t",
        "SELECT s + s FROM t",
        "SELECT sum(a) FROM t",
        "SELECT sum(u) FROM t",
        "SELECT s, sum(a) FROM t GROUP BY s",
        "SELECT sum(a) OVER () FROM t",
        "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
        "SELECT 9223372036854775807 + 1",
        "SELECT a FROM t WHERE a + 1 > 0",
        "SELECT CAST(a AS INT) FROM t",
        "SELECT x.a FROM t x JOIN t y ON x.a + 1 = y.a - 1",
    ] {
        let error = frames.error(sql);
        let told = format!("{} {:?}", error.message, error.hint);
        assert!(told.contains("fit") || told.contains("Can't cast"), "{sql}: {told}");
    }
    assert_eq!(
        frames.table("SELECT sum(s) AS s, sum(CAST(a AS DECIMAL(38, 0))) AS a FROM t"),
        "s|a\n200|9223372036854775808"
    );
    assert_eq!(frames.table("SELECT a - 1 AS x, -a AS y FROM t ORDER BY 1 LIMIT 1"), "x|y\n0|-1");
}
