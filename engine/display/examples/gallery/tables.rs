//! Tables of many shapes.

use fram_display::{Column, Kind, RowCount, Table, Value};

/// Every table of the gallery.
pub(crate) fn all() -> Vec<Table> {
    vec![processes(), kinds(), wide(), empty(), nothing(), long_heading()]
}

fn column(name: &str, dtype: &str, kind: Kind, values: Vec<Value>) -> Column {
    Column { name: name.to_owned(), dtype: dtype.to_owned(), kind, values }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn processes() -> Table {
    let images = [
        "C:\\Windows\\System32\\svchost.exe",
        "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
        "C:\\Windows\\System32\\cmd.exe",
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    ];
    let lines = [
        "\"C:\\Windows\\System32\\svchost.exe\" -k netsvcs -p -s Schedule",
        "firefox.exe -contentproc --channel=\"5820.0.1263473412\\1889219734\" -parentBuildID 20260101 -sandboxingKind 0",
        "cmd.exe /c whoami\r\n& net user",
        "powershell -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA",
    ];
    Table {
        columns: vec![
            column(
                "@timestamp",
                "datetime[μs]",
                Kind::Time,
                (0..10)
                    .map(|i| Value::Time(format!("2026-03-01 08:{:02}:12.{:03}", i * 3, i * 97 % 1000)))
                    .collect(),
            ),
            column(
                "event_id",
                "i64",
                Kind::Number,
                (0..10).map(|i| Value::Integer([1, 3, 4624, 11][i % 4])).collect(),
            ),
            column("Image", "str", Kind::Text, (0..10).map(|i| text(images[i % 4])).collect()),
            column(
                "CommandLine",
                "str",
                Kind::Text,
                (0..10).map(|i| if i % 5 == 4 { Value::Null } else { text(lines[i % 4]) }).collect(),
            ),
            column(
                "score",
                "f64",
                Kind::Number,
                (0..10)
                    .map(|i| if i == 3 { Value::Null } else { Value::Float((i as f64).sqrt() * 17.3) })
                    .collect(),
            ),
            column("elevated", "bool", Kind::Boolean, (0..10).map(|i| Value::Boolean(i % 3 == 0)).collect()),
        ],
        rows: RowCount::Exactly(6_383),
        gap: Some(5),
        hidden: vec![],
        notes: vec![],
    }
}

fn kinds() -> Table {
    let list = Value::List(vec![Value::Integer(1), Value::Null, Value::Integer(3)], 1_000);
    let fields = Value::Struct(
        vec![("user".into(), text("alice")), ("ids".into(), Value::List(vec![Value::Integer(4)], 1))],
        2,
    );
    let floats = [0.1 + 0.2, -0.0, f64::NAN, f64::INFINITY, 6.022e23, 1234567.891, 1e-9];
    Table {
        columns: vec![
            column(
                "text",
                "str",
                Kind::Text,
                vec![
                    text(""),
                    text("null"),
                    Value::Null,
                    text("two\nlines\tand a tab"),
                    text("  spaces  "),
                    text("中文字符 👩‍👩‍👧 e\u{301}"),
                    text("\u{202e}gnp.exe \u{1b}[31mred"),
                ],
            ),
            column("float", "f64", Kind::Number, floats.into_iter().map(Value::Float).collect()),
            column(
                "big",
                "i128",
                Kind::Number,
                [i128::MAX, i128::MIN, 0, 1, -1, 42, 1_000_000].into_iter().map(Value::Integer).collect(),
            ),
            column(
                "decimal",
                "decimal[38,4]",
                Kind::Number,
                (0..7).map(|i| Value::Decimal(format!("{}.2500", i * 1111))).collect(),
            ),
            column(
                "list",
                "list[i64]",
                Kind::Nested,
                vec![
                    list.clone(),
                    Value::List(vec![], 0),
                    list.clone(),
                    Value::Null,
                    list.clone(),
                    list.clone(),
                    list,
                ],
            ),
            column("struct", "struct[2]", Kind::Nested, vec![fields; 7]),
            column(
                "binary",
                "binary",
                Kind::Binary,
                (0..7).map(|i| Value::Binary(vec![0, 255, b'a', i], 400)).collect(),
            ),
            column(
                "<b>date</b>",
                "date",
                Kind::Time,
                (0..7).map(|i| Value::Time(format!("2026-11-{:02}", i + 1))).collect(),
            ),
        ],
        rows: RowCount::MoreThan(7),
        gap: None,
        hidden: vec![],
        notes: vec!["column `text`: 3 numbers were read as strings".into()],
    }
}

fn wide() -> Table {
    let columns = (0..30)
        .map(|i| {
            column(
                &format!("field_{i}"),
                "f64",
                Kind::Number,
                (0..20).map(|row| Value::Float(f64::from(row * i) / 7.0)).collect(),
            )
        })
        .collect();
    Table {
        columns,
        rows: RowCount::Exactly(1_204_551),
        gap: Some(10),
        hidden: (30..100_000).map(|i| format!("field_{i}")).collect(),
        notes: vec![],
    }
}

fn empty() -> Table {
    Table {
        columns: vec![column("id", "i64", Kind::Number, vec![]), column("name", "str", Kind::Text, vec![])],
        rows: RowCount::Exactly(0),
        gap: None,
        hidden: vec![],
        notes: vec![],
    }
}

fn nothing() -> Table {
    Table { columns: vec![], rows: RowCount::Exactly(0), gap: None, hidden: vec![], notes: vec![] }
}

fn long_heading() -> Table {
    let name =
        "a very long name of a column that somebody made by joining the names of several others ".repeat(3);
    Table {
        columns: vec![
            column(&name, "i64", Kind::Number, vec![Value::Integer(1)]),
            column("one", "i64", Kind::Number, vec![Value::Integer(1)]),
        ],
        rows: RowCount::Exactly(1),
        gap: None,
        hidden: vec![],
        notes: vec![],
    }
}
