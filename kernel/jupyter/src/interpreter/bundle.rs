//! A value in all the media it can be shown in: plain data; JSON and base64 are left to the server.

/// One value in the media that it can be shown in; the frontend picks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// The media, `text/plain` among them.
    pub media: Vec<Medium>,
}

/// One medium of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Medium {
    /// MIME type.
    pub mime: String,
    /// The content.
    pub body: Body,
    /// Size on the page in CSS pixels, for images drawn at a higher resolution.
    pub size: Option<(u32, u32)>,
}

/// The content of a medium.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Text, HTML, SVG, Markdown.
    Text(String),
    /// PNG, JPEG and other bytes; sent as base64.
    Bytes(Vec<u8>),
    /// The text of a JSON value, sent as that value.
    Json(String),
}

impl Bundle {
    /// A bundle of plain text alone.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().with("text/plain", Body::Text(text.into()))
    }

    /// This bundle and one medium more.
    pub fn with(mut self, mime: &str, body: Body) -> Self {
        self.media.push(Medium { mime: mime.to_owned(), body, size: None });
        self
    }
}
