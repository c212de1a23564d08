//! One call of a verb: its receiver and its arguments, bound to parameters by place or by name, and read as what
//! the parameters say they are. What the verb then does is its own.

mod bind;
mod column;
mod options;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use fram_frame::{Frame, Limit, Runner, Watch, check_types};
use polars::prelude::{DataFrame, Expr, LazyFrame};

use crate::fault::Fault;
use crate::registry::{Type, Verb};
use crate::screen::{Screen, Shown};
use crate::session::Snapshot;
use crate::settings::Settings;
use crate::sql::FunctionBody;
use crate::type_mistake;
use crate::value::{Branches, Value};

pub(crate) use bind::KEYWORDS;
pub(crate) use column::parse as parse_column;
pub(crate) use options::{Choices, list};

/// What verbs may ask of the notebook that they run in.
pub(crate) trait Host: Send + Sync {
    /// Where plans run.
    fn runner(&self) -> Arc<dyn Runner>;
    /// What watches over the run.
    fn watch(&self) -> Watch;
    /// Where the running cell's output goes.
    fn screen(&self) -> Arc<dyn Screen>;
    /// Shows a value; under an id, in the place of what the cell has shown under it.
    fn display(&self, shown: Shown, id: Option<&str>);
    /// Empties the cell's output, now or when the next output comes.
    fn clear(&self, wait: bool);
    /// Runs SQL over the notebook's names, and over these, which hide others; gives the last statement's rows.
    fn sql(&self, text: &str, own: Vec<(String, Frame)>) -> Result<Option<Frame>, Fault>;
    /// Makes a function callable in SQL.
    fn register_function(&self, name: &str, parameters: usize, body: FunctionBody) -> Result<(), Fault>;
    /// The settings.
    fn settings(&self) -> Settings;
    /// Whether the user asked to stop; cheaper than asking the watch.
    fn is_interrupted(&self) -> bool;
    /// Makes the names known as they are now.
    fn publish(&self, snapshot: Snapshot);
}

/// One call of a verb.
pub(crate) struct Call<'a> {
    /// The verb.
    pub(crate) verb: &'static Verb,
    /// The notebook.
    pub(crate) host: &'a dyn Host,
    receiver: Value,
    given: BTreeMap<&'static str, Value>,
    rest: Vec<Value>,
}

impl<'a> Call<'a> {
    /// Binds arguments to the verb's parameters: by place, and by name from an object map at the end.
    pub(crate) fn bind(
        verb: &'static Verb,
        receiver: Value,
        arguments: Vec<Value>,
        host: &'a dyn Host,
    ) -> Result<Self, Fault> {
        let bound = bind::bind(verb, arguments)?;
        Ok(Self { verb, host, receiver, given: bound.given, rest: bound.rest })
    }

    /// Does what the verb does.
    pub(crate) fn run(&self) -> Result<Value, Fault> {
        let outcome = (self.verb.run)(self);
        outcome.map_err(|fault| match &self.receiver {
            Value::Frame(frame) => {
                self.explained(fault).among(frame.schema().iter_names().map(|name| name.as_str()))
            }
            Value::Groups(_) => self.explained(fault),
            _ => fault,
        })
    }

    /// What Polars says of types, in a sentence that names the columns.
    fn explained(&self, fault: Fault) -> Fault {
        if !matches!(fault.name, "SchemaMismatch" | "InvalidOperation" | "ComputeError" | "TypeMismatch")
            || fault.origin.is_some()
        {
            return fault;
        }
        let Some(schema) = self.schema() else { return fault };
        type_mistake::fault(&self.given_expressions(), &schema).unwrap_or(fault)
    }

    /// The value before the dot.
    pub(crate) fn receiver(&self) -> &Value {
        &self.receiver
    }

    /// The frame before the dot.
    pub(crate) fn frame(&self) -> Result<&Frame, Fault> {
        match &self.receiver {
            Value::Frame(frame) => Ok(frame),
            other => Err(self.wrong_receiver(Type::Frame, other)),
        }
    }

    /// The frame before the dot, as a Polars plan; the result of SQL is run first.
    pub(crate) fn lazy(&self) -> Result<LazyFrame, Fault> {
        Ok(self.frame()?.lazy(&*self.host.runner(), &self.host.watch())?)
    }

    /// The frame of a parameter, as a Polars plan; the result of SQL is run first.
    pub(crate) fn lazy_at(&self, name: &str) -> Result<LazyFrame, Fault> {
        self.lazy_of(self.frame_at(name)?)
    }

    /// A frame as a Polars plan; the result of SQL is run first.
    pub(crate) fn lazy_of(&self, frame: &Frame) -> Result<LazyFrame, Fault> {
        Ok(frame.lazy(&*self.host.runner(), &self.host.watch())?)
    }

    /// All rows of the frame before the dot.
    pub(crate) fn data(&self) -> Result<DataFrame, Fault> {
        self.data_of(self.frame()?)
    }

    /// All rows of a frame.
    pub(crate) fn data_of(&self, frame: &Frame) -> Result<DataFrame, Fault> {
        Ok(frame.collect(Limit::All, &*self.host.runner(), &self.host.watch())?)
    }

    /// All rows that a plan gives.
    pub(crate) fn run_plan(&self, lazy: LazyFrame) -> Result<DataFrame, Fault> {
        self.data_of(&Frame::from_lazy(lazy)?)
    }

    /// The expression before the dot, or before the namespace.
    pub(crate) fn expr(&self) -> Result<Expr, Fault> {
        match &self.receiver {
            Value::Expression(expression) | Value::Namespaced(expression, _) => Ok((**expression).clone()),
            Value::Selector(selector) => Ok((**selector).clone().into()),
            other => Err(self.wrong_receiver(Type::Expression, other)),
        }
    }

    /// The branches before the dot.
    pub(crate) fn branches(&self) -> Result<Branches, Fault> {
        match &self.receiver {
            Value::Branches(branches) => Ok((**branches).clone()),
            other => Err(self.wrong_receiver(Type::When, other)),
        }
    }

    /// A new expression from the one before the dot.
    pub(crate) fn map(&self, change: impl FnOnce(Expr) -> Expr) -> Result<Value, Fault> {
        Ok(Value::expression(change(self.expr()?)))
    }

    /// A new frame from the plan of the one before the dot.
    pub(crate) fn plan(&self, change: impl FnOnce(LazyFrame) -> LazyFrame) -> Result<Value, Fault> {
        Ok(Value::Frame(Frame::from_lazy(change(self.lazy()?))?))
    }

    /// A new frame from expressions over the one before the dot; their types are checked at once.
    pub(crate) fn expressions(&self, change: impl Fn(LazyFrame) -> LazyFrame) -> Result<Value, Fault> {
        let frame = Frame::from_lazy(change(self.lazy()?))?;
        check_types(self.frame()?.schema(), change)?;
        Ok(Value::Frame(frame))
    }

    /// Whether the parameter was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The open-ended arguments as they are.
    pub(crate) fn each(&self) -> &[Value] {
        &self.rest
    }

    /// All arguments of the verb's last, open-ended parameter; an array stands for its elements.
    pub(crate) fn rest(&self) -> Vec<Value> {
        self.rest.iter().flat_map(elements).collect()
    }

    fn wrong_receiver(&self, wanted: Type, got: &Value) -> Fault {
        Fault::argument(format!(
            "`{}` is called on {}, not on {}",
            self.verb.name,
            wanted.article(),
            got.kind().article()
        ))
    }
}

/// The elements of an array, or the value itself.
fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::List(values) => values.clone(),
        other => vec![other.clone()],
    }
}
