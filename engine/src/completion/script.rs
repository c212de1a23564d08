//! What is expected at a place of a script, read from the tokens before the cursor. Of what type values are is left to
//! `types`.

use fram_frame::Frame;

use super::context::{Context, Place, sql};
use super::{all_columns, columns_of};
use crate::registry::{self, Kind, Parameter, Type, Verb};
use crate::script::lexer::{Token, TokenKind, code_tokens, is_dot};
use crate::session::Snapshot;

/// The script before the cursor.
pub(super) struct Script<'a> {
    pub(super) cell: &'a str,
    pub(super) cursor: usize,
    pub(super) code: Vec<Token>,
    pub(super) snapshot: &'a Snapshot,
}

/// The call that a place is an argument of.
pub(super) struct Called {
    pub(super) verb: &'static Verb,
    /// The dot before its name.
    pub(super) dot: Option<usize>,
}

impl<'a> Script<'a> {
    pub(super) fn new(cell: &'a str, cursor: usize, snapshot: &'a Snapshot) -> Self {
        Self { cell, cursor, code: code_tokens(&cell[..cursor]), snapshot }
    }

    pub(super) fn text(&self, index: usize) -> &'a str {
        self.code.get(index).map_or("", |token| &self.cell[token.span.clone()])
    }

    pub(super) fn context(&self) -> Context {
        let Some(last) = self.code.len().checked_sub(1) else {
            return Context { start: self.cursor, place: Place::Name };
        };
        let token = &self.code[last];
        let touches = token.span.end == self.cursor;
        match token.kind {
            TokenKind::Text | TokenKind::SingleQuoted if touches && self.is_unclosed(last) => {
                self.in_string(last)
            }
            TokenKind::Word if touches => self.at_word(last),
            TokenKind::Sign if is_dot(self.text(last)) => {
                Context { start: self.cursor, place: self.members(last) }
            }
            TokenKind::Number | TokenKind::Text | TokenKind::SingleQuoted if touches => {
                Context { start: self.cursor, place: Place::Nothing }
            }
            _ => Context { start: self.cursor, place: self.word_place(last + 1) },
        }
    }

    fn is_unclosed(&self, index: usize) -> bool {
        let text = self.text(index);
        let quote = text.chars().next().unwrap_or('"');
        text.len() == 1 || !text.ends_with(quote) || text.ends_with(&format!("\\{quote}"))
    }

    fn at_word(&self, index: usize) -> Context {
        let start = self.code[index].span.start;
        let is_member = index > 0 && is_dot(self.text(index - 1));
        let place = if is_member { self.members(index - 1) } else { self.word_place(index) };
        Context { start, place }
    }

    fn members(&self, dot: usize) -> Place {
        let word = dot.checked_sub(1).map_or("", |before| self.text(before));
        let keys = self.snapshot.names.get(word).filter(|held| held.kind == Type::Map);
        let keys = keys.map(|held| held.words.clone()).unwrap_or_default();
        Place::Member { kind: self.type_before(dot), keys }
    }

    /// What a word at this token may be: a key of an object map, an argument, or any name.
    fn word_place(&self, index: usize) -> Place {
        let before = index.checked_sub(1).map_or("", |before| self.text(before));
        let Some(open) = self.enclosing(index) else { return Place::Name };
        let is_key = matches!(before, "#{" | "{" | ",") && matches!(self.text(open), "#{" | "{");
        if is_key && let Some(place) = self.key_place(open) {
            return place;
        }
        let Some(called) = self.called(open) else { return Place::Name };
        let is_start = matches!(before, "(" | ",");
        match self.parameter(open, index) {
            Some(parameter) if parameter.kind == Kind::DataType => Place::DataType,
            _ if is_start => Place::Argument(called.verb),
            _ => Place::Name,
        }
    }

    /// What the keys of the object map that opens here are: options of a verb, or columns.
    fn key_place(&self, open: usize) -> Option<Place> {
        let call = self.enclosing(open)?;
        let called = self.called(call)?;
        match self.parameter(call, open).map(|parameter| parameter.kind) {
            Some(Kind::Map | Kind::Any) => Some(self.columns(&called, call, false)),
            _ => Some(Place::Options(called.verb)),
        }
    }

    fn in_string(&self, index: usize) -> Context {
        let start = self.code[index].span.start + 1;
        let open = self.enclosing(index);
        if let Some(called) = open.and_then(|open| self.called(open))
            && matches!(called.verb.name, "sql" | "sql_expr")
        {
            return sql(self.cell, start..self.cell.len(), self.cursor);
        }
        if index > 0 && self.text(index - 1) == "import" {
            return Context { start, place: Place::File };
        }
        let place = open.and_then(|open| self.string_place(open, index)).unwrap_or(Place::Nothing);
        let is_sql = matches!(place, Place::Columns { in_sql: true, .. });
        let word = if is_sql { self.word_in_string(start) } else { start };
        Context { start: word, place }
    }

    /// Where the last word begins, in a string that is more than a column's name so far.
    fn word_in_string(&self, start: usize) -> usize {
        let typed = &self.cell[start..self.cursor];
        let is_expression = typed.contains(['=', '<', '>', '(', '+', '*', '|', '\'']) || typed.contains(" ");
        if !is_expression {
            return start;
        }
        let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '@');
        typed
            .rfind(|letter| !is_name(letter))
            .map_or(start, |at| start + at + typed[at..].chars().next().map_or(1, char::len_utf8))
    }

    /// What a string at this token means inside this open bracket: an array or a map stands for the call around it.
    fn string_place(&self, open: usize, at: usize) -> Option<Place> {
        match self.text(open) {
            "[" if self.is_index(open) => return self.index_place(open),
            "#{" | "{" if matches!(self.text(at.wrapping_sub(1)), "#{" | "{" | ",") => {
                return self.key_place(open).filter(|place| !matches!(place, Place::Options(_)));
            }
            "(" => {}
            _ => return self.enclosing(open).and_then(|outer| self.string_place(outer, at)),
        }
        let called = self.called(open)?;
        let parameter = self.parameter(open, at)?;
        let name = called.verb.name;
        let is_file = ["read_", "scan_", "write_", "sink_"].iter().any(|start| name.starts_with(start));
        if is_file && matches!(parameter.name, "source" | "file") {
            return Some(Place::File);
        }
        let is_col = called.verb.on == Type::Cell && matches!(name, "col" | "exclude");
        match parameter.kind {
            Kind::Column | Kind::NamedColumn => Some(self.columns(&called, open, !is_col)),
            _ if is_col => Some(self.columns(&called, open, false)),
            Kind::Texts | Kind::Any if called.verb.on == Type::Frame => {
                Some(self.columns(&called, open, false))
            }
            Kind::DataType => Some(Place::DataType),
            Kind::Text => {
                let words = parameter.words();
                (!words.is_empty()).then(|| Place::Keys(words.into_iter().map(str::to_owned).collect()))
            }
            _ => None,
        }
    }

    /// Whether this square bracket takes a part of what stands before it.
    pub(super) fn is_index(&self, open: usize) -> bool {
        open.checked_sub(1).is_some_and(|before| {
            matches!(self.code[before].kind, TokenKind::Word | TokenKind::Close)
                && !matches!(self.text(before), "in" | "return" | "and" | "or" | "not")
        })
    }

    /// The columns of the frame, or the keys of the map, whose part is taken.
    fn index_place(&self, open: usize) -> Option<Place> {
        if let Some(frame) = self.frame_before(open) {
            return Some(Place::Columns {
                columns: columns_of(frame.schema()),
                also: Vec::new(),
                in_sql: false,
            });
        }
        let held = self.snapshot.names.get(self.text(open.checked_sub(1)?))?;
        (held.kind == Type::Map).then(|| Place::Keys(held.words.clone()))
    }

    fn columns(&self, called: &Called, open: usize, in_sql: bool) -> Place {
        let frame = called.dot.and_then(|dot| self.frame_before(dot)).or_else(|| self.outer_frame(open));
        let columns = frame.map_or_else(|| all_columns(self.snapshot), |frame| columns_of(frame.schema()));
        Place::Columns { columns, also: self.aliases(), in_sql }
    }

    /// The frame whose verb's arguments the place is in.
    fn outer_frame(&self, open: usize) -> Option<Frame> {
        let outer = self.enclosing(open)?;
        let here = (self.text(outer) == "(")
            .then(|| self.called(outer))
            .flatten()
            .and_then(|called| self.frame_before(called.dot?));
        here.or_else(|| self.outer_frame(outer))
    }

    /// Names that the cell gives with `alias`.
    fn aliases(&self) -> Vec<String> {
        let is_alias = |index: &usize| self.text(*index) == "alias" && self.text(index + 1) == "(";
        let given = (0..self.code.len())
            .filter(is_alias)
            .map(|index| self.text(index + 2).trim_matches(['"', '\'']).to_owned());
        given.filter(|name| !name.is_empty()).collect()
    }

    /// The bracket that is open at this token.
    pub(super) fn enclosing(&self, index: usize) -> Option<usize> {
        let mut depth = 0usize;
        for token in (0..index.min(self.code.len())).rev() {
            match self.code[token].kind {
                TokenKind::Close => depth += 1,
                TokenKind::Open if depth == 0 => return Some(token),
                TokenKind::Open => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// The verb that is called with this bracket.
    pub(super) fn called(&self, open: usize) -> Option<Called> {
        if self.text(open) != "(" {
            return None;
        }
        let name = open.checked_sub(1).filter(|name| self.code[*name].kind == TokenKind::Word)?;
        let dot = name.checked_sub(1).filter(|dot| is_dot(self.text(*dot)));
        let kind = match dot.map(|dot| self.type_before(dot)) {
            None | Some(Type::Polars) => Type::Cell,
            Some(kind) => kind,
        };
        let verb = registry::find(kind, self.text(name));
        // Of an unknown value the first verb of that name will do.
        let verb = verb.or_else(|| {
            registry::all().filter(|_| kind == Type::Any).find(|verb| verb.name == self.text(name))
        })?;
        Some(Called { verb, dot })
    }

    /// The parameter of the call that opens here which the token belongs to: by name, or by place.
    fn parameter(&self, open: usize, at: usize) -> Option<&'static Parameter> {
        let parameters = self.called(open)?.verb.parameters;
        let (mut depth, mut place, mut name) = (0usize, 0usize, "");
        for index in open + 1..at.min(self.code.len()) {
            let text = self.text(index);
            match self.code[index].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Sign if text == "," && depth == 0 => {
                    place += 1;
                    name = "";
                }
                TokenKind::Sign if text == "," && depth == 1 => name = "",
                // `key: value` of the options, or `name=value`.
                TokenKind::Sign if (text == ":" && depth == 1) || (text == "=" && depth == 0) => {
                    name = self.text(index - 1);
                }
                _ => {}
            }
        }
        let named = parameters.iter().find(|parameter| !name.is_empty() && parameter.name == name);
        let placed = || parameters.get(place).or_else(|| parameters.last().filter(|last| last.is_rest()));
        let rest = || parameters.iter().find(|parameter| parameter.is_rest());
        if name.is_empty() { placed().or_else(rest) } else { named }
    }
}
