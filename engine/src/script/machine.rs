//! The Rhai engine of a notebook: its names, its functions, and the run of one cell after the other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, ParseError, ParseErrorType, Position, Scope};

use super::callback::Shared;
use super::failure::Failure;
use super::modules::Imports;
use super::place::{self, Source};
use super::rewrite::{Known, line_before, rewrite};
use super::{brackets, dynamic, numbers, setup, syntax_words};
use crate::call::Host;
use crate::fault::Fault;
use crate::nearest;
use crate::registry::{self, Type};
use crate::value::Value;

/// Ends of statements that the parser is asked for in one script.
const MOST_ENDS: usize = 30;

/// A notebook's script engine.
pub(crate) struct Machine {
    engine: Arc<Engine>,
    shared: Arc<Shared>,
    scope: Scope<'static>,
    functions: AST,
    /// The statement that ran last: its script, and where it and the next one begin.
    last_statement: Option<(Arc<Source>, Position, Option<Position>)>,
    imports: Imports,
    /// Names of the scope that are known to functions.
    taken: usize,
}

impl Machine {
    /// An engine without names.
    pub(crate) fn new(host: Arc<dyn Host>) -> Result<Self, Fault> {
        let shared = Shared::new(host);
        let engine = Arc::new(setup::engine(&shared)?);
        shared.set_engine(&engine);
        Ok(Self {
            engine,
            shared,
            scope: Scope::new(),
            functions: AST::empty(),
            last_statement: None,
            imports: Imports::default(),
            taken: 0,
        })
    }

    /// Runs a script statement by statement; the value is the last one's.
    pub(crate) fn run(&mut self, code: &str) -> Result<Value, Failure> {
        self.last_statement = None;
        let (ast, source) = self.parse(code)?;
        let made = ast.shared_lib().iter_script_fn_info();
        self.shared.define(
            made.map(|(_, _, name, _, function)| (name.to_owned(), source.defined(function))).collect(),
        );
        self.functions = self.functions.merge(&ast.clone_functions_only());
        self.shared.set_functions(self.functions.clone());
        self.warn_of_verbs(&ast);
        self.shared.set_memory_limit(self.shared.host.watch().memory_limit());
        let outcome = self.statements(&ast, &source);
        self.retake_names();
        dynamic::to_value(&outcome?, &self.shared).map_err(|fault| Failure { fault, place: None })
    }

    /// A function comes before a verb of the same name wherever it takes as many arguments.
    fn warn_of_verbs(&self, ast: &AST) {
        for function in ast.iter_functions() {
            let verb = [Type::Frame, Type::Expression, Type::Groups]
                .into_iter()
                .find_map(|kind| registry::find(kind, function.name))
                .filter(|_| !function.params.is_empty());
            if let Some(verb) = verb {
                let (name, on) = (function.name, verb.on.article());
                self.shared.host.screen().warn(&format!(
                    "warning: `{name}` is a verb of {on} too, and `x.{name}(…)` may call your function now; choose another name\n"
                ));
            }
        }
    }

    fn parse(&self, code: &str) -> Result<(AST, Arc<Source>), Failure> {
        if let Some((fault, place)) = numbers::too_large_literal(code) {
            return Err(Failure { fault, place: Some(place) });
        }
        let names = self.scope.iter_raw().map(|(name, _, _)| name.to_owned()).collect();
        let mut known = Known { names, ends: Vec::new() };
        loop {
            let source = Source { code: code.into(), text: rewrite(code, &known) };
            let error = match self.engine.compile(&source.text.text) {
                Ok(ast) => return Ok((ast, Arc::new(source))),
                Err(error) => error,
            };
            match missing_end(&error, &source) {
                Some(end) if known.ends.len() < MOST_ENDS && !known.ends.contains(&end) => {
                    known.ends.push(end)
                }
                _ => return Err(unparsed(&error, &source)),
            }
        }
    }

    fn statements(&mut self, ast: &AST, source: &Arc<Source>) -> Result<Dynamic, Failure> {
        let mut last = Dynamic::UNIT;
        let parts = ast.statements();
        for (index, part) in parts.iter().enumerate() {
            let next = parts.get(index + 1).map(|next| next.position());
            self.last_statement = Some((source.clone(), part.position(), next));
            self.shared.begin_statement();
            let ast = AST::new(self.imports.before(part), self.functions.shared_lib().clone());
            let outcome = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &ast);
            self.take_names();
            self.shared.publish_now_and_then();
            last = outcome.map_err(|error| {
                let failure = place::of_run(&error, source, self.last_statement(), &self.shared.defined());
                Failure { fault: self.among_functions(failure.fault), ..failure }
            })?;
            self.imports.keep(part);
        }
        Ok(last)
    }

    /// The bytes of the statement that ran last, in the script that was run last.
    pub(crate) fn last_statement(&self) -> Range<usize> {
        let Some((source, start, next)) = &self.last_statement else { return 0..0 };
        let start = source.at(*start).unwrap_or(0);
        let end = next.and_then(|next| source.at(next)).unwrap_or(source.code.len());
        start..end.max(start)
    }

    /// What is shown next does not come of a script.
    pub(crate) fn forget_statement(&mut self) {
        self.last_statement = None;
    }

    /// What is not known as a function may be one of the script's, called with too few or too many arguments or by a
    /// slip of the finger.
    fn among_functions(&self, fault: Fault) -> Fault {
        let Some(name) = fault.about.as_deref().filter(|_| fault.name == "UnknownFunction") else {
            return fault;
        };
        let functions = self.functions();
        if let Some((_, parameters)) = functions.iter().find(|(known, _)| known == name) {
            let signature = format!("{name}({})", parameters.join(", "));
            let count = match parameters.len() {
                0 => "no arguments".to_owned(),
                1 => "one argument".to_owned(),
                more => format!("{more} arguments"),
            };
            return Fault { message: format!("`{name}` takes {count}"), ..fault }
                .hint(format!("it is `{signature}`"));
        }
        let near = nearest::names(name, functions.iter().map(|(known, _)| known.as_str()))
            .first()
            .map(|near| format!("did you mean `{near}`?"));
        match near {
            Some(near) => fault.hint(near),
            None => fault,
        }
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

    /// Names and parameters of the script's own functions.
    pub(crate) fn functions(&self) -> Vec<(String, Vec<String>)> {
        self.shared.functions_named()
    }

    /// Binds a name to a value, as `let` does.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.scope.set_or_push_value(name, dynamic::from_value(value));
        self.retake_names();
    }

    /// Forgets names: these, or all of them and the functions too.
    pub(crate) fn forget(&mut self, names: &[String]) {
        if names.is_empty() {
            self.scope = Scope::new();
            self.functions = AST::empty();
            self.imports.clear();
            self.shared.forget_functions();
        }
        for name in names {
            // A name may have been bound several times; the older bindings must not come back.
            while self.scope.remove::<Dynamic>(name).is_some() {}
        }
        self.retake_names();
    }

    /// Makes names that are new known to functions, which do not see the scope.
    fn take_names(&mut self) {
        let new = self.scope.len().saturating_sub(self.taken);
        let names: Vec<String> =
            self.scope.iter_raw().take(new).map(|(name, _, _)| name.to_owned()).collect();
        // A name that was bound twice is found at its newest binding.
        for name in names {
            // A function sees a name's value as it is when it runs, not as it was when its statement began.
            if let Some(held) = self.scope.get_mut(&name).filter(|held| !held.is_shared()) {
                *held = held.take().into_shared();
            }
            if let Some(held) = self.scope.get(&name) {
                self.shared.set_name(name, held.clone());
            }
        }
        self.taken = self.scope.len();
    }

    /// All names anew, after some may have been taken away; and known to whoever asks beside the cell.
    fn retake_names(&mut self) {
        // Drops the older bindings of names that were bound again, and what they hold.
        self.scope = self.scope.clone_visible();
        self.taken = 0;
        self.shared.forget_names();
        self.take_names();
        self.shared.publish();
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

/// Where a statement ends, if the parser wants a `;` just before the first word of a line.
fn missing_end(error: &ParseError, source: &Source) -> Option<usize> {
    let is_end = matches!(error.err_type(), ParseErrorType::MissingToken(token, _) if token == ";");
    if is_end { line_before(&source.code, source.at(error.position())?) } else { None }
}

/// Why a text is no script: a bracket, where brackets do not match, else what the parser says.
fn unparsed(error: &ParseError, source: &Source) -> Failure {
    let is_string = matches!(error.err_type(), ParseErrorType::BadInput(_));
    match brackets::mismatch(&source.code).filter(|_| !is_string) {
        Some((fault, place)) => Failure { fault, place: Some(place) },
        None => place::of_parse(syntax_words::fault(error.err_type()), error.position(), source),
    }
}
