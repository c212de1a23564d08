//! Patterns of a history search, as SQLite's GLOB takes them: `*`, `?`, `[abc]`, `[a-z]`, `[^a]`.

/// Whether the whole text fits the pattern.
pub(crate) fn matches_glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut from) = (0, 0);
    // Where to go on when what follows the last star does not fit: the star may take one character more.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                retry = Some((at, from));
                continue;
            }
            None if from == text.len() => return true,
            Some(_) if from < text.len() => {
                if let Some(length) = fits_one(&pattern[at..], text[from]) {
                    at += length;
                    from += 1;
                    continue;
                }
            }
            _ => {}
        }
        let Some((after_star, begin)) = retry.filter(|(_, begin)| *begin < text.len()) else { return false };
        retry = Some((after_star, begin + 1));
        (at, from) = (after_star, begin + 1);
    }
}

/// How long the beginning of the pattern is that takes this character, if it does.
fn fits_one(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', set @ ..] => {
            let negated = set.first() == Some(&'^');
            let set = if negated { &set[1..] } else { set };
            // A bracket that comes first stands for itself, as does a set that is never closed.
            let Some(end) = set.iter().skip(1).position(|c| *c == ']').map(|end| end + 1) else {
                return (character == '[').then_some(1);
            };
            let inside = in_set(&set[..end], character);
            (inside != negated).then_some(end + 2 + usize::from(negated))
        }
        [literal, ..] if *literal == character => Some(1),
        _ => None,
    }
}

fn in_set(mut set: &[char], character: char) -> bool {
    loop {
        match set {
            [] => return false,
            [low, '-', high, ..] if (*low..=*high).contains(&character) => return true,
            [_, '-', _, rest @ ..] => set = rest,
            [one, ..] if *one == character => return true,
            [_, rest @ ..] => set = rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_sqlite() {
        let fits = [
            ("*", ""),
            ("a*c", "abc"),
            ("*b*", "abc"),
            ("a?c", "aéc"),
            ("[a-c]x", "bx"),
            ("[^a]x", "bx"),
            ("*a*b", "aabab"),
            ("[", "["),
            ("[]]", "]"),
        ];
        for (pattern, text) in fits {
            assert!(matches_glob(pattern, text), "{pattern} {text}");
        }
        let fails =
            [("", "a"), ("a", ""), ("a*c", "abd"), ("[a-c]x", "dx"), ("[^a]x", "ax"), ("A", "a"), ("?", "")];
        for (pattern, text) in fails {
            assert!(!matches_glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        assert!(!matches_glob(&"*a".repeat(40), &"a".repeat(39)));
        assert!(!matches_glob(&"a*".repeat(200), &"b".repeat(20_000)));
    }
}
