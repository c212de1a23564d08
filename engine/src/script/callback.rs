//! What the Rhai engine's callbacks share with the machine: the host, the cell-level names, the script's functions.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use rhai::{AST, Dynamic, Engine};

use crate::call::Host;

/// What callbacks share with the machine.
pub(super) struct Shared {
    pub(super) host: Arc<dyn Host>,
    engine: OnceLock<Weak<Engine>>,
    names: RwLock<BTreeMap<String, Dynamic>>,
    functions: RwLock<AST>,
}

impl Shared {
    pub(super) fn new(host: Arc<dyn Host>) -> Arc<Self> {
        let functions = RwLock::new(AST::empty());
        Arc::new(Self { host, engine: OnceLock::new(), names: RwLock::default(), functions })
    }

    /// Makes the engine known that closures are called with.
    pub(super) fn set_engine(&self, engine: &Arc<Engine>) {
        self.engine.get_or_init(|| Arc::downgrade(engine));
    }

    /// The engine, while the machine lives.
    pub(super) fn engine(&self) -> Option<Arc<Engine>> {
        self.engine.get()?.upgrade()
    }

    /// The cell-level name's value, for functions that cannot see the scope.
    pub(super) fn name(&self, name: &str) -> Option<Dynamic> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn set_names(&self, names: BTreeMap<String, Dynamic>) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Every function of the script so far, closures among them.
    pub(super) fn functions(&self) -> AST {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_functions(&self, functions: AST) {
        *self.functions.write().unwrap_or_else(PoisonError::into_inner) = functions;
    }
}
