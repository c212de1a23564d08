//! What all pages have in common: the frame around them, bars, and words.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::record::{JobState, STOPPED};

/// A page. One that is live is fetched again by itself: each second by a script, else every five seconds by the browser.
pub(super) fn frame(title: &str, way: &Markup, body: &Markup, is_live: bool) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Fram" }
                link rel="icon" href="/logo.svg";
                link rel="stylesheet" href="/style.css";
                @if is_live {
                    script src="/live.js" defer {}
                    noscript { meta http-equiv="refresh" content="5"; }
                }
            }
            body {
                header { a.mark href="/" { img src="/logo.svg" alt="" width="18" height="18"; " Fram" } nav { (way) } }
                main { (body) }
            }
        }
    }
}

/// A share of a whole as a bar, with words beside it.
pub(super) fn bar(part: u64, whole: u64, words: &str) -> Markup {
    let share = if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) };
    let label = format!("{words} ({:.0}%)", share * 100.0);
    html! {
        span.bar {
            svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=(label) {
                rect.rest width="100" height="6" {}
                rect.done width=(format!("{:.1}", share * 100.0)) height="6" {}
            }
            span { (words) }
        }
    }
}

/// How a job stands, in a word.
pub(super) fn state(state: &JobState) -> Markup {
    let (class, word) = match state {
        JobState::Running => ("busy", "running"),
        JobState::Succeeded => ("good", "done"),
        JobState::Failed(_) => ("bad", "failed"),
        JobState::Cancelled => ("faint", "cancelled"),
        JobState::Abandoned => ("faint", "master stopped"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// How a task stands, in a word.
pub(super) fn task_state(ended: Option<u64>, failure: Option<&str>) -> Markup {
    let (class, word) = match (ended, failure) {
        (None, _) => ("busy", "running"),
        (Some(_), None) => ("good", "done"),
        (Some(_), Some(STOPPED)) => ("faint", "stopped"),
        (Some(_), Some(_)) => ("bad", "failed"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// How a worker stands that runs so many tasks, in a word.
pub(super) fn worker_state(is_draining: bool, tasks: usize) -> Markup {
    let (class, word) = match (is_draining, tasks) {
        (true, 0) => ("faint", "drained: may be stopped when no job runs; rows kept here come again"),
        (true, _) => ("busy", "draining"),
        (false, 0) => ("good", "ready"),
        (false, _) => ("busy", "busy"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// Names with what belongs to each.
pub(super) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// Values by their names, folded under a line of words.
pub(super) fn named_values(id: &str, words: &str, values: &[(String, String)]) -> Markup {
    html! {
        details id=(id) {
            summary { (words) }
            table { tbody {
                @for (name, value) in values {
                    tr { td { code { (visible(name)) } } td { code { (visible(value)) } } }
                }
            } }
        }
    }
}

/// A button that does something.
pub(super) fn button(action: &str, word: &str) -> Markup {
    html! { form method="post" action=(action) { button type="submit" { (word) } } }
}

/// The first line of a cell, no longer than fits.
pub(super) fn first_line(cell: &str) -> String {
    const LONGEST: usize = 60;
    let says_something = |line: &&str| !line.is_empty() && !line.starts_with("%%") && !line.starts_with("//");
    let line = short_paths(cell.lines().map(str::trim).find(says_something).unwrap_or_default());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", visible(&line[..end])),
        None => visible(&line),
    }
}

/// The whole of a text that is cut off in a table, for whoever points at it.
pub(super) fn hint(text: &str) -> String {
    const LONGEST: usize = 1_000;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text),
    }
}

/// The line with the names of files alone where it has paths between quotes: they leave no room for anything else.
fn short_paths(line: &str) -> String {
    const SHORT: usize = 24;
    let part = |(place, part): (usize, &str)| match part.rsplit_once('/') {
        Some((_, name)) if place % 2 == 1 && part.chars().count() > SHORT => format!("…/{name}"),
        _ => part.to_owned(),
    };
    line.split('"').enumerate().map(part).collect::<Vec<_>>().join("\"")
}

/// Text with what cannot be seen, or turns letters around, made visible; lines stay.
pub(super) fn visible(text: &str) -> String {
    let is_hidden = |letter: char| match letter {
        '\n' => false,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        letter => letter.is_control(),
    };
    text.chars().map(|letter| if is_hidden(letter) { '·' } else { letter }).collect()
}

/// A name as a part of an address.
pub(super) fn escaped(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Nothing, where nothing is to be said.
pub(super) fn nothing() -> Markup {
    PreEscaped(String::new())
}
