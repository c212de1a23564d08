//! The one table of everything a script can call: names, sentences, typed parameters, examples and functions. Help,
//! completion, inspection and the reference page are read from it; what a verb does is written in `verbs`.

use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;
use crate::verbs;

/// One thing that a script can call.
pub(crate) struct Verb {
    /// Its name, Polars' where Polars has it.
    pub(crate) name: &'static str,
    /// What it is called on.
    pub(crate) on: Type,
    /// What it gives.
    pub(crate) returns: Type,
    /// One sentence.
    pub(crate) summary: &'static str,
    /// What it takes, in order.
    pub(crate) parameters: &'static [Parameter],
    /// Cells that show it; each runs alone, and its result is on the reference page.
    pub(crate) examples: &'static [&'static str],
    /// What it does.
    pub(crate) run: fn(&Call<'_>) -> Result<Value, Fault>,
}

/// One parameter of a verb.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    /// Its name, by which it may be given in the options too.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// What holds where it isn't given, as a user would write it.
    pub(crate) default: Default,
    /// One sentence, with the unit.
    pub(crate) about: &'static str,
}

/// What holds where a parameter isn't given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    /// It must be given.
    Required,
    /// This text, read as the parameter's kind.
    Is(&'static str),
    /// Nothing; the sentence says what that means.
    Absent,
    /// Any number of arguments, none too.
    Rest,
    /// One argument or more.
    SomeRest,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A string.
    Text,
    /// One string or several.
    Texts,
    /// One number or several.
    Numbers,
    /// A column: its name, an expression, or an SQL expression in a string.
    Column,
    /// A column, or an object map of new names and columns.
    NamedColumn,
    /// A value or an expression; a string is a value.
    Value,
    /// A column type, as `Int64` or `"i64"`.
    DataType,
    /// A length of time, as `"1h30m"`.
    Duration,
    /// A frame.
    Frame,
    /// An object map.
    Map,
    /// An object map of names and column types.
    Schema,
    /// A closure.
    Function,
    /// `true` or `false`, once or for each column.
    Booleans,
    /// Anything.
    Any,
}

/// The types of values, as verbs are found by them.
#[expect(clippy::enum_variant_names, reason = "a column type is called DataType in Polars")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Type {
    /// No value before the dot: a function of the language.
    Cell,
    /// A frame.
    Frame,
    /// Rows in groups.
    Groups,
    /// A column expression.
    Expression,
    /// `.str`.
    Strings,
    /// `.dt`.
    Dates,
    /// `.list`.
    Lists,
    /// `.struct`.
    Structs,
    /// `.arr`.
    Arrays,
    /// `.bin`.
    Binaries,
    /// `.cat`.
    Categories,
    /// `.name`.
    Names,
    /// A selection of columns.
    Selector,
    /// `cs`.
    Selectors,
    /// `when(…)`.
    When,
    /// `when(…).then(…)`.
    Then,
    /// A chart.
    Chart,
    /// A column type.
    DataType,
    /// A closure.
    Function,
    /// `pl`.
    Polars,
    /// `()`.
    Nothing,
    /// A Boolean.
    Boolean,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Float,
    /// A string.
    Text,
    /// An array.
    List,
    /// An object map.
    Map,
    /// Not known before it runs.
    Any,
}

impl Type {
    /// The namespace of an expression by the name it has after the dot.
    pub(crate) fn namespace(name: &str) -> Option<Self> {
        NAMESPACES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// As it stands in a sentence: `a frame`.
    pub(crate) fn article(self) -> &'static str {
        match self {
            Self::Cell => "a function",
            Self::Frame => "a frame",
            Self::Groups => "a grouped frame",
            Self::Expression => "an expression",
            Self::Strings => "the `.str` namespace",
            Self::Dates => "the `.dt` namespace",
            Self::Lists => "the `.list` namespace",
            Self::Structs => "the `.struct` namespace",
            Self::Arrays => "the `.arr` namespace",
            Self::Binaries => "the `.bin` namespace",
            Self::Categories => "the `.cat` namespace",
            Self::Names => "the `.name` namespace",
            Self::Selector => "a selector",
            Self::Selectors => "`cs`",
            Self::When => "a `when` without its `then`",
            Self::Then => "a `when` without its `otherwise`",
            Self::Chart => "a chart",
            Self::DataType => "a column type",
            Self::Function => "a closure",
            Self::Polars => "`pl`",
            Self::Nothing => "nothing, `()`",
            Self::Boolean => "a Boolean",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Text => "a string",
            Self::List => "an array",
            Self::Map => "an object map",
            Self::Any => "a value",
        }
    }
}

/// The namespaces of expressions, by the names they have after the dot.
pub(crate) const NAMESPACES: &[(&str, Type)] = &[
    ("str", Type::Strings),
    ("dt", Type::Dates),
    ("list", Type::Lists),
    ("struct", Type::Structs),
    ("arr", Type::Arrays),
    ("bin", Type::Binaries),
    ("cat", Type::Categories),
    ("name", Type::Names),
];

/// A verb without parameters or examples; see [`Verb::takes`] and [`Verb::examples`].
pub(crate) const fn verb(
    on: Type,
    name: &'static str,
    returns: Type,
    summary: &'static str,
    run: fn(&Call<'_>) -> Result<Value, Fault>,
) -> Verb {
    Verb { name, on, returns, summary, parameters: &[], examples: &[], run }
}

impl Verb {
    /// This verb, taking these parameters.
    pub(crate) const fn takes(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// This verb, shown by these cells.
    pub(crate) const fn examples(mut self, examples: &'static [&'static str]) -> Self {
        self.examples = examples;
        self
    }

    /// How it is called, as `head(n = 5)`.
    pub(crate) fn signature(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(Parameter::signature).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }
}

/// A parameter that must be given.
pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, default: Default::Required, about }
}

/// A parameter with a default, written as a user would write it.
pub(crate) const fn optional(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    about: &'static str,
) -> Parameter {
    Parameter { name, kind, default: Default::Is(default), about }
}

/// A parameter that may be left out, with a meaning of its own.
pub(crate) const fn absent(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, default: Default::Absent, about }
}

/// Any number of arguments.
pub(crate) const fn rest(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, default: Default::Rest, about }
}

/// One argument or more.
pub(crate) const fn some_rest(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, default: Default::SomeRest, about }
}

impl Parameter {
    /// Whether it takes all the arguments that are left.
    pub(crate) fn is_rest(&self) -> bool {
        matches!(self.default, Default::Rest | Default::SomeRest)
    }

    /// The words that it takes, where its sentence ends in a list of them: `Which rows: first, last or none.`
    pub(crate) fn words(&self) -> Vec<&'static str> {
        let list = self.about.trim_end_matches('.').rsplit(": ").next().unwrap_or_default();
        let words: Vec<&str> = list.split(", ").flat_map(|part| part.split(" or ")).collect();
        let is_word = |word: &&str| {
            word.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ':'))
        };
        if words.len() > 1 && words.iter().all(is_word) { words } else { Vec::new() }
    }

    fn signature(&self) -> String {
        match self.default {
            Default::Required => self.name.to_owned(),
            Default::Is(text) if self.kind == Kind::Text => format!("{} = \"{text}\"", self.name),
            Default::Is(text) => format!("{} = {text}", self.name),
            Default::Absent => format!("{}?", self.name),
            Default::Rest | Default::SomeRest => format!("{}…", self.name),
        }
    }
}

/// Every verb, one table after the other.
pub(crate) fn all() -> impl Iterator<Item = &'static Verb> {
    verbs::tables().flatten()
}

/// The verbs that can be called on a value of this type.
pub(crate) fn on(kind: Type) -> impl Iterator<Item = &'static Verb> {
    all().filter(move |verb| verb.on == kind)
}

/// The verb of this name on a value of this type.
pub(crate) fn find(kind: Type, name: &str) -> Option<&'static Verb> {
    on(kind).find(|verb| verb.name == name)
}
