//! Makes the DataFusion session of a notebook: its settings, its functions, and where it looks tables up.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::{SessionConfig, SessionContext};
use fram_cluster::Functions;

use crate::sql::checked_arithmetic;
use crate::sql::checked_sum;
use crate::sql::counts_beside_distinct::CountsBesideDistinct;
use crate::sql::early_semi_joins::EarlySemiJoins;
use crate::sql::notebook_schema::NotebookSchema;

/// The catalog and schema that a notebook's tables are in, for those who write them out.
const CATALOG: &str = "notebook";
const SCHEMA: &str = "main";

/// A new session that looks tables up in `tables`.
pub(super) fn new_context(tables: Arc<NotebookSchema>) -> Result<SessionContext, DataFusionError> {
    let context = SessionContext::new_with_config(config());
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, tables)?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    context.register_udaf(checked_sum::sum());
    context.add_optimizer_rule(Arc::new(CountsBesideDistinct::default()));
    context.add_optimizer_rule(Arc::new(EarlySemiJoins));
    for function in checked_arithmetic::functions() {
        context.register_udf(function);
    }
    context.state_ref().write().register_function_rewrite(Arc::new(checked_arithmetic::CheckIntegers))?;
    Ok(context)
}

/// The functions that SQL calls on the workers of a cluster: what is checked here is checked there.
pub fn worker_functions() -> Functions {
    Functions::with(checked_arithmetic::functions(), [checked_sum::sum()])
}

fn config() -> SessionConfig {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut config = SessionConfig::new()
        .with_target_partitions(cores)
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    let options = config.options_mut();
    // Names keep their case: `planning` finds the column that is meant.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    // Rows that are only filtered keep the order of their frame, as they do in Polars; joins, groups and sorts still
    // use all cores.
    options.optimizer.enable_round_robin_repartition = false;
    options.execution.parquet.pushdown_filters = true;
    options.execution.time_zone = Some("UTC".to_owned());
    config
}
