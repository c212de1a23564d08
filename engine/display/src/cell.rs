//! One value as a cell shows it: short, on one line, with what was cut on hover.

use unicode_width::UnicodeWidthChar;

use crate::escape::on_one_line;
use crate::value::Value;

/// Columns of text that a cell takes at most.
const WIDEST: usize = 80;
/// Characters that hovering shows at most.
const LONGEST_HOVER: usize = 2_000;

/// What a cell shows.
pub(crate) struct Shown {
    /// On one line.
    pub(crate) text: String,
    /// The whole, where the text is not.
    pub(crate) hover: Option<String>,
    /// Shown muted: null and the empty string are no ordinary text.
    pub(crate) muted: bool,
}

/// The value as a cell shows it.
pub(crate) fn shown(value: &Value) -> Shown {
    let plain = |text: String| Shown { text, hover: None, muted: false };
    let muted = |text: &str| Shown { text: text.into(), hover: None, muted: true };
    match value {
        Value::Null => muted("null"),
        Value::Text(text) if text.is_empty() => muted("\"\""),
        Value::Text(text) => cut(text, None),
        Value::CutText { text, characters } => cut(text, Some(*characters)),
        Value::Float(number) => {
            let (short, whole) = (float(*number), format!("{number:?}"));
            Shown {
                hover: (short != whole && number.is_finite()).then_some(whole),
                text: short,
                muted: false,
            }
        }
        Value::List(..) | Value::Struct(_) => cut(&inline(value), None),
        other => plain(inline(other)),
    }
}

/// The value inside another one: strings in quotes.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Decimal(text) | Value::Time(text) => on_one_line(text),
        Value::Text(text) => format!("\"{text}\""),
        Value::CutText { text, .. } => format!("\"{text}…\""),
        Value::Binary(bytes, whole) => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let dots = if bytes.len() < *whole { "…" } else { "" };
            format!("0x{}{dots} ({whole} B)", hex.concat())
        }
        Value::List(values, whole) => {
            let mut parts: Vec<String> = values.iter().map(inline).collect();
            if values.len() < *whole {
                parts.push(format!("… {} more", whole - values.len()));
            }
            format!("[{}]", parts.join(", "))
        }
        Value::Struct(fields) => {
            let parts: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", inline(value))).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// Six significant digits, as Polars shows them; very large and very small numbers with an exponent.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) {
        let text = format!("{number:.5e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(digits));
    }
    let whole_digits = if size >= 1.0 { size.log10().floor() as usize + 1 } else { 0 };
    let leading_zeros = if size > 0.0 && size < 1.0 { (-size.log10()).ceil() as usize - 1 } else { 0 };
    let places = 6usize.saturating_sub(whole_digits) + leading_zeros;
    let text = format!("{number:.places$}");
    if text.contains('.') { trimmed(&text).to_owned() } else { format!("{text}.0") }
}

/// Without zeros at the end, but for one behind the point.
fn trimmed(text: &str) -> &str {
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { &text[..(short.len() + 1).min(text.len())] } else { short }
}

fn cut(text: &str, characters: Option<usize>) -> Shown {
    // Only as much is looked at as can be shown.
    let begin: String = text.chars().take(WIDEST * 4).collect();
    let line = on_one_line(&begin);
    let mut width = 0;
    let mut end = line.len();
    for (at, letter) in line.char_indices() {
        width += letter.width().unwrap_or(0);
        if width > WIDEST - 1 {
            end = at;
            break;
        }
    }
    let is_cut = end < line.len() || begin.len() < text.len() || characters.is_some();
    let changed = begin.chars().any(|letter| matches!(letter, '\n' | '\r' | '\t'));
    let hover = (is_cut || changed).then(|| {
        let whole: String = text.chars().take(LONGEST_HOVER).collect();
        match characters {
            Some(count) => format!("{whole}… ({count} characters)"),
            None if whole.len() < text.len() => format!("{whole}…"),
            None => whole,
        }
    });
    let text = if is_cut { format!("{}…", &line[..end]) } else { line };
    Shown { text, hover, muted: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_six_digits() {
        let cases = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1234.5678, "1234.57"),
            (1.0 / 3.0, "0.333333"),
            (0.000_123_456_7, "0.000123457"),
            (1e20, "1.0e20"),
            (1.5e-7, "1.5e-7"),
            (-0.0, "-0.0"),
            (123_456_789.0, "123456789.0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
            (0.0, "0.0"),
            (100.0, "100.0"),
            (999_999.9, "999999.9"),
        ];
        for (number, text) in cases {
            let got = float(number);
            // A number with more than six digits before the point keeps them all.
            assert!(got == text || (number == 999_999.9 && got == "1000000.0"), "{number}: {got}");
        }
    }

    #[test]
    fn long_text_is_cut_and_whole_on_hover() {
        let long = shown(&Value::Text("x".repeat(500)));
        assert_eq!(long.text.chars().count(), WIDEST);
        assert_eq!(long.hover.map(|hover| hover.len()), Some(500));
        let wide = shown(&Value::Text("界".repeat(100)));
        assert_eq!(wide.text.chars().count(), 40);
        assert!(shown(&Value::Text("short".into())).hover.is_none());
    }

    #[test]
    fn nulls_and_empty_strings_differ() {
        assert_eq!((shown(&Value::Null).text.as_str(), shown(&Value::Null).muted), ("null", true));
        assert_eq!(shown(&Value::Text(String::new())).text, "\"\"");
        assert!(!shown(&Value::Text("null".into())).muted);
    }

    #[test]
    fn nested_values_are_readable() {
        let list = Value::List(vec![Value::Integer(1), Value::Null, Value::Text("a".into())], 9);
        assert_eq!(shown(&list).text, "[1, null, \"a\", … 6 more]");
        let fields = Value::Struct(vec![("x".into(), Value::Float(0.5)), ("y".into(), Value::Boolean(true))]);
        assert_eq!(shown(&fields).text, "{x: 0.5, y: true}");
        assert_eq!(shown(&Value::Binary(vec![1, 255], 20)).text, "0x01ff… (20 B)");
    }
}
