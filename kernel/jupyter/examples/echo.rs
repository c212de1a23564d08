//! A whole toy kernel: it gives back what it is told, and has a few commands that the protocol tests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use fram_jupyter::*;

#[derive(Default)]
struct Echo(AtomicBool);

impl Interpreter for Echo {
    fn language(&self) -> Language {
        let name = String::from("echo");
        Language { implementation: name.clone(), name, extension: ".echo".into(), ..Language::default() }
    }

    fn run(&self, cell: &Cell, output: &Output) -> Result<Option<Bundle>, CellError> {
        self.0.store(false, SeqCst);
        let (command, rest) = cell.code.split_once(' ').unwrap_or((&cell.code, ""));
        let number: usize = rest.parse().unwrap_or(0);
        let fail = |name: &str| {
            Err(CellError { name: name.into(), message: rest.into(), traceback: vec![rest.into()] })
        };
        match command {
            "print" => (0..number).for_each(|line| output.text(Stream::Stdout, &format!("{line}\n"))),
            "write" => output.text(Stream::Stdout, rest),
            "warn" => output.text(Stream::Stderr, rest),
            "display" => output.display(Bundle::plain("x".repeat(number)), Some("shown")),
            "update" => output.update(Bundle::plain(rest), "shown"),
            "clear" => output.clear(rest == "wait"),
            "page" => output.page(Bundle::plain(rest)),
            "next" => output.set_next_input(rest, false),
            "open" => output.comm(CommEvent {
                id: rest.into(),
                kind: CommEventKind::Open { target: rest.into() },
                data: "{}".into(),
                buffers: vec![],
            }),
            "input" => {
                return output
                    .input(rest, false)
                    .map(|line| Some(Bundle::plain(line)))
                    .or_else(|error| fail(&error.to_string()));
            }
            "flood" => {
                while !self.0.load(SeqCst) {
                    output.text(Stream::Stdout, &"flood\n".repeat(100))
                }
            }
            "sleep" => {
                while !self.0.load(SeqCst) {
                    std::thread::sleep(Duration::from_millis(1))
                }
            }
            "panic" => assert!(rest.is_empty() && command.is_empty(), "told to panic: {rest}"),
            "fail" => return fail("Failed"),
            _ => return Ok(Some(Bundle::plain(cell.code.as_str()))),
        }
        if self.0.load(SeqCst) { fail("Interrupted") } else { Ok(None) }
    }

    fn evaluate(&self, expression: &str, output: &Output) -> Result<Bundle, CellError> {
        let cell = Cell { code: expression.into(), count: 0, silent: true, store_history: false };
        self.run(&cell, output).map(Option::unwrap_or_default)
    }

    fn completeness(&self, code: &str) -> Completeness {
        if code.ends_with('\\') {
            Completeness::Incomplete { indent: "  ".into() }
        } else if code.contains('\0') {
            Completeness::Invalid
        } else {
            Completeness::Complete
        }
    }

    fn complete(&self, code: &str, end: usize) -> Completions {
        let start = code[..end].rfind(' ').map_or(0, |space| space + 1);
        let words = ["panic", "print", "page"].into_iter().filter(|word| word.starts_with(&code[start..end]));
        let matches =
            words.map(|word| Completion { text: word.into(), kind: "verb".into(), signature: String::new() });
        Completions { start, end, matches: matches.collect() }
    }

    fn inspect(&self, code: &str, _cursor: usize, _detail: u8) -> Option<Bundle> {
        assert!(code != "panic", "told to panic");
        code.starts_with("print").then(|| Bundle::plain("print N: N lines"))
    }

    fn interrupt(&self) {
        self.0.store(true, SeqCst);
    }

    fn comm(&self, event: &CommEvent, output: &Output) -> bool {
        let taken = event.kind != CommEventKind::Open { target: "refused".into() };
        if taken {
            output.comm(CommEvent { kind: CommEventKind::Message, ..event.clone() })
        }
        taken
    }
}

fn main() -> Result<(), ServerError> {
    let file = std::env::args_os().next_back().unwrap_or_default();
    serve(std::path::Path::new(&file), Arc::<Echo>::default(), ServerOptions::default())
}
