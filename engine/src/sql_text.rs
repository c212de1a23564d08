//! SQL expressions in strings, as `"EventID = 1 AND Image LIKE '%cmd.exe'"`: parsed by Polars, so that they mean what
//! the same Polars expression means. Whole statements are left to `sql`.

mod numbers;

use polars::prelude::{Expr, Schema, col};

use crate::call::parse_column;
use crate::fault::Fault;
use crate::polars_words;

/// The Polars expression of an SQL expression over these columns. Names match in any case when one column fits.
pub(crate) fn expression(text: &str, schema: &Schema) -> Result<Expr, Fault> {
    let written = numbers::checked(text)?;
    let parsed = polars::sql::sql_expr(&written).map_err(|error| syntax(text, &error.to_string()))?;
    check_alias(&parsed, text)?;
    let mut failed = None;
    let resolved = parsed.map_expr(|part| match part {
        Expr::Column(name) if !schema.contains(&name) => match parse_column(&name, Some(schema)) {
            Ok(Expr::Column(found)) => col(found),
            Ok(_) => Expr::Column(name),
            Err(fault) => {
                failed.get_or_insert(in_single_quotes(fault, text, &name));
                Expr::Column(name)
            }
        },
        other => numbers::folded(other),
    });
    match failed {
        Some(fault) => Err(fault),
        None => Ok(resolved),
    }
}

/// `n DESC` is an order and no name, though it reads as one.
fn check_alias(parsed: &Expr, text: &str) -> Result<(), Fault> {
    let Expr::Alias(_, name) = parsed else { return Ok(()) };
    let is_order = ["desc", "asc", "nulls"].iter().any(|word| name.eq_ignore_ascii_case(word));
    if !is_order || text.to_ascii_lowercase().contains(" as ") {
        return Ok(());
    }
    Err(Fault::new("SqlError", format!("`{text}` says an order, where a column is wanted"))
        .hint("orders are options: `f.sort(\"n\", #{ descending: true, nulls_last: true })`")
        .at(text))
}

/// A name in double quotes was perhaps meant as a string.
fn in_single_quotes(fault: Fault, text: &str, name: &str) -> Fault {
    if text.contains(&format!("\"{name}\"")) {
        return fault.hint(format!("names stand in double quotes, strings in single ones: '{name}'"));
    }
    fault
}

fn syntax(text: &str, said: &str) -> Fault {
    const NAMES: &str = "names that hold other characters than letters and digits stand in backticks, strings in single quotes";
    let said = polars_words::sentence(said);
    let said = said.trim_start_matches("sql parser error: ");
    let fault = |message: String, hint: &str| Fault::new("SqlError", message).hint(hint).at(text);
    if text.trim().is_empty() {
        return Fault::new("SqlError", "an empty string is no column");
    }
    if let Some(name) = said.strip_prefix("unsupported function ") {
        let name = name.trim_matches('\'');
        let message = format!("expressions in strings know no function `{name}`");
        return fault(
            message,
            "an expression's own verb may do it; `sql(\"SELECT …\")` knows more functions",
        )
        .at(name);
    }
    if said.contains("(found '") || said.contains("subquer") {
        let message = format!("`{text}` is no expression, but a query or a part of one");
        return fault(message, "`sql(\"SELECT …\")` runs a query");
    }
    if said.contains("Placeholder") {
        return fault(
            format!("`{text}` holds a placeholder"),
            "write the string in backticks, with `${n}` for the value",
        );
    }
    if said.contains("BitwiseXor") {
        return fault("`^` is no operator of expressions in strings".to_owned(), "`pow(n, 2)` is a power")
            .at("^");
    }
    if said.starts_with("unable to parse") {
        return fault(format!("`{text}` is neither a column nor an SQL expression"), NAMES);
    }
    fault(format!("`{text}` is neither a column nor an SQL expression: {said}"), NAMES)
}
