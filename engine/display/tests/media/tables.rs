//! What tables say: shapes, sentences, cells, widths.

use expect_test::{Expect, expect};
use fram_display::{Column, Kind, RowCount, SchemaField, Table, Value, schema_tree, visible};
use unicode_width::UnicodeWidthStr;

fn column(name: &str, dtype: &str, kind: Kind, values: Vec<Value>) -> Column {
    Column { name: name.to_owned(), dtype: dtype.to_owned(), kind, values }
}

fn table(columns: Vec<Column>, rows: RowCount) -> Table {
    Table { columns, rows, gap: None, hidden: Vec::new(), notes: Vec::new() }
}

fn numbers(count: i128) -> Vec<Value> {
    (0..count).map(Value::Integer).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The HTML without its style.
fn bare(table: &Table) -> String {
    let html = table.html();
    let (start, rest) = html.split_once("<style>").unwrap();
    let (style, end) = rest.split_once("</style>").unwrap();
    assert!(style.len() < 1_500, "the style takes {} bytes in every notebook's every table", style.len());
    assert!(!style.contains(['<', '\n']));
    format!("{start}{end}")
}

/// The cell as HTML.
fn cell(value: Value, kind: Kind, dtype: &str) -> String {
    let html = bare(&table(vec![column("c", dtype, kind, vec![value])], RowCount::Exactly(1)));
    let (_, cell) = html.split_once("<tbody>\n<tr>").unwrap();
    cell.split_once("</tr>").unwrap().0.to_owned()
}

fn check_cells(values: Vec<Value>, kind: Kind, dtype: &str, expected: &Expect) {
    let cells: String = values.into_iter().map(|value| cell(value, kind, dtype) + "\n").collect();
    expected.assert_eq(&cells);
}

#[test]
fn a_table_in_both_media() {
    let mut table = table(
        vec![
            column("id", "i64", Kind::Number, numbers(4)),
            column("name", "str", Kind::Text, vec![text("Ann"), Value::Null, text(""), text("中文 <b>")]),
        ],
        RowCount::Exactly(6_383),
    );
    table.gap = Some(2);
    table.notes.push("column `id` was read as a number".to_owned());
    expect![[r#"
        <div class="fram-table tex2jax_ignore mathjax_ignore">
        <table>
        <thead><tr><th align=right>id<br><small>i64</small></th><th>name<br><small>str</small></th></tr></thead>
        <tbody>
        <tr><td align=right>0</td><td>Ann</td></tr>
        <tr><td align=right>1</td><td><em>null</em></td></tr>
        <tr><td align=right>⋮</td><td>⋮</td></tr>
        <tr><td align=right>2</td><td><i>&quot;&quot;</i></td></tr>
        <tr><td align=right>3</td><td>中文 &lt;b&gt;</td></tr>
        </tbody>
        </table>
        <p>6,383 rows × 2 columns</p>
        <p>column `id` was read as a number</p>
        </div>
    "#]].assert_eq(&bare(&table));
    expect![[r#"
        ┌─────┬──────────┐
        │  id ┆ name     │
        │ i64 ┆ str      │
        ╞═════╪══════════╡
        │   0 ┆ Ann      │
        │   1 ┆ null     │
        │   ⋮ ┆ ⋮        │
        │   2 ┆ ""       │
        │   3 ┆ 中文 <b> │
        └─────┴──────────┘
        6,383 rows × 2 columns
        column `id` was read as a number"#]]
    .assert_eq(&table.text(80));
}

#[test]
fn the_shape_is_said_in_all_cases() {
    let shape = |columns: usize, shown: i128, rows: RowCount, gap: Option<usize>| {
        let columns = (0..columns).map(|_| column("c", "i64", Kind::Number, numbers(shown))).collect();
        let text = Table { gap, ..table(columns, rows) }.text(80);
        text.lines().last().unwrap().to_owned() + "\n"
    };
    let shapes = [
        shape(1, 1, RowCount::Exactly(1), None),
        shape(3, 0, RowCount::Exactly(0), None),
        shape(0, 0, RowCount::Exactly(0), None),
        shape(0, 0, RowCount::Exactly(12), None),
        shape(2, 4, RowCount::Exactly(1_234_567), Some(2)),
        shape(2, 4, RowCount::Exactly(1_234_567), None),
        shape(2, 20, RowCount::MoreThan(20), None),
        shape(2, 1, RowCount::MoreThan(1), None),
        shape(2, 0, RowCount::MoreThan(0), None),
    ];
    expect![[r#"
        1 row × 1 column
        0 rows × 3 columns
        0 rows × 0 columns
        12 rows × 0 columns
        1,234,567 rows × 2 columns
        first 4 of 1,234,567 rows × 2 columns
        first 20 rows of more × 2 columns
        first row of more × 2 columns
        rows not counted × 2 columns
    "#]]
    .assert_eq(&shapes.concat());
}

#[test]
fn what_is_missing_is_not_what_is_empty() {
    let values = vec![Value::Null, text(""), text("null"), text("\"\""), text("  x "), text(" ")];
    check_cells(
        values,
        Kind::Text,
        "str",
        &expect![[r#"
        <td><em>null</em></td>
        <td><i>&quot;&quot;</i></td>
        <td>&quot;null&quot;</td>
        <td>&quot;&quot;</td>
        <td title="  x ">··x·</td>
        <td title=" ">·</td>
    "#]],
    );
}

#[test]
fn text_is_one_line_and_cut_with_the_whole_on_hover() {
    let values = vec![
        text("a\nb\r\nc\td\re"),
        text("\u{1b}[31mred\u{202e}x\0"),
        text(&"e\u{301}".repeat(80)),
        text(&"é".repeat(81)),
        Value::CutText { text: "abc".to_owned(), characters: 5_000_000 },
        text(&"x".repeat(3_000)),
        text("<a title='\"&'>"),
    ];
    let cells: String = values.into_iter().map(|value| cell(value, Kind::Text, "str") + "\n").collect();
    let cells = cells
        .replace(&"x".repeat(2_000), "(2,000 x)")
        .replace(&"e\u{301}".repeat(80), "(80 é)")
        .replace(&"é".repeat(80), "(80 é)");
    expect![[r#"
        <td title="a
        b␍
        c	d␍e">a↵b↵c⇥d␍e</td>
        <td>␛[31mred⟨U+202E⟩x␀</td>
        <td>(80 é)</td>
        <td title="(80 é)é">ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…</td>
        <td title="abc… (5,000,000 characters)">abc…</td>
        <td title="(2,000 x)… (3,000 characters)">xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…</td>
        <td>&lt;a title=&#39;&quot;&amp;&#39;&gt;</td>
    "#]].assert_eq(&cells);
}

#[test]
fn numbers_keep_their_digits_on_hover() {
    let values = vec![
        Value::Float(1.0 / 3.0),
        Value::Float(f64::NAN),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(-0.0),
        Value::Float(1e300),
        Value::Integer(i128::MIN),
        Value::Integer(i128::from(u64::MAX)),
        Value::Decimal("-12345678901234567890.1234".to_owned()),
    ];
    check_cells(
        values,
        Kind::Number,
        "f64",
        &expect![[r#"
        <td align=right title="0.3333333333333333">0.333333</td>
        <td align=right>NaN</td>
        <td align=right>-inf</td>
        <td align=right>-0.0</td>
        <td align=right>1.0e300</td>
        <td align=right>-170141183460469231731687303715884105728</td>
        <td align=right>18446744073709551615</td>
        <td align=right>-12345678901234567890.1234</td>
    "#]],
    );
    check_cells(
        vec![Value::Float(f64::from(0.1_f32)), Value::Float(f64::from(f32::MAX))],
        Kind::Number,
        "f32",
        &expect![[r#"
            <td align=right>0.1</td>
            <td align=right title="3.4028235e38">3.40282e38</td>
        "#]],
    );
}

#[test]
fn nested_values_are_written_short() {
    let deep = (0..40).fold(Value::Null, |inner, _| Value::List(vec![inner], 1));
    let values = vec![
        Value::List(vec![text("a"), text("null"), Value::Null, text("")], 4),
        Value::List(numbers(3), 1_000),
        Value::List(Vec::new(), 0),
        Value::List(numbers(60), 60),
        Value::Struct(vec![("k".to_owned(), Value::Boolean(true)), ("n".to_owned(), Value::Float(0.5))], 2),
        Value::Struct(Vec::new(), 0),
        Value::Binary(vec![0, b'"', b'a', 255], 4),
        Value::Binary(vec![1; 3], 3_000),
        deep,
    ];
    check_cells(
        values,
        Kind::Nested,
        "list[str]",
        &expect![[r#"
            <td>[&quot;a&quot;, &quot;null&quot;, null, &quot;&quot;]</td>
            <td>[0, 1, 2, … 997 more]</td>
            <td>[]</td>
            <td title="[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]">[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, …</td>
            <td>{k: true, n: 0.5}</td>
            <td>{}</td>
            <td>b&quot;\x00\&quot;a\xff&quot;</td>
            <td>b&quot;\x01\x01\x01…&quot; (3,000 bytes)</td>
            <td>[[[[[[[[[[[[[…]]]]]]]]]]]]]</td>
        "#]],
    );
}

#[test]
fn a_hundred_thousand_columns_make_a_short_note() {
    let columns =
        (0..30).map(|place| column(&format!("c{place}"), "i64", Kind::Number, numbers(2))).collect();
    let mut table = table(columns, RowCount::Exactly(2));
    table.hidden = (30..100_000).map(|place| format!("c{place}")).collect();
    table.hidden[1] = "x".repeat(100_000);
    let html = bare(&table);
    assert_eq!(html.matches("<th ").count(), 30);
    assert!(html.len() < 6_000, "{} bytes", html.len());
    expect!["<p>99,970 more columns are not shown: c30, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…, c32, c33, c34, c35, c36, c37, … Choose with .select(&quot;c30&quot;), or list all with .print_schema().</p>"].assert_eq(html.lines().rev().nth(1).unwrap());
    table.hidden.truncate(1);
    expect!["<p>1 more column is not shown: c30. Choose with .select(&quot;c30&quot;), or list all with .print_schema().</p>"]
    .assert_eq(bare(&table).lines().rev().nth(1).unwrap());
}

#[test]
fn text_fits_its_width_whatever_is_in_it() {
    let wide = "中文字符👩‍👩‍👧 and some more words to fill the line".repeat(3);
    for count in [1, 2, 5, 12, 30] {
        for width in [20, 40, 80, 120, 200] {
            let columns = (0..count).map(|place| match place % 3 {
                0 => column("number", "f64", Kind::Number, vec![Value::Float(0.123_456), Value::Null]),
                1 => column(&wide, "str", Kind::Text, vec![text(&wide), text("a")]),
                _ => column("c", "list[i64]", Kind::Nested, vec![Value::List(numbers(99), 99), Value::Null]),
            });
            let text = table(columns.collect(), RowCount::Exactly(2)).text(width);
            let lines: Vec<&str> = text.lines().take_while(|line| !line.starts_with("2 rows")).collect();
            assert_eq!(lines.len(), 7, "{text}");
            assert!(lines.iter().all(|line| line.width() == lines[0].width()), "{text}");
            assert!(lines[0].width() <= width.max(20), "{} places for {width}:\n{text}", lines[0].width());
        }
    }
}

#[test]
fn numbers_are_never_cut_in_text() {
    let columns = (0..6).map(|_| column("n", "i128", Kind::Number, vec![Value::Integer(i128::MIN)]));
    let text = table(columns.collect(), RowCount::Exactly(1)).text(100);
    assert_eq!(text.matches("-170141183460469231731687303715884105728").count(), 2, "{text}");
    assert!(text.contains("4 more columns are not shown"), "{text}");
}

#[test]
fn columns_of_unequal_length_are_filled_up() {
    let columns =
        vec![column("a", "i64", Kind::Number, numbers(3)), column("b", "i64", Kind::Number, numbers(1))];
    let html = bare(&table(columns, RowCount::Exactly(3)));
    assert_eq!(html.matches("<td").count(), 6);
}

#[test]
fn a_schema_is_a_tree() {
    let field = |name: &str, dtype: &str, children| SchemaField {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        children,
    };
    let fields = vec![
        field("@timestamp", "datetime[μs]", Vec::new()),
        field(
            "winlog",
            "struct[2]",
            vec![
                field("event_id", "i64", Vec::new()),
                field("user", "struct[1]", vec![field("na\nme", "str", Vec::new())]),
            ],
        ),
        field("<tags>", "list[str]", Vec::new()),
    ];
    expect![[r#"
        3 columns
        ├─ @timestamp: datetime[μs]
        ├─ winlog: struct[2]
        │  ├─ event_id: i64
        │  └─ user: struct[1]
        │     └─ na↵me: str
        └─ <tags>: list[str]"#]]
    .assert_eq(&schema_tree(&fields));
    assert_eq!(schema_tree(&[]), "0 columns");
}

#[test]
fn visible_text_keeps_lines_and_tabs_and_shows_the_rest() {
    assert_eq!(visible("plain\n\ttext"), "plain\n\ttext");
    assert!(matches!(visible("plain é 中 👩‍👩‍👧"), std::borrow::Cow::Borrowed(_)));
    assert_eq!(
        visible("\u{1b}[31m\r\0\u{7f}\u{9b}\u{202e}\u{200b}\u{2028}\u{feff}\u{e0041}"),
        "␛[31m␍␀␡⟨U+009B⟩⟨U+202E⟩⟨U+200B⟩⟨U+2028⟩⟨U+FEFF⟩⟨U+E0041⟩"
    );
}
