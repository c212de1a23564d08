//! Works out the build's name, and its sources' time: programs that differ in what they send each other must know that they do,
//! and which one is the older.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sources of what drivers, masters and workers do together; those of SQL hold the functions that workers know.
const SOURCES: [&str; 3] = ["engine/cluster/src", "engine/frame/src", "engine/src/sql"];
/// What says how they are compiled: versions, and the features of Polars, by which its plans differ.
const MANIFESTS: [&str; 5] =
    ["Cargo.lock", "Cargo.toml", "engine/Cargo.toml", "engine/cluster/Cargo.toml", "engine/frame/Cargo.toml"];

fn main() -> io::Result<()> {
    // Asked when it runs: one that was compiled for another clone may be used again.
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("cargo names no folder"))?;
    let root = Path::new(&own).join("../..");
    let mut files: Vec<PathBuf> = MANIFESTS.iter().map(|file| root.join(file)).collect();
    files.iter().for_each(|file| println!("cargo::rerun-if-changed={}", file.display()));
    for folder in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(&fs::read(file)?);
    }
    // What the standard library does with values may be another's.
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    hasher.write(&Command::new(compiler).arg("--version").output()?.stdout);
    // Values are hashed as the processor can.
    hasher.write(std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default().as_bytes());
    println!("cargo::rustc-env=BUILD_NAME={:08x}", hasher.finish() as u32);
    println!("cargo::rustc-env=BUILD_TIME={}", last_commit(&root).unwrap_or_default());
    Ok(())
}

/// When the sources were last committed, in UTC; none for sources outside of a repository.
fn last_commit(root: &Path) -> Option<String> {
    let mut git = Command::new("git");
    let git = git.current_dir(root).env("TZ", "UTC0").arg("log");
    let said = git.args(["-1", "--format=%cd", "--date=format-local:%Y-%m-%d %H:%M"]).output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
