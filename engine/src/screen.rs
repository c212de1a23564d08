//! What a cell can send while it runs, as plain data. Sockets, queues and frontends are left to the kernel.

use fram_display::Medium;

/// A value in the media that it can be shown in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// The media, `text/plain` among them.
    pub media: Vec<Medium>,
}

/// Why no line could be had from the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoInput {
    /// The frontend takes no input.
    NotAllowed,
    /// The user interrupted instead of answering, or went away.
    Interrupted,
}

/// Where a cell's output goes.
pub trait Screen: Send + Sync {
    /// Text to standard output.
    fn print(&self, text: &str);
    /// Text to standard error.
    fn warn(&self, text: &str);
    /// Shows a value; with an id, [`update`](Screen::update) can replace it.
    fn display(&self, shown: Shown, id: Option<&str>);
    /// Replaces what was shown under this id.
    fn update(&self, shown: Shown, id: &str);
    /// Empties the cell's output, now or when the next output comes.
    fn clear(&self, wait: bool);
    /// Asks the user for a line.
    fn input(&self, prompt: &str, password: bool) -> Result<String, NoInput>;
    /// Opens text in the frontend's pager.
    fn page(&self, shown: Shown);
    /// Puts text into this cell, or into one below.
    fn set_next_input(&self, text: &str, replace: bool);
    /// The last cells that were run, oldest first, here and in earlier runs.
    fn history(&self, last: usize) -> Vec<String>;
}

impl Shown {
    /// Plain text alone.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { media: vec![Medium::text("text/plain", text)] }
    }

    /// The text of one medium, where it is there as text.
    pub fn text(&self, mime: &str) -> Option<&str> {
        self.media.iter().find(|medium| medium.mime == mime).and_then(|medium| match &medium.body {
            fram_display::Body::Text(text) => Some(text.as_str()),
            fram_display::Body::Bytes(_) => None,
        })
    }
}
