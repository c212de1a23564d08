//! The functions that SQL may call on workers: DataFusion's, and those that the program brings along. Plans name them;
//! what a name means must be the same everywhere.

use std::sync::Arc;

use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::execution::{SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

/// The functions that SQL may call on workers. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Functions {
    registry: Arc<BallistaFunctionRegistry>,
}

impl Default for Functions {
    fn default() -> Self {
        Self::with([], [])
    }
}

impl Functions {
    /// DataFusion's functions and these, which take the place of DataFusion's where they have the same names.
    pub fn with(
        scalar: impl IntoIterator<Item = ScalarUDF>,
        aggregate: impl IntoIterator<Item = AggregateUDF>,
    ) -> Self {
        let mut registry = BallistaFunctionRegistry::default();
        // Ballista leaves out those of lists and maps.
        for function in SessionStateDefaults::default_scalar_functions() {
            registry.scalar_functions.insert(function.name().to_owned(), function);
        }
        for function in scalar {
            registry.scalar_functions.insert(function.name().to_owned(), Arc::new(function));
        }
        for function in aggregate {
            registry.aggregate_functions.insert(function.name().to_owned(), Arc::new(function));
        }
        Self { registry: Arc::new(registry) }
    }

    /// All of them, by name.
    pub(crate) fn registry(&self) -> &BallistaFunctionRegistry {
        &self.registry
    }

    /// Whether workers know the scalar function of this name.
    pub(crate) fn has_scalar(&self, name: &str) -> bool {
        self.registry.scalar_functions.contains_key(name)
    }

    /// The session with these functions alone.
    pub(crate) fn put_into(&self, builder: SessionStateBuilder) -> SessionStateBuilder {
        let registry = &*self.registry;
        builder
            .with_scalar_functions(registry.scalar_functions.values().cloned().collect())
            .with_aggregate_functions(registry.aggregate_functions.values().cloned().collect())
            .with_window_functions(registry.window_functions.values().cloned().collect())
    }
}
