//! What the Rhai engine's callbacks share with the machine: the host, the cell-level names, the script's functions.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use rhai::{AST, Dynamic, Engine, EvalAltResult};

use super::failure;
use super::rewrite::Rewritten;
use crate::call::Host;
use crate::fault::Fault;
use crate::session::placed;

/// What callbacks share with the machine.
pub(super) struct Shared {
    pub(super) host: Arc<dyn Host>,
    engine: OnceLock<Weak<Engine>>,
    names: RwLock<BTreeMap<String, Dynamic>>,
    functions: RwLock<AST>,
    sources: RwLock<BTreeMap<String, Arc<Source>>>,
}

/// Where functions were written.
struct Source {
    text: Rewritten,
    code: Arc<str>,
}

impl Shared {
    pub(super) fn new(host: Arc<dyn Host>) -> Arc<Self> {
        let functions = RwLock::new(AST::empty());
        let (names, sources) = (RwLock::default(), RwLock::default());
        Arc::new(Self { host, engine: OnceLock::new(), names, functions, sources })
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

    /// Keeps the text in which these functions are written.
    pub(super) fn add_source(&self, functions: Vec<String>, text: &Rewritten, code: &str) {
        if functions.is_empty() {
            return;
        }
        let source = Arc::new(Source { text: text.clone(), code: code.into() });
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.extend(functions.into_iter().map(|name| (name, source.clone())));
    }

    /// The fault of an error inside this function, with its place in the text that the function was written in.
    pub(super) fn placed(&self, error: &EvalAltResult, function: &str) -> Fault {
        let inside = failure::function_of(error).unwrap_or(function);
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let Some(source) = sources.get(inside) else { return failure::fault(error) };
        let found = placed(failure::of_run(error), &source.text, &source.code);
        match (found.place, found.fault.origin.is_some()) {
            (Some(place), false) => found.fault.within(source.code.clone(), place),
            _ => found.fault,
        }
    }

    pub(super) fn set_functions(&self, functions: AST) {
        *self.functions.write().unwrap_or_else(PoisonError::into_inner) = functions;
    }
}
