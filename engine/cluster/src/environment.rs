//! What a notebook runs in, for its page: programs, machine and variables, and nothing that is secret.

use crate::build::BUILD;

/// Letters of a value that are told.
const LONGEST: usize = 200;
/// What the names of secrets have in them.
const SECRETS: [&str; 10] = [
    "secret",
    "token",
    "passw",
    "pwd",
    "credential",
    "authorization",
    "access_key",
    "account_key",
    "api_key",
    "private_key",
];

/// What this process runs in, by name.
pub(crate) fn environment() -> Vec<(String, String)> {
    let cores =
        std::thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let folder = std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
    let known = [
        ("Build", BUILD.to_owned()),
        ("Polars", polars::VERSION.to_owned()),
        ("DataFusion", datafusion::DATAFUSION_VERSION.to_owned()),
        ("Ballista", ballista_core::BALLISTA_VERSION.to_owned()),
        ("System", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("Cores", cores),
        ("Process", std::process::id().to_string()),
        ("Folder", folder),
    ];
    let mut variables: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| ["FRAM_", "POLARS_"].iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    variables.sort();
    let known = known.into_iter().map(|(name, value)| (name.to_owned(), value));
    let all = known.chain(variables).map(without_secrets);
    all.map(|(name, value)| (name, value.chars().take(LONGEST).collect())).collect()
}

/// The same, but for the value of a secret.
pub(crate) fn without_secrets((name, value): (String, String)) -> (String, String) {
    let lower = name.to_lowercase();
    let is_secret = SECRETS.iter().any(|word| lower.contains(word));
    (name, if is_secret { "…".to_owned() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_not_told() {
        let told = |name: &str| without_secrets((name.to_owned(), "x".to_owned())).1;
        for name in ["aws.secret_access_key", "ACCESS_TOKEN", "db.Password", "azure.account_key", "passwd"] {
            assert_eq!(told(name), "…", "{name}");
        }
        assert_eq!(told("datafusion.execution.batch_size"), "x");
    }

    #[test]
    fn programs_and_machine_are_told() {
        let told = environment();
        for name in ["Build", "Polars", "DataFusion", "Ballista", "System", "Cores", "Process", "Folder"] {
            assert!(told.iter().any(|(known, value)| known == name && !value.is_empty()), "{name}");
        }
    }
}
