//! Where the cursor stands in a cell, read from the tokens before it.

use fram_frame::Frame;

use super::all_columns;
use crate::registry::{self, Kind, Type, Verb};
use crate::script::lexer::{Token, TokenKind, tokens};
use crate::session::Snapshot;

/// Where the cursor stands.
pub(super) struct Context {
    /// Where the word under the cursor begins.
    pub(super) start: usize,
    pub(super) place: Place,
}

/// What is expected there.
pub(super) enum Place {
    Magic { whole_cell: bool },
    Setting,
    File,
    Member(Type),
    Column { columns: Vec<(String, String)>, also: Vec<String> },
    Option(&'static Verb),
    Sql { after_from: bool },
    Name,
    Nothing,
}

impl Context {
    pub(super) fn at(cell: &str, cursor: usize, snapshot: &Snapshot) -> Self {
        let line_start = cell[..cursor].rfind('\n').map_or(0, |at| at + 1);
        let line = cell[line_start..cursor].trim_start();
        let body = cell.trim_start();
        if line.starts_with('%') && !line.contains(char::is_whitespace) {
            let start = cursor - line.trim_start_matches('%').len();
            return Self { start, place: Place::Magic { whole_cell: line.starts_with("%%") } };
        }
        if let Some(context) = magic_argument(line, cursor) {
            return context;
        }
        if body.starts_with("%%sql") || crate::sql::is_sql_like(cell) {
            return sql(cell, cursor);
        }
        Script::new(cell, cursor, snapshot).context()
    }
}

/// After `%config` and the magics that take a file.
fn magic_argument(line: &str, cursor: usize) -> Option<Context> {
    let (name, rest) = line.strip_prefix('%')?.trim_start_matches('%').split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let start = cursor - rest.len();
    match name {
        "config" if !rest.contains(char::is_whitespace) => Some(Context { start, place: Place::Setting }),
        "run" | "load" | "save" => Some(Context { start, place: Place::File }),
        "schema" | "explain" | "reset" | "help" if !rest.contains(['.', '(']) => {
            Some(Context { start, place: Place::Name })
        }
        _ => None,
    }
}

fn sql(cell: &str, cursor: usize) -> Context {
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '@');
    let start = cell[..cursor]
        .rfind(|letter| !is_name(letter))
        .map_or(0, |at| at + cell[at..].chars().next().map_or(1, char::len_utf8));
    let before = cell[..start].trim_end().trim_end_matches(['`', '"']).trim_end();
    let last =
        before.rsplit(|letter: char| letter.is_whitespace() || letter == '(').next().unwrap_or_default();
    let after_from =
        ["from", "join", "into", "describe", "table", "update"].contains(&last.to_lowercase().as_str());
    Context { start, place: Place::Sql { after_from } }
}

/// The script before the cursor.
struct Script<'a> {
    cell: &'a str,
    cursor: usize,
    code: Vec<Token>,
    snapshot: &'a Snapshot,
}

impl<'a> Script<'a> {
    fn new(cell: &'a str, cursor: usize, snapshot: &'a Snapshot) -> Self {
        let code =
            tokens(&cell[..cursor]).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
        Self { cell, cursor, code, snapshot }
    }

    fn text(&self, index: usize) -> &'a str {
        self.code.get(index).map_or("", |token| &self.cell[token.span.clone()])
    }

    fn context(&self) -> Context {
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
            TokenKind::Sign if matches!(self.text(last), "." | "?.") => {
                Context { start: self.cursor, place: Place::Member(self.type_before(last)) }
            }
            TokenKind::Number | TokenKind::Text | TokenKind::SingleQuoted if touches => {
                Context { start: self.cursor, place: Place::Nothing }
            }
            _ => Context { start: self.cursor, place: self.key_place(last + 1).unwrap_or(Place::Name) },
        }
    }

    fn is_unclosed(&self, index: usize) -> bool {
        let text = self.text(index);
        let quote = text.chars().next().unwrap_or('"');
        text.len() == 1 || !text.ends_with(quote) || text.ends_with(&format!("\\{quote}"))
    }

    fn at_word(&self, index: usize) -> Context {
        let start = self.code[index].span.start;
        let is_member = index > 0 && matches!(self.text(index - 1), "." | "?.");
        let place = if is_member {
            Place::Member(self.type_before(index - 1))
        } else {
            self.key_place(index).unwrap_or(Place::Name)
        };
        Context { start, place }
    }

    /// Where a key of an options map is expected at this token.
    fn key_place(&self, index: usize) -> Option<Place> {
        let before = index.checked_sub(1)?;
        if !matches!(self.text(before), "#{" | ",") {
            return None;
        }
        let open = self.enclosing(index)?;
        if self.text(open) != "#{" {
            return None;
        }
        self.enclosing(open).and_then(|call| self.called(call)).map(|(verb, _)| Place::Option(verb))
    }

    fn in_string(&self, index: usize) -> Context {
        let start = self.code[index].span.start + 1;
        let place = self.enclosing(index).and_then(|open| self.string_argument(open));
        Context { start, place: place.unwrap_or(Place::Nothing) }
    }

    /// What a string means inside this open bracket: an array or a map stands for the call around it.
    fn string_argument(&self, open: usize) -> Option<Place> {
        if self.text(open) != "(" {
            return self.enclosing(open).and_then(|outer| self.string_argument(outer));
        }
        let (verb, dot) = self.called(open)?;
        if verb.name.starts_with("read_")
            || verb.name.starts_with("scan_")
            || verb.name.starts_with("write_")
            || verb.name.starts_with("sink_")
        {
            return Some(Place::File);
        }
        let takes_columns = |kind: Kind| matches!(kind, Kind::Column | Kind::NamedColumn);
        let is_col = verb.on == Type::Cell && matches!(verb.name, "col" | "exclude");
        if !is_col && !verb.parameters.iter().any(|parameter| takes_columns(parameter.kind)) {
            return None;
        }
        let frame = dot.and_then(|dot| self.frame_before(dot)).or_else(|| self.outer_frame(open));
        let columns = match frame {
            Some(frame) => {
                frame.schema().iter().map(|(name, kind)| (name.to_string(), kind.to_string())).collect()
            }
            None => all_columns(self.snapshot),
        };
        Some(Place::Column { columns, also: self.aliases() })
    }

    /// The frame whose verb's arguments the place is in.
    fn outer_frame(&self, open: usize) -> Option<Frame> {
        let outer = self.enclosing(open)?;
        let here = (self.text(outer) == "(")
            .then(|| self.called(outer))
            .flatten()
            .and_then(|(_, dot)| self.frame_before(dot?));
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
    fn enclosing(&self, index: usize) -> Option<usize> {
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

    /// The verb that is called with this bracket, and the dot before it.
    fn called(&self, open: usize) -> Option<(&'static Verb, Option<usize>)> {
        let name = open.checked_sub(1).filter(|name| self.code[*name].kind == TokenKind::Word)?;
        let dot = name.checked_sub(1).filter(|dot| matches!(self.text(*dot), "." | "?."));
        let kind = dot.map_or(Type::Cell, |dot| self.type_before(dot));
        let verb = registry::find(kind, self.text(name));
        // Of an unknown value the first verb of that name will do.
        let verb = verb.or_else(|| {
            registry::all().filter(|_| kind == Type::Any).find(|verb| verb.name == self.text(name))
        })?;
        Some((verb, dot))
    }

    /// The type of the value before this dot.
    fn type_before(&self, dot: usize) -> Type {
        let Some(end) = dot.checked_sub(1) else { return Type::Any };
        match self.code[end].kind {
            TokenKind::Word => {
                let word = self.text(end);
                let before = end.checked_sub(1).filter(|dot| self.text(*dot) == ".");
                match (before, Type::namespace(word)) {
                    (Some(_), Some(namespace)) => namespace,
                    (Some(_), None) => Type::Any,
                    (None, _) => self.type_of_name(word),
                }
            }
            TokenKind::Close if self.text(end) == ")" => {
                let open = self.enclosing(end);
                match open.and_then(|open| self.called(open)) {
                    Some((verb, _)) => verb.returns,
                    // Only a bracket around an expression: its first value tells.
                    None => open.map_or(Type::Any, |open| self.type_inside(open)),
                }
            }
            TokenKind::Text | TokenKind::SingleQuoted => Type::Text,
            _ => Type::Any,
        }
    }

    fn type_inside(&self, open: usize) -> Type {
        match self.text(open + 1) {
            "col" | "lit" | "len" | "when" => Type::Expression,
            word => self.type_of_name(word),
        }
    }

    fn type_of_name(&self, name: &str) -> Type {
        if let Some((kind, _)) = self.snapshot.names.get(name) {
            return *kind;
        }
        if let Some(kind) = crate::script::constant_type(name) {
            return kind;
        }
        // A name that this cell binds itself: the type of what it is bound to.
        let binding = (0..self.code.len()).rev().find(|index| {
            self.text(*index) == name
                && *index > 0
                && self.text(index - 1) == "let"
                && self.text(index + 1) == "="
        });
        binding.map_or(Type::Any, |index| self.type_of_chain(index + 2))
    }

    /// The type of the chain of calls that begins at this token.
    fn type_of_chain(&self, start: usize) -> Type {
        let mut at = start;
        let mut kind = match self.text(at + 1) {
            "(" => registry::find(Type::Cell, self.text(at)).map_or(Type::Any, |verb| verb.returns),
            _ => self.snapshot.names.get(self.text(at)).map_or(Type::Any, |(kind, _)| *kind),
        };
        loop {
            at += 1;
            if self.text(at) == "(" {
                at = self.closing(at).unwrap_or(self.code.len());
                at += 1;
            }
            if self.text(at) != "." {
                return kind;
            }
            at += 1;
            kind = Type::namespace(self.text(at))
                .or_else(|| registry::find(kind, self.text(at)).map(|verb| verb.returns))
                .unwrap_or(Type::Any);
        }
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for token in open..self.code.len() {
            match self.code[token].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(token);
            }
        }
        None
    }

    /// The frame that the chain before this dot begins with.
    fn frame_before(&self, dot: usize) -> Option<Frame> {
        let end = dot.checked_sub(1)?;
        match self.code[end].kind {
            TokenKind::Word => match end.checked_sub(1).filter(|dot| self.text(*dot) == ".") {
                Some(dot) => self.frame_before(dot),
                None => self.snapshot.names.get(self.text(end)).and_then(|(_, frame)| frame.clone()),
            },
            TokenKind::Close => {
                let open = self.enclosing(end)?;
                let name = open.checked_sub(1)?;
                let dot = name.checked_sub(1).filter(|dot| self.text(*dot) == ".")?;
                self.frame_before(dot)
            }
            _ => None,
        }
    }
}

/// The dotted name at the cursor, or that of the call that the cursor is in.
pub(super) fn path_at(cell: &str, cursor: usize) -> Option<String> {
    let code: Vec<Token> =
        tokens(cell).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let touched = code.iter().position(|token| {
        token.kind == TokenKind::Word && token.span.start <= cursor && cursor <= token.span.end
    });
    let index = touched.or_else(|| {
        let mut depth = 0usize;
        let before = code.iter().take_while(|token| token.span.end <= cursor).count();
        (0..before).rev().find_map(|index| match code[index].kind {
            TokenKind::Close => {
                depth += 1;
                None
            }
            TokenKind::Open if depth > 0 => {
                depth -= 1;
                None
            }
            TokenKind::Open => index.checked_sub(1).filter(|name| code[*name].kind == TokenKind::Word),
            _ => None,
        })
    })?;
    let word = &cell[code[index].span.clone()];
    let owner = index.checked_sub(1).filter(|dot| &cell[code[*dot].span.clone()] == ".");
    match owner.and_then(|dot| dot.checked_sub(1)) {
        Some(owner) => Some(format!("{}.{word}", &cell[code[owner].span.clone()])),
        None => Some(word.to_owned()),
    }
}

/// The type of the value whose verb stands at the cursor.
pub(super) fn type_of_member(cell: &str, cursor: usize, snapshot: &Snapshot) -> Option<Type> {
    let rest = cell[cursor..]
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(cell.len() - cursor);
    let script = Script::new(cell, cursor + rest, snapshot);
    let mut index = script.code.len().checked_sub(1)?;
    if script.code[index].kind != TokenKind::Word {
        index = script.enclosing(script.code.len())?.checked_sub(1)?;
    }
    let dot = index.checked_sub(1).filter(|dot| matches!(script.text(*dot), "." | "?."))?;
    Some(script.type_before(dot))
}
