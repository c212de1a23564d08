//! How many files a process of a cluster may have open at once: each connection is one, and each shuffle file.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets this process, and those that it starts, open as many as the system allows.
pub(super) fn raise() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(now, most)| match now < most {
        true => setrlimit(Resource::RLIMIT_NOFILE, most, most),
        false => Ok(()),
    });
    if let Err(error) = raised {
        log::warn!("this process may not open as many files at once as the system allows: {error}");
    }
}
