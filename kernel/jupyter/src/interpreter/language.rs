//! Who a language is: plain data for `kernel_info_reply`.

/// Who a language is.
#[derive(Debug, Clone, Default)]
pub struct Language {
    /// Name of the implementation, as `fram`.
    pub implementation: String,
    /// Version of the implementation.
    pub version: String,
    /// Name of the language that cells are written in.
    pub name: String,
    /// Version of that language.
    pub language_version: String,
    /// MIME type of a cell's source.
    pub mime: String,
    /// File name extension of a script, with the dot.
    pub extension: String,
    /// Pygments lexer for highlighting in exports.
    pub pygments_lexer: String,
    /// CodeMirror mode for highlighting in the notebook.
    pub codemirror_mode: String,
    /// Shown by consoles when they start.
    pub banner: String,
    /// Shown in the frontend's Help menu: text and address.
    pub help_links: Vec<(String, String)>,
}
