//! What the Rhai engine's callbacks share with the machine: the host, the cell-level names, the script's functions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::{Duration, Instant};

use fram_frame::{RunError, allocated_bytes};
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, ImmutableString, Map};

use super::place::{self, Functions};
use super::{dynamic, objects};
use crate::call::Host;
use crate::fault::Fault;
use crate::registry::Type;
use crate::session::{Held, Snapshot};
use crate::value::Value;

/// Keys of a map that are told.
const MOST_WORDS: usize = 200;
/// Bytes of a string that is told whole.
const LONGEST_WORD: usize = 200;

/// What callbacks share with the machine.
pub(super) struct Shared {
    pub(super) host: Arc<dyn Host>,
    engine: OnceLock<Weak<Engine>>,
    names: RwLock<BTreeMap<String, Dynamic>>,
    functions: RwLock<AST>,
    /// Where each function was made.
    defined: RwLock<Functions>,
    memory_limit: AtomicU64,
    calls: Mutex<BTreeMap<&'static str, usize>>,
    /// When the names were made known last, and how long that took.
    published: Mutex<Option<(Instant, Duration)>>,
}

impl Shared {
    pub(super) fn new(host: Arc<dyn Host>) -> Arc<Self> {
        let functions = RwLock::new(AST::empty());
        Arc::new(Self {
            host,
            engine: OnceLock::new(),
            names: RwLock::default(),
            functions,
            defined: RwLock::default(),
            memory_limit: AtomicU64::new(u64::MAX),
            calls: Mutex::default(),
            published: Mutex::default(),
        })
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

    pub(super) fn set_name(&self, name: String, held: Dynamic) {
        self.names.write().unwrap_or_else(PoisonError::into_inner).insert(name, held);
    }

    pub(super) fn forget_names(&self) {
        self.names.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Makes the names known, as they are now, to whoever asks beside the cell: SQL, completion.
    pub(super) fn publish(&self) {
        let begun = Instant::now();
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let kinds = names.iter().map(|(name, held)| (name.clone(), self::held(held))).collect();
        drop(names);
        self.host.publish(Snapshot { names: kinds, functions: self.functions_named() });
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), begun.elapsed()));
    }

    /// The same, unless that was done so lately that the time would go with it.
    pub(super) fn publish_now_and_then(&self) {
        let last = *self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|(when, took)| when.elapsed() > took * 20) {
            self.publish();
        }
    }

    /// Names and parameters of the script's own functions.
    pub(super) fn functions_named(&self) -> Vec<(String, Vec<String>)> {
        let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
        let named = functions.iter_functions().filter(|function| !function.name.starts_with("anon$"));
        let parameters = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut named: Vec<_> =
            named.map(|function| (function.name.to_owned(), parameters(&function.params))).collect();
        named.sort();
        named
    }

    /// A statement begins: no verb has been called.
    pub(super) fn begin_statement(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a call of the verb in the statement, from 1.
    pub(super) fn count_call(&self, verb: &'static str) -> usize {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(verb).or_default();
        *count += 1;
        *count
    }

    /// Makes the memory limit known, in bytes.
    pub(super) fn set_memory_limit(&self, limit: Option<u64>) {
        self.memory_limit.store(limit.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether so many bytes more would pass the memory limit.
    pub(super) fn check_memory(&self, more: u64) -> Result<(), Fault> {
        let limit = self.memory_limit.load(Ordering::Relaxed);
        let used = allocated_bytes().saturating_add(more);
        if used > limit { Err(RunError::OutOfMemory { used, limit }.into()) } else { Ok(()) }
    }

    /// Every function of the script so far, closures among them.
    pub(super) fn functions(&self) -> AST {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes known where these functions were made.
    pub(super) fn define(&self, functions: Functions) {
        self.defined.write().unwrap_or_else(PoisonError::into_inner).extend(functions);
    }

    /// Where each function was made.
    pub(super) fn defined(&self) -> RwLockReadGuard<'_, Functions> {
        self.defined.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets where functions were made.
    pub(super) fn forget_functions(&self) {
        self.defined.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.set_functions(AST::empty());
    }

    /// The fault of an error inside this function, with its place in the text that the function was written in.
    pub(super) fn placed(&self, error: &EvalAltResult, function: &str) -> Fault {
        place::of_called(error, function, &self.defined())
    }

    pub(super) fn set_functions(&self, functions: AST) {
        *self.functions.write().unwrap_or_else(PoisonError::into_inner) = functions;
    }
}

/// What is said of a name beside the cell; nothing large is copied.
fn held(value: &Dynamic) -> Held {
    if let Some(ours) = value.read_lock::<Value>() {
        let frame = if let Value::Frame(frame) = &*ours { Some(frame.clone()) } else { None };
        return Held { kind: ours.kind(), frame, words: Vec::new() };
    }
    let kind = dynamic::kind(value);
    let words = match kind {
        Type::Map => value.read_lock::<Map>().map_or_else(Vec::new, |map| {
            objects::entries(&map).into_iter().take(MOST_WORDS).map(|(key, _)| key.to_owned()).collect()
        }),
        Type::Boolean | Type::Integer | Type::Float => vec![value.flatten_clone().to_string()],
        Type::Text => {
            let text = value.read_lock::<ImmutableString>();
            text.filter(|text| text.len() <= LONGEST_WORD)
                .map(|text| format!("{:?}", text.as_str()))
                .into_iter()
                .collect()
        }
        Type::List => {
            value.read_lock::<Array>().map(|array| format!("{} elements", array.len())).into_iter().collect()
        }
        _ => Vec::new(),
    };
    Held { kind, frame: None, words }
}
