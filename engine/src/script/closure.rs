//! A closure of the script as a function that the engine's own threads can call.

use std::sync::{Arc, Weak};

use polars::prelude::Expr;
use rhai::{AST, ASTNode, Dynamic, Engine, FnPtr, Stmt};

use super::callback::Shared;
use super::dynamic;
use super::expressed::expressed;
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

impl Closure {
    /// The statements of its body.
    fn statements(&self) -> Vec<Stmt> {
        let name = self.pointer.fn_name();
        let alone = self.functions.clone_functions_only_filtered(|_, _, _, known, _| known == name);
        let mut statements = Vec::new();
        alone.walk(&mut |path: &[ASTNode<'_>]| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.push((*statement).clone());
            }
            true
        });
        statements
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
        let result = result.map_err(|error| shared.placed(&error, self.pointer.fn_name()))?;
        dynamic::to_value(&result, &shared)
    }

    fn warn(&self, text: &str) {
        if let Some(shared) = self.shared.upgrade() {
            shared.host.screen().warn(text);
        }
    }

    fn expressed(&self, subject: &str) -> Option<(Expr, String)> {
        let mut known = self.functions.iter_functions();
        let function = known.find(|function| function.name == self.pointer.fn_name())?;
        match function.params.as_slice() {
            [parameter] if self.pointer.curry().is_empty() => {
                let found = expressed(&self.statements(), parameter, subject)?;
                Some((found.expression, found.text))
            }
            _ => None,
        }
    }

    fn describe(&self) -> String {
        let name = self.pointer.fn_name();
        if name.starts_with("anon$") { "closure".to_owned() } else { name.to_owned() }
    }
}
