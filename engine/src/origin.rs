//! Where a frame's rows come from, in words: files, rows in memory, SQL. Read from its plan; nothing runs.

use fram_cluster::TABLE;
use fram_frame::{Frame, Plan};
use polars_plan::dsl::{DslPlan, ScanSources};
use polars_plan::plans::{DslFunction, FunctionIR};

/// Sources that are named; the rest is counted.
const MOST_NAMED: usize = 3;

/// What the frame is made from, as `logs.csv and rows in memory`.
pub(crate) fn origin(frame: &Frame) -> String {
    let Plan::Polars(lazy) = frame.plan() else { return "an SQL query".to_owned() };
    let mut found: Vec<String> = Vec::new();
    let mut add = |source: String| {
        if !found.contains(&source) {
            found.push(source);
        }
    };
    for step in &lazy.logical_plan {
        match step {
            DslPlan::Scan { sources: ScanSources::Paths(paths), .. } => {
                paths.iter().for_each(|path| add(path.to_string()));
            }
            DslPlan::Scan { sources: ScanSources::Files(_), .. } => add("a file that was mended".to_owned()),
            DslPlan::MapFunction {
                function: DslFunction::FunctionIR(FunctionIR::Opaque { fmt_str, .. }),
                ..
            } if fmt_str.starts_with(TABLE) => add("rows on a cluster's workers".to_owned()),
            // What stands below a table has nothing in it.
            DslPlan::DataFrameScan { df, .. } if df.width() == 0 => {}
            DslPlan::Scan { .. } | DslPlan::DataFrameScan { .. } => add("rows in memory".to_owned()),
            _ => {}
        }
    }
    if found.is_empty() {
        found.push("rows in memory".to_owned());
    }
    let more = found.len().saturating_sub(MOST_NAMED);
    found.truncate(MOST_NAMED);
    if more > 0 {
        found.push(format!("{more} more"));
    }
    found.join(", ")
}
