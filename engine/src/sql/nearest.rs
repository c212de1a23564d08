//! Names near a mistyped one, for hints.

/// Below this likeness (Jaro-Winkler, 0 to 1) two names are not thought to be the same.
const LIKENESS: f64 = 0.8;
/// Names that a list shows before it counts the rest.
const LISTED: usize = 8;

/// A question that offers the nearest of the names, if one is near.
pub(super) fn did_you_mean<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = name.to_lowercase();
    let rated = names.map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name));
    let (likeness, nearest) = rated.max_by(|(left, _), (right, _)| left.total_cmp(right))?;
    (likeness >= LIKENESS).then(|| format!("did you mean `{nearest}`?"))
}

/// The first names, and how many more there are.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let rest = names.len().saturating_sub(LISTED);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}
