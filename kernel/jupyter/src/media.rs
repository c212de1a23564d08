//! Bundles as the JSON of `display_data`, `execute_result` and their kin. What the media mean is left to frontends.

use serde_json::{Map, Value, json};

use crate::interpreter::{Body, Bundle, CellError};

/// The `data` and `metadata` of a bundle: bytes as base64, JSON as values, sizes by MIME type.
pub(crate) fn media(bundle: &Bundle) -> (Value, Value) {
    let mut data = Map::new();
    let mut metadata = Map::new();
    for medium in &bundle.media {
        let body = match &medium.body {
            Body::Text(text) => Value::from(text.as_str()),
            Body::Bytes(bytes) => Value::from(base64(bytes)),
            Body::Json(text) => json_value(text),
        };
        data.insert(medium.mime.clone(), body);
        if let Some((width, height)) = medium.size {
            metadata.insert(medium.mime.clone(), json!({ "width": width, "height": height }));
        }
    }
    (Value::Object(data), Value::Object(metadata))
}

/// The fields of an error, in replies and in `error` messages.
pub(crate) fn error_fields(error: &CellError) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("ename".into(), error.name.as_str().into());
    fields.insert("evalue".into(), error.message.as_str().into());
    fields.insert("traceback".into(), error.traceback.clone().into());
    fields
}

/// Parses JSON; `NaN` and `Infinity`, which Python writes and JSON does not have, become `null`. What is no JSON
/// even so becomes a string.
pub(crate) fn json_value(text: &str) -> Value {
    parse_lenient(text.as_bytes()).unwrap_or_else(|_error| Value::from(text))
}

/// Parses JSON, taking Python's `NaN` and `Infinity` as `null` (jupyter_client writes them in metadata and comms).
pub(crate) fn parse_lenient<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes).or_else(|error| {
        let Ok(text) = str::from_utf8(bytes) else { return Err(error) };
        serde_json::from_str(&without_non_finite(text)).map_err(|_second| error)
    })
}

fn without_non_finite(text: &str) -> String {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(next) = rest.chars().next() {
        let word = if quoted { None } else { WORDS.iter().find(|word| rest.starts_with(**word)) };
        let (taken, put) = match word {
            Some(word) => (word.len(), "null"),
            None if quoted && next == '\\' => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (length, &rest[..length])
            }
            None => {
                quoted ^= next == '"';
                (next.len_utf8(), &rest[..next.len_utf8()])
            }
        };
        clean.push_str(put);
        rest = &rest[taken..];
    }
    clean
}

/// Base64 with padding, RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit > group.len() { '=' } else { char::from(DIGITS[index as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::Medium;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (plain, encoded) in pairs {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn each_body_has_its_form() {
        let mut bundle = Bundle::plain("x").with("application/json", Body::Json(r#"{"a":[1,NaN]}"#.into()));
        bundle.media.push(Medium {
            mime: "image/png".into(),
            body: Body::Bytes(vec![1]),
            size: Some((3, 4)),
        });
        let (data, metadata) = media(&bundle);
        assert_eq!(
            data,
            json!({ "text/plain": "x", "application/json": { "a": [1, null] }, "image/png": "AQ==" })
        );
        assert_eq!(metadata, json!({ "image/png": { "width": 3, "height": 4 } }));
    }

    #[test]
    fn only_bare_words_are_no_numbers() {
        let text = r#"{"NaN":"Infinity \" NaN","a":-Infinity,"é":"\\"}"#;
        assert_eq!(json_value(text), json!({ "NaN": "Infinity \" NaN", "a": null, "é": "\\" }));
        assert_eq!(json_value("{nonsense"), json!("{nonsense"));
    }
}
