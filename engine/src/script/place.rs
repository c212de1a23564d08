//! Where in a script something went wrong: leads places of the text that was parsed back to what the user wrote, and
//! finds the call of a verb that failed, which Rhai does not tell.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rhai::{EvalAltResult, Position, ScriptFuncDef};

use super::failure::{self, Failure};
use super::lexer::{Token, TokenKind, closing, code_tokens, is_dot};
use super::rewrite::Rewritten;
use crate::fault::Fault;
use crate::message::word_end;

/// Characters of a line of another cell that a message shows.
const LINE: usize = 60;

/// A script that was parsed.
#[derive(Default)]
pub(super) struct Source {
    /// What the user wrote.
    pub(super) code: Arc<str>,
    /// What was parsed.
    pub(super) text: Rewritten,
}

/// A function of a script: the cell that made it, and its bytes there.
#[derive(Clone)]
pub(super) struct Defined {
    source: Arc<Source>,
    body: Range<usize>,
}

/// The functions of all cells by name, closures among them.
pub(super) type Functions = BTreeMap<String, Defined>;

impl Source {
    /// The byte of the user's text at a place of the text that was parsed.
    pub(super) fn at(&self, position: Position) -> Option<usize> {
        let (line, column) = (position.line()?, position.position().unwrap_or(1));
        Some(self.text.original(self.text.offset(line, column)).min(self.code.len()))
    }

    /// The function as it stands here.
    pub(super) fn defined(self: &Arc<Self>, function: &ScriptFuncDef) -> Defined {
        let start = self.at(function.body.start_position()).unwrap_or(0);
        let end = self.at(function.body.end_position()).map_or(self.code.len(), |end| end + 1);
        Defined { source: self.clone(), body: start..end.clamp(start, self.code.len()) }
    }
}

/// What a statement's error amounts to, and where it is. `statement` is the statement's bytes in the cell.
pub(super) fn of_run(
    error: &EvalAltResult,
    source: &Arc<Source>,
    statement: Range<usize>,
    functions: &Functions,
) -> Failure {
    let fault = failure::fault(error);
    let mut spot = Spot { source, region: statement, exact: None, is_straight: true };
    let mut error = error;
    loop {
        let at = error.position();
        match error {
            EvalAltResult::ErrorInFunctionCall(name, module, inner, _) => {
                spot.exact = spot.source.at(at).or(spot.exact);
                error = inner;
                if !module.is_empty() {
                    let place = spot.exact.map(|start| start..word_end(&source.code, start));
                    let line = inner.position().line().map(|line| format!("line {line} of {module}"));
                    return Failure { fault: told_inside(fault, name, line.as_deref()), place };
                }
                // A native function stands for itself; a closure that it calls comes next.
                let Some(function) = functions.get(name) else { continue };
                if !Arc::ptr_eq(&function.source, source) {
                    let inside = deepest(inner, function, functions, &fault).and_then(line_of);
                    let start = spot.exact.unwrap_or(spot.region.start);
                    let place = Some(start..word_end(&source.code, start));
                    return Failure { fault: told_inside(fault, name, inside.as_deref()), place };
                }
                spot = Spot { region: function.body.clone(), exact: None, is_straight: false, ..spot };
            }
            EvalAltResult::ErrorInModule(name, inner, _) => {
                let place = spot.source.at(at).map(|start| start..word_end(&source.code, start));
                let line = inner.position().line().map(|line| format!("line {line}"));
                return Failure { fault: told_inside(fault, name, line.as_deref()), place };
            }
            _ => {
                spot.exact = spot.source.at(at).or(spot.exact);
                let place = spot.find(&fault);
                return Failure { fault, place };
            }
        }
    }
}

/// Why a text is no script.
pub(super) fn of_parse(fault: Fault, position: Position, source: &Source) -> Failure {
    let exact = source.at(position);
    let spot = Spot { source, region: 0..source.code.len(), exact, is_straight: false };
    let place = spot.find(&fault);
    Failure { fault, place }
}

/// Where a value's statement stands, and in it what a fault is about that came up only when the value was shown.
pub(crate) fn of_shown(fault: &Fault, code: &str, statement: Range<usize>) -> Range<usize> {
    let about = fault.about.as_deref().filter(|about| !about.is_empty());
    let found = about.and_then(|about| find(code, statement.clone(), about));
    found.unwrap_or_else(|| statement.start..word_end(code, statement.start))
}

/// What an error of a function that a query calls amounts to, with its place in the text where the function stands.
pub(super) fn of_called(error: &EvalAltResult, function: &str, functions: &Functions) -> Fault {
    let fault = failure::fault(error);
    let Some(function) = functions.get(function).filter(|_| fault.origin.is_none()) else { return fault };
    match deepest(error, function, functions, &fault) {
        Some((source, place)) => fault.within(source.code.clone(), place),
        None => fault,
    }
}

/// Where it failed: in this function, or in one that it called.
fn deepest<'a>(
    error: &EvalAltResult,
    function: &'a Defined,
    functions: &'a Functions,
    fault: &Fault,
) -> Option<(&'a Source, Range<usize>)> {
    let mut function = function;
    let mut error = error;
    while let EvalAltResult::ErrorInFunctionCall(name, _, inner, _) = error {
        function = functions.get(name).unwrap_or(function);
        error = inner;
    }
    let source = &*function.source;
    let exact = source.at(error.position());
    let spot = Spot { source, region: function.body.clone(), exact, is_straight: false };
    Some((source, spot.find(fault)?))
}

/// The line of another cell's function in which it failed.
fn line_of((source, place): (&Source, Range<usize>)) -> Option<String> {
    let start = place.start;
    let line_start = source.code[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = source.code[line_start..].lines().next()?.trim();
    let cut: String = line.chars().take(LINE).collect();
    Some(if cut.len() < line.len() { cut + "…" } else { cut })
}

fn told_inside(fault: Fault, function: &str, line: Option<&str>) -> Fault {
    let name = if function.starts_with("anon$") { "a closure".to_owned() } else { format!("`{function}`") };
    let line = line.map_or_else(String::new, |line| format!(": {line}"));
    Fault { message: format!("{}, in {name}{line}", fault.message), ..fault }
}

/// What is known of a place.
struct Spot<'a> {
    source: &'a Source,
    /// Where it lies.
    region: Range<usize>,
    /// Where Rhai says it is.
    exact: Option<usize>,
    /// Whether everything in the region runs once, in order.
    is_straight: bool,
}

impl Spot<'_> {
    /// The place that the caret should point to: what the fault is about, else the verb that failed.
    fn find(&self, fault: &Fault) -> Option<Range<usize>> {
        let code = &self.source.code;
        let about = fault.about.as_deref().filter(|about| !about.is_empty());
        if let Some(call) = fault.verb.and_then(|verb| self.call(verb, fault.call, about)) {
            let inside = about.and_then(|about| find(code, call.clone(), about));
            return inside.or_else(|| Some(call.start..word_end(code, call.start)));
        }
        let Some(exact) = self.exact else {
            return about.and_then(|about| find(code, self.region.clone(), about));
        };
        let end = self.region.end.max(exact);
        let near = about.and_then(|about| {
            let before =
                || code.get(..exact).and_then(|text| text.rfind(about)).map(|at| at..at + about.len());
            find(code, exact..end, about).or_else(before)
        });
        near.or_else(|| Some(exact..word_end(code, exact)))
    }

    /// The call of the verb that failed, from its name to its closing bracket.
    fn call(&self, verb: &str, count: usize, about: Option<&str>) -> Option<Range<usize>> {
        let mut calls = calls(&self.source.code, self.region.clone(), verb);
        // A call runs when its arguments have run: in the order of the closing brackets.
        calls.sort_by_key(|call| call.end);
        let counted = count.checked_sub(1).filter(|_| self.is_straight);
        if let Some(call) = counted.and_then(|index| calls.get(index)) {
            return Some(call.clone());
        }
        let holds = |call: &&Range<usize>| {
            about.is_some_and(|about| find(&self.source.code, (*call).clone(), about).is_some())
        };
        calls.iter().find(holds).or_else(|| calls.first()).cloned()
    }
}

/// Every call of the verb in the region, from its name to its closing bracket.
fn calls(code: &str, region: Range<usize>, verb: &str) -> Vec<Range<usize>> {
    let Some(text) = code.get(region.clone()) else { return Vec::new() };
    let tokens = code_tokens(text);
    let word = |index: usize| tokens.get(index).map_or("", |token: &Token| &text[token.span.clone()]);
    let named =
        (0..tokens.len()).filter(|index| tokens[*index].kind == TokenKind::Word && word(*index) == verb);
    let called = named.filter(|index| word(index + 1) == "(" || is_dot(word(index.wrapping_sub(1))));
    called
        .map(|index| {
            let last = || closing(&tokens, index + 1).unwrap_or(tokens.len().saturating_sub(1));
            let end = if word(index + 1) == "(" { last() } else { index };
            region.start + tokens[index].span.start..region.start + tokens[end].span.end
        })
        .collect()
}

/// Where the words stand in the region: in quotes, else with no letter beside them; what is no word, anywhere.
fn find(code: &str, region: Range<usize>, about: &str) -> Option<Range<usize>> {
    let text = code.get(region.clone())?;
    for quote in ['"', '\'', '`'] {
        let quoted = format!("{quote}{about}{quote}");
        if let Some(at) = text.find(&quoted) {
            return Some(region.start + at..region.start + at + quoted.len());
        }
    }
    let is_word = about.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let anywhere = || text.find(about).filter(|_| !is_word);
    let at = region.start + whole_word(text, about).or_else(anywhere)?;
    Some(at..at + about.len())
}

/// Where the words stand with no letter beside them.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_letter =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        !is_letter(text[..*at].chars().next_back()) && !is_letter(text[at + word.len()..].chars().next())
    })
}
