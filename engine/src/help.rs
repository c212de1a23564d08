//! Help from the registry: the overview, and the page of one thing. The reference page in `docs` is made from the
//! same text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fram_display::{Medium, SchemaField, escape_html};
use fram_frame::Frame;

use crate::fault::Fault;
use crate::magics::{MAGICS, Magic};
use crate::nearest;
use crate::origin::origin;
use crate::registry::{self, Default, Parameter, Type, Verb};
use crate::screen::Shown;
use crate::script::natives::{self, Native};
use crate::session::Snapshot;
use crate::show;

/// Columns of a frame that are listed.
const MOST_FIELDS: usize = 200;

/// Everything there is, a line for each kind of thing.
pub(crate) fn overview() -> Shown {
    let mut text = String::from(
        "A cell is a script (Rhai with Polars' verbs), SQL, or a magic. `name?` or `%help name` explains one thing.\n",
    );
    text.push_str("\nMagics\n");
    for magic in MAGICS {
        let (_, cell) = magic.forms();
        let (signs, usage) = if cell { ("%%", magic.cell_usage()) } else { ("%", magic.usage()) };
        writeln_to(
            &mut text,
            &format!("  {:<28} {}", format!("{signs}{} {usage}", magic.name()), magic.summary()),
        );
    }
    let mut tables: BTreeMap<Type, Vec<&str>> = BTreeMap::new();
    for verb in registry::all() {
        tables.entry(verb.on).or_default().push(verb.name);
    }
    for (on, mut names) in tables {
        names.sort_unstable();
        names.dedup();
        writeln_to(&mut text, &format!("\n{}", heading(on)));
        writeln_to(&mut text, &wrapped(&names.join(" "), 110, "  "));
    }
    Shown::plain(text.trim_end())
}

/// What is known of a name: a name of the notebook, a magic, a verb, a function.
pub(crate) fn about(name: &str, snapshot: &Snapshot) -> Result<Shown, Fault> {
    if let Some(text) = of_name(name, snapshot) {
        return Ok(page(&text));
    }
    let text = pages(name);
    if text.is_empty() {
        return Err(unknown(name, snapshot));
    }
    Ok(page(&text.join("\n\n")))
}

/// What is known of a name of the notebook: a frame's schema and origin, a function's parameters, a value.
pub(crate) fn of_name(name: &str, snapshot: &Snapshot) -> Option<String> {
    if let Some(held) = snapshot.names.get(name) {
        return Some(match &held.frame {
            Some(frame) => of_frame(name, frame),
            None if held.words.is_empty() => format!("{name}: {}", held.kind.article()),
            None => format!("{name}: {}, {}", held.kind.article(), held.words.join(", ")),
        });
    }
    let (_, parameters) = snapshot.functions.iter().find(|(known, _)| known == name)?;
    Some(format!("{name}({})\n  A function of this notebook.", parameters.join(", ")))
}

/// What the frame's rows take, and where; nothing where they are not held.
pub(crate) fn memory(frame: &Frame) -> String {
    let bytes = crate::session::bytes;
    match (frame.bytes_elsewhere(), frame.memory_bytes()) {
        (Some(there), _) => format!(", {} on the cluster", bytes(there)),
        (None, Some(here)) => format!(", {}", bytes(here)),
        (None, None) => String::new(),
    }
}

fn of_frame(name: &str, frame: &Frame) -> String {
    let rows = match frame.known_rows() {
        Some(1) => "1 row".to_owned(),
        Some(rows) => format!("{rows} rows"),
        None => "rows not counted yet".to_owned(),
    };
    let memory = memory(frame);
    let schema = frame.schema();
    let mut fields = show::fields_of_first(schema, MOST_FIELDS);
    let hidden = schema.len().saturating_sub(fields.len());
    if hidden > 0 {
        fields
            .push(SchemaField { name: "…".into(), dtype: format!("{hidden} more"), children: Vec::new() });
    }
    let tree = fram_display::schema_tree(&fields);
    let tree = tree.split_once('\n').map_or("", |(_, tree)| tree);
    let columns = if schema.len() == 1 { "1 column".to_owned() } else { format!("{} columns", schema.len()) };
    format!("{name}: a frame, {rows}{memory}\nfrom {}\n{columns}\n{tree}", origin(frame))
}

/// The page of a verb of values of this type, ours or the script engine's.
pub(crate) fn verb_of(kind: Type, name: &str) -> Option<String> {
    let ours = registry::find(kind, name).map(verb_page);
    ours.or_else(|| natives::on(kind).find(|native| native.name == name).map(native_page))
}

fn native_page(native: &Native) -> String {
    format!(
        "{}.{}\n  {}",
        native.on.article().trim_start_matches("an ").trim_start_matches("a "),
        native.signature,
        native.about
    )
}

/// The pages of everything of this name; `filter` is a verb of frames, of expressions and of lists.
pub(crate) fn pages(name: &str) -> Vec<String> {
    let (owner, verb_name) = name.rsplit_once('.').map_or((None, name), |(owner, verb)| (Some(owner), verb));
    let namespace =
        owner.and_then(|owner| registry::Type::namespace(owner.rsplit('.').next().unwrap_or(owner)));
    let verbs =
        registry::all().filter(|verb| verb.name == verb_name && namespace.is_none_or(|on| verb.on == on));
    let magic = MAGICS.iter().filter(|magic| owner.is_none() && magic.name() == name);
    let native = natives::NATIVES.iter().filter(|native| native.name == verb_name && namespace.is_none());
    let pages = magic.map(|magic| magic_page(*magic)).chain(namespace_page(verb_name));
    pages.chain(verbs.map(verb_page)).chain(native.map(native_page)).collect()
}

/// The page of a verb: signature, sentence, parameters, examples.
pub(crate) fn verb_page(verb: &Verb) -> String {
    let mut text =
        format!("{}{} → {}\n  {}", before(verb.on), verb.signature(), result(verb.returns), verb.summary);
    for parameter in verb.parameters {
        text.push_str(&format!("\n    {}", parameter_line(parameter)));
    }
    for example in verb.examples {
        text.push_str(&format!("\n  Example: {}", example.replace('\n', "\n           ")));
    }
    text
}

/// A parameter with its sentence and its default.
pub(crate) fn parameter_line(parameter: &Parameter) -> String {
    let default = match parameter.default {
        Default::Is(default) => format!(" (default: {default})"),
        Default::Absent => " (may be left out)".to_owned(),
        Default::Required | Default::Rest | Default::SomeRest => String::new(),
    };
    format!("{:<18} {}{default}", parameter.name, parameter.about)
}

/// The verbs of a namespace, as `str`.
fn namespace_page(name: &str) -> Option<String> {
    let kind = Type::namespace(name)?;
    let mut names: Vec<&str> = registry::on(kind).map(|verb| verb.name).collect();
    names.sort_unstable();
    names.dedup();
    let verbs = wrapped(&names.join(" "), 110, "  ");
    Some(format!("{}: verbs after `col(\"x\").{name}`\n{verbs}", kind.article()))
}

fn magic_page(magic: &dyn Magic) -> String {
    let (line, cell) = magic.forms();
    let mut forms = Vec::new();
    if line {
        forms.push(format!("%{} {}", magic.name(), magic.usage()).trim_end().to_owned());
    }
    if cell {
        forms.push(format!("%%{} {}", magic.name(), magic.cell_usage()).trim_end().to_owned());
    }
    let mut text = format!("{}\n  {}", forms.join(", "), magic.summary());
    for example in magic.examples() {
        text.push_str(&format!("\n  Example: {}", example.replace('\n', "\n           ")));
    }
    text
}

/// Plain text that frontends show in fixed width.
fn page(text: &str) -> Shown {
    let text = fram_display::visible(text).into_owned();
    let html = format!("<pre>{}</pre>", escape_html(&text));
    Shown { media: vec![Medium::text("text/html", html), Medium::text("text/plain", text)] }
}

fn unknown(name: &str, snapshot: &Snapshot) -> Fault {
    let fault = Fault::new("NameNotFound", format!("nothing is known of `{name}`")).at(name);
    let known = registry::all().map(|verb| verb.name).chain(MAGICS.iter().map(|magic| magic.name()));
    let known = snapshot.names.keys().map(String::as_str).chain(known);
    let mut near = nearest::names(name, known);
    near.dedup();
    match near.first() {
        Some(near) => fault.hint(format!("did you mean `{near}`? `%help` lists all")),
        None => fault.hint("`%help` lists all"),
    }
}

fn heading(on: Type) -> String {
    match on {
        Type::Cell => "Functions".into(),
        Type::Frame => "On a frame".into(),
        Type::Groups => "On `group_by(…)`".into(),
        Type::Expression => "On an expression".into(),
        Type::When | Type::Then => "On `when(…)`".into(),
        Type::Selector => "On a selector".into(),
        Type::Selectors => "On `cs`".into(),
        other => format!("On an expression's {}", other.article().trim_start_matches("the ")),
    }
}

fn before(on: Type) -> &'static str {
    match on {
        Type::Cell => "",
        Type::Frame => "frame.",
        Type::Groups => "frame.group_by(…).",
        Type::Expression => "expression.",
        Type::Strings => "expression.str.",
        Type::Dates => "expression.dt.",
        Type::Lists => "expression.list.",
        Type::Structs => "expression.struct.",
        Type::Arrays => "expression.arr.",
        Type::Binaries => "expression.bin.",
        Type::Categories => "expression.cat.",
        Type::Names => "expression.name.",
        Type::Selector => "selector.",
        Type::Selectors => "cs.",
        Type::When => "when(…).",
        Type::Then => "when(…).then(…).",
        _ => "value.",
    }
}

fn result(returns: Type) -> &'static str {
    match returns {
        Type::Nothing => "nothing",
        Type::Groups => "groups",
        Type::When | Type::Then => "branches",
        other => other.article(),
    }
}

fn wrapped(words: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::from(indent)];
    for word in words.split(' ') {
        let is_full = lines.last().is_some_and(|line| line.len() + word.len() + 1 > width);
        if is_full {
            lines.push(String::from(indent));
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
            line.push(' ');
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn writeln_to(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    if writeln!(text, "{}", line.trim_end()).is_err() {
        text.push('\n');
    }
}
