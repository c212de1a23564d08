//! Hands a frame that only reads Parquet files to DataFusion as files, so that it reads the row groups and pages that a
//! query needs, on all cores.

use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::SessionContext;
use fram_frame::{bridge, parquet_files};
use polars::prelude::{LazyFrame, Schema};

/// The files behind the plan as a table, where DataFusion reads them as the same columns that Polars does.
pub(super) async fn parquet_table(lazy: &LazyFrame, schema: &Schema) -> Option<Arc<dyn TableProvider>> {
    let files = parquet_files(lazy)?;
    let urls: Vec<ListingTableUrl> = files.iter().map(|file| file_url(file)).collect::<Option<_>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let state = SessionContext::new().state();
    let mut file_schema = None;
    for url in &urls {
        let inferred = options.infer_schema(&state, url).await.ok()?;
        if *file_schema.get_or_insert_with(|| inferred.clone()) != inferred {
            return None;
        }
    }
    let file_schema = file_schema?;
    let read = bridge::polars_schema(&file_schema).ok()?;
    // The plan may choose columns; the table then has the rest too, which no name of the frame would show.
    if read != *schema {
        return None;
    }
    let config =
        ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(file_schema);
    Some(Arc::new(ListingTable::try_new(config).ok()?))
}

/// The file's address; none where its name would be taken for a pattern or lost in an address.
fn file_url(file: &Path) -> Option<ListingTableUrl> {
    let path = file.canonicalize().ok()?;
    let text = path.to_str()?;
    if text.contains(['*', '?', '[', ']', '%', '#']) || !path.is_file() {
        return None;
    }
    ListingTableUrl::parse(text).ok()
}
