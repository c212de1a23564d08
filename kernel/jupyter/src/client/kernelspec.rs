//! Kernelspecs: where Jupyter looks for them, and what they say. Starting them is left to [`launch`](super::launch).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::ClientError;

/// A `kernel.json` and the directory that it is in.
#[derive(Debug, Clone, Deserialize)]
pub struct KernelSpec {
    /// The command; may hold `{connection_file}` and `{resource_dir}`.
    pub argv: Vec<String>,
    /// What users see.
    #[serde(default)]
    pub display_name: String,
    /// What cells are written in.
    #[serde(default)]
    pub language: String,
    /// How it is interrupted.
    #[serde(default)]
    pub interrupt_mode: InterruptMode,
    /// Variables to set; may hold `${NAME}` of our own environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Whatever else its author wanted to say.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// The name that it was found by.
    #[serde(skip)]
    pub name: String,
    /// Where its files are.
    #[serde(skip)]
    pub directory: PathBuf,
}

/// How a kernel is interrupted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InterruptMode {
    /// By SIGINT to its process group.
    #[default]
    Signal,
    /// By an `interrupt_request` on the control channel.
    Message,
}

impl KernelSpec {
    /// Finds a kernelspec by name (in any case, as Jupyter does) where Jupyter looks for it.
    pub fn find(name: &str) -> Result<Self, ClientError> {
        let searched = directories();
        Self::find_in(name, &searched)
            .unwrap_or_else(|| Err(ClientError::NoSuchKernel { name: name.to_owned(), searched }))
    }

    /// All kernelspecs that can be found and read, by name; of equal names the first.
    pub fn list() -> Vec<Self> {
        let mut found = BTreeMap::new();
        for directory in directories() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                if let Ok(spec) = Self::read(&entry.path()) {
                    found.entry(spec.name.to_lowercase()).or_insert(spec);
                }
            }
        }
        found.into_values().collect()
    }

    /// Reads the `kernel.json` in this directory.
    pub fn read(directory: &Path) -> Result<Self, ClientError> {
        let path = directory.join("kernel.json");
        let wrong = |reason: String| ClientError::KernelSpec { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let mut spec: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if spec.argv.is_empty() {
            return Err(wrong("its argv is empty".to_owned()));
        }
        spec.name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        spec.directory = directory.to_owned();
        Ok(spec)
    }

    /// The command with its places filled in.
    pub(super) fn command(&self, connection_file: &Path) -> Vec<String> {
        let fill = |word: &String| {
            word.replace("{connection_file}", &connection_file.to_string_lossy())
                .replace("{resource_dir}", &self.directory.to_string_lossy())
        };
        self.argv.iter().map(fill).collect()
    }

    /// The variables with ours filled in.
    pub(super) fn environment(&self) -> impl Iterator<Item = (&str, String)> {
        self.env
            .iter()
            .map(|(name, value)| (name.as_str(), substitute(value, |name| std::env::var(name).ok())))
    }

    fn find_in(name: &str, directories: &[PathBuf]) -> Option<Result<Self, ClientError>> {
        directories.iter().find_map(|directory| {
            let entries = std::fs::read_dir(directory).ok()?;
            let mut named = entries
                .flatten()
                .filter(|entry| entry.file_name().to_string_lossy().eq_ignore_ascii_case(name))
                .filter(|entry| entry.path().join("kernel.json").is_file());
            named.next().map(|entry| Self::read(&entry.path()))
        })
    }
}

/// Replaces `${NAME}` by its value; an unknown name stays as it is.
fn substitute(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${") {
        filled.push_str(before);
        match from.split_once('}').and_then(|(name, after)| Some((value(name)?, after))) {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push_str("${");
                rest = from;
            }
        }
    }
    filled + rest
}

/// Where kernelspecs are looked for, first come first: `JUPYTER_PATH`, the user's, the environment's, the system's
/// (<https://docs.jupyter.org/en/latest/use/jupyter-directories.html>).
fn directories() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mut data: Vec<PathBuf> = variable("JUPYTER_PATH").iter().flat_map(std::env::split_paths).collect();
    let home = variable("HOME").map(PathBuf::from);
    let user = variable("JUPYTER_DATA_DIR").map(PathBuf::from).or_else(|| {
        if cfg!(target_os = "macos") {
            return home.map(|home| home.join("Library/Jupyter"));
        }
        let share = variable("XDG_DATA_HOME").map(PathBuf::from);
        share.or_else(|| home.map(|home| home.join(".local/share"))).map(|share| share.join("jupyter"))
    });
    data.extend(user);
    let environments = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(variable);
    data.extend(environments.map(|prefix| PathBuf::from(prefix).join("share/jupyter")));
    data.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    data.into_iter().map(|directory| directory.join("kernels")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
        let spec = directory.join(name);
        std::fs::create_dir_all(&spec).unwrap();
        std::fs::write(spec.join("kernel.json"), text).unwrap();
        spec
    }

    #[test]
    fn a_kernelspec_is_found_by_name_in_any_case() {
        let directory = tempfile::tempdir().unwrap();
        write(
            directory.path(),
            "Toy",
            r#"{"argv":["toy","-f","{connection_file}","{resource_dir}/x"],"display_name":"Toy"}"#,
        );
        let spec = KernelSpec::find_in("toy", &[directory.path().to_owned()]).unwrap().unwrap();
        assert_eq!((spec.name.as_str(), spec.interrupt_mode), ("Toy", InterruptMode::Signal));
        let command = spec.command(Path::new("/c.json"));
        assert_eq!(command[..3], ["toy", "-f", "/c.json"]);
        assert!(command[3].ends_with("/Toy/x"));
        assert!(KernelSpec::find_in("toy", &[]).is_none());
    }

    #[test]
    fn what_is_no_kernelspec_is_refused_with_its_reason() {
        let directory = tempfile::tempdir().unwrap();
        for (text, reason) in [("", "EOF"), ("{}", "argv"), (r#"{"argv":[]}"#, "its argv is empty")] {
            let error = KernelSpec::read(&write(directory.path(), "bad", text)).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn an_unknown_kernel_says_where_was_looked() {
        let error = KernelSpec::find("no such kernel").unwrap_err().to_string();
        assert!(error.contains("/usr/share/jupyter/kernels"), "{error}");
    }

    #[test]
    fn variables_are_filled_in() {
        let value = |name: &str| (name == "A").then(|| "1".to_owned());
        assert_eq!(substitute("x${A}y${B}${", value), "x1y${B}${");
    }
}
