//! What users bring with them from Python, shells and other notebooks: an error that comes of it says how the same is
//! said here. Only cells that failed are looked at.

use super::place::Placed;
use crate::fault::Fault;
use crate::nearest;
use crate::script::lexer::{TokenKind, tokens};

/// A way of writing that means nothing here.
struct Habit {
    /// Whether a line is written so.
    is: fn(&str) -> bool,
    /// What is wrong with it, one sentence.
    says: &'static str,
    /// What to write instead.
    remedy: &'static str,
}

/// Looked through in order, on the line that failed.
const HABITS: &[Habit] = &[
    Habit {
        is: |line| begins(line, &["from "]) && line.contains(" import"),
        says: "Python modules cannot be imported",
        remedy: "nothing need be: write `col(\"a\")`, or `pl.col(\"a\")`; `%help` lists what there is",
    },
    Habit {
        is: |line| begins(line, &["import "]) && !line.contains('"'),
        says: "Python modules cannot be imported",
        remedy: "nothing need be: write `col(\"a\")`, or `pl.col(\"a\")`; `import \"file\" as name` imports a script",
    },
    Habit {
        is: |line| begins(line, &["!"]) && line[1..].starts_with(|letter: char| letter.is_ascii_alphabetic()),
        says: "there is no shell here",
        remedy: "run it in a terminal; `!` before a condition means `not`",
    },
    Habit {
        is: |line| begins(line, &["def ", "async def "]),
        says: "`def` makes no function here",
        remedy: "write `fn double(x) { x * 2 }`",
    },
    Habit {
        is: |line| words(line).any(|word| word == "lambda"),
        says: "`lambda` makes no function here",
        remedy: "write `|x| x + 1`",
    },
    Habit {
        is: |line| begins(line, &["elif "]) || line.contains("} elif "),
        says: "`elif` is no word of the language",
        remedy: "write `} else if x > 1 { … }`",
    },
    Habit {
        is: |line| {
            let is_block = begins(line, &["if ", "for ", "while ", "else", "try", "with ", "class "]);
            is_block && without_comment(line).ends_with(':')
        },
        says: "blocks stand in braces here",
        remedy: "as `if x > 1 { … }` and `for x in 0..3 { … }`",
    },
    Habit {
        is: has_prefixed_string,
        says: "strings have no letter before them here",
        remedy: "values go into strings in backticks, as `n = ${n}`; `#\"a\\b\"#` keeps backslashes",
    },
    Habit { is: |line| begins(line, &["print "]), says: "`print` is a function", remedy: "write `print(x)`" },
    Habit {
        is: |line| begins(line, &["del "]),
        says: "`del` is no word of the language",
        remedy: "`%reset x` forgets a name, `f.drop(\"x\")` leaves a column out",
    },
    Habit {
        is: |line| begins(line, &["var ", "const let "]),
        says: "`var` is no word of the language",
        remedy: "write `let x = 1`",
    },
    Habit {
        is: |line| {
            line.contains('[') && line.contains(" for ") && line.contains(" in ") && !line.contains('{')
        },
        says: "arrays are not made by `for` inside them",
        remedy: "write `[1, 2].map(|x| x * 2)`, and `.filter(|x| x > 1)` to choose",
    },
    Habit {
        is: has_number_key,
        says: "the keys of an object map are names or strings",
        remedy: "old and new values may be arrays too, as `.replace([1, 2], [10, 20])`",
    },
    Habit {
        is: has_slice,
        says: "ranges are not written with a colon here",
        remedy: "`f.slice(1, 2)` takes rows of a frame, `a[1..3]` a part of an array or a string",
    },
    Habit {
        is: |line| line.contains(" if ") && line.contains(" else ") && !line.contains('{'),
        says: "a choice between two values stands in braces here",
        remedy: "write `if x > 1 { a } else { b }`; for columns `when(…).then(…).otherwise(…)`",
    },
    Habit {
        is: |line| {
            line.split("//")
                .nth(1)
                .is_some_and(|rest| rest.trim_start().starts_with(|letter: char| letter.is_ascii_digit()))
        },
        says: "`//` begins a comment here",
        remedy: "`.floordiv(2)` divides and rounds down; `(7 / 2).floor()` does so with numbers",
    },
];

/// Functions of Python, and what does the same here.
const FUNCTIONS: &[(&str, &str)] = &[
    ("range", "`0..10` is a range: `for i in 0..10 { … }`"),
    ("str", "`x.to_string()` makes a string, `col(\"x\").cast(String)` strings of a column"),
    (
        "int",
        "`parse_int(\"5\")` and `5.7.to_int()` make integers, `col(\"x\").cast(Int64)` those of a column",
    ),
    (
        "float",
        "`parse_float(\"5\")` and `5.to_float()` make numbers, `col(\"x\").cast(Float64)` those of a column",
    ),
    ("list", "`f.get_column(\"x\")` gives a column's values as an array"),
    ("type", "`type_of(x)` tells what something is"),
    ("isinstance", "`type_of(x) == \"frame\"` tells what something is"),
    ("help", "`%help name` and `name?` explain something"),
    ("dir", "`%who` lists your names, `%help` what there is"),
    ("sorted", "`a.sort()` sorts an array, `f.sort(\"x\")` a frame"),
    ("enumerate", "`for (x, i) in array { … }` counts along"),
    ("open", "`read_csv`, `read_ndjson`, `read_parquet` and `read_ipc` read files"),
    ("quit", "close the notebook, or restart its kernel from the menu"),
    ("pass", "a block that does nothing is `{ }`"),
];

/// The error, with what its author may have meant.
pub(super) fn understood(mut placed: Placed, code: &str) -> Placed {
    let looked_at =
        ["SyntaxError", "NameNotFound", "SqlError", "UnknownFunction", "ScriptError", "UnknownVerb"];
    if !looked_at.contains(&placed.fault.name) {
        return placed;
    }
    let function = FUNCTIONS.iter().find(|(name, _)| placed.fault.about.as_deref() == Some(*name));
    if let Some((_, remedy)) = function.filter(|_| placed.fault.name != "UnknownVerb") {
        placed.fault.hint = Some((*remedy).to_owned());
        return placed;
    }
    if let Some((word, meant)) = misspelt_statement(code) {
        let start = code.find(word).unwrap_or_default();
        placed.place = Some(start..start + word.len());
        let said = format!("`{word}` begins no statement");
        placed.fault = Fault::new("SyntaxError", said).hint(format!("did you mean `{meant}`?"));
        return placed;
    }
    let Some(place) = &placed.place else { return placed };
    let start = place.start.min(code.len());
    let line_start = code[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = code[line_start..].lines().next().unwrap_or_default().trim();
    if let Some(habit) = HABITS.iter().find(|habit| (habit.is)(line)) {
        placed.fault = Fault::new("SyntaxError", habit.says).hint(habit.remedy);
    }
    placed
}

/// What is strange in code that runs: `7 // 2`, where Python would divide.
pub(super) fn doubt(code: &str) -> Option<String> {
    let tokens = tokens(code);
    let comment = tokens.windows(2).find(|pair| {
        let divided = matches!(pair[0].kind, TokenKind::Number | TokenKind::Word | TokenKind::Close);
        let text = code[pair[1].span.clone()].strip_prefix("//").map(str::trim).unwrap_or_default();
        let is_number = text.parse::<f64>().is_ok();
        divided && pair[1].kind == TokenKind::Comment && !pair[1].first_on_line && is_number
    })?;
    let text = code[comment[1].span.clone()].trim_end();
    Some(format!(
        "warning: `{text}` is a comment; to divide and round down, write `.floordiv(2)`, or `(7 / 2)` of whole numbers"
    ))
}

/// The first word of what would be SQL but for it, with the word that is meant.
fn misspelt_statement(code: &str) -> Option<(&str, &'static str)> {
    const BEGINNINGS: &[&str] = &[
        "SELECT", "WITH", "FROM", "VALUES", "SHOW", "DESCRIBE", "EXPLAIN", "CREATE", "INSERT", "COPY", "DROP",
    ];
    const LATER: &[&str] = &["FROM", "SELECT", "INTO", "TABLE", "TABLES", "VIEW", "TO"];
    let mut found = code.split_whitespace();
    let first = found.next()?;
    let upper = first.to_ascii_uppercase();
    if !first.chars().all(|letter| letter.is_ascii_alphabetic()) || BEGINNINGS.contains(&upper.as_str()) {
        return None;
    }
    let goes_on = found.any(|word| LATER.contains(&word.to_ascii_uppercase().as_str()));
    let meant = nearest::names(&upper, BEGINNINGS.iter().copied()).first().copied()?;
    let meant = BEGINNINGS.iter().find(|known| **known == meant)?;
    goes_on.then_some((first, *meant))
}

fn begins(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.starts_with(word))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim_end()
}

/// `f"…"`, `r"…"` and the like.
fn has_prefixed_string(line: &str) -> bool {
    let is_prefix = |word: &str| {
        matches!(word.to_ascii_lowercase().as_str(), "f" | "r" | "b" | "u" | "rb" | "br" | "fr" | "rf")
    };
    let (mut open, mut word, mut is_escaped) = (None, String::new(), false);
    for letter in line.chars() {
        match open {
            // A letter inside a string, as in `"b"`, is not before one.
            Some(quote) if letter == quote && !is_escaped => (open, is_escaped) = (None, false),
            Some(_) => is_escaped = letter == '\\' && !is_escaped,
            None if matches!(letter, '"' | '\'' | '`') => {
                if letter != '`' && is_prefix(&word) {
                    return true;
                }
                open = Some(letter);
                word.clear();
            }
            None if letter.is_alphanumeric() || letter == '_' => word.push(letter),
            None => word.clear(),
        }
    }
    false
}

/// `#{ 1: 10 }`.
fn has_number_key(line: &str) -> bool {
    line.split('{').skip(1).any(|rest| {
        let rest = rest.trim_start().trim_start_matches('-');
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        digits > 0 && rest[digits..].trim_start().starts_with(':')
    })
}

/// `a[1:3]`, `a[:2]`, `a[1:]`.
fn has_slice(line: &str) -> bool {
    line.split('[').skip(1).any(|rest| {
        let inside = rest.split(']').next().unwrap_or_default();
        let is_part = |part: &str| {
            part.chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-' || letter == ' ')
        };
        inside.split_once(':').is_some_and(|(from, to)| is_part(from) && is_part(to))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_before_strings_are_told_from_letters_in_them() {
        assert!(has_prefixed_string("print(f\"{x}\")"));
        assert!(has_prefixed_string("col(r'a')"));
        for line in ["f.fliter(\"b\")", "x == 'r'", "a(\"f\", \"b\")", "`b` + \"\\\"b\"", "'f' + 'r'"] {
            assert!(!has_prefixed_string(line), "{line}");
        }
    }

    #[test]
    fn a_number_in_a_comment_is_doubted() {
        assert!(doubt("let x = 7 // 2").is_some_and(|doubt| doubt.contains("`// 2`")));
        assert!(doubt("f.select(col(\"a\") // 2\n)").is_some());
        for code in ["let x = 7 // 2 apples", "// 2", "let u = \"http://1\"", "7 / 2"] {
            assert_eq!(doubt(code), None, "{code}");
        }
    }

    #[test]
    fn a_misspelt_statement_is_told_from_a_script() {
        assert_eq!(misspelt_statement("SELCT a FROM t"), Some(("SELCT", "SELECT")));
        assert_eq!(misspelt_statement("creat view v as select 1"), Some(("creat", "CREATE")));
        for code in ["select a from t", "let x = from", "shop a", "t.select(\"from\")", ""] {
            assert_eq!(misspelt_statement(code), None, "{code}");
        }
    }

    fn says(line: &str) -> Option<&'static str> {
        HABITS.iter().find(|habit| (habit.is)(line)).map(|habit| habit.says)
    }

    #[test]
    fn habits_are_known_by_their_lines() {
        for (line, said) in [
            ("import polars as pl", "Python modules"),
            ("from polars import col", "Python modules"),
            ("!ls -l", "no shell"),
            ("def f(x):", "`def`"),
            ("f.map(lambda x: x)", "`lambda`"),
            ("for i in range(3):  # why", "blocks"),
            ("print(f\"{x}\")", "no letter"),
            ("[x for x in y]", "`for` inside"),
            ("a[1:3]", "colon"),
            ("f(#{ 1: 10 })", "keys"),
            ("x = 1 if a else 2", "choice"),
            ("f.filter((col(\"a\") // 2) == 1)", "comment"),
        ] {
            assert!(says(line).is_some_and(|says| says.contains(said)), "{line}: {:?}", says(line));
        }
        for line in ["import \"lib\" as l", "let f = \"x\"", "!(a == b)", "f(#{ a: [1] })", "x // a comment"]
        {
            assert_eq!(says(line), None, "{line}");
        }
    }
}
