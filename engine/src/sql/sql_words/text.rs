//! Sentences as the libraries write them, without what only they know.

/// The message without the kinds and the steps of the library in front of it.
pub(super) fn stripped(message: &str) -> &str {
    const KINDS: &[&str] = &[
        "Error during planning: ",
        "Execution error: ",
        "Arrow error: ",
        "Cast error: ",
        "Parser error: ",
        "Compute error: ",
        "Schema error: ",
        "External error: ",
        "This feature is not implemented: ",
        "Object Store error: ",
        "Parquet error: ",
        "IO error: ",
        "Internal error: ",
        "Invalid or Unsupported Configuration: ",
    ];
    let mut rest = message.trim();
    loop {
        let step = rest.split_once("caused by").filter(|(step, _)| {
            let is_rule = !step.is_empty()
                && step.chars().all(|letter| letter.is_ascii_lowercase() || " _".contains(letter));
            step.starts_with("Optimizer rule '") || is_rule
        });
        let kind = KINDS.iter().find_map(|kind| rest.strip_prefix(kind));
        match step.map(|(_, rest)| rest).or(kind) {
            Some(inner) => rest = inner.trim_start(),
            // What follows is a list of all signatures, in the library's own terms.
            None => return rest.split(". No function matches").next().unwrap_or(rest),
        }
    }
}

/// The first sentence of a message.
pub(super) fn first_sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(sentence, _)| sentence);
    lower_first(sentence.trim_end_matches(['.', ' ']))
}

/// The sentence with a small first letter, unless the word is a name or an abbreviation.
pub(in crate::sql) fn lower_first(sentence: &str) -> String {
    let word: String = sentence.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let is_plain = word.chars().skip(1).all(char::is_lowercase);
    match sentence.chars().next() {
        Some(first) if is_plain => first.to_lowercase().chain(sentence.chars().skip(1)).collect(),
        _ => sentence.to_owned(),
    }
}

/// The text with one name for all types of strings.
pub(super) fn readable(text: &str) -> String {
    ["Utf8View", "LargeUtf8", "Utf8"].iter().fold(text.to_owned(), |text, name| text.replace(name, "String"))
}

/// What stands between two pieces of the text.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
