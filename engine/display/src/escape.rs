//! Makes text from data harmless: control characters visible, markup inert; every medium's file calls it on all it takes from data.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with control characters, terminal escapes and characters that reorder or hide text
/// written out, so that what is seen is what is there.
///
/// Line feeds and tabs are kept. Control characters become Unicode control pictures (`␛` for escape);
/// the others become their number, as `⟨U+202E⟩`.
pub fn visible(text: &str) -> Cow<'_, str> {
    written(text, |before, character| match character {
        '\n' | '\t' => None,
        other => picture(before, other),
    })
}

/// As [`visible`], and on one line: line ends (both kinds) and tabs are shown as signs.
pub(crate) fn visible_line(text: &str) -> Cow<'_, str> {
    let line = written(text, |before, character| match character {
        '\n' => Some(Cow::Borrowed("↵")),
        '\t' => Some(Cow::Borrowed("⇥")),
        other => picture(before, other),
    });
    // Windows' line end is one sign; a carriage return alone keeps its own.
    if line.contains("␍↵") { Cow::Owned(line.replace("␍↵", "↵")) } else { line }
}

/// The start of a text on one line, with an ellipsis where it has more characters than these.
pub(crate) fn clipped_line(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", visible_line(&text[..end])),
        None => visible_line(text).into_owned(),
    }
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

/// The text with what `sign` says of a character, told the one before it, in that character's place.
fn written(text: &str, sign: impl Fn(char, char) -> Option<Cow<'static, str>>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut before = ' ';
    for (place, character) in text.char_indices() {
        if let Some(sign) = sign(before, character) {
            out.push_str(&text[copied..place]);
            out.push_str(&sign);
            copied = place + character.len_utf8();
        }
        before = character;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// What is written for a character that would not be seen or would change how others are seen.
fn picture(before: char, character: char) -> Option<Cow<'static, str>> {
    let code = u32::from(character);
    match code {
        0..=0x1f => char::from_u32(0x2400 + code).map(|sign| Cow::Owned(sign.to_string())),
        0x7f => Some(Cow::Borrowed("␡")),
        // The last two of each plane are non-characters.
        _ if is_hidden(code)
            || code & 0xfffe == 0xfffe
            || (changes_its_neighbour(code) && !can_be_changed(before)) =>
        {
            let mut number = String::new();
            // Writing to a string cannot fail.
            write!(number, "⟨U+{code:04X}⟩").ok();
            Some(Cow::Owned(number))
        }
        _ => None,
    }
}

/// Characters that are not seen themselves, or turn the reading direction of others.
fn is_hidden(code: u32) -> bool {
    matches!(code,
        // C1 controls; soft hyphen; grapheme joiner; Arabic letter mark; Hangul fillers; Khmer inherent vowels.
        0x80..=0x9f | 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5
        // Mongolian vowel separator; zero width space; bidi marks; line and paragraph separators, bidi embeddings
        // and overrides; invisible operators, bidi isolates, deprecated format characters.
        | 0x180e | 0x200b | 0x200e..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        // Hangul fillers; non-characters; byte order mark; interlinear annotations; musical beams; tags.
        | 0x3164 | 0xfdd0..=0xfdef | 0xfeff | 0xffa0 | 0xfff9..=0xfffb | 0x1d173..=0x1d17a | 0xe0000..=0xe007f)
}

/// The joiners and variation selectors, with which emoji and several scripts are spelt.
fn changes_its_neighbour(code: u32) -> bool {
    matches!(code, 0x180b..=0x180d | 0x180f | 0x200c..=0x200d | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef)
}

/// Whether a joiner or a variation selector after this character can be seen by its effect.
///
/// After Latin, Greek and Cyrillic letters it has none, but makes two equal-looking names differ.
fn can_be_changed(character: char) -> bool {
    match character {
        // Keycaps, and the two signs that have an emoji of their own.
        '#' | '*' | '0'..='9' | '©' | '®' => true,
        // A joiner follows a selector in many emoji.
        '\u{fe0f}' => true,
        other => {
            other >= '\u{590}' && !changes_its_neighbour(u32::from(other)) && !is_hidden(u32::from(other))
        }
    }
}
