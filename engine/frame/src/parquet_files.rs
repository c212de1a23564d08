//! Recognises a Polars plan that only reads Parquet files, so that another engine may read the files itself.

use std::path::PathBuf;

use polars::prelude::LazyFrame;
use polars_plan::dsl::{
    CastColumnsPolicy, ExtraColumnsPolicy, FileScanIR, MissingColumnsPolicy, ScanSources, UnifiedScanArgs,
};
use polars_plan::plans::{IR, IRPlan};

/// The files that the plan reads, where it does nothing else but choose columns: the rows are then those of the
/// files, in order. `None` for any other plan, and for files that are read with options that change their rows.
pub fn parquet_files(lazy: &LazyFrame) -> Option<Vec<PathBuf>> {
    let plan = lazy.clone().to_alp_optimized().ok()?;
    let IR::Scan { sources, hive_parts: None, predicate: None, scan_type, unified_scan_args, .. } =
        scan(&plan)
    else {
        return None;
    };
    let ScanSources::Paths(paths) = sources else { return None };
    let is_plain =
        matches!(scan_type.as_ref(), FileScanIR::Parquet { .. }) && reads_rows_as_they_are(unified_scan_args);
    if !is_plain || paths.is_empty() || paths.iter().any(|path| path.has_scheme()) {
        return None;
    }
    Some(paths.iter().map(|path| PathBuf::from(path.as_str())).collect())
}

/// The node below what only chooses columns.
fn scan(plan: &IRPlan) -> &IR {
    let mut node = plan.lp_arena.get(plan.lp_top);
    while let IR::SimpleProjection { input, .. } = node {
        node = plan.lp_arena.get(*input);
    }
    node
}

fn reads_rows_as_they_are(options: &UnifiedScanArgs) -> bool {
    options.row_index.is_none()
        && options.pre_slice.is_none()
        && options.include_file_paths.is_none()
        && options.column_mapping.is_none()
        && options.default_values.is_none()
        && options.deletion_files.is_none()
        && options.cast_columns_policy == CastColumnsPolicy::ERROR_ON_MISMATCH
        && options.missing_columns_policy == MissingColumnsPolicy::Raise
        && options.extra_columns_policy == ExtraColumnsPolicy::Raise
}
