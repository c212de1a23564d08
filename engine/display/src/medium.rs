//! One rendering of a shown value, as a frontend takes it; which of them is sent is the kernel's choice.

/// A rendering under its MIME type.
#[derive(Clone, Debug, PartialEq)]
pub struct Medium {
    /// The MIME type, as `image/svg+xml`.
    pub mime: &'static str,
    /// What is sent.
    pub body: Body,
    /// Width and height in CSS pixels, where the frontend must be told (a PNG drawn at twice its size).
    pub size: Option<(u32, u32)>,
}

/// The content of a medium.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text, sent as it is.
    Text(String),
    /// Bytes, which JSON carries as base64.
    Bytes(Vec<u8>),
}

impl Medium {
    /// A medium of text that needs no size.
    pub fn text(mime: &'static str, text: impl Into<String>) -> Self {
        Self { mime, body: Body::Text(text.into()), size: None }
    }
}
