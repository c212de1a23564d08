//! Functions of the user's in SQL.

use std::sync::Arc;

use polars::prelude::*;

use super::{Frames, as_text};
use crate::sql::{ReturnType, SqlEngine};

fn frames() -> Frames {
    Frames::default().with("t", df!("a" => [Some(1i64), None, Some(3)], "s" => ["x", "y", "z"]).unwrap())
}

#[test]
fn a_function_is_called_with_series() {
    let engine = SqlEngine::new();
    let double: crate::sql::FunctionBody =
        Arc::new(|arguments| (&arguments[0] * 2).cast(&DataType::Int64).map_err(|error| error.to_string()));
    engine.register_function("Twice", 1, ReturnType::Tried, double).unwrap();
    let repeat: crate::sql::FunctionBody = Arc::new(|arguments| {
        let (text, count) = (arguments[0].str().unwrap(), arguments[1].i64().unwrap());
        let values = text
            .iter()
            .zip(count.iter())
            .map(|(text, count)| Some(text?.repeat(usize::try_from(count?).ok()?)));
        Ok(values.collect::<StringChunked>().into_series())
    });
    engine.register_function("times", 2, ReturnType::Given(DataType::String), repeat).unwrap();
    let fixed: crate::sql::FunctionBody = Arc::new(|_| Ok(Series::new("".into(), [7i32])));
    engine.register_function("seven", 0, ReturnType::Tried, fixed).unwrap();
    let rows = frames().rows_in(
        &engine,
        "SELECT TWICE(a) AS d, times(s, 2) AS r, seven() AS n FROM t WHERE twice(a) IS DISTINCT FROM 2",
    );
    assert_eq!(as_text(&rows), "d|r|n\nnull|yy|7\n6|zz|7");
    assert!(engine.function_names().contains(&"twice".to_owned()));
}

#[test]
fn a_function_that_fails_says_its_name() {
    let engine = SqlEngine::new();
    let fails: crate::sql::FunctionBody = Arc::new(|_| Err("it will not".to_owned()));
    engine.register_function("refuses", 1, ReturnType::Given(DataType::Int64), fails).unwrap();
    let short: crate::sql::FunctionBody = Arc::new(|_| Ok(Series::new("".into(), [1i64, 2])));
    engine.register_function("short", 1, ReturnType::Given(DataType::Int64), short).unwrap();
    let panics: crate::sql::FunctionBody = Arc::new(|_| panic!("oh no"));
    engine.register_function("panics", 1, ReturnType::Given(DataType::Int64), panics).unwrap();
    for (sql, told) in [
        ("SELECT refuses(a) FROM t", "refuses: it will not"),
        ("SELECT short(a) FROM t", "short: it gave 2 values for 3 rows"),
        ("SELECT panics(a) FROM t", "oh no"),
        ("SELECT short(a, a) FROM t", "short"),
    ] {
        let answer = frames().run(&engine, sql);
        let error = match answer {
            Err(error) => error,
            Ok(answer) => {
                let frame = answer.frame.unwrap();
                let result = frame.collect(
                    fram_frame::Limit::All,
                    &fram_frame::LocalRunner,
                    &fram_frame::Watch::new(),
                );
                crate::sql::SqlError::from_run(&result.unwrap_err())
            }
        };
        assert!(error.message.contains(told), "{sql}: {error:?}");
    }
    assert!(engine.register_function("a b", 0, ReturnType::Tried, Arc::new(|_| Err(String::new()))).is_err());
}
