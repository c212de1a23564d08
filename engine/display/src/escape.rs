//! Makes text from data harmless: control characters visible, markup inert; every medium's file calls it on all it takes from data.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with control characters, terminal escapes and characters that reorder or hide text
/// written out, so that what is seen is what is there.
///
/// Line feeds and tabs are kept. Control characters become Unicode control pictures (`␛` for escape);
/// the others become their number, as `⟨U+202E⟩`.
pub fn visible(text: &str) -> Cow<'_, str> {
    written(text, |character| match character {
        '\n' | '\t' => None,
        other => picture(other),
    })
}

/// As [`visible`], and on one line: line ends (both kinds) and tabs are shown as signs.
pub(crate) fn visible_line(text: &str) -> Cow<'_, str> {
    let line = written(text, |character| match character {
        '\n' => Some(Cow::Borrowed("↵")),
        '\t' => Some(Cow::Borrowed("→")),
        other => picture(other),
    });
    // Windows' line end is one sign; a carriage return alone keeps its own.
    if line.contains("␍↵") { Cow::Owned(line.replace("␍↵", "↵")) } else { line }
}

/// The text as HTML or XML content or as a quoted attribute's value.
///
/// Characters that neither may hold are made visible first, so the result is well-formed wherever it stands.
pub fn escape_html(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn written(text: &str, sign: impl Fn(char) -> Option<Cow<'static, str>>) -> Cow<'_, str> {
    let Some(first) = text.char_indices().find_map(|(place, character)| sign(character).map(|_| place))
    else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for character in text[first..].chars() {
        match sign(character) {
            Some(sign) => out.push_str(&sign),
            None => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// What is written for a character that would not be seen or would change how others are seen.
fn picture(character: char) -> Option<Cow<'static, str>> {
    let code = u32::from(character);
    match code {
        0..=0x1f => char::from_u32(0x2400 + code).map(|sign| Cow::Owned(sign.to_string())),
        0x7f => Some(Cow::Borrowed("␡")),
        // C1 controls; soft hyphen; Arabic letter mark; zero width space; bidi marks; line and paragraph
        // separators, bidi embeddings and overrides; invisible operators, bidi isolates, deprecated
        // format characters; byte order mark, interlinear annotations; non-characters; tags.
        // The zero width joiner and non-joiner stay: emoji and several scripts are spelt with them.
        0x80..=0x9f
        | 0xad
        | 0x61c
        | 0x180e
        | 0x200b
        | 0x200e..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0xfeff
        | 0xfff9..=0xfffb
        | 0xfffe..=0xffff
        | 0xe0000..=0xe007f => {
            let mut number = String::new();
            // Writing to a string cannot fail.
            write!(number, "⟨U+{code:04X}⟩").ok();
            Some(Cow::Owned(number))
        }
        _ => None,
    }
}
