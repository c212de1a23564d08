//! Rhai's syntax errors in the house's words.

use rhai::{LexError, ParseErrorType};

use crate::fault::Fault;

/// The fault that a syntax error amounts to.
pub(super) fn fault(kind: &ParseErrorType) -> Fault {
    let fault = |message: String| Fault::new("SyntaxError", message);
    match kind {
        ParseErrorType::UnexpectedEOF => fault("the cell ends before its last statement does".into()),
        ParseErrorType::MissingToken(token, _) => fault(format!("`{token}` is missing here")),
        ParseErrorType::UnknownOperator(sign) => {
            fault(format!("`{sign}` is no operator")).hint(operator_hint(sign))
        }
        ParseErrorType::Reserved(word) => {
            fault(format!("`{word}` is a reserved word and cannot be a name here"))
                .hint("choose another name, as `my_name`")
                .at(word)
        }
        ParseErrorType::ExprTooDeep => {
            fault("the expression is nested too deep".into()).hint("split it with `let`")
        }
        ParseErrorType::FnMissingName => {
            fault("a function needs a name".into()).hint("`fn double(x) { x * 2 }`")
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => fault("the string is not closed".into())
            .hint("strings over several lines are written in backticks"),
        ParseErrorType::BadInput(LexError::ImproperSymbol(sign, _)) => {
            fault(format!("`{sign}` is no operator")).hint(operator_hint(sign))
        }
        ParseErrorType::BadInput(LexError::UnexpectedInput(letter)) if !letter.is_ascii() => {
            fault(format!("`{letter}` cannot stand here"))
                .hint("names are of the letters a to z, digits and `_`; anything may stand in a string")
        }
        ParseErrorType::VariableExpected => {
            fault("a name is wanted here".into()).hint("words of the language, as `in` and `fn`, are none")
        }
        ParseErrorType::BadInput(error) => fault(lower(&error.to_string())),
        other => fault(lower(other.to_string().trim_end_matches('.'))),
    }
}

/// Whether more text could mend the error.
pub(super) fn is_unfinished(kind: &ParseErrorType) -> bool {
    matches!(kind, ParseErrorType::UnexpectedEOF | ParseErrorType::BadInput(LexError::UnterminatedString))
}

fn operator_hint(sign: &str) -> &'static str {
    match sign {
        "=" => "`==` compares",
        "<>" => "`!=` tells whether two things differ",
        ":=" => "`let name = …` makes a name",
        "->" | "=>" => "closures are written `|x| x + 1`",
        "++" => "write `x += 1`",
        "--" => "write `x -= 1`",
        "===" | "!==" => "write `==` or `!=`",
        _ => "operators are + - * / % ** == != < <= > >= & | ! and or not in",
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
