//! Cuts a text into statements of tokens, parses them, and tells SQL from script. What a statement means is left to
//! `planning`.

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};

use datafusion::common::{DataFusionError, Span};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Query, SelectFlavor, SelectItem, SetExpr, Statement as SqlStatement, VisitMut, VisitorMut,
    WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// How deeply a statement may be nested.
const NESTING: usize = 100;
/// How many operators may follow each other, as in `a OR b OR c`: each nests the plan deeper by one.
const CHAIN: usize = 1_000;

/// Words that make a longer whole of two parts.
const JOINING: [Keyword; 6] =
    [Keyword::AND, Keyword::OR, Keyword::UNION, Keyword::INTERSECT, Keyword::EXCEPT, Keyword::JOIN];

/// Words that begin a part on its own.
const PARTING: [Keyword; 3] = [Keyword::WHEN, Keyword::THEN, Keyword::ELSE];

/// The words that a cell of SQL begins with.
const FIRST_WORDS: [Keyword; 11] = [
    Keyword::SELECT,
    Keyword::WITH,
    Keyword::FROM,
    Keyword::VALUES,
    Keyword::SHOW,
    Keyword::DESCRIBE,
    Keyword::EXPLAIN,
    Keyword::CREATE,
    Keyword::INSERT,
    Keyword::COPY,
    Keyword::DROP,
];

/// The statements of the text, each with the tokens that it is made of; their places are those in the text.
pub(super) fn split(text: &str) -> Result<Vec<Vec<TokenWithSpan>>, DataFusionError> {
    let tokens =
        Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().map_err(ParserError::from)?;
    let mut statements = vec![Vec::new()];
    for mut token in tokens {
        match (&mut token.token, statements.last_mut()) {
            (Token::SemiColon, _) => statements.push(Vec::new()),
            (_, None) => {}
            (other, Some(statement)) => {
                quote_at_sign(other);
                statement.push(token);
            }
        }
    }
    statements.retain(|tokens| tokens.iter().any(|token| !matches!(token.token, Token::Whitespace(_))));
    Ok(statements)
}

/// Parses the tokens of one statement.
pub(super) fn parse(tokens: &[TokenWithSpan]) -> Result<Statement, DataFusionError> {
    if longest_chain(tokens) > CHAIN {
        return Err(ParserError::RecursionLimitExceeded.into());
    }
    let builder = DFParserBuilder::new(tokens.to_vec()).with_recursion_limit(NESTING);
    let mut statements = builder.build()?.parse_statements()?;
    let Some(mut statement) = statements.pop_front() else {
        return Err(ParserError::ParserError("Expected: a statement, found: EOF".into()).into());
    };
    select_everything(&mut statement);
    Ok(statement)
}

/// The words of a statement in small letters; none where it may ask for all columns of a table.
pub(super) fn words(tokens: &[TokenWithSpan]) -> Option<HashSet<String>> {
    let code = tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_)));
    let code: Vec<&Token> = code.collect();
    let is = |token: &Token, keyword| matches!(token, Token::Word(word) if word.keyword == keyword);
    let asks = code.first().is_some_and(|first| is(first, Keyword::SELECT) || is(first, Keyword::WITH));
    // What a natural join compares is not named.
    if !asks || code.iter().any(|token| is(token, Keyword::NATURAL)) {
        return None;
    }
    let is_all = code.iter().enumerate().any(|(at, token)| {
        // `count(*)` asks for none, `a * b` for those two.
        let before = at.checked_sub(1).map(|before| code[before]);
        let is_counted = before == Some(&Token::LParen) && code.get(at + 1) == Some(&&Token::RParen);
        let is_product = matches!(before, Some(Token::Number(..) | Token::RParen));
        **token == Token::Mul && !is_counted && !is_product
    });
    let word = |token: &&Token| match token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    };
    (!is_all).then(|| code.iter().filter_map(word).collect())
}

/// The table of `SELECT * FROM table`, where that is all: there is nothing to plan, which for very many columns takes
/// DataFusion minutes.
pub(super) fn whole_table(tokens: &[TokenWithSpan]) -> Option<&str> {
    let code = tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_)));
    let code: Vec<&Token> = code.collect();
    let is = |token: &Token, keyword| matches!(token, Token::Word(word) if word.keyword == keyword);
    let name = match code.as_slice() {
        [select, Token::Mul, from, name] if is(select, Keyword::SELECT) && is(from, Keyword::FROM) => name,
        [from, name] if is(from, Keyword::FROM) => name,
        _ => return None,
    };
    match name {
        Token::Word(word) => Some(&word.value),
        _ => None,
    }
}

/// The most operators that follow each other on one level of brackets, or that join queries. More than there are may be
/// counted, never fewer.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let (mut longest, mut outer, mut here) = (0, Vec::new(), 0usize);
    for token in tokens {
        match &token.token {
            Token::LParen => outer.push(std::mem::take(&mut here)),
            Token::RParen => here = outer.pop().unwrap_or_default(),
            Token::Comma => here = 0,
            Token::Word(word) if PARTING.contains(&word.keyword) => here = 0,
            Token::Word(word) if JOINING.contains(&word.keyword) => here += 1,
            Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) => {}
            Token::Whitespace(_) | Token::Period => {}
            _ => here += 1,
        }
        longest = longest.max(here);
    }
    longest
}

/// Whether the text is SQL rather than script: it begins with a word of SQL and either parses, or goes on as no
/// script can, with another word or a literal (so that a mistake in it is told as a mistake in SQL).
pub(super) fn is_sql(text: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location() else {
        return begins_as_sql(text);
    };
    let mut words =
        tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_)));
    let Some(Token::Word(first)) = words.next() else { return false };
    if first.quote_style.is_some() || !FIRST_WORDS.contains(&first.keyword) {
        return false;
    }
    match words.next() {
        Some(Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_)) => true,
        Some(Token::Mul) => {
            matches!(words.next(), None | Some(Token::Comma | Token::SemiColon | Token::Word(_)))
        }
        Some(Token::LParen | Token::Minus | Token::Plus | Token::LBracket | Token::LBrace) => {
            if first.keyword == Keyword::COPY && begins_query(words.next(), words.next()) {
                return true;
            }
            let can_go_on =
                matches!(first.keyword, Keyword::SELECT | Keyword::VALUES | Keyword::FROM | Keyword::COPY);
            can_go_on && split(text).is_ok_and(|all| all.iter().all(|statement| parse(statement).is_ok()))
        }
        _ => false,
    }
}

/// Whether a bracket holds a query, by its first two words: `(SELECT a`, as no script can go on.
fn begins_query(first: Option<&Token>, second: Option<&Token>) -> bool {
    let is_first = |keyword| matches!(keyword, Keyword::SELECT | Keyword::WITH | Keyword::FROM);
    matches!(first, Some(Token::Word(word)) if word.quote_style.is_none() && is_first(word.keyword))
        && matches!(second, Some(Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_)))
}

/// The bytes of the text at a place that the parser told.
pub(super) fn byte_range(text: &str, span: Span) -> Option<Range<usize>> {
    let start = offset_at(text, span.start.line, span.start.column)?;
    let end = offset_at(text, span.end.line, span.end.column)?;
    (start < end).then_some(start..end)
}

/// The byte at a line and column, both counted from 1, columns in characters.
pub(super) fn offset_at(text: &str, line: u64, column: u64) -> Option<usize> {
    let line_start = match line.checked_sub(2) {
        None if line == 1 => 0,
        None => return None,
        Some(breaks) => text.match_indices('\n').nth(usize::try_from(breaks).ok()?)?.0 + 1,
    };
    let rest = text.get(line_start..)?;
    let column = usize::try_from(column.checked_sub(1)?).ok()?;
    Some(line_start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset))
}

/// Whether a token lies within a place.
pub(super) fn lies_within(token: &TokenWithSpan, span: Span) -> bool {
    let place = |location: Location| (location.line, location.column);
    place(token.span.start) >= (span.start.line, span.start.column)
        && place(token.span.end) <= (span.end.line, span.end.column)
}

/// A name that begins with `@` is a column here, as logs have them; there are no variables.
fn quote_at_sign(token: &mut Token) {
    if let Token::Word(word) = token
        && word.value.starts_with('@')
    {
        word.quote_style = Some('`');
        word.keyword = Keyword::NoKeyword;
    }
}

/// `FROM t` alone means `SELECT * FROM t`.
fn select_everything(statement: &mut Statement) {
    struct Everything;
    impl VisitorMut for Everything {
        type Break = ();
        fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            everything_in(&mut query.body);
            ControlFlow::Continue(())
        }
    }
    match statement {
        Statement::Statement(statement) => {
            let is_whole = VisitMut::visit(statement.as_mut(), &mut Everything).is_continue();
            debug_assert!(is_whole, "the visit never breaks off");
        }
        Statement::Explain(explain) => select_everything(&mut explain.statement),
        _ => {}
    }
}

fn everything_in(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) if matches!(select.flavor, SelectFlavor::FromFirstNoSelect) => {
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        SetExpr::SetOperation { left, right, .. } => {
            everything_in(left);
            everything_in(right);
        }
        _ => {}
    }
}

/// Whether a text that has no tokens (an open string, say) begins with two words, the first one SQL's.
fn begins_as_sql(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().map(str::to_uppercase).unwrap_or_default();
    let is_word =
        |word: &str| word.starts_with(|letter: char| letter.is_alphanumeric() || "*'\"`".contains(letter));
    FIRST_WORDS.iter().any(|keyword| format!("{keyword:?}") == first) && words.next().is_some_and(is_word)
}

/// The statement of SQL's own grammar, for what looks into it.
pub(super) fn as_sql(statement: &Statement) -> Option<&SqlStatement> {
    match statement {
        Statement::Statement(statement) => Some(statement),
        Statement::Explain(explain) => as_sql(&explain.statement),
        _ => None,
    }
}
