//! Plans a statement, with names that match by case where only one fits: DataFusion, which knows the scopes, says which
//! name it does not know and what would be there, and the name is written as it should be until all are known.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use datafusion::common::{Column, DataFusionError, SchemaError, Span, TableReference};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::sql::notebook_schema::NotebookSchema;
use crate::sql::sql_error::{Known, SqlError, innermost};
use crate::sql::statements::{as_sql, byte_range, lies_within, parse};

/// What a statement is planned with.
pub(super) struct Planning {
    /// The text that the tokens are from.
    pub(super) text: Arc<str>,
    pub(super) state: SessionState,
    pub(super) tables: Arc<NotebookSchema>,
}

impl Planning {
    /// The plan of a statement.
    pub(super) async fn plan(&self, mut tokens: Vec<TokenWithSpan>) -> Result<LogicalPlan, SqlError> {
        // Each round mends at least one word, for good.
        for _ in 0..=tokens.len() {
            let statement = parse(&tokens).map_err(|error| self.told(&error))?;
            let error = match self.state.statement_to_plan(statement.clone()).await {
                Ok(plan) => return Ok(plan),
                Err(error) => error,
            };
            if !self.mend(&error, &statement, &mut tokens).await? {
                return Err(self.told(&error));
            }
        }
        Err(SqlError::new("the names of the statement could not be told apart"))
    }

    /// The error in words.
    pub(super) fn told(&self, error: &DataFusionError) -> SqlError {
        SqlError::from_datafusion(error, &self.known())
    }

    fn known(&self) -> Known<'_> {
        use datafusion::catalog::SchemaProvider;
        let state = &self.state;
        let functions = state.scalar_functions().keys().chain(state.aggregate_functions().keys());
        let functions = functions.chain(state.window_functions().keys()).cloned();
        Known {
            text: &self.text,
            tables: self.tables.table_names(),
            own: self.tables.own_names(),
            functions: functions.collect(),
        }
    }

    /// Writes an unknown name as it should be; false where there is nothing to mend.
    async fn mend(
        &self,
        error: &DataFusionError,
        statement: &Statement,
        tokens: &mut [TokenWithSpan],
    ) -> Result<bool, SqlError> {
        match innermost(error) {
            DataFusionError::SchemaError(schema_error, _) => {
                let SchemaError::FieldNotFound { field, valid_fields } = schema_error.as_ref() else {
                    return Ok(false);
                };
                let mut field = field.as_ref().clone();
                if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
                    field.spans_mut().add_span(span);
                }
                let mut fields = self.candidates(&field, valid_fields, statement, tokens).await;
                if let Some(relation) = field.relation.clone().filter(|_| fields.is_empty()) {
                    // `record.id` may be a part of the struct column `Record`.
                    (field.relation, field.name) = (None, relation.table().to_owned());
                    fields = matching(&field, valid_fields);
                }
                self.mend_column(&field, &fields, tokens)
            }
            DataFusionError::Plan(message) if message.starts_with("table '") => {
                let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) else {
                    return Ok(false);
                };
                Ok(mend_table(&with_names(statement), span, tokens))
            }
            DataFusionError::Plan(message) => {
                let Some(written) = message.strip_prefix("Invalid qualifier ") else { return Ok(false) };
                let source = source_meant(statement, written);
                Ok(source.is_some_and(|source| mend_star(written, &source.name, tokens)))
            }
            _ => Ok(false),
        }
    }

    /// What the field may be: first what is in scope by DataFusion's own words, then what the whole statement names.
    async fn candidates(
        &self,
        field: &Column,
        valid_fields: &[Column],
        statement: &Statement,
        tokens: &[TokenWithSpan],
    ) -> Vec<Column> {
        let in_scope = matching(field, valid_fields);
        if !in_scope.is_empty() {
            return in_scope;
        }
        // A table's name that is not in scope is an outer query's, or a mistake that the next round tells.
        let is_part =
            |known: &Column| field.relation.as_ref().is_some_and(|table| same(table.table(), &known.name));
        if valid_fields.iter().any(is_part) {
            return Vec::new();
        }
        let name = Column::new_unqualified(&field.name);
        let source = field.relation.as_ref().and_then(|table| source_meant(statement, table.table()));
        if let Some(Source { name: relation, table: Some(table) }) = &source {
            let found = matching(&name, &self.columns_of(table).await);
            return of_source(found, Some(relation));
        }
        let mut everywhere: Vec<Column> = aliases(tokens).map(Column::new_unqualified).collect();
        for table in self.state.resolve_table_references(statement).unwrap_or_default() {
            everywhere.extend(self.columns_of(table.table()).await);
        }
        of_source(matching(&name, &everywhere), source.as_ref().map(|source| &source.name))
    }

    async fn columns_of(&self, table: &str) -> Vec<Column> {
        use datafusion::catalog::SchemaProvider;
        let Ok(Some(provider)) = self.tables.table(table).await else { return Vec::new() };
        let schema = provider.schema();
        schema.fields().iter().map(|field| Column::new_unqualified(field.name())).collect()
    }

    fn mend_column(
        &self,
        field: &Column,
        candidates: &[Column],
        tokens: &mut [TokenWithSpan],
    ) -> Result<bool, SqlError> {
        let mut names: Vec<&str> = candidates.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let span = field.spans().first();
        let [name] = names.as_slice() else {
            let Some(((last, first), _)) = names.split_last().zip(names.first()) else { return Ok(false) };
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            let written = field.relation.iter().map(|relation| format!("{}.", relation.table()));
            let written = written.collect::<String>() + field.name.as_str();
            let message = format!("column `{written}` could be {} or `{last}`", first.join(", "));
            let range: Option<Range<usize>> = span.and_then(|span| byte_range(&self.text, span));
            let hint = "write it with exactly the letters that are meant".to_owned();
            return Err(SqlError::new(message).at(range).with_hint(Some(hint)));
        };
        let relation =
            candidates.first().and_then(|column| column.relation.as_ref()).map(|table| table.table());
        let mut mended = rewrite(tokens, span, &field.name, name);
        if let (Some(written), Some(relation)) = (&field.relation, relation) {
            mended |= rewrite(tokens, span, written.table(), relation);
        }
        Ok(mended)
    }
}

/// The fields that differ from the wanted one by case alone, or those by the case of their table alone.
fn matching(field: &Column, fields: &[Column]) -> Vec<Column> {
    let table = |column: &Column| column.relation.as_ref().map(|table| table.table().to_owned());
    let found = fields.iter().filter(|known| {
        same(&known.name, &field.name)
            && match (table(field), table(known)) {
                (None, _) => true,
                (Some(wanted), Some(known)) => same(&wanted, &known),
                (Some(_), None) => false,
            }
    });
    let found: Vec<Column> = found.cloned().collect();
    let exact: Vec<Column> = found.iter().filter(|known| known.name == field.name).cloned().collect();
    if exact.is_empty() { found } else { exact }
}

/// The columns as those of a source that is written exactly so.
fn of_source(columns: Vec<Column>, source: Option<&String>) -> Vec<Column> {
    let source = source.map(|name| TableReference::bare(name.as_str()));
    columns.into_iter().map(|column| Column::new(source.clone(), column.name)).collect()
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

/// Writes a name exactly, where it stands in the place, or wherever it stands as a name if no place is known. False
/// where it is written so already.
fn rewrite(tokens: &mut [TokenWithSpan], span: Option<Span>, written: &str, exact: &str) -> bool {
    let mut mended = false;
    let mut after_as = false;
    for token in tokens.iter_mut() {
        let is_inside = span.map_or(!after_as, |span| lies_within(token, span));
        match &mut token.token {
            Token::Word(word) => {
                after_as = word.keyword == Keyword::AS && word.quote_style.is_none();
                if is_inside && word.value == written && word.value != exact {
                    exact.clone_into(&mut word.value);
                    word.quote_style = Some('"');
                    word.keyword = Keyword::NoKeyword;
                    mended = true;
                }
            }
            Token::Whitespace(_) => {}
            _ => after_as = false,
        }
    }
    mended
}

/// A table that is none may be a `WITH` name in another case.
fn mend_table(names: &[String], span: Span, tokens: &mut [TokenWithSpan]) -> bool {
    let written = tokens.iter().rev().find_map(|token| match &token.token {
        Token::Word(word) if lies_within(token, span) => Some(word.value.clone()),
        _ => None,
    });
    let Some(written) = written else { return false };
    let folded = written.to_lowercase();
    let mut near = names.iter().filter(|name| name.to_lowercase() == folded);
    match (near.next(), near.next()) {
        (Some(name), None) => rewrite(tokens, Some(span), &written, name),
        _ => false,
    }
}

/// Writes the name of a source before `.*` exactly; false where it is written so already.
fn mend_star(written: &str, exact: &str, tokens: &mut [TokenWithSpan]) -> bool {
    let mut mended = false;
    for at in 0..tokens.len() {
        if let [TokenWithSpan { token: Token::Word(word), .. }, period, star, ..] = &mut tokens[at..]
            && (&period.token, &star.token) == (&Token::Period, &Token::Mul)
            && word.value == written
            && written != exact
        {
            exact.clone_into(&mut word.value);
            word.quote_style = Some('"');
            mended = true;
        }
    }
    mended
}

/// The names that the statement gives to queries by `WITH`.
fn with_names(statement: &Statement) -> Vec<String> {
    struct Names(Vec<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            let queries = query.with.iter().flat_map(|with| &with.cte_tables);
            self.0.extend(queries.map(|query| query.alias.name.value.clone()));
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(Vec::new());
    if let Some(statement) = as_sql(statement) {
        let is_whole = statement.visit(&mut names).is_continue();
        debug_assert!(is_whole, "the visit never breaks off");
    }
    names.0
}

/// What a `FROM` reads, in any of the statement's queries.
struct Source {
    /// The name that its columns are written with.
    name: String,
    /// The table that it is, where it is one.
    table: Option<String>,
}

/// The source that a name before a column's means: the one of exactly this name, else the only one that differs by case
/// alone.
fn source_meant(statement: &Statement, written: &str) -> Option<Source> {
    struct Sources(Vec<Source>);
    impl Visitor for Sources {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            let (table, alias) = match factor {
                TableFactor::Table { name, alias, .. } => {
                    (name.0.last().and_then(|part| part.as_ident()), alias)
                }
                TableFactor::Derived { alias, .. } => (None, alias),
                _ => return ControlFlow::Continue(()),
            };
            let table = table.map(|table| table.value.clone());
            let name = alias.as_ref().map(|alias| alias.name.value.clone()).or_else(|| table.clone());
            self.0.extend(name.map(|name| Source { name, table }));
            ControlFlow::Continue(())
        }
    }
    let mut sources = Sources(Vec::new());
    let is_whole = as_sql(statement)?.visit(&mut sources).is_continue();
    debug_assert!(is_whole, "the visit never breaks off");
    let mut near: Vec<Source> = sources.0.into_iter().filter(|source| same(&source.name, written)).collect();
    if near.iter().any(|source| source.name == written) {
        near.retain(|source| source.name == written);
    }
    near.pop().filter(|_| near.is_empty())
}

/// The names that the statement gives to columns by `AS`.
fn aliases(tokens: &[TokenWithSpan]) -> impl Iterator<Item = String> {
    let words = tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) => Some(word),
        _ => None,
    });
    let named = words.clone().skip(1);
    words.zip(named).filter(|(word, _)| word.keyword == Keyword::AS).map(|(_, name)| name.value.clone())
}
