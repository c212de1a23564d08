//! Makes the kernel known to Jupyter: writes its kernelspec, and takes it away again.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{fs, io};

use serde_json::{Value, json};

use crate::cli::{InstallOptions, PlaceOptions};
use crate::console::{self, Complaint};

/// Where kernels are below a prefix.
const KERNELS: &str = "share/jupyter/kernels";
/// Where Jupyter keeps a user's data below the home folder.
const USER_DATA: &str = if cfg!(target_os = "macos") { "Library/Jupyter" } else { ".local/share/jupyter" };
/// What a kernelspec holds beside `kernel.json`.
const LOGOS: &[(&str, &[u8])] = &[
    ("logo-32x32.png", include_bytes!("../../kernelspec/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("../../kernelspec/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("../../kernelspec/logo-svg.svg")),
];
/// The template of `kernel.json`; its `argv` gets the path of this program.
const TEMPLATE: &str = include_str!("../../kernelspec/kernel.json");

/// `fram install`.
pub(crate) fn install(options: &InstallOptions) -> Result<ExitCode, Complaint> {
    let folder = folder(&options.place)?;
    if !options.force {
        check_ours(&folder).map_err(|complaint| complaint.remedy("--name chooses another name, --force overwrites it"))?;
    }
    write(&folder, &options.display_name)?;
    console::say(&format!("installed {} in {}", options.place.name, folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// `fram uninstall`.
pub(crate) fn uninstall(options: &PlaceOptions) -> Result<ExitCode, Complaint> {
    let folder = folder(options)?;
    if folder.symlink_metadata().is_err() {
        return Err(Complaint::new(format!("there is no kernel {} in {}", options.name, folder.display()))
            .remedy("`jupyter kernelspec list` shows where kernels are; --sys-prefix or --prefix names the place"));
    }
    check_ours(&folder).map_err(|complaint| complaint.remedy("`jupyter kernelspec remove` removes any kernel"))?;
    fs::remove_dir_all(&folder).map_err(|error| refused("removing", &folder, &error))?;
    console::say(&format!("removed {} from {}", options.name, folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Puts the kernelspec into a Python environment, unless another kernel has its name there.
pub(crate) fn install_into(prefix: &Path) -> Result<(), Complaint> {
    let folder = prefix.join(KERNELS).join("fram");
    check_ours(&folder).map_err(|complaint| complaint.remedy("remove it, or choose another Python with --python"))?;
    write(&folder, "Fram")
}

/// Writes the kernelspec into the folder: all of it, or nothing. What was there before is kept until then.
fn write(folder: &Path, display_name: &str) -> Result<(), Complaint> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|error| refused("making", parent, &error))?;
    // Names with a dot are no kernels to Jupyter.
    let fresh = parent.join(format!(".fram-{}-new", std::process::id()));
    let old = parent.join(format!(".fram-{}-old", std::process::id()));
    let written = fill(&fresh, display_name).and_then(|()| exchange(&fresh, folder, &old));
    written.map_err(|error| {
        // What was begun is of no use; failing to remove it adds nothing to the first error.
        drop(fs::remove_dir_all(&fresh));
        refused("writing", folder, &error)
    })
}

fn exchange(fresh: &Path, folder: &Path, old: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_err() {
        return fs::rename(fresh, folder);
    }
    fs::rename(folder, old)?;
    if let Err(error) = fs::rename(fresh, folder) {
        fs::rename(old, folder)?;
        return Err(error);
    }
    // A link to a folder elsewhere: only the link was ours to replace.
    if old.is_symlink() { fs::remove_file(old) } else { fs::remove_dir_all(old) }
}

fn fill(folder: &Path, display_name: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let program = std::env::current_exe()?;
    let mut spec: Value = serde_json::from_str(TEMPLATE)?;
    spec["argv"][0] = json!(program);
    spec["display_name"] = json!(display_name);
    fs::write(folder.join("kernel.json"), serde_json::to_string_pretty(&spec)? + "\n")?;
    LOGOS.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}

/// The folder of the kernelspec that the options name.
fn folder(options: &PlaceOptions) -> Result<PathBuf, Complaint> {
    check_name(&options.name)?;
    Ok(kernels(options)?.join(&options.name))
}

/// The folder that holds kernels, as the options say.
fn kernels(options: &PlaceOptions) -> Result<PathBuf, Complaint> {
    if let Some(prefix) = &options.prefix {
        return Ok(prefix.join(KERNELS));
    }
    if options.sys_prefix {
        return Ok(active_prefix()?.join(KERNELS));
    }
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("JUPYTER_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").filter(|_| cfg!(not(target_os = "macos"))).map(|data| data.join("jupyter")))
        .or_else(|| set("HOME").map(|home| home.join(USER_DATA)));
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

/// A kernel that is not ours is never overwritten or removed unasked.
fn check_ours(folder: &Path) -> Result<(), Complaint> {
    if folder.symlink_metadata().is_err() {
        return Ok(());
    }
    let text = fs::read_to_string(folder.join("kernel.json")).unwrap_or_default();
    let spec: Value = serde_json::from_str(&text).unwrap_or_default();
    if spec["metadata"]["installed_by"] == "fram" {
        return Ok(());
    }
    let whose = spec["display_name"].as_str().map_or_else(String::new, |name| format!(", {name:?}"));
    Err(Complaint::new(format!("{} holds another kernel{whose}", folder.display())))
}

fn check_name(name: &str) -> Result<(), Complaint> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(fits) {
        return Ok(());
    }
    Err(Complaint::new(format!("\"{name}\" cannot be a kernel's name")).remedy("use letters, digits, `-`, `_` and `.`"))
}

fn refused(what: &str, place: &Path, error: &io::Error) -> Complaint {
    Complaint::new(format!("{what} {} failed: {error}", place.display())).remedy("--user or --prefix name another place")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(prefix: &Path, name: &str) -> InstallOptions {
        let place =
            PlaceOptions { user: false, sys_prefix: false, prefix: Some(prefix.to_owned()), name: name.to_owned() };
        InstallOptions { place, display_name: "Fram".to_owned(), force: false }
    }

    fn foreign(prefix: &Path) -> PathBuf {
        let folder = prefix.join(KERNELS).join("other");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("kernel.json"), r#"{"argv": ["python3"], "display_name": "Toy"}"#).unwrap();
        folder
    }

    #[test]
    fn a_foreign_kernel_is_left_alone() {
        let prefix = tempfile::tempdir().unwrap();
        let folder = foreign(prefix.path());
        let mut options = options(prefix.path(), "other");
        let refused = install(&options).unwrap_err().to_string();
        assert!(refused.contains(r#"holds another kernel, "Toy""#) && refused.contains("--force"), "{refused}");
        assert!(uninstall(&options.place).is_err());
        assert!(fs::read_to_string(folder.join("kernel.json")).unwrap().contains("Toy"));
        options.force = true;
        install(&options).unwrap();
        assert!(fs::read_to_string(folder.join("kernel.json")).unwrap().contains("installed_by"));
    }

    #[test]
    fn installing_again_replaces_the_whole_and_leaves_no_rest() {
        let prefix = tempfile::tempdir().unwrap();
        let options = options(prefix.path(), "fram");
        install(&options).unwrap();
        let kernels = prefix.path().join(KERNELS);
        fs::write(kernels.join("fram/old-logo.png"), "x").unwrap();
        install(&options).unwrap();
        assert!(!kernels.join("fram/old-logo.png").exists());
        assert_eq!(fs::read_dir(&kernels).unwrap().count(), 1);
        uninstall(&options.place).unwrap();
        assert_eq!(fs::read_dir(&kernels).unwrap().count(), 0);
    }

    #[test]
    fn a_failure_keeps_what_was_there() {
        let prefix = tempfile::tempdir().unwrap();
        let folder = foreign(prefix.path());
        let missing = prefix.path().join("no/such/folder");
        assert!(exchange(&missing, &folder, &prefix.path().join("old")).is_err());
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
