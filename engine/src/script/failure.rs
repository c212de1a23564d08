//! Rhai's errors as faults with a place in the cell.

use rhai::{Dynamic, EvalAltResult, ParseError, Position};

use super::syntax_words;
use crate::fault::Fault;
use crate::nearest;
use crate::registry::{self, Type};

/// Why a script stopped, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// What went wrong.
    pub(crate) fault: Fault,
    /// Line and column (in characters), both from 1, in the text that Rhai parsed.
    pub(crate) position: Option<(usize, usize)>,
    /// Where the statement begins that failed, in the same way.
    pub(crate) statement: Option<(usize, usize)>,
}

/// A fault as an error of the script, which Rhai gives the place of the call.
pub(super) fn raise(fault: Fault) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(fault), Position::NONE))
}

/// Why a run stopped.
pub(super) fn of_run(error: &EvalAltResult) -> Failure {
    let innermost = innermost(error);
    Failure {
        fault: fault(innermost),
        position: place(innermost.position()).or_else(|| place(error.position())),
        statement: None,
    }
}

/// The place of a statement in the text that was parsed.
pub(super) fn at_statement(failure: Failure, begins: Position) -> Failure {
    Failure { statement: place(begins), ..failure }
}

/// Why a text is no script.
pub(super) fn of_parse(error: &ParseError) -> Failure {
    Failure {
        fault: syntax_words::fault(error.err_type()),
        position: place(error.position()),
        statement: None,
    }
}

/// The fault alone.
pub(super) fn fault(error: &EvalAltResult) -> Fault {
    let error = innermost(error);
    match error {
        EvalAltResult::ErrorRuntime(value, _) | EvalAltResult::ErrorTerminated(value, _) => thrown(value),
        EvalAltResult::ErrorParsing(kind, _) => syntax_words::fault(kind),
        EvalAltResult::ErrorVariableNotFound(name, _) => variable(name),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => function(signature),
        EvalAltResult::ErrorMismatchDataType(wanted, got, _) => mismatch(wanted, got),
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            Fault::new("KeyNotFound", format!("the map has no key `{name}`")).at(name)
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            Fault::new("RecursionTooDeep", "functions call each other too deep")
                .hint("a function that calls itself needs a case in which it stops")
        }
        EvalAltResult::ErrorArithmetic(message, _) => Fault::new("ArithmeticError", lower(message)),
        EvalAltResult::ErrorDataTooLarge(what, _) => Fault::new("TooLarge", lower(what)),
        EvalAltResult::ErrorFor(_) => {
            Fault::new("TypeError", "`for` goes through arrays, ranges, strings and maps only")
                .hint("`f.rows()` gives a frame's rows as an array")
        }
        other => Fault::new("ScriptError", words(other)),
    }
}

/// The script's function that an error happened in, if it is known.
pub(super) fn function_of(error: &EvalAltResult) -> Option<&str> {
    match error {
        EvalAltResult::ErrorInFunctionCall(name, _, inner, _) => function_of(inner).or(Some(name)),
        EvalAltResult::ErrorInModule(_, inner, _) => function_of(inner),
        _ => None,
    }
}

fn innermost(error: &EvalAltResult) -> &EvalAltResult {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            innermost(inner)
        }
        other => other,
    }
}

fn thrown(value: &Dynamic) -> Fault {
    match value.clone().try_cast::<Fault>() {
        Some(fault) => fault,
        None => Fault::new("Thrown", value.to_string()),
    }
}

fn place(position: Position) -> Option<(usize, usize)> {
    Some((position.line()?, position.position().unwrap_or(1)))
}

fn variable(name: &str) -> Fault {
    let fault = Fault::new("NameNotFound", format!("the name `{name}` is not known")).at(name);
    let functions = registry::on(Type::Cell).map(|verb| verb.name);
    match nearest::names(name, functions).first() {
        Some(near) if *near == name => fault.hint(format!("`{name}` is a function: call it, as `{name}(…)`")),
        Some(near) => fault.hint(format!("did you mean `{near}(…)`? `%who` lists your own names")),
        None => fault.hint("`%who` lists the names; `let name = …` makes one"),
    }
}

/// `signature` is Rhai's: `name (type, type)`.
fn function(signature: &str) -> Fault {
    let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
    let types = types.trim_end_matches(')');
    if let Some(property) = name.strip_prefix("get$").or_else(|| name.strip_prefix("set$")) {
        return Fault::new("UnknownVerb", format!("{} has no property `{property}`", type_words(types)))
            .hint(format!("verbs are called: `.{property}(…)`"))
            .at(property);
    }
    let is_operator = !name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    if is_operator {
        let sides: Vec<String> = types.split(", ").map(type_words).collect();
        return Fault::new("TypeError", format!("`{name}` cannot be used with {}", sides.join(" and ")))
            .at(name);
    }
    let fault = Fault::new("UnknownFunction", format!("there is no function `{name}`")).at(name);
    if let Some(verb) = registry::all().find(|verb| verb.name == name) {
        let of = if types.is_empty() {
            String::new()
        } else {
            format!(
                "; it was called with {}",
                types.split(", ").map(type_words).collect::<Vec<_>>().join(", ")
            )
        };
        return Fault { message: format!("`{name}` is called on {}{of}", verb.on.article()), ..fault };
    }
    match nearest::names(name, registry::on(Type::Cell).map(|verb| verb.name)).first() {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint("`%help` lists the functions; `fn name(x) { … }` makes one"),
    }
}

fn mismatch(wanted: &str, got: &str) -> Fault {
    let fault =
        Fault::new("TypeError", format!("{} is wanted here, not {}", type_words(wanted), type_words(got)));
    if wanted == "bool" && is_value(got) {
        return fault.hint("join conditions with `&` and `|` (or `and` and `or`), negate with `!`; `if` needs one value, as `f.item()` gives");
    }
    fault
}

/// Whether Rhai's type name is that of our own values.
fn is_value(name: &str) -> bool {
    name == "value" || name.ends_with("::Value")
}

/// Rhai's type names in words.
fn type_words(name: &str) -> String {
    match name.trim() {
        "bool" => "a Boolean".into(),
        "i64" => "an integer".into(),
        "f64" => "a number".into(),
        "&str | ImmutableString | String" | "string" | "&str" => "a string".into(),
        "array" => "an array".into(),
        "map" => "an object map".into(),
        "()" => "nothing, `()`".into(),
        "Fn" => "a closure".into(),
        other if is_value(other) => "a frame or an expression".into(),
        other => other.to_owned(),
    }
}

/// Rhai's own sentence, without its place.
fn words(error: &EvalAltResult) -> String {
    let mut error = error.clone_without_place();
    error.truncate(error.trim_end_matches('.').len());
    lower(&error)
}

trait WithoutPlace {
    fn clone_without_place(&self) -> String;
}

impl WithoutPlace for EvalAltResult {
    fn clone_without_place(&self) -> String {
        let text = self.to_string();
        let place = self.position();
        let end = if place.is_none() { None } else { text.rfind(" (line ") };
        text[..end.unwrap_or(text.len())].to_owned()
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
