//! The reference page, made from the registry: every verb and magic with its parameters, its examples and what they
//! show. Help inside the notebook is left to `help`.

use std::sync::Arc;

use crate::magics::MAGICS;
use crate::registry::{self, Default, NAMESPACES, Type, Verb};
use crate::screen::{NoInput, Screen, Shown};
use crate::session::Session;
use crate::settings::SETTINGS;

/// Sections of the page, in order.
const SECTIONS: &[(Type, &str)] = &[
    (Type::Cell, "Functions"),
    (Type::Frame, "Verbs of a frame"),
    (Type::Groups, "Verbs of `group_by(…)`"),
    (Type::Expression, "Verbs of an expression"),
    (Type::When, "Verbs of `when(…)`"),
    (Type::Then, "Verbs of `when(…).then(…)`"),
    (Type::Selectors, "Selectors: verbs of `cs`"),
    (Type::Selector, "Verbs of a selector"),
];

/// The page as Markdown. Runs every example.
pub fn reference() -> String {
    let mut page = String::from(
        "# Reference\n\nMade from the program's own tables (`make gold`); every result below is what the example showed.\n\
         Parameters are given by place, or by name in an object map at the end: `head(3)`, `head(#{ n: 3 })`.\n",
    );
    magics(&mut page);
    settings(&mut page);
    let namespaces = NAMESPACES.iter().map(|(name, kind)| (*kind, format!("Verbs of `.{name}`")));
    let sections = SECTIONS.iter().map(|(kind, title)| (*kind, (*title).to_owned())).chain(namespaces);
    for (kind, title) in sections {
        section(&mut page, kind, &title);
    }
    page
}

fn magics(page: &mut String) {
    page.push_str("\n## Magics\n\n| magic | what it does |\n|---|---|\n");
    for magic in MAGICS {
        let (line, cell) = magic.forms();
        let mut forms = Vec::new();
        if line {
            forms.push(format!("`%{}`", format!("{} {}", magic.name(), magic.usage()).trim_end()));
        }
        if cell {
            forms.push(format!("`%%{}`", format!("{} {}", magic.name(), magic.cell_usage()).trim_end()));
        }
        page.push_str(&format!("| {} | {} |\n", forms.join(", "), magic.summary()));
    }
}

fn settings(page: &mut String) {
    page.push_str("\n## Settings\n\n`%config name value` changes one.\n\n| setting | takes | default | meaning |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let (name, kind) = (setting.name, setting.kind.words());
        page.push_str(&format!("| `{name}` | {kind} | `{}` | {} |\n", setting.default, setting.about));
    }
}

fn section(page: &mut String, kind: Type, title: &str) {
    let mut verbs: Vec<&Verb> = registry::on(kind).collect();
    if verbs.is_empty() {
        return;
    }
    verbs.sort_by_key(|verb| verb.name);
    page.push_str(&format!("\n## {title}\n"));
    for verb in verbs {
        page.push_str(&format!("\n### `{}`\n\n{}\n", verb.signature(), verb.summary));
        for parameter in verb.parameters {
            let default = match parameter.default {
                Default::Is(text) => format!(" Default: `{text}`."),
                Default::Absent => " May be left out.".to_owned(),
                Default::Required | Default::Rest | Default::SomeRest => String::new(),
            };
            page.push_str(&format!("- `{}`: {}{default}\n", parameter.name, parameter.about));
        }
        for example in verb.examples {
            page.push_str(&format!("\n```\n{example}\n```\n"));
            let result = result(example);
            if !result.is_empty() {
                page.push_str(&format!("```text\n{result}\n```\n"));
            }
        }
    }
}

/// What an example shows, run alone.
fn result(example: &str) -> String {
    match Session::new().run(example, Arc::new(Silent)) {
        Ok(Some(shown)) => shown.text("text/plain").unwrap_or_default().trim_end().to_owned(),
        Ok(None) => String::new(),
        Err(error) => format!("{}: {}", error.name, error.text()),
    }
}

/// Every example, with the name of what it is of; for the test that each runs.
pub fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let magics =
        MAGICS.iter().flat_map(|magic| magic.examples().iter().map(|example| (magic.name(), *example)));
    let verbs = registry::all().flat_map(|verb| verb.examples.iter().map(|example| (verb.name, *example)));
    magics.chain(verbs)
}

/// Names of verbs without an example.
pub fn verbs_without_example() -> Vec<String> {
    registry::all()
        .filter(|verb| verb.examples.is_empty())
        .map(|verb| format!("{:?}.{}", verb.on, verb.name))
        .collect()
}

/// A screen that nobody looks at.
struct Silent;

impl Screen for Silent {
    fn print(&self, _text: &str) {}
    fn warn(&self, _text: &str) {}
    fn display(&self, _shown: Shown, _id: Option<&str>) {}
    fn update(&self, _shown: Shown, _id: &str) {}
    fn clear(&self, _wait: bool) {}
    fn input(&self, _prompt: &str, _password: bool) -> Result<String, NoInput> {
        Ok("an answer".into())
    }
    fn page(&self, _shown: Shown) {}
    fn set_next_input(&self, _text: &str, _replace: bool) {}
    fn history(&self, _last: usize) -> Vec<String> {
        Vec::new()
    }
}
