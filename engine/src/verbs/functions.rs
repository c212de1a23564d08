//! Script closures as functions of SQL.

use std::sync::Arc;

use polars::prelude::Series;

use crate::call::Call;
use crate::column_of;
use crate::fault::Fault;
use crate::registry::Kind::{Function, Text};
use crate::registry::Type::{Cell, Nothing};
use crate::registry::{Verb, required, verb};
use crate::scalar;
use crate::sql::FunctionBody;
use crate::value::{self, Value};

pub(super) const VERBS: &[Verb] = &[verb(
    Cell,
    "sql_function",
    Nothing,
    "Makes a closure a function of SQL.",
    sql_function,
)
.takes(&[
    required("name", Text, "What SQL calls it, in any case."),
    required("function", Function, "The closure; it is called once for each row, about a microsecond each."),
])
.examples(&[
    "sql_function(\"twice\", |x| if x == () { () } else { x * 2 })\nsql(\"SELECT twice(21) AS answer\")",
])];

fn sql_function(call: &Call<'_>) -> Result<Value, Fault> {
    let (name, function) = (call.text("name")?, call.function("function")?);
    let parameters = function.parameters();
    let described = function.describe();
    let body: FunctionBody = Arc::new(move |arguments: &[Series]| rows(&*function, arguments));
    call.host.register_function(&name, parameters, body)?;
    call.host.screen().warn(&format!(
        "`{name}` calls a {described} of the script once for each row, on one thread at a time; SQL's own functions are \
         ten to a hundred times faster.\n"
    ));
    Ok(Value::Nothing)
}

/// The closure's values for each row; a single one where it takes no arguments.
fn rows(function: &dyn value::Function, arguments: &[Series]) -> Result<Series, String> {
    let count = arguments.first().map_or(1, |column| column.len());
    let row = |index: usize| -> Result<Value, Fault> {
        let values = arguments.iter().map(|column| Ok(scalar::value(&column.get(index)?)));
        function.call(values.collect::<Result<_, Fault>>()?)
    };
    let values: Result<Vec<Value>, Fault> = (0..count).map(row).collect();
    values.and_then(|values| column_of::series("", &values)).map_err(|fault| fault.message)
}
