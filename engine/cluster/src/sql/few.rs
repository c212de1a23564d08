//! Queries of a few rows: one task answers them sooner than several that have to hand rows to each other.

use std::path::Path;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::{ListingTable, ListingTableUrl};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, TableScan};

/// Files that are looked at; more of them are taken for much.
const FILES: usize = 16;

/// Whether the query reads nothing but files that have so many bytes together at most.
pub(super) fn reads_little(plan: &LogicalPlan, most: u64) -> bool {
    let (mut sizes, mut is_little) = (Vec::new(), true);
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let more = sizes_of_files(scan);
            is_little = more.is_some();
            sizes.extend(more.unwrap_or_default());
            is_little &= sizes.len() <= FILES && sizes.iter().sum::<u64>() <= most;
        }
        Ok(if is_little { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    visited.is_ok() && is_little
}

/// The sizes of the files of a table; none where it is more or other than a few files that are named.
fn sizes_of_files(scan: &TableScan) -> Option<Vec<u64>> {
    let table = source_as_provider(&scan.source).ok()?;
    let paths = table.downcast_ref::<ListingTable>()?.table_paths();
    if paths.len() > FILES {
        return None;
    }
    let size = |path: &ListingTableUrl| {
        let about = std::fs::metadata(Path::new("/").join(path.prefix().as_ref())).ok()?;
        (path.scheme() == "file" && about.is_file()).then_some(about.len())
    };
    paths.iter().map(size).collect()
}
