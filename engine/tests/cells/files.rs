//! Files as cells meet them: whole and broken ones, read and written. Paths in what is shown are cut to the file's name.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use super::both::{Notebook, notebooks, on_both};

/// A folder of files and a notebook that reads them, once on one machine and once on a cluster.
struct Bench {
    sides: [Side; 2],
}

struct Side {
    folder: tempfile::TempDir,
    notebook: Notebook,
}

impl Side {
    fn new(notebook: Notebook) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), notebook }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a cell in which `DIR/` is the folder; what it shows has it cut out again.
    fn show(&self, cell: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let shown = super::run(&self.notebook.session, &cell.replace("DIR", &folder)).replace(&folder, "DIR");
        // Where the caret stands, and how long it is, hangs on the folder's name.
        let steady = |line: &str| match line.trim_start().strip_prefix('^') {
            Some(rest) => format!("    ^{}\n", rest.trim_start_matches('^')),
            None => format!("{line}\n"),
        };
        shown.lines().map(steady).collect()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Bench {
    fn new() -> Self {
        Self { sides: notebooks().map(Side::new) }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        for side in &self.sides {
            std::fs::write(side.path(name), &content).unwrap();
        }
        self
    }

    /// What the cell shows, on one machine as on the cluster.
    fn show(&self, cell: &str) -> String {
        let [here, there] = &self.sides;
        let (here, there) = (here.show(cell), there.show(cell));
        assert_eq!(here, there, "{cell} on one machine, and on a cluster");
        here
    }

    fn check(&self, cell: &str, wanted: &Expect) {
        wanted.assert_eq(&self.show(cell));
    }

    /// What is in the folder.
    fn names(&self) -> Vec<String> {
        let [here, there] = &self.sides;
        assert_eq!(here.names(), there.names(), "files on one machine, and on a cluster");
        here.names()
    }
}

/// The bytes as `gzip` packs them.
fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut child =
        Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

#[test]
fn broken_csv_is_named_with_its_line_and_a_remedy() {
    let bench = Bench::new();
    bench
        .file("ragged.csv", "a,b\n1,2\n3,4,5\n")
        .file("latin.csv", b"a,b\nx,caf\xe9\n")
        .file("empty.csv", "");
    bench.file("late.csv", format!("a\n{}x\n", "1\n".repeat(12_000)));
    let many: String = (0..5_000).map(|row| format!("{row},{}\n", row * 7)).collect();
    bench.file("cut.csv.gz", &gzipped(many.as_bytes())[..2_000]);
    bench.check("read_csv(\"DIR/ragged.csv\")", &expect![[r#"
        ParseError: line 3 of DIR/ragged.csv has 3 fields, its first line 2
          read_csv("DIR/ragged.csv")
            ^ `#{ truncate_ragged_lines: true }` cuts such lines; `#{ quote_char: … }` if fields are quoted otherwise
    "#]]);
    bench.check(
        "read_csv(\"DIR/ragged.csv\", #{ truncate_ragged_lines: true }).rows()",
        &expect![[r#"
        [[1, 2], [3, 4]]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/latin.csv\")",
        &expect![[r#"
        ParseError: line 2 of DIR/latin.csv is not UTF-8
          read_csv("DIR/latin.csv")
            ^ `#{ encoding: "utf8-lossy" }` reads it, with � for what cannot be read
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/latin.csv\", #{ encoding: \"utf8-lossy\" }).rows()",
        &expect![[r#"
        [["x", "caf�"]]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/empty.csv\")",
        &expect![[r#"
            NoData: DIR/empty.csv is empty
              read_csv("DIR/empty.csv")
                ^ check what wrote it; an empty file has no columns
        "#]],
    );
    bench.check(
        "read_csv(\"DIR/late.csv\").height()",
        &expect![[r#"
        12001
    "#]],
    );
    bench.check("read_csv(\"DIR/late.csv\").sum().rows()", &expect![[r#"
        ParseError: column `a` was taken for i64, but holds `x` further down
          read_csv("DIR/late.csv").sum().rows()
            ^ `#{ schema_overrides: #{ a: String } }` reads strings, `#{ null_values: "x" }` or `#{ ignore_errors: true }` null
    "#]]);
    bench.check(
        "read_csv(\"DIR/cut.csv.gz\")",
        &expect![[r#"
        FileError: DIR/cut.csv.gz is cut off: its compressed data ends too early
          read_csv("DIR/cut.csv.gz")
            ^ fetch the file again, or save what is there: `gzip -dc FILE > part.txt`
    "#]],
    );
}

#[test]
fn what_is_no_file_is_said_so() {
    let bench = Bench::new();
    bench.file("one.csv", "a\n1\n").file("no.parquet", "not at all").file("half.parquet", "PAR1 and no more");
    bench.check(
        "read_csv(\"DIR/oen.csv\")",
        &expect![[r#"
            FileNotFound: there is no file DIR/oen.csv
              read_csv("DIR/oen.csv")
                ^ did you mean "DIR/one.csv"?
        "#]],
    );
    bench.check(
        "read_csv(\"DIR/no/one.csv\")",
        &expect![[r#"
        FileNotFound: there is no file DIR/no/one.csv
          read_csv("DIR/no/one.csv")
            ^ there is no folder DIR/no either; paths are relative to the notebook's folder
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/*.tsv\")",
        &expect![[r#"
        FileNotFound: no file matches DIR/*.tsv
          read_csv("DIR/*.tsv")
            ^ paths are relative to the notebook's folder; `*` stops at `/`, `**` does not
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR\")",
        &expect![[r#"
            FileNotFound: the folder DIR holds no file that ends in .ndjson or .jsonl or .json
              read_ndjson("DIR")
                ^ it holds 3 others; "DIR/*" means all of them
        "#]],
    );
    bench.check(
        "read_csv(\"s3://bucket/one.csv\")",
        &expect![[r#"
            NotSupported: `s3://` addresses cannot be read or written yet: only files can
              read_csv("s3://bucket/one.csv")
                ^ download the file first, and give its path
        "#]],
    );
    bench.check(
        "read_parquet(\"DIR/no.parquet\")",
        &expect![[r#"
            FileError: DIR/no.parquet is no Parquet file
              read_parquet("DIR/no.parquet")
                ^ `read_csv` and `read_ndjson` read text
        "#]],
    );
    bench.check(
        "read_parquet(\"DIR/half.parquet\")",
        &expect![[r#"
            FileError: DIR/half.parquet is cut off: its end is missing
              read_parquet("DIR/half.parquet")
                ^ fetch or write the file again
        "#]],
    );
    bench.check(
        "read_ipc(\"DIR/one.csv\")",
        &expect![[r#"
            FileError: DIR/one.csv is no Arrow IPC file
              read_ipc("DIR/one.csv")
                ^ `read_csv` and `read_ndjson` read text
        "#]],
    );
    bench.check(
        "read_csv([])",
        &expect![[r#"
            InvalidArgument: no path is given
              read_csv([])
                ^ a path, or an array of paths, is wanted
        "#]],
    );
    bench.check(
        "read_csv(\"DIR/one.csv\", #{ separator: \"::\" })",
        &expect![[r#"
            InvalidArgument: `separator` of `read_csv` must be one ASCII character, not "::"
              read_csv("DIR/one.csv", #{ separator: "::" })
                ^
        "#]],
    );
}

#[test]
fn odd_csv_is_read() {
    let bench = Bench::new();
    bench.file("header.csv", "a,b\n").file("double.csv", "a,a\n1,2\n").file("short.csv", "a,b\n1\n3,4\n");
    bench
        .file("sp ace [1].csv", "a;b\r\n1;NA\r\n")
        .file("one.csv", "a,b\n1,2\n")
        .file("two.csv", "b,c\n2,x\n");
    let members = [gzipped(b"a,b\n1,2\n"), gzipped(b"3,4\n")].concat();
    bench.file("members.csv.gz", members).file("html.csv", "<script>\nx\n");
    bench.check(
        "read_csv(\"DIR/header.csv\").schema().rows()",
        &expect![[r#"
        [["a", "str"], ["b", "str"]]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/double.csv\").columns()",
        &expect![[r#"
        stderr: warning: several columns are named `a`: one of them is `a_duplicated_0` here
        ["a", "a_duplicated_0"]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/short.csv\").rows()",
        &expect![[r#"
            stderr: warning: line 2 of DIR/short.csv has 1 field, its first line 2: what is missing is null
            [[1, ()], [3, 4]]
        "#]],
    );
    bench.check(
        "read_csv(\"DIR/sp ace [1].csv\", #{ separator: \";\", null_values: \"NA\" }).rows()",
        &expect![[r#"
        [[1, ()]]
    "#]],
    );
    bench.check(
        "read_csv([\"DIR/one.csv\", \"DIR/two.csv\"], #{ row_index_name: \"n\" }).to_dicts()",
        &expect![[r#"
        stderr: warning: column `a` is not in DIR/two.csv: null there
        stderr: warning: column `c` is not in DIR/one.csv: null there
        [#{n: 0, a: 1, b: 2, c: ()}, #{n: 1, a: (), b: 2, c: "x"}]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/members.csv.gz\").rows()",
        &expect![[r#"
        [[1, 2], [3, 4]]
    "#]],
    );
    bench.check(
        "read_csv(\"DIR/html.csv\").rows()",
        &expect![[r#"
        [["x"]]
    "#]],
    );
    bench.check("read_csv(\"DIR/one.csv\", #{ include_file_paths: \"file\", schema_overrides: #{ a: String } }).rows()", &expect![[r#"
        [["1", 2, "DIR/one.csv"]]
    "#]]);
}

#[test]
fn json_lines_of_every_shape_are_read() {
    let bench = Bench::new();
    bench.file(
        "mixed.ndjson",
        "{\"a\":1,\"b\":{\"c\":1}}\r\n\r\n{\"a\":\"x\",\"b\":{\"c\":true},\"A\":[1]}\r\n{\"late\":1}\r\n",
    );
    bench.file("numbers.ndjson", "{\"a\":1,\"b\":18446744073709551615,\"c\":null,\"d\":[]}\n{\"a\":1.5}");
    bench.file("mark.ndjson", "\u{feff}{\"a\":1}\n").file("other.ndjson", "{\"z\":true}\n");
    bench.file("array.json", "[{\"a\":1,\n \"b\":\"x,]\"},{\"a\":2.5}]");
    bench.check("read_ndjson(\"DIR/mixed.ndjson\").to_dicts()", &expect![[r#"
        stderr: warning: column `a` holds numbers and strings, first in line 3 of DIR/mixed.ndjson: read as strings
        stderr: warning: column `b.c` holds Booleans and numbers, first in line 3 of DIR/mixed.ndjson: read as strings
        [#{a: "1", b: #{c: "1"}, A: (), late: ()}, #{a: "x", b: #{c: "true"}, A: [1], late: ()}, #{a: (), b: (), A: (), late: 1}]
    "#]]);
    bench.check(
        "read_ndjson(\"DIR/mixed.ndjson\", #{ schema: #{ late: Int64 } }).rows()",
        &expect![[r#"
        [[()], [()], [1]]
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/numbers.ndjson\").schema().rows()",
        &expect![[r#"
        [["a", "f64"], ["b", "u64"], ["c", "null"], ["d", "list[null]"]]
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/mark.ndjson\").rows()",
        &expect![[r#"
        [[1]]
    "#]],
    );
    bench.check(
        "read_ndjson([\"DIR/mark.ndjson\", \"DIR/other.ndjson\"]).rows()",
        &expect![[r#"
        [[1, ()], [(), true]]
    "#]],
    );
    bench.check(
        "read_json(\"DIR/array.json\").rows()",
        &expect![[r#"
        [[1.0, "x,]"], [2.5, ()]]
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/array.json\")",
        &expect![[r#"
            ParseError: line 1 of DIR/array.json is no JSON object: [{"a":1,
              read_ndjson("DIR/array.json")
                ^ a file that is one JSON array is read by `read_json`
        "#]],
    );
}

#[test]
fn broken_json_is_named_with_its_line_and_a_remedy() {
    let bench = Bench::new();
    bench
        .file("no_object.ndjson", "{\"a\":1}\n\n[1,2]\n")
        .file("latin.ndjson", b"{\"a\":\"x\"}\n{\"a\":\"caf\xe9\"}\n");
    bench.file("cut.ndjson", "{\"a\":1}\n{\"a\":").file("wide.ndjson", b"\xff\xfe{\0}\0");
    bench.file("deep.ndjson", format!("{{\"a\":{}{}}}\n", "[".repeat(500), "]".repeat(500)));
    bench.check(
        "read_ndjson(\"DIR/no_object.ndjson\")",
        &expect![[r#"
        ParseError: line 3 of DIR/no_object.ndjson is no JSON object: [1,2]
          read_ndjson("DIR/no_object.ndjson")
            ^ each line must be an object `{…}`; `#{ ignore_errors: true }` leaves others out
    "#]],
    );
    bench.check("read_ndjson(\"DIR/no_object.ndjson\", #{ ignore_errors: true }).rows()", &expect![[r#"
        stderr: warning: 1 line is left out; the first: line 3 of DIR/no_object.ndjson is no JSON object: [1,2]
        [[1]]
    "#]]);
    bench.check(
        "read_ndjson(\"DIR/latin.ndjson\")",
        &expect![[r#"
        ParseError: line 2 of DIR/latin.ndjson is not UTF-8
          read_ndjson("DIR/latin.ndjson")
            ^ `#{ encoding: "utf8-lossy" }` reads it, with � for what cannot be read
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/latin.ndjson\", #{ encoding: \"utf8-lossy\" }).rows()",
        &expect![[r#"
        [["x"], ["caf�"]]
    "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/cut.ndjson\")",
        &expect![[r#"
            ParseError: line 2 of DIR/cut.ndjson ends within a JSON value: {"a":
              read_ndjson("DIR/cut.ndjson")
                ^ `#{ ignore_errors: true }` leaves such lines out
        "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/wide.ndjson\")",
        &expect![[r#"
            ParseError: line 1 of DIR/wide.ndjson is no JSON object: ��{␀}␀
              read_ndjson("DIR/wide.ndjson")
                ^ it looks like UTF-16: convert it first, with `iconv -f UTF-16 -t UTF-8`
        "#]],
    );
    bench.check(
        "read_ndjson(\"DIR/deep.ndjson\")",
        &expect![[r#"
            ParseError: line 1 of DIR/deep.ndjson is no JSON: recursion limit exceeded, at character 132
              read_ndjson("DIR/deep.ndjson")
                ^ `#{ ignore_errors: true }` leaves such lines out
        "#]],
    );
}

#[test]
fn what_is_written_is_read_again() {
    let bench = Bench::new();
    bench.show("let f = frame(#{ a: [1, 2, 3], b: [\"x\", \"y,\\\"z\", ()] });");
    for (verb, name) in [
        ("csv", "f.csv"),
        ("csv", "f.csv.gz"),
        ("csv", "f.csv.zst"),
        ("ndjson", "f.ndjson"),
        ("ndjson", "f.ndjson.gz"),
        ("parquet", "f.parquet"),
        ("ipc", "f.arrow"),
    ] {
        assert!(bench.show(&format!("f.write_{verb}(\"DIR/{name}\")")).starts_with("3 rows, "), "{name}");
        assert_eq!(bench.show(&format!("read_{verb}(\"DIR/{name}\").equals(f)")), "true\n", "{name}");
    }
    for side in &bench.sides {
        assert_eq!(std::fs::read(side.path("f.csv.gz")).unwrap()[..2], [0x1f, 0x8b]);
    }
    // A frame may be written over the file that it is read from.
    bench.show("read_parquet(\"DIR/f.parquet\").head(2).write_parquet(\"DIR/f.parquet\")");
    assert_eq!(bench.show("read_parquet(\"DIR/f.parquet\").height()"), "2\n");
    bench.show("f.write_parquet(\"DIR/parts\", #{ partition_by: \"a\" })");
    bench.check(
        "read_parquet(\"DIR/parts\").rows()",
        &expect![[r#"
        [["x", 1], ["y,\"z", 2], [(), 3]]
    "#]],
    );
    assert!(bench.names().iter().all(|name| !name.starts_with('.')), "{:?}", bench.names());
}

#[test]
fn a_folder_of_files_is_written_whole_and_read_again() {
    let bench = Bench::new();
    bench.show("let f = frame(#{ a: [1, 2, 3, 2], b: [\"x\", \"y,\\\"z\", (), \"/../w\"] }); let none = f.filter(col(\"a\") > 9);");
    for (verb, options, name) in [
        ("parquet", "", "part-00000.parquet"),
        ("ipc", ", #{ compression: \"lz4\" }", "part-00000.ipc"),
        ("csv", "", "part-00000.csv"),
        ("csv", ", #{ compression: \"gzip\" }", "part-00000.csv.gz"),
        ("ndjson", ", #{ compression: \"zstd\" }", "part-00000.jsonl.zst"),
    ] {
        let written = bench.show(&format!("f.write_{verb}(\"DIR/out/\"{options})"));
        assert!(written.starts_with("4 rows in 1 file, ") && written.ends_with("→ DIR/out/\n"), "{written}");
        assert_eq!(bench.show(&format!("read_{verb}(\"DIR/out\").equals(f)")), "true\n", "{name}");
        for side in &bench.sides {
            assert!(side.path("out").join(name).is_file(), "{name}");
            std::fs::remove_dir_all(side.path("out")).unwrap();
        }
    }
    // A folder that is there is taken as one when nothing is in it, and stays as private as it was.
    for side in &bench.sides {
        std::fs::create_dir(side.path("out")).unwrap();
        std::fs::set_permissions(side.path("out"), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let written = bench.show("none.write_parquet(\"DIR/out\")");
    assert!(written.starts_with("0 rows in 1 file, "), "{written}");
    for side in &bench.sides {
        assert_eq!(std::fs::metadata(side.path("out")).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert_eq!(bench.show("read_parquet(\"DIR/out\").equals(none)"), "true\n");
    for (verb, by) in [("parquet", "\"a\""), ("ipc", "[\"b\", \"a\"]")] {
        let name = format!("by-{verb}");
        let written = bench.show(&format!("f.write_{verb}(\"DIR/{name}\", #{{ partition_by: {by} }})"));
        assert!(written.starts_with("4 rows in "), "{written}");
        let sorted = "select(\"a\", \"b\").sort(\"a\", \"b\")";
        let same = format!("read_{verb}(\"DIR/{name}\").{sorted}.equals(f.{sorted})");
        assert_eq!(bench.show(&same), "true\n", "{name}");
        let written = bench.show(&format!("none.write_{verb}(\"DIR/no-{name}\", #{{ partition_by: {by} }})"));
        assert!(written.starts_with("0 rows in 1 file, "), "{written}");
        assert_eq!(bench.show(&format!("read_{verb}(\"DIR/no-{name}\").equals(none)")), "true\n", "{name}");
    }
    for side in &bench.sides {
        assert!(side.path("by-parquet/a=2/part-00000.parquet").is_file());
    }
    assert_eq!(bench.names(), ["by-ipc", "by-parquet", "no-by-ipc", "no-by-parquet", "out"]);
}

#[test]
fn a_folder_is_replaced_where_that_is_wanted_and_nothing_else_is_in_it() {
    let bench = Bench::new();
    bench.show("frame(#{ a: [1, 2], b: [3, 4] }).write_parquet(\"DIR/out\", #{ partition_by: \"a\" })");
    bench.check(
        "frame(#{ a: [1] }).write_parquet(\"DIR/out/\")",
        &expect![[r#"
        FileError: the folder DIR/out holds files already
          frame(#{ a: [1] }).write_parquet("DIR/out/")
            ^ give a new folder; `#{ overwrite: true }` replaces what is there
    "#]],
    );
    // A frame may be written over the folder that it is read from.
    bench.show(
        "read_parquet(\"DIR/out\").filter(col(\"a\") == 2).write_parquet(\"DIR/out\", #{ overwrite: true })",
    );
    assert_eq!(bench.show("read_parquet(\"DIR/out\").rows()"), "[[4, 2]]\n");
    for side in &bench.sides {
        assert!(side.path("out/part-00000.parquet").is_file());
    }
    bench.file("out/notes.txt", "mine");
    bench.check(
        "frame(#{ a: [1] }).write_parquet(\"DIR/out/\", #{ overwrite: true })",
        &expect![[r#"
        FileError: the folder DIR/out holds more than written data: DIR/out/notes.txt
          frame(#{ a: [1] }).write_parquet("DIR/out/", #{ overwrite: true })
            ^ give another folder, or remove that one first
    "#]],
    );
    for side in &bench.sides {
        assert_eq!(std::fs::read_to_string(side.path("out/notes.txt")).unwrap(), "mine");
    }
    assert_eq!(bench.names(), ["out"]);
}

#[test]
fn what_a_killed_writer_left_is_removed_by_the_next() {
    let bench = Bench::new();
    for side in &bench.sides {
        std::fs::create_dir_all(side.path(".fram-abc.part/_tasks")).unwrap();
    }
    bench.file(".fram-def.part", "half").file(".fram-abc.part/_tasks/x", "half");
    bench.show("frame(#{ a: [1] }).write_csv(\"DIR/one.csv\")");
    assert_eq!(bench.names(), ["one.csv"]);
}

#[test]
fn an_open_quote_is_told() {
    let bench = Bench::new();
    bench.file("quote.csv", "a,b\n1,\"unclosed\n2,3\n");
    bench.check("read_csv(\"DIR/quote.csv\")", &expect![[r#"
        ParseError: a quote in the record that begins in line 2 of DIR/quote.csv is not closed
          read_csv("DIR/quote.csv")
            ^ close it, double it if it stands for itself, or read quotes as letters with `#{ quote_char: () }`
    "#]]);
    bench.check(
        "read_csv(\"DIR/quote.csv\", #{ quote_char: () }).height()",
        &expect![[r#"
        2
    "#]],
    );
    bench.check(
        "%save DIR/quote.csv",
        &expect![[r#"
        FileError: DIR/quote.csv is there already, and may hold no cells
          %save DIR/quote.csv
            ^ give another name; what ends in .rhai, .sql or .fram is written over
    "#]],
    );
    bench.check(
        "%save DIR/hunt.ipynb",
        &expect![[r#"
        FileError: `%save` writes cells as text, not as a notebook
          %save DIR/hunt.ipynb
            ^ give a name that ends in .rhai, .sql or .fram
    "#]],
    );
    assert_eq!(bench.names(), ["quote.csv"]);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.file("old.csv", "a\n1\n");
    bench.show("let f = frame(#{ a: [1, 2], l: [[1], [2]] });");
    bench.check(
        "f.write_csv(\"DIR/old.csv\")",
        &expect![[r#"
            ComputeError: CSV format does not support nested data
              f.write_csv("DIR/old.csv")
                ^
        "#]],
    );
    bench.check(
        "f.write_parquet(\"DIR/no/f.parquet\")",
        &expect![[r#"
            FileError: there is no folder DIR/no
              f.write_parquet("DIR/no/f.parquet")
                ^ `#{ mkdir: true }` makes it
        "#]],
    );
    bench.check(
        "f.write_parquet(\"DIR\")",
        &expect![[r#"
            FileError: the folder DIR holds files already
              f.write_parquet("DIR")
                ^ give the name of a file in it, or of a new folder; `#{ overwrite: true }` replaces what is there
        "#]],
    );
    bench.check(
        "frame(#{ a: [\"1\", \"x\"] }).cast(Int64).write_parquet(\"DIR/f.parquet\")",
        &expect![[r#"
            ValueMismatch: column `a` holds a value that is no i64: "x"
              frame(#{ a: ["1", "x"] }).cast(Int64).write_parquet("DIR/f.parquet")
                ^ `#{ strict: false }` makes null of what does not fit
        "#]],
    );
    bench.check("f.write_parquet(\"DIR/f.parquet\", #{ compression: \"zip\" })", &expect![[r#"
        InvalidArgument: `compression` of `write_parquet` must be one of zstd, snappy, gzip, brotli, lz4, uncompressed, not "zip"
          f.write_parquet("DIR/f.parquet", #{ compression: "zip" })
            ^
    "#]]);
    bench.check(
        "f.write_csv(\"/dev/full\")",
        &expect![[r#"
            FileError: /dev/full is there already, and is not what would be written
              f.write_csv("/dev/full")
                ^ give another path
        "#]],
    );
    assert_eq!(bench.names(), ["old.csv"]);
    for side in &bench.sides {
        assert_eq!(std::fs::read_to_string(side.path("old.csv")).unwrap(), "a\n1\n");
    }
}

#[test]
fn an_interrupted_write_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.show("let ten = frame(#{ a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }); let f = ten; for n in 0..9 { f = f.cross_join(ten, `_${n}`); }");
    for side in &bench.sides {
        // A file that is written in one place, and a folder that tasks write.
        for target in ["big.parquet", "big/"] {
            let parts = || side.names().len();
            let shown = std::thread::scope(|scope| {
                let writing = scope.spawn(|| side.show(&format!("f.write_parquet(\"DIR/{target}\")")));
                wait_until(|| parts() == 1);
                side.notebook.session.interrupt();
                writing.join().unwrap()
            });
            assert!(shown.starts_with("Interrupted: "), "{}: {shown}", side.notebook.place);
            wait_until(|| parts() == 0);
        }
    }
}

fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain");
        std::thread::yield_now();
    }
}

/// The counts are DuckDB's: `SELECT EventID, count(*) FROM read_json_auto('*.json.gz', union_by_name = true) GROUP BY 1
/// ORDER BY 2 DESC, 1 LIMIT 8`.
#[test]
fn real_logs_are_read_whole() {
    let Some(data) = std::env::var_os("FRAM_TEST_DATA") else {
        assert!(std::env::var_os("CI").is_none(), "FRAM_TEST_DATA is not set");
        println!("skipped: FRAM_TEST_DATA names no folder of real logs");
        return;
    };
    on_both(|session| {
        let logs = Path::new(&data).join("winevent").join("*.json.gz").display().to_string();
        super::run(session, &format!("let logs = read_ndjson({logs:?});"));
        assert_eq!(super::run(session, "logs.shape()"), "[11017, 198]\n");
        expect![[r#"
            [[10, 2362], [12, 1334], [4658, 1334], [800, 971], [4103, 839], [7, 746], [4656, 678], [4690, 668]]
        "#]].assert_eq(&super::run(session, "logs.group_by(\"EventID\").len().sort([\"len\", \"EventID\"], #{ descending: [true, false] }).head(8).rows()"));
        expect![[r#"
            [["Microsoft-Windows-PowerShell/Operational", 882], ["Microsoft-Windows-Sysmon/Operational", 5056], ["Microsoft-Windows-TaskScheduler/Operational", 2], ["Microsoft-Windows-WMI-Activity/Operational", 8], ["Security", 3221], ["System", 18], ["Windows PowerShell", 1003], ["security", 827]]
        "#]].assert_eq(&super::run(session, "logs.group_by(\"Channel\").len().sort(\"Channel\").rows()"));
    });
}
