//! Which files a path means: one, those that a pattern matches, or those of a folder. Opens none of them.

use std::path::{Path, PathBuf};

use super::fault;
use crate::fault::Fault;

/// How deep folders are searched.
const DEEPEST: usize = 32;

/// The files that some paths mean, sorted within each path. `endings` are those that count in a folder.
pub(crate) fn files(sources: &[String], endings: &[&str]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for source in sources {
        files.extend(of_source(source, endings)?);
    }
    match files.is_empty() {
        true => Err(Fault::argument("no path is given").hint("a path, or an array of paths, is wanted")),
        false => Ok(files),
    }
}

/// The path as the file system wants it: `~` stands for the home folder, a URL is refused.
pub(crate) fn plain(source: &str) -> Result<PathBuf, Fault> {
    if source.is_empty() {
        return Err(Fault::argument("the path is empty").hint("a path is wanted, as \"logs/day1.csv\""));
    }
    if source.contains('\0') {
        return Err(Fault::argument("a path cannot hold a zero byte"));
    }
    if let Some((scheme, rest)) = source.split_once("://") {
        return match scheme {
            "file" => Ok(PathBuf::from(rest)),
            _ => Err(Fault::new(
                "NotSupported",
                format!("`{scheme}://` addresses cannot be read or written yet: only files can"),
            )
            .hint("download the file first, and give its path")
            .at(source)),
        };
    }
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match source.strip_prefix('~') {
        Some("") => Ok(home().unwrap_or_else(|| PathBuf::from(source))),
        Some(rest) if rest.starts_with('/') => {
            Ok(home().map_or_else(|| PathBuf::from(source), |home| home.join(&rest[1..])))
        }
        _ => Ok(PathBuf::from(source)),
    }
}

fn of_source(source: &str, endings: &[&str]) -> Result<Vec<PathBuf>, Fault> {
    let path = plain(source)?;
    let about = std::fs::metadata(&path);
    match about {
        Ok(about) if about.is_dir() => of_folder(&path, endings),
        Ok(_) => Ok(vec![path]),
        Err(_) if is_pattern(source) => matching(&path),
        Err(error) => Err(fault::of_io(&path, &error)),
    }
}

fn is_pattern(source: &str) -> bool {
    source.contains(['*', '?', '['])
}

fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Fault> {
    let text = pattern.to_string_lossy();
    let found = glob::glob(&text).map_err(|error| {
        Fault::argument(format!("\"{text}\" is no pattern: {}", error.msg))
            .hint("`*`, `?`, `[abc]` and `**` can be used")
            .at(text.to_string())
    })?;
    let mut files = Vec::new();
    for path in found {
        let path = path.map_err(|error| fault::of_io(error.path(), error.error()))?;
        if path.is_file() && !is_hidden(&path) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Fault::new("FileNotFound", format!("no file matches {text}"))
            .hint("paths are relative to the notebook's folder; `*` stops at `/`, `**` does not")
            .at(text.to_string()));
    }
    Ok(files)
}

fn of_folder(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    collect(folder, DEEPEST, &mut files)?;
    files.sort();
    let all = files.len();
    files.retain(|file| has_ending(file, endings));
    if !files.is_empty() {
        return Ok(files);
    }
    let name = folder.display().to_string();
    let fault = Fault::new(
        "FileNotFound",
        format!("the folder {name} holds no file that ends in {}", listed(endings)),
    )
    .at(name.clone());
    Err(match all {
        0 => fault.hint("it is empty"),
        _ => fault
            .hint(format!("it holds {all} others; \"{}/*\" means all of them", name.trim_end_matches('/'))),
    })
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let entries = std::fs::read_dir(folder).map_err(|error| fault::of_io(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| fault::of_io(folder, &error))?.path();
        if is_hidden(&path) {
            continue;
        }
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        }
    }
    Ok(())
}

/// Files that tools leave behind beside the data: `.part`, `_SUCCESS`.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']))
}

/// Whether the file's name ends so, compressed or not.
fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    endings.iter().any(|ending| plain.ends_with(&format!(".{ending}")))
}

fn listed(endings: &[&str]) -> String {
    endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[PathBuf]) -> Vec<String> {
        files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn folders_patterns_and_odd_names_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("deep er")).unwrap();
        for name in ["b.csv", "a.csv.gz", "_SUCCESS", ".hidden.csv", "c.txt", "deep er/x y[1].csv"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        let at = |path: &str| vec![root.join(path).display().to_string()];
        assert_eq!(names(&files(&at(""), &["csv"]).unwrap()), ["a.csv.gz", "b.csv", "x y[1].csv"]);
        assert_eq!(names(&files(&at("*.csv"), &["csv"]).unwrap()), ["b.csv"]);
        assert_eq!(names(&files(&at("**/*.csv"), &["csv"]).unwrap()), ["b.csv", "x y[1].csv"]);
        assert_eq!(names(&files(&at("deep er/x y[1].csv"), &["csv"]).unwrap()), ["x y[1].csv"]);
        assert_eq!(files(&at("*.json"), &[]).unwrap_err().name, "FileNotFound");
        assert!(
            files(&at(""), &["parquet"]).unwrap_err().message.contains("holds no file that ends in .parquet")
        );
        assert!(files(&at("b.cvs"), &[]).unwrap_err().hint.unwrap().contains("b.csv"));
    }

    #[test]
    fn urls_are_refused_and_home_is_found() {
        assert_eq!(plain("s3://bucket/x.csv").unwrap_err().name, "NotSupported");
        assert!(plain("~/x").unwrap().is_absolute());
        assert_eq!(plain("~x").unwrap(), PathBuf::from("~x"));
    }
}
