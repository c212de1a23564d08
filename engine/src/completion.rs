//! What may stand at the cursor, and what is known of the thing there: from the registry and the names of the
//! notebook as they were when the last statement ended. Runs nothing, so it answers while a cell runs.

mod context;
mod files;
mod inspection;
mod script;
mod sql;
mod types;

use polars::prelude::Schema;

use crate::datatype;
use crate::magics::{MAGICS, Magic};
use crate::registry::{self, NAMESPACES, Type, Verb};
use crate::screen::Shown;
use crate::script::natives::{self, Native};
use crate::session::Snapshot;
use crate::settings::SETTINGS;
use crate::sql::SqlEngine;

use context::{Context, Place};

/// What may stand in place of `start..end`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offset where the replaced text begins.
    pub start: usize,
    /// Byte offset where it ends.
    pub end: usize,
    /// Candidates, best first.
    pub matches: Vec<Candidate>,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put in.
    pub text: String,
    /// What it is: `verb`, `column`, `table`, `file`, `option`, `magic`, `name`, `function`, `keyword`, `setting`.
    pub kind: &'static str,
    /// Signature or type; may be empty.
    pub signature: String,
}

impl Candidate {
    fn new(text: impl Into<String>, kind: &'static str, signature: impl Into<String>) -> Self {
        Self { text: text.into(), kind, signature: signature.into() }
    }
}

/// Candidates at most: nobody reads more.
const MOST: usize = 500;
const KEYWORDS: &[&str] = &[
    "let", "const", "if", "else", "for", "in", "while", "loop", "do", "until", "switch", "fn", "return",
    "break", "continue", "throw", "try", "catch", "true", "false", "and", "or", "not",
];

/// What may stand at the cursor, a byte offset into the cell.
pub(crate) fn complete(
    cell: &str,
    cursor: usize,
    snapshot: &Snapshot,
    sql_engine: &SqlEngine,
) -> Completions {
    let cursor = floor(cell, cursor);
    let context = Context::at(cell, cursor, snapshot);
    let found = match context.place {
        Place::File => files::candidates(&cell[context.start..cursor]),
        place => candidates(place, cell, snapshot, sql_engine),
    };
    let matches = fitting(&cell[context.start..cursor], found);
    Completions { start: context.start, end: cursor, matches }
}

fn candidates(place: Place, cell: &str, snapshot: &Snapshot, sql_engine: &SqlEngine) -> Vec<Candidate> {
    match place {
        Place::Magic { whole_cell } => magics(whole_cell),
        Place::Setting => {
            SETTINGS.iter().map(|setting| Candidate::new(setting.name, "setting", setting.about)).collect()
        }
        Place::Help => helped(snapshot),
        Place::Member { kind, keys } => {
            keys.iter().map(|key| Candidate::new(key, "key", "")).chain(members(kind)).collect()
        }
        Place::Columns { columns, also, in_sql } => {
            let columns = columns.iter().map(|(name, kind)| Candidate::new(name, "column", kind));
            let also = also.iter().map(|name| Candidate::new(name, "column", ""));
            let words = sql::words().filter(|_| in_sql);
            columns.chain(also).chain(words).collect()
        }
        Place::Keys(keys) => keys.iter().map(|key| Candidate::new(key, "key", "")).collect(),
        Place::Options(verb) => options(verb, ": "),
        Place::Argument(verb) => names(snapshot).into_iter().chain(options(verb, "=")).collect(),
        Place::DataType => types().chain(names(snapshot)).collect(),
        Place::Sql { after_from, text } => sql::candidates(&cell[text], snapshot, sql_engine, after_from),
        Place::Name => names(snapshot),
        Place::File | Place::Nothing => Vec::new(),
    }
}

/// What is known of the thing at the cursor.
pub(crate) fn inspect(
    cell: &str,
    cursor: usize,
    snapshot: &Snapshot,
    sql_engine: &SqlEngine,
) -> Option<Shown> {
    inspection::inspect(cell, floor(cell, cursor), snapshot, sql_engine)
}

/// Those that go on from what is typed: exactly, then in another case, then near it.
fn fitting(typed: &str, found: Vec<Candidate>) -> Vec<Candidate> {
    let folded = typed.to_lowercase();
    let mut ranked: Vec<(u8, Candidate)> = found
        .into_iter()
        .filter_map(|candidate| {
            let rank = match &candidate.text {
                text if text.starts_with(typed) => 0,
                text if text.to_lowercase().starts_with(&folded) => 1,
                text if folded.len() > 1 && text.to_lowercase().contains(&folded) => 2,
                _ => return None,
            };
            Some((rank, candidate))
        })
        .collect();
    // Where nothing is typed yet, the user's own things come first.
    let own = |candidate: &Candidate| {
        typed.is_empty() && !matches!(candidate.kind, "name" | "key" | "column" | "table")
    };
    ranked.sort_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| own(&a.1).cmp(&own(&b.1))).then_with(|| a.1.text.cmp(&b.1.text))
    });
    ranked.dedup_by(|a, b| a.1.text == b.1.text && a.1.kind == b.1.kind);
    ranked.into_iter().map(|(_, candidate)| candidate).take(MOST).collect()
}

fn magics(whole_cell: bool) -> Vec<Candidate> {
    let fits = |forms: (bool, bool)| if whole_cell { forms.1 } else { forms.0 };
    let magics = MAGICS.iter().filter(|magic| fits(magic.forms()));
    let usage = |magic: &dyn Magic| if whole_cell { magic.cell_usage() } else { magic.usage() };
    magics.map(|magic| Candidate::new(magic.name(), "magic", usage(*magic))).collect()
}

fn members(kind: Type) -> Vec<Candidate> {
    let of = |kind: Type| registry::on(kind).map(|verb| Candidate::new(verb.name, "verb", verb.signature()));
    let namespaces = || NAMESPACES.iter().map(|(name, _)| Candidate::new(*name, "namespace", ""));
    match kind {
        Type::Expression => of(kind).chain(namespaces()).collect(),
        Type::Then => of(kind).chain(of(Type::Expression)).chain(namespaces()).collect(),
        Type::Polars => of(Type::Cell).collect(),
        Type::Any => of(Type::Frame).chain(of(Type::Expression)).chain(namespaces()).collect(),
        other => of(other).chain(natives::on(other).map(native)).collect(),
    }
}

fn native(native: &Native) -> Candidate {
    Candidate::new(native.name, "verb", native.signature)
}

/// The parameters of a verb by name, with what stands between a name and its value.
fn options(verb: &Verb, sign: &str) -> Vec<Candidate> {
    let parameters = verb.parameters.iter();
    parameters
        .map(|parameter| Candidate::new(format!("{}{sign}", parameter.name), "option", parameter.about))
        .collect()
}

/// The column types by name.
fn types() -> impl Iterator<Item = Candidate> {
    let more = ["Categorical", "Decimal"];
    let plain = datatype::PLAIN.iter().map(|(name, _, _)| *name);
    plain.chain(more).map(|name| Candidate::new(name, "type", "a column type"))
}

/// Whatever `%help` explains.
fn helped(snapshot: &Snapshot) -> Vec<Candidate> {
    let magics = MAGICS.iter().map(|magic| Candidate::new(magic.name(), "magic", magic.usage()));
    let verbs = registry::all().map(|verb| Candidate::new(verb.name, "verb", verb.signature()));
    let own = snapshot.names.iter().map(|(name, held)| Candidate::new(name, "name", held.kind.article()));
    magics.chain(verbs).chain(own).collect()
}

fn names(snapshot: &Snapshot) -> Vec<Candidate> {
    let own = snapshot.names.iter().map(|(name, held)| Candidate::new(name, "name", held.kind.article()));
    let functions = snapshot.functions.iter().map(|(name, parameters)| {
        Candidate::new(name, "function", format!("{name}({})", parameters.join(", ")))
    });
    let verbs = registry::on(Type::Cell).map(|verb| Candidate::new(verb.name, "function", verb.signature()));
    let keywords = KEYWORDS.iter().map(|word| Candidate::new(*word, "keyword", ""));
    own.chain(functions).chain(verbs).chain(types()).chain(keywords).collect()
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The columns by name, with their types in words.
fn columns_of(schema: &Schema) -> Vec<(String, String)> {
    schema.iter().map(|(name, kind)| (name.to_string(), kind.to_string())).collect()
}

/// The columns of every frame, without repetition.
fn all_columns(snapshot: &Snapshot) -> Vec<(String, String)> {
    let frames = snapshot.names.values().filter_map(|held| held.frame.as_ref());
    let mut found: Vec<(String, String)> = Vec::new();
    for frame in frames {
        found.extend(columns_of(frame.schema()));
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found
}
