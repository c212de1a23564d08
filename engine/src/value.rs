//! What a name in a notebook can hold: the values that verbs take and give. How the script language stores them is
//! left to `script`, how they look to `show`.

use std::fmt;
use std::sync::Arc;

use fram_display::Chart;
use fram_frame::Frame;
use indexmap::IndexMap;
use polars::prelude::{DataType, Expr, Selector};

use crate::fault::Fault;
use crate::groups::Groups;
use crate::registry::Type;

/// A value of a script.
#[expect(clippy::large_enum_variant, reason = "frames are what scripts are about")]
#[derive(Clone)]
pub(crate) enum Value {
    /// `()`.
    Nothing,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object map, its keys in the order that they were written in.
    Map(IndexMap<String, Value>),
    /// A frame.
    Frame(Frame),
    /// A frame's rows in groups, before `agg`.
    Groups(Box<Groups>),
    /// A column expression.
    Expression(Box<Expr>),
    /// A column expression seen through a namespace such as `.str`.
    Namespaced(Box<Expr>, Type),
    /// `when(…)` before its `then`, or a chain of them before `otherwise`.
    Branches(Box<Branches>),
    /// A selection of columns.
    Selector(Box<Selector>),
    /// `cs`, whose methods are selections of columns.
    Selectors,
    /// A column type.
    DataType(Box<DataType>),
    /// A closure of the script.
    Function(Arc<dyn Function>),
    /// A chart that has not been drawn.
    Chart(Arc<Chart>),
    /// `pl`: every function of the language as its method, for those who write `pl.col("a")`.
    Polars,
}

/// The branches of a `when` so far.
#[derive(Clone)]
pub(crate) struct Branches {
    /// Condition and value of each whole branch.
    pub(crate) done: Vec<(Expr, Expr)>,
    /// The condition that waits for its `then`.
    pub(crate) waiting: Option<Expr>,
}

/// A closure of the script language, callable from the engine's threads.
pub(crate) trait Function: Send + Sync {
    /// How many arguments it takes.
    fn parameters(&self) -> usize;
    /// Calls it.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, Fault>;
    /// The source of its parameter list and body, as far as it is known; for messages.
    fn describe(&self) -> String;
    /// Tells the user of the running cell something.
    fn warn(&self, text: &str);
    /// The expression of the column `""` that does the same, where the body is plain enough, and its text over a
    /// subject.
    fn expressed(&self, subject: &str) -> Option<(Expr, String)>;
}

impl Value {
    /// An expression as a value.
    pub(crate) fn expression(expression: Expr) -> Self {
        Self::Expression(Box::new(expression))
    }

    /// The type that verbs are looked up by.
    pub(crate) fn kind(&self) -> Type {
        match self {
            Self::Nothing => Type::Nothing,
            Self::Boolean(_) => Type::Boolean,
            Self::Integer(_) => Type::Integer,
            Self::Float(_) => Type::Float,
            Self::Text(_) => Type::Text,
            Self::List(_) => Type::List,
            Self::Map(_) => Type::Map,
            Self::Frame(_) => Type::Frame,
            Self::Groups(_) => Type::Groups,
            Self::Expression(_) => Type::Expression,
            Self::Namespaced(_, namespace) => *namespace,
            Self::Branches(branches) if branches.waiting.is_some() => Type::When,
            Self::Branches(_) => Type::Then,
            Self::Selector(_) => Type::Selector,
            Self::Selectors => Type::Selectors,
            Self::DataType(_) => Type::DataType,
            Self::Function(_) => Type::Function,
            Self::Chart(_) => Type::Chart,
            Self::Polars => Type::Polars,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind().article())
    }
}
