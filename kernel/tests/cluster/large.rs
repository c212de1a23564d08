//! Plans that are large in one way or another: of many files, of many expressions, of many rows in the notebook's memory.
//! They give the rows of one machine.

use crate::processes::{Cluster, tables};

const FILES: usize = 2_000;
/// Rows that make the plan longer than messages may be where nobody says otherwise (16 MiB), and more rows than travel in a
/// plan, so that they are handed to the workers in parts; `FOLDER` is that of the files.
const CELLS: &str = "\
let t = scan_ndjson(\"FOLDER/*.ndjson\")
t.group_by(\"g\").agg(len().alias(\"n\"), col(\"k\").sum()).sort(\"g\")
// %%
%%sql
SELECT g, max(k) AS k FROM t GROUP BY g ORDER BY g
// %%
let many = []; for i in 0..50 { many.push((col(\"k\") + i).max().alias(\"c\" + i)) }
t.select(many).select(\"c0\", \"c49\", sum_horizontal(\"*\").alias(\"s\"))
// %%
let joined = t; for i in 0..6 { joined = joined.join(frame(#{ k: range(i, 400000) }), \"k\", \"semi\") }
joined.group_by(\"g\").agg(len().alias(\"n\"), col(\"k\").min()).sort(\"g\")
// %%
let rows = frame(#{ k: range(0, 600000) }).with_columns((col(\"k\") * 3).cast(String).alias(\"s\")).collect()
t.join(rows, \"k\").group_by(\"g\").agg(col(\"s\").max(), len().alias(\"n\")).sort(\"g\")
";

#[test]
fn large_plans_give_the_rows_of_one_machine() {
    let cluster = Cluster::start(2);
    let folder = cluster.folder.path().join("many");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..FILES {
        let row = format!("{{\"k\": {number}, \"g\": {}}}\n", number % 7);
        std::fs::write(folder.join(format!("{number:05}.ndjson")), row).unwrap();
    }
    let cells = CELLS.replace("FOLDER", "many");
    let here = tables(&cluster.run("%cluster local", &cells).succeeded());
    let there = tables(&cluster.run(&cluster.join(), &cells).succeeded());
    assert_eq!(here, there);
    assert_eq!(here.matches('└').count(), 5, "{here}");
}

/// A batch of as many numbers as DataFusion has by default would be 64 KiB of each column.
const WIDE: &str = "\
let many = []; for i in 0..6000 { many.push((col(\"k\") + i).max().alias(\"c\" + i)) }
scan_ndjson(\"wide/*.ndjson\").select(many).select(sum_horizontal(\"*\")).item()
";

#[test]
fn wide_rows_take_the_memory_of_their_values() {
    let mut cluster = Cluster::start(0);
    let folder = cluster.folder.path().join("wide");
    std::fs::create_dir(&folder).unwrap();
    for file in 0..4 {
        // More than one task reads.
        let rows = (file * 10_000..(file + 1) * 10_000).map(|number| format!("{{\"k\": {number}}}\n"));
        std::fs::write(folder.join(format!("{file}.ndjson")), rows.collect::<String>()).unwrap();
    }
    (0..2).for_each(|_| cluster.add_worker(&["--memory", "300MiB"]));
    cluster.wait_for_workers(2);
    let printed = cluster.run(&cluster.join(), WIDE).succeeded();
    assert!(printed.contains(&(6_000 * 39_999 + 5_999 * 6_000 / 2).to_string()), "{printed}");
}
