//! A whole toy kernel: a cell is its own value. The few commands that the protocol tests need are in `echo/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fram_jupyter::*;

#[path = "echo/commands.rs"]
mod commands;

/// Holds whether the running cell shall stop.
#[derive(Default)]
struct Echo(AtomicBool);

impl Interpreter for Echo {
    fn language(&self) -> Language {
        let name = || "echo".to_owned();
        Language { implementation: name(), name: name(), extension: ".echo".into(), ..Language::default() }
    }
    fn run(&self, cell: &Cell, output: &Output) -> Result<Option<Bundle>, CellError> {
        self.0.store(false, Ordering::SeqCst);
        let value = commands::run(&cell.code, output, &self.0)?;
        let stopped = self.0.load(Ordering::SeqCst);
        if stopped { Err(CellError::new("Interrupted", "the cell was stopped")) } else { Ok(value) }
    }
    fn evaluate(&self, expression: &str, output: &Output) -> Result<Bundle, CellError> {
        commands::run(expression, output, &self.0).map(Option::unwrap_or_default)
    }
    fn completeness(&self, code: &str) -> Completeness {
        match code.chars().last() {
            Some('\\') => Completeness::Incomplete { indent: "  ".into() },
            Some('\0') => Completeness::Invalid,
            _ => Completeness::Complete,
        }
    }
    fn complete(&self, code: &str, end: usize) -> Completions {
        let start = code[..end].rfind(' ').map_or(0, |space| space + 1);
        let words = ["panic", "print", "page"].into_iter().filter(|word| word.starts_with(&code[start..end]));
        let found =
            words.map(|word| Completion { text: word.into(), kind: "verb".into(), ..Default::default() });
        Completions { start, end, matches: found.collect() }
    }
    fn inspect(&self, code: &str, _cursor: usize, _detail: u8) -> Option<Bundle> {
        assert!(code != "panic", "told to panic");
        code.starts_with("print").then(|| Bundle::plain("print N: N lines"))
    }
    fn interrupt(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
    fn comm(&self, event: &CommEvent, output: &Output) -> bool {
        output.comm(CommEvent { kind: CommEventKind::Message, ..event.clone() });
        event.kind != CommEventKind::Open { target: "refused".into() }
    }
}

fn main() -> Result<(), ServerError> {
    let file = std::env::args_os().next_back().unwrap_or_default();
    serve(std::path::Path::new(&file), Arc::<Echo>::default(), ServerOptions::default())
}
