//! `import "file" as name`: a script as a module, with everything forgiven that cells are forgiven. What was imported
//! stays imported for later cells.

use std::path::PathBuf;
use std::sync::Arc;

use rhai::module_resolvers::ModuleResolver;
use rhai::{Engine, EvalAltResult, Module, Position, Scope, Stmt};

use super::failure;
use super::rewrite::{Known, rewrite};
use crate::fault::Fault;
use crate::files;

/// The largest file that is read as a script, in bytes.
const LARGEST: u64 = 16 << 20;
/// How deep modules may import each other.
const DEEPEST: usize = 20;

type Raised<T> = Result<T, Box<EvalAltResult>>;

/// Finds modules relative to the notebook's folder.
pub(super) struct Files;

impl ModuleResolver for Files {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Raised<Arc<Module>> {
        let wrapped = |error| Box::new(EvalAltResult::ErrorInModule(path.to_owned(), error, position));
        // Each module's source is the path that led to it, so that modules which import each other are noticed.
        let trail = source.map_or_else(|| path.to_owned(), |source| format!("{source} → {path}"));
        if trail.matches(" → ").count() > DEEPEST {
            let fault = Fault::new("RecursionTooDeep", format!("the scripts import each other: {path}"));
            return Err(failure::raise(fault));
        }
        let text = read(path)?;
        let parsed = engine.compile(rewrite(&text, &Known::default()).text);
        let mut script = parsed.map_err(|error| wrapped(Box::new(error.into())))?;
        script.set_source(trail);
        let module = Module::eval_ast_as_new(Scope::new(), &script, engine).map_err(wrapped)?;
        Ok(module.into())
    }
}

/// The text of the script, with or without its ending.
fn read(path: &str) -> Raised<String> {
    let candidates = [path.to_owned(), format!("{path}.rhai"), format!("{path}.fram")];
    let found = candidates.iter().map(PathBuf::from).find(|path| path.is_file());
    let Some(file) = found else {
        let fault = files::fault::not_found(&PathBuf::from(format!("{path}.rhai")));
        return Err(failure::raise(fault.at(path)));
    };
    let failed =
        |why: String| failure::raise(Fault::new("FileError", format!("{}: {why}", file.display())).at(path));
    let size = std::fs::metadata(&file).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("{size} bytes are too many for a script")));
    }
    std::fs::read_to_string(&file).map_err(|error| failed(error.to_string()))
}

/// What was imported so far, in order.
#[derive(Default)]
pub(super) struct Imports(Vec<(String, Stmt)>);

impl Imports {
    /// Keeps the statement, if it is an import with a name; a later one of the same name takes its place.
    pub(super) fn keep(&mut self, statement: &Stmt) {
        if let Stmt::Import(import, _) = statement
            && !import.1.name.is_empty()
        {
            let name = import.1.name.to_string();
            self.0.retain(|(known, _)| *known != name);
            self.0.push((name, statement.clone()));
        }
    }

    /// The statements that import all of it again, which Rhai forgets after each run, and then this one.
    pub(super) fn before(&self, statement: &Stmt) -> Vec<Stmt> {
        self.0.iter().map(|(_, import)| import).chain([statement]).cloned().collect()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
