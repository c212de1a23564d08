//! Script cells: Rhai, with what a notebook's user expects of it. Runs a cell statement by statement, looks verbs up
//! in the registry, and says where in the cell something failed. It never runs a plan itself: verbs do, through
//! their host.

mod brackets;
mod callback;
mod closure;
mod dispatch;
mod dynamic;
mod expressed;
mod failure;
mod growth;
mod indexing;
pub(crate) mod lexer;
mod machine;
mod modules;
pub(crate) mod natives;
mod numbers;
mod objects;
mod operators;
mod place;
mod rewrite;
mod setup;
mod syntax_words;
mod unfinished;

pub(crate) use failure::Failure;
pub(crate) use machine::Machine;
pub(crate) use place::of_shown;
pub(crate) use setup::constant_type;
pub(crate) use unfinished::unfinished;

/// Words that Rhai reserves but that are Polars' verbs or common column names; they work after a dot and as keys.
pub(crate) const RESERVED: &[&str] = &[
    "var",
    "is",
    "case",
    "match",
    "default",
    "null",
    "nil",
    "use",
    "as",
    "new",
    "shared",
    "sync",
    "async",
    "await",
    "static",
    "package",
    "module",
    "go",
    "goto",
    "this",
    "thread",
    "yield",
    "spawn",
    "void",
    "public",
    "protected",
    "super",
    "private",
    "with",
    "exit",
    "export",
    "import",
    "global",
    "type",
    "print",
    "debug",
    "eval",
    "call",
    "curry",
    "if",
    "else",
    "switch",
    "do",
    "while",
    "until",
    "loop",
    "for",
    "in",
    "continue",
    "break",
    "return",
    "throw",
    "try",
    "catch",
    "let",
    "const",
    "fn",
    "true",
    "false",
];
