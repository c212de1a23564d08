//! Rhai's errors as faults. Where in the cell they belong is left to `place`.

use std::ops::Range;

use rhai::{Dynamic, EvalAltResult, Position};

use super::syntax_words;
use crate::fault::Fault;
use crate::nearest;
use crate::registry::{self, Type};

/// Why a script stopped, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// What went wrong.
    pub(crate) fault: Fault,
    /// Its bytes in the user's text.
    pub(crate) place: Option<Range<usize>>,
}

/// A fault as an error of the script, which Rhai gives the place of the call.
pub(super) fn raise(fault: Fault) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(fault), Position::NONE))
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
        EvalAltResult::ErrorArithmetic(message, _) => arithmetic(message),
        EvalAltResult::ErrorDataTooLarge(what, _) => Fault::new("TooLarge", lower(what)),
        EvalAltResult::ErrorDotExpr(said, _) => property(said),
        EvalAltResult::ErrorIndexingType(said, _) => {
            Fault::new("TypeError", format!("`[…]` cannot be used so: {said}"))
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            Fault::new("ConstantChanged", format!("`{name}` is a constant"))
                .hint("`let` makes a name that can change")
                .at(name)
        }
        EvalAltResult::ErrorDataRace(_, _) => {
            Fault::new("NameInUse", "a value is read in the middle of a call that may change it")
                .hint("take what is needed into a name of its own first")
        }
        EvalAltResult::ErrorModuleNotFound(name, _) => {
            Fault::new("NameNotFound", format!("no script is imported as `{name}`"))
                .hint(format!("`import \"file\" as {name}` imports one"))
                .at(name)
        }
        EvalAltResult::ErrorFor(_) => {
            Fault::new("TypeError", "`for` goes through arrays, ranges, strings and maps only")
                .hint("`f.rows()` gives a frame's rows as an array")
        }
        other => Fault::new("ScriptError", words(other)),
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

/// What to do where integers end.
pub(super) const IN_FLOATS: &str =
    "integers end at 9223372036854775807; a number with a point, as `2.0`, makes a float of it";

/// Rhai's sentence is `Addition overflow: 1 + 2`.
fn arithmetic(message: &str) -> Fault {
    match message.split_once(": ") {
        Some((kind, term)) if kind.contains("overflow") && !kind.contains("zero") => {
            Fault::new("ArithmeticError", format!("{term} does not fit a 64-bit integer")).hint(IN_FLOATS)
        }
        Some((kind, _)) if kind.contains("zero") => Fault::new("ArithmeticError", "division by zero"),
        _ => Fault::new("ArithmeticError", lower(message)),
    }
}

/// Rhai's sentence is `Unknown property 'a' - a getter is not registered for type 'i64'`.
fn property(said: &str) -> Fault {
    let mut quoted = said.split('\'').skip(1).step_by(2);
    let (Some(name), Some(kind)) = (quoted.next(), quoted.next()) else {
        return Fault::new("ScriptError", lower(said));
    };
    Fault::new("UnknownVerb", format!("{} has no `{name}`", type_words(kind))).at(name)
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
    if name.starts_with("anon$") {
        let given = types.split(", ").filter(|kind| !kind.is_empty()).count();
        let given = if given == 1 { "one argument".to_owned() } else { format!("{given} arguments") };
        return Fault::argument(format!("the closure does not take {given}"))
            .hint("it has as many arguments as names stand between its bars: `|x, y| x + y` has two");
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
        other if other.starts_with("alloc::sync::Arc") => "a value".into(),
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
