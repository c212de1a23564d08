//! Finds what somebody may have meant: the nearest names to one that is not there.

/// Bytes of the longest name that others are likened to: what is longer is no slip of the finger, and takes its time.
const LONGEST: usize = 300;

/// Up to three known names that look like this one, best first.
pub(crate) fn names<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.len() > LONGEST {
        return Vec::new();
    }
    let folded = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .filter(|name| name.len() <= LONGEST)
        .map(|name| {
            let other = name.to_lowercase();
            let near = strsim::jaro_winkler(&folded, &other);
            let holds = other.len() > 1 && other.len() * 3 >= folded.len() && folded.contains(&other);
            let inside = folded.len() > 2 && (other.contains(&folded) || holds);
            (if inside { near.max(0.85) } else { near }, name)
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().map(|(_, name)| name).take(3).collect()
}

/// Advice for a column that is not there: the nearest name, else what columns there are.
pub(crate) fn advice<'a>(missing: &str, columns: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let columns: Vec<&str> = columns.collect();
    let listed = if columns.is_empty() {
        "there are no columns".to_owned()
    } else if columns.len() <= SHOWN {
        format!("columns: {}", columns.join(", "))
    } else {
        many(missing, &columns)
    };
    match names(missing, columns.iter().copied()).first() {
        Some(nearest) => format!("did you mean \"{nearest}\"? {listed}"),
        None => listed,
    }
}

/// How many of very many columns there are, and how many begin as the missing one does.
fn many(missing: &str, columns: &[&str]) -> String {
    let first = missing.chars().next();
    let alike = columns.iter().filter(|name| first.is_some_and(|first| name.starts_with(first))).count();
    match (first, alike) {
        (Some(first), 1) => {
            format!("1 of {} columns begins with \"{first}\": `.schema()` lists them", columns.len())
        }
        (Some(first), 2..) => {
            format!("{alike} of {} columns begin with \"{first}\": `.schema()` lists them", columns.len())
        }
        _ => format!("{} columns: `.schema()` lists them", columns.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_found() {
        assert_eq!(names("Imag", ["Image", "EventID", "ImageLoaded"].into_iter()), ["Image", "ImageLoaded"]);
        assert_eq!(names("filtre", ["filter", "select"].into_iter()), ["filter"]);
        assert!(names("zzz", ["filter"].into_iter()).is_empty());
        assert!(names("nonsense", ["s", "se"].into_iter()).is_empty());
    }

    #[test]
    fn advice_lists_few_columns_and_counts_many() {
        assert_eq!(advice("nam", ["id", "name"].into_iter()), "did you mean \"name\"? columns: id, name");
        let many: Vec<String> = (0..100).map(|n| format!("c{n}")).collect();
        assert_eq!(advice("zz", many.iter().map(String::as_str)), "100 columns: `.schema()` lists them");
        let said = advice("cc", many.iter().map(String::as_str));
        assert_eq!(said, "100 of 100 columns begin with \"c\": `.schema()` lists them");
    }
}
