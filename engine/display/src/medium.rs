//! One medium that something can be shown in.

/// One medium that something can be shown in.
#[derive(Debug, Clone, PartialEq)]
pub struct Medium {
    /// MIME type.
    pub mime: &'static str,
    /// The content.
    pub body: Body,
    /// Size on the page in CSS pixels, for images that are drawn at a higher resolution.
    pub size: Option<(u32, u32)>,
}

/// The content of a medium.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Text, HTML, SVG.
    Text(String),
    /// PNG.
    Bytes(Vec<u8>),
}

impl Medium {
    /// A medium of text.
    pub fn text(mime: &'static str, text: impl Into<String>) -> Self {
        Self { mime, body: Body::Text(text.into()), size: None }
    }
}
