//! The settings of a server and their defaults.

use std::path::PathBuf;
use std::time::Duration;

/// How a server behaves; each default is what an ordinary notebook wants.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where the history is kept. Default `None`: `<data directory>/<implementation>/history.jsonl`, the data
    /// directory being `$XDG_DATA_HOME` or `~/.local/share`; in memory alone when there is no home.
    pub history_file: Option<PathBuf>,
    /// Whether a history is kept on disk at all. Default true.
    pub keep_history: bool,
    /// Bytes of text that one cell may show; the rest goes to a file that the cell's last line names. Default 2 MB.
    pub text_limit: usize,
    /// Where that rest goes. Default `None`: `<cache directory>/<implementation>/output`, the cache directory being
    /// `$XDG_CACHE_HOME` or `~/.cache`, or else the system's temporary directory. Files are the user's alone (0600);
    /// at most 20 files and 1 GiB are kept, the oldest go first.
    pub spill_dir: Option<PathBuf>,
    /// Stack of the threads that cells and assistance run on. Default 16 MiB.
    pub stack_bytes: usize,
    /// Bytes that wait for one client that reads slowly, on each socket. Default 64 MiB.
    pub client_bytes: usize,
    /// With those used up, how long a client may read nothing before it is dropped. Default 5 seconds.
    pub client_stalled: Duration,
    /// With those used up, how long a client may be too slow to catch up before it is dropped. Default 30 seconds.
    pub client_slow: Duration,
    /// The user name in the messages' headers. Default `kernel`.
    pub username: String,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            history_file: None,
            keep_history: true,
            text_limit: 2_000_000,
            spill_dir: None,
            stack_bytes: 16 << 20,
            client_bytes: 64 << 20,
            client_stalled: Duration::from_secs(5),
            client_slow: Duration::from_secs(30),
            username: "kernel".to_owned(),
        }
    }
}

impl ServerOptions {
    /// These options with the default places filled in.
    pub(super) fn complete(mut self, implementation: &str) -> Self {
        let name = if implementation.is_empty() { "kernel" } else { implementation };
        if !self.keep_history {
            self.history_file = None;
        } else if self.history_file.is_none() {
            let data = user_directory("XDG_DATA_HOME", ".local/share");
            self.history_file = data.map(|data| data.join(name).join("history.jsonl"));
        }
        self.spill_dir = self.spill_dir.or_else(|| {
            let cache = user_directory("XDG_CACHE_HOME", ".cache");
            let cache = cache.unwrap_or_else(std::env::temp_dir);
            Some(cache.join(name).join("output"))
        });
        self
    }
}

/// A directory of the XDG base directory specification: relative values are to be ignored.
fn user_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))
}
