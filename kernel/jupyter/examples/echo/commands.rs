//! What the protocol tests can tell the toy kernel to do: the first word of a cell, and the rest as its argument.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fram_jupyter::{Bundle, CellError, CommEvent, CommEventKind, Output, Stream};

/// Does what the cell says; a cell without a command is its own value.
pub(super) fn run(code: &str, output: &Output, stop: &AtomicBool) -> Result<Option<Bundle>, CellError> {
    let (command, rest) = code.split_once(' ').unwrap_or((code, ""));
    let number = rest.parse().unwrap_or(0);
    let running = || (0_u64..).take_while(|_| !stop.load(Ordering::SeqCst));
    match command {
        "print" => (0..number).for_each(|line| output.text(Stream::Stdout, &format!("{line}\n"))),
        "write" => output.text(Stream::Stdout, rest),
        "warn" => output.text(Stream::Stderr, rest),
        "display" => output.display(Bundle::plain("x".repeat(number)), Some("shown")),
        "update" => output.update(Bundle::plain(rest), "shown"),
        "clear" => output.clear(rest == "wait"),
        "page" => output.page(Bundle::plain(rest)),
        "next" => output.set_next_input(rest, false),
        "open" => output.comm(CommEvent::new(rest, CommEventKind::Open { target: rest.into() }, "{}")),
        "flood" => running().for_each(|_| output.text(Stream::Stdout, "flood\n")),
        "sleep" => running().for_each(|_| std::thread::sleep(Duration::from_millis(1))),
        "panic" => assert!(rest.is_empty(), "told to panic: {rest}"),
        "fail" => return Err(CellError::new("Failed", rest)),
        "input" => {
            let line =
                output.input(rest, false).map_err(|error| CellError::new("NoInput", error.to_string()))?;
            return Ok(Some(Bundle::plain(line)));
        }
        _ => return Ok(Some(Bundle::plain(code))),
    }
    Ok(None)
}
