//! A Unix socket that this process alone can reach: the guard's way to the ZeroMQ socket behind it.
//!
//! It is bound in a fresh directory with mode 0700. On Linux the path is removed at once and the socket is reached
//! through `/proc/self/fd`, so that a kernel that is killed leaves nothing behind; elsewhere the directory goes when
//! the port is dropped.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// The address of a private socket; it can be reached as long as this lives.
pub(crate) struct PrivatePort {
    address: PathBuf,
    _held: Held,
}

/// What keeps a port reachable.
enum Held {
    File(#[expect(dead_code, reason = "holds the socket open while its path is gone")] OwnedFd),
    Directory(#[expect(dead_code, reason = "removes the directory when dropped")] PrivateDirectory),
}

impl PrivatePort {
    /// Binds a private socket; the listener is handed to ZeroMQ.
    pub(crate) fn bind() -> io::Result<(Self, UnixListener)> {
        let directory = PrivateDirectory::create()?;
        let path = directory.0.join("s");
        let listener = UnixListener::bind(&path)?;
        if let Some(file) = open_path(&path) {
            let address = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
            if address.exists() {
                return Ok((Self { address, _held: Held::File(file) }, listener));
            }
        }
        Ok((Self { address: path, _held: Held::Directory(directory) }, listener))
    }

    /// Where to connect to.
    pub(crate) fn address(&self) -> &Path {
        &self.address
    }
}

#[cfg(target_os = "linux")]
fn open_path(path: &Path) -> Option<OwnedFd> {
    use nix::fcntl::OFlag;
    nix::fcntl::open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn open_path(_path: &Path) -> Option<OwnedFd> {
    None
}

/// A directory of mode 0700 that is removed with what it holds.
struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    fn create() -> io::Result<Self> {
        let name = format!("kernel-{}", uuid::Uuid::new_v4().simple());
        // A long TMPDIR would not leave room in a socket's address.
        let parent = Some(std::env::temp_dir()).filter(|path| path.as_os_str().len() < 50);
        let path = parent.unwrap_or_else(|| PathBuf::from("/tmp")).join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // Nothing can be done about a directory that stays, and nothing depends on it.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_port_is_reached_by_its_address() {
        let (port, listener) = PrivatePort::bind().unwrap();
        let _client = std::os::unix::net::UnixStream::connect(port.address()).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn it_leaves_no_file_even_while_it_lives() {
        let (port, _listener) = PrivatePort::bind().unwrap();
        assert!(port.address().starts_with("/proc/self/fd"));
    }
}
