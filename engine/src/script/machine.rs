//! The Rhai engine of a notebook: its names, its functions, and the run of one cell after the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use fram_display::visible;
use fram_frame::{Frame, RunError, allocated_bytes};
use rhai::{AST, Dynamic, Engine, OptimizationLevel, ParseErrorType, Scope};

use super::callback::Shared;
use super::failure::{self, Failure};
use super::rewrite::{Rewritten, rewrite};
use super::{dispatch, dynamic, objects, operators, syntax_words};
use crate::call::Host;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::{self, NAMESPACES, Type};
use crate::session::Snapshot;
use crate::show;
use crate::value::Value;

/// How deep expressions may nest; a sum of so many terms counts as well.
const DEEPEST_EXPRESSION: usize = 1_000;
/// How deep functions may call each other, on the stack that the session gives a cell.
const DEEPEST_CALL: usize = 200;
/// Operations between two looks at the memory in use.
const MEMORY_EVERY: u32 = 4_096;

/// A notebook's script engine.
pub(crate) struct Machine {
    engine: Arc<Engine>,
    shared: Arc<Shared>,
    scope: Scope<'static>,
    functions: AST,
}

/// A script that parses, not yet run.
pub(crate) struct Statement {
    ast: AST,
    /// The text that was parsed, with the way back to the user's.
    pub(crate) text: Rewritten,
    /// The user's text.
    code: String,
}

impl Machine {
    /// An engine without names.
    pub(crate) fn new(host: Arc<dyn Host>) -> Result<Self, Fault> {
        let shared = Shared::new(host);
        let engine = Arc::new(engine(&shared)?);
        shared.set_engine(&engine);
        Ok(Self { engine, shared, scope: Scope::new(), functions: AST::empty() })
    }

    /// Parses a script.
    pub(crate) fn parse(&self, code: &str) -> Result<Statement, (Failure, Rewritten)> {
        let text = rewrite(code);
        match self.engine.compile(&text.text) {
            Ok(ast) => Ok(Statement { ast, text, code: code.to_owned() }),
            Err(error) => Err((failure::of_parse(&error), text)),
        }
    }

    /// Runs a script statement by statement; the value is the last one's.
    pub(crate) fn run(&mut self, statement: &Statement) -> Result<Value, Failure> {
        self.functions = self.functions.merge(&statement.ast.clone_functions_only());
        self.shared.set_functions(self.functions.clone());
        let written = statement.ast.iter_functions().map(|function| function.name.to_owned());
        self.shared.add_source(written.collect(), &statement.text, &statement.code);
        let mut last = Dynamic::UNIT;
        for part in statement.ast.statements() {
            let ast = AST::new([part.clone()], self.functions.shared_lib().clone());
            let outcome = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &ast);
            self.publish_names();
            last =
                outcome.map_err(|error| failure::at_statement(failure::of_run(&error), part.position()))?;
        }
        dynamic::to_value(&last, &self.shared).map_err(|fault| Failure {
            fault,
            position: None,
            statement: None,
        })
    }

    /// The names that the notebook holds, with their values; the newest value of each.
    pub(crate) fn names(&self) -> Vec<(String, Value)> {
        let mut names = BTreeMap::new();
        for (name, _, held) in self.scope.iter_raw() {
            if let Ok(value) = dynamic::to_value(held, &self.shared) {
                names.insert(name.to_owned(), value);
            }
        }
        names.into_iter().collect()
    }

    /// Names, parameters and comments of the script's own functions.
    pub(crate) fn functions(&self) -> Vec<(String, Vec<String>)> {
        let named = self.functions.iter_functions().filter(|function| !function.name.starts_with("anon$"));
        let mut all: Vec<(String, Vec<String>)> = named
            .map(|function| {
                (function.name.to_owned(), function.params.iter().map(|name| (*name).to_owned()).collect())
            })
            .collect();
        all.sort();
        all
    }

    /// Binds a name to a value, as `let` does.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.scope.set_or_push_value(name, dynamic::from_value(value));
        self.publish_names();
    }

    /// Forgets names: these, or all of them and the functions too.
    pub(crate) fn forget(&mut self, names: &[String]) {
        if names.is_empty() {
            self.scope = Scope::new();
            self.functions = AST::empty();
            self.shared.set_functions(AST::empty());
        }
        for name in names {
            // A name may have been bound several times; the older bindings must not come back.
            while self.scope.remove::<Dynamic>(name).is_some() {}
        }
        self.publish_names();
    }

    fn publish_names(&self) {
        let with_functions = self.functions.has_functions();
        let mut names = BTreeMap::new();
        for (name, _, held) in self.scope.iter_raw() {
            // Arrays and maps are copied whole, so only where a function could ask for them.
            if with_functions || held.read_lock::<Value>().is_some() {
                names.insert(name.to_owned(), held.clone());
            }
        }
        self.shared.set_names(names);
        self.shared.host.publish(Snapshot { names: self.kinds(), functions: self.functions() });
    }

    /// Names with their types, and the frames among them; the newest binding of each.
    fn kinds(&self) -> BTreeMap<String, (Type, Option<Frame>)> {
        let mut kinds = BTreeMap::new();
        for (name, _, held) in self.scope.iter_raw() {
            let kind = match held.read_lock::<Value>() {
                Some(value) => match &*value {
                    Value::Frame(frame) => (Type::Frame, Some(frame.clone())),
                    other => (other.kind(), None),
                },
                None => (dynamic::kind(held), None),
            };
            kinds.insert(name.to_owned(), kind);
        }
        kinds
    }
}

trait SetOrPush {
    fn set_or_push_value(&mut self, name: &str, value: Dynamic);
}

impl SetOrPush for Scope<'static> {
    fn set_or_push_value(&mut self, name: &str, value: Dynamic) {
        match self.get_mut(name) {
            Some(held) => *held = value,
            None => {
                self.push_dynamic(name, value);
            }
        }
    }
}

/// Whether more text could make this a script; `None` where it is one already. Needs no notebook.
pub(crate) fn unfinished(code: &str) -> Option<bool> {
    static PARSER: OnceLock<Option<Engine>> = OnceLock::new();
    if ends_in_comment(code) {
        return Some(true);
    }
    let parser = PARSER.get_or_init(|| parser().ok()).as_ref()?;
    let error = parser.compile(&rewrite(code).text).err()?;
    let at_end = matches!(error.err_type(), ParseErrorType::MissingToken(..)) && ends_early(code);
    Some(syntax_words::is_unfinished(error.err_type()) || at_end)
}

/// An engine that can only parse.
fn parser() -> Result<Engine, Fault> {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(DEEPEST_EXPRESSION, DEEPEST_EXPRESSION);
    operators::words(&mut engine)?;
    Ok(engine)
}

fn engine(shared: &Arc<Shared>) -> Result<Engine, Fault> {
    let mut engine = parser()?;
    engine.set_max_call_levels(DEEPEST_CALL);
    engine.set_fail_on_invalid_map_property(true);
    engine.register_type_with_name::<Value>("value");
    engine.register_type_with_name::<Fault>("error");
    engine.register_fn("to_string", |fault: &mut Fault| fault.message.clone());
    engine.register_get("message", |fault: &mut Fault| fault.message.clone());
    engine.register_get("name", |fault: &mut Fault| fault.name.to_owned());
    objects::register(&mut engine);
    operators::register(&mut engine, shared);
    properties(&mut engine, shared);
    callbacks(&mut engine, shared);
    replaced(&mut engine, shared);
    Ok(engine)
}

/// The namespaces of expressions, and what Polars has as attributes of a frame.
fn properties(engine: &mut Engine, shared: &Arc<Shared>) {
    const ATTRIBUTES: &[&str] = &["columns", "dtypes", "height", "width", "shape", "schema"];
    for (name, namespace) in NAMESPACES {
        let (name, namespace, shared) = (*name, *namespace, shared.clone());
        engine.register_get(name, move |value: &mut Value| match value {
            Value::Expression(expression) => {
                Ok(Dynamic::from(Value::Namespaced(expression.clone(), namespace)))
            }
            Value::Selector(selector) => {
                let whole = Box::new((**selector).clone().into());
                Ok(Dynamic::from(Value::Namespaced(whole, namespace)))
            }
            Value::Branches(branches) if branches.waiting.is_none() => {
                let whole = crate::literal::otherwise_null(branches);
                Ok(Dynamic::from(Value::Namespaced(Box::new(whole), namespace)))
            }
            other => attribute(&shared, other, name),
        });
    }
    for name in ATTRIBUTES {
        let shared = shared.clone();
        engine.register_get(*name, move |value: &mut Value| attribute(&shared, value, name));
    }
}

fn attribute(
    shared: &Arc<Shared>,
    value: &Value,
    name: &'static str,
) -> Result<Dynamic, Box<rhai::EvalAltResult>> {
    let verb = crate::registry::find(value.kind(), name)
        .ok_or_else(|| failure::raise(dispatch::unknown(name, value.kind())))?;
    let result = dispatch::run(shared, verb, value.clone(), Vec::new()).map_err(failure::raise)?;
    Ok(dynamic::from_value(result))
}

#[expect(
    deprecated,
    reason = "rhai marks `on_var` and `on_missing_function` as volatile; its version is pinned"
)]
fn callbacks(engine: &mut Engine, shared: &Arc<Shared>) {
    let names = shared.clone();
    engine.on_var(move |name, _, context| {
        if context.scope().contains(name) {
            return Ok(None);
        }
        Ok(names.name(name).or_else(|| constant(name)))
    });
    let calls = shared.clone();
    engine.on_missing_function(move |name, arguments, is_method, context| {
        dispatch::call(&calls, name, arguments, is_method, &context)
    });
    let host = shared.host.clone();
    let ticks = AtomicU32::new(0);
    engine.on_progress(move |_| {
        if host.is_interrupted() {
            return Some(Dynamic::from(Fault::from(RunError::Interrupted)));
        }
        let look = ticks.fetch_add(1, Ordering::Relaxed).is_multiple_of(MEMORY_EVERY);
        let limit = if look {
            host.watch().memory_limit().filter(|limit| allocated_bytes() > *limit)?
        } else {
            return None;
        };
        Some(Dynamic::from(Fault::from(RunError::OutOfMemory { used: allocated_bytes(), limit })))
    });
    printing(engine, shared);
}

/// Rhai's own functions that a verb of ours replaces: its `sleep` cannot be interrupted.
fn replaced(engine: &mut Engine, shared: &Arc<Shared>) {
    let Some(verb) = registry::find(Type::Cell, "sleep") else { return };
    let of_whole = shared.clone();
    engine.register_fn("sleep", move |seconds: i64| {
        dispatch::run(&of_whole, verb, Value::Nothing, vec![Value::Integer(seconds)])
            .map(drop)
            .map_err(failure::raise)
    });
    let of_float = shared.clone();
    engine.register_fn("sleep", move |seconds: f64| {
        dispatch::run(&of_float, verb, Value::Nothing, vec![Value::Float(seconds)])
            .map(drop)
            .map_err(failure::raise)
    });
}

/// `print` and what it makes of our values; data that is printed cannot move the terminal's cursor.
fn printing(engine: &mut Engine, shared: &Arc<Shared>) {
    let host = shared.host.clone();
    engine.on_print(move |text| host.screen().print(&format!("{}\n", visible(text))));
    let host = shared.host.clone();
    engine.on_debug(move |text, _, _| host.screen().print(&format!("{}\n", visible(text))));
    for name in ["to_string", "to_debug"] {
        let shared = shared.clone();
        engine.register_fn(name, move |value: &mut Value| written(&shared, value, name));
    }
    engine.register_fn("to_string", |map: &mut rhai::Map| objects::text(map));
    engine.register_fn("to_debug", |map: &mut rhai::Map| objects::text(map));
}

/// A value as text; `col("t").dt.to_string()` is a verb of that name.
fn written(shared: &Arc<Shared>, value: &Value, name: &str) -> Result<Dynamic, Box<rhai::EvalAltResult>> {
    if let (Value::Namespaced(..), Some(verb)) = (value, registry::find(value.kind(), name)) {
        let result = dispatch::run(shared, verb, value.clone(), Vec::new()).map_err(failure::raise)?;
        return Ok(dynamic::from_value(result));
    }
    let host = &shared.host;
    let shown =
        show::value(value, &host.settings(), &*host.runner(), &host.watch()).map_err(failure::raise)?;
    let text = shown.and_then(|shown| shown.text("text/plain").map(str::to_owned));
    Ok(text.unwrap_or_default().into())
}

/// Names that are always there: `pl`, `cs` and the column types.
fn constant(name: &str) -> Option<Dynamic> {
    match name {
        "pl" => return Some(Dynamic::from(Value::Polars)),
        "cs" => return Some(Dynamic::from(Value::Selectors)),
        _ => {}
    }
    let is_type = name.starts_with(|letter: char| letter.is_ascii_uppercase());
    let kind = datatype::plain(name).filter(|_| is_type)?;
    Some(Dynamic::from(Value::DataType(Box::new(kind))))
}

/// Whether a comment is still open at the end of the text; Rhai takes that for a whole script.
fn ends_in_comment(code: &str) -> bool {
    use super::lexer::tokens;
    let last = tokens(code).pop().map(|token| code[token.span].to_owned()).unwrap_or_default();
    last.starts_with("/*") && (last.len() < 4 || !last.ends_with("*/"))
}

/// Whether brackets are still open at the end of the text.
fn ends_early(code: &str) -> bool {
    use super::lexer::{TokenKind, tokens};
    let depth = tokens(code).iter().fold(0i64, |depth, token| match token.kind {
        TokenKind::Open => depth + 1,
        TokenKind::Close => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// The type that a constant of the language has, for completion.
pub(crate) fn constant_type(name: &str) -> Option<Type> {
    match name {
        "pl" => Some(Type::Polars),
        "cs" => Some(Type::Selectors),
        _ => datatype::plain(name).map(|_| Type::DataType),
    }
}
