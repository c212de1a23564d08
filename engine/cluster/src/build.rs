//! The build of this program, and what is said to programs of another one: plans mean something to the same build alone.

/// The header with the build of whoever calls.
pub(crate) const BUILD_HEADER: &str = "fram-build";
/// The build of this program: its version, what its sources come to, and when they were committed.
pub(crate) const BUILD: &str =
    concat!(env!("CARGO_PKG_VERSION"), "+", env!("BUILD_NAME"), " (", env!("BUILD_TIME"), ")");

/// Why a caller of this build is refused, if it is; told to the caller.
pub(crate) fn refusal(theirs: &str) -> Option<String> {
    refusal_by(BUILD, theirs)
}

fn refusal_by(ours: &str, theirs: &str) -> Option<String> {
    if name(ours) == name(theirs) {
        return None;
    }
    let (our_age, their_age) = (age(ours), age(theirs));
    let remedy = match their_age.cmp(&our_age) {
        std::cmp::Ordering::Less => "upgrade yours",
        std::cmp::Ordering::Greater => "upgrade the master",
        std::cmp::Ordering::Equal => "install the same on both machines",
    };
    Some(format!(
        "your Fram is build {theirs}, the master's is build {ours}: they must be the same; {remedy}"
    ))
}

/// What must be the same.
fn name(build: &str) -> &str {
    build.split(' ').next().unwrap_or_default()
}

/// What tells the older one: the numbers of the version, then the time.
fn age(build: &str) -> (Vec<u64>, &str) {
    let numbers = build.split(['.', '+']).take(3).map(|part| part.parse().unwrap_or(0)).collect();
    (numbers, build.split_once('(').map_or("", |(_, time)| time))
}

#[cfg(test)]
mod tests {
    use super::{BUILD, name, refusal, refusal_by};

    const OURS: &str = "0.2.0+1a2b3c4d (2026-11-27 08:20)";

    #[test]
    fn the_same_sources_are_taken_whenever_they_were_committed() {
        assert_eq!(refusal(BUILD), None);
        assert_eq!(refusal_by(OURS, "0.2.0+1a2b3c4d ()"), None);
        assert!(name(BUILD).contains('+') && !name(BUILD).ends_with('+'));
    }

    #[test]
    fn the_older_side_is_told_to_upgrade() {
        for (theirs, remedy) in [
            ("0.1.9+1a2b3c4d (2026-12-01 00:00)", "upgrade yours"),
            ("0.10.0+1a2b3c4d (2026-11-27 08:20)", "upgrade the master"),
            ("0.2.0+00000000 (2026-11-27 08:19)", "upgrade yours"),
            ("0.2.0+00000000 (2026-11-28 00:00)", "upgrade the master"),
            ("0.2.0+00000000 (2026-11-27 08:20)", "install the same on both machines"),
            ("0.2.0+00000000 ()", "upgrade yours"),
            ("unknown", "upgrade yours"),
        ] {
            let said = refusal_by(OURS, theirs).unwrap();
            assert!(said.contains(theirs) && said.contains(OURS) && said.ends_with(remedy), "{said}");
        }
    }
}
