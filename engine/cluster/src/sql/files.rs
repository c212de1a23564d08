//! The files that a plan of DataFusion's reads by itself.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;

use crate::piece::Stamp;

/// Shows each file of the plan, as it was when the plan was made.
pub(crate) fn for_each_file(
    plan: &Arc<dyn ExecutionPlan>,
    mut look: impl FnMut(PathBuf, Stamp) -> Result<(), DataFusionError>,
) -> Result<(), DataFusionError> {
    let visited = plan.apply(|node| {
        let source = node.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source);
        let files = source.and_then(|source| (source.as_ref() as &dyn Any).downcast_ref::<FileScanConfig>());
        let groups = files.into_iter().flat_map(|files| &files.file_groups);
        for file in groups.flat_map(|group| group.files()) {
            let path = PathBuf::from(format!("/{}", file.object_meta.location));
            let modified = file.object_meta.last_modified.timestamp_nanos_opt();
            let modified = modified.and_then(|nanoseconds| u128::try_from(nanoseconds).ok());
            look(path, Stamp { size: file.object_meta.size, modified: modified.unwrap_or_default() })?;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map(|_| ())
}
