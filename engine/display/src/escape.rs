//! Makes text from data harmless: nothing of it becomes markup, moves a cursor or turns the reading direction.

use std::borrow::Cow;

/// Text that can stand in HTML or SVG, between tags and in a quoted attribute.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in visible(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push('<'),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            other => out.push(other),
        }
    }
    out
}

/// Text whose control characters can be seen and do nothing: a terminal's escape becomes `␛`, marks that turn the
/// reading direction become `⟨U+202E⟩`. Line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_hidden(letter) {
            push_visible(&mut out, letter);
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Text for a cell: as [`visible`], and on one line.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => out.push('↵'),
            '\r' => out.push('␍'),
            '\t' => out.push('⇥'),
            hidden if is_hidden(hidden) => push_visible(&mut out, hidden),
            other => out.push(other),
        }
    }
    out
}

/// Control characters, but for line end and tab, and characters that change how others are shown.
fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        // Bidirectional marks, embeddings, overrides and isolates; zero-width space and joiners; line and paragraph
        // separators; byte order mark; tags. See the Unicode standard, chapter 23.
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => true,
        '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}' => true,
        other => other.is_control(),
    }
}

fn push_visible(out: &mut String, letter: char) {
    match u32::from(letter) {
        // The control pictures of Unicode stand at U+2400.
        code @ 0..=0x1f => out.extend(char::from_u32(0x2400 + code)),
        0x7f => out.push('␡'),
        code => out.push_str(&format!("⟨U+{code:04X}⟩")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_and_readers_are_not_fooled() {
        assert_eq!(visible("\u{1b}[31mred\u{7}"), "␛[31mred␇");
        assert_eq!(visible("exe.\u{202e}fdp"), "exe.⟨U+202E⟩fdp");
        assert_eq!(visible("a\nb\tc"), "a\nb\tc");
        assert_eq!(on_one_line("a\r\nb\tc\rd"), "a↵b⇥c␍d");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(escape_html("<a href='x'>&\"`"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&#96;");
    }
}
