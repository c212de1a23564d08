//! SQL expressions in strings, as `"EventID = 1 AND Image LIKE '%cmd.exe'"`: parsed by Polars, so that they mean what
//! the same Polars expression means. Whole statements are left to `sql`.

use polars::prelude::{Expr, Schema, col};

use crate::call::parse_column;
use crate::fault::Fault;
use crate::polars_words;

/// The Polars expression of an SQL expression over these columns. Names match in any case when one column fits.
pub(crate) fn expression(text: &str, schema: &Schema) -> Result<Expr, Fault> {
    let parsed = polars::sql::sql_expr(text).map_err(|error| syntax(text, &error.to_string()))?;
    let mut failed = None;
    let resolved = parsed.map_expr(|part| match part {
        Expr::Column(name) if !schema.contains(&name) => match parse_column(&name, Some(schema)) {
            Ok(Expr::Column(found)) => col(found),
            Ok(_) => Expr::Column(name),
            Err(fault) => {
                failed.get_or_insert(fault);
                Expr::Column(name)
            }
        },
        other => other,
    });
    match failed {
        Some(fault) => Err(fault),
        None => Ok(resolved),
    }
}

fn syntax(text: &str, said: &str) -> Fault {
    let said = polars_words::sentence(said);
    let said = said.trim_start_matches("sql parser error: ").to_owned();
    Fault::new("SqlError", format!("`{text}` is neither a column nor an SQL expression: {said}"))
        .hint("quote names that hold other characters with double quotes or backticks inside the string")
        .at(text)
}
