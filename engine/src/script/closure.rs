//! A closure of the script as a function that the engine's own threads can call.

use std::sync::{Arc, Weak};

use rhai::{AST, Dynamic, Engine, FnPtr};

use super::callback::Shared;
use super::{dynamic, failure};
use crate::fault::Fault;
use crate::value::{Function, Value};

/// A closure with the engine and the functions that it may call.
pub(super) struct Closure {
    pointer: FnPtr,
    functions: AST,
    shared: Weak<Shared>,
    parameters: usize,
}

impl Closure {
    pub(super) fn new(pointer: FnPtr, shared: &Arc<Shared>) -> Self {
        let functions = shared.functions();
        let taken = functions.iter_functions().find(|function| function.name == pointer.fn_name());
        let parameters =
            taken.map_or(1, |function| function.params.len()).saturating_sub(pointer.curry().len());
        Self { pointer, functions, shared: Arc::downgrade(shared), parameters }
    }
}

impl Function for Closure {
    fn parameters(&self) -> usize {
        self.parameters
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, Fault> {
        let gone = || Fault::new("ScriptError", "the notebook that the closure belongs to is gone");
        let shared = self.shared.upgrade().ok_or_else(gone)?;
        let engine: Arc<Engine> = shared.engine().ok_or_else(gone)?;
        let arguments: Vec<Dynamic> = arguments.into_iter().map(dynamic::from_value).collect();
        let result = self.pointer.call::<Dynamic>(&engine, &self.functions, arguments);
        let result = result.map_err(|error| failure::fault(&error))?;
        dynamic::to_value(&result, &shared)
    }

    fn describe(&self) -> String {
        let name = self.pointer.fn_name();
        if name.starts_with("anon$") { "closure".to_owned() } else { name.to_owned() }
    }
}
