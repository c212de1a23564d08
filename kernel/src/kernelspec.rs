//! Makes the kernel known to Jupyter: writes its kernelspec, and takes it away again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::InstallOptions;
use crate::console::{self, Complaint};

/// What a kernelspec holds beside `kernel.json`.
const LOGOS: &[(&str, &[u8])] = &[
    ("logo-32x32.png", include_bytes!("../../kernelspec/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("../../kernelspec/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("../../kernelspec/logo-svg.svg")),
];
/// The template of `kernel.json`; its `argv` gets the path of this program.
const TEMPLATE: &str = include_str!("../../kernelspec/kernel.json");

/// `fram install`.
pub(crate) fn install(options: &InstallOptions) -> Result<(), Complaint> {
    check_name(&options.name)?;
    let folder = kernels(options)?.join(&options.name);
    check_ours(&folder)?;
    write(&folder, &options.display_name)?;
    console::say(&format!("installed {} in {}", options.name, folder.display()));
    Ok(())
}

/// `fram uninstall`.
pub(crate) fn uninstall(options: &InstallOptions) -> Result<(), Complaint> {
    check_name(&options.name)?;
    let folder = kernels(options)?.join(&options.name);
    if !folder.exists() {
        return Err(Complaint::new(format!("there is no kernel {} in {}", options.name, folder.display()))
            .remedy("`jupyter kernelspec list` shows where kernels are; --prefix names the place"));
    }
    check_ours(&folder)?;
    fs::remove_dir_all(&folder).map_err(|error| refused("removing", &folder, &error))?;
    console::say(&format!("removed {} from {}", options.name, folder.display()));
    Ok(())
}

/// Writes the kernelspec into the folder: all of it, or nothing.
pub(crate) fn write(folder: &Path, display_name: &str) -> Result<(), Complaint> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|error| refused("making", parent, &error))?;
    let fresh = parent.join(format!(".fram-{}", std::process::id()));
    let written = fill(&fresh, display_name).and_then(|()| {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::rename(&fresh, folder)
    });
    written.map_err(|error| {
        // What was begun is of no use; failing to remove it adds nothing to the first error.
        drop(fs::remove_dir_all(&fresh));
        refused("writing", folder, &error)
    })
}

fn fill(folder: &Path, display_name: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let program = std::env::current_exe()?;
    let mut spec: Value = serde_json::from_str(TEMPLATE)?;
    spec["argv"] = json!([program, "kernel", "-f", "{connection_file}"]);
    spec["display_name"] = json!(display_name);
    fs::write(folder.join("kernel.json"), serde_json::to_string_pretty(&spec)? + "\n")?;
    LOGOS.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}

/// The folder that holds kernels, as the options say.
fn kernels(options: &InstallOptions) -> Result<PathBuf, Complaint> {
    if let Some(prefix) = &options.prefix {
        return Ok(prefix.join("share/jupyter/kernels"));
    }
    if options.sys_prefix {
        return Ok(active_prefix()?.join("share/jupyter/kernels"));
    }
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("JUPYTER_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("jupyter")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/jupyter")));
    data.map(|data| data.join("kernels"))
        .ok_or_else(|| Complaint::new("the home folder is not known").remedy("set HOME, or name a place with --prefix"))
}

/// The prefix of the Python environment that is active.
fn active_prefix() -> Result<PathBuf, Complaint> {
    if let Some(folder) = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().find_map(std::env::var_os) {
        return Ok(folder.into());
    }
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.prefix)"]).output();
    match asked {
        Ok(answer) if answer.status.success() => {
            Ok(PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim().to_owned()))
        }
        _ => Err(Complaint::new("no Python environment is active").remedy("activate one, or use --user or --prefix")),
    }
}

/// A kernel that is not ours is never overwritten or removed.
fn check_ours(folder: &Path) -> Result<(), Complaint> {
    if !folder.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(folder.join("kernel.json")).unwrap_or_default();
    let spec: Value = serde_json::from_str(&text).unwrap_or_default();
    let program = spec["argv"][0].as_str().map(Path::new).and_then(Path::file_stem);
    if program.is_some_and(|name| name == "fram") {
        return Ok(());
    }
    Err(Complaint::new(format!("{} holds another kernel", folder.display())).remedy("choose another name with --name"))
}

fn check_name(name: &str) -> Result<(), Complaint> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(fits) {
        return Ok(());
    }
    Err(Complaint::new(format!("\"{name}\" cannot be a kernel's name")).remedy("use letters, digits, `-`, `_` and `.`"))
}

fn refused(what: &str, place: &Path, error: &std::io::Error) -> Complaint {
    Complaint::new(format!("{what} {} failed: {error}", place.display())).remedy("--user or --prefix name another place")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(prefix: &Path, name: &str) -> InstallOptions {
        let (user, sys_prefix, display_name) = (false, false, "Fram".to_owned());
        InstallOptions { user, sys_prefix, prefix: Some(prefix.to_owned()), name: name.to_owned(), display_name }
    }

    #[test]
    fn a_foreign_kernel_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("share/jupyter/kernels/other");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("kernel.json"), r#"{"argv": ["python3", "-m", "x"]}"#).unwrap();
        assert!(install(&options(place.path(), "other")).unwrap_err().to_string().contains("another kernel"));
        assert!(uninstall(&options(place.path(), "other")).is_err());
        assert!(folder.join("kernel.json").exists());
    }

    #[test]
    fn names_stay_inside_the_folder() {
        for name in ["", "..", "a/b", "a b", "é"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("fram-dev.1_x").is_ok());
    }
}
