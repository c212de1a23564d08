//! The token that everything in a cluster shares: whoever shows it may ask, nobody else learns anything.

use std::fmt;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fram_frame::private_folder;
use subtle::ConstantTimeEq;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::guests::Shown;

/// What proves that somebody may take part in a cluster. Never shown, never logged.
#[derive(Clone)]
pub struct Token(Arc<str>);

/// Where a token stands in a request: the one header that every connection of Ballista's can be told to send.
const HEADER: &str = "user-agent";
/// What comes before it there.
const SCHEME: &str = "fram/";

impl Token {
    /// A token of these letters; letters, digits, `-`, `_` and `.` are allowed.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if text.len() < SHORTEST {
            return Err(TokenError::Short);
        }
        if !text.chars().all(is_plain) {
            return Err(TokenError::Letters);
        }
        Ok(Self(text.into()))
    }

    /// A new token that nobody can guess.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string().into())
    }

    /// The file that tokens are read from, where none is named.
    pub fn default_file() -> Option<PathBuf> {
        fram_frame::home_folder().map(|home| home.join("token"))
    }

    /// The token that the file holds.
    pub fn from_file(path: &Path) -> Result<Self, TokenError> {
        let failed = |reason: String| TokenError::File { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let mode = std::fs::metadata(path).map_or(0, |about| about.permissions().mode());
        if mode & 0o077 != 0 {
            log::warn!(
                "others than its owner can use the token's file {} (chmod 600 keeps it)",
                path.display()
            );
        }
        Self::new(&text).map_err(|error| failed(error.to_string()))
    }

    /// The token that the file holds; a new one, for its owner alone to read, where there is no file.
    pub fn from_file_or_new(path: &Path) -> Result<Self, TokenError> {
        let failed = |error: io::Error| TokenError::File { path: path.to_owned(), reason: error.to_string() };
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(failed)?;
        }
        if path.exists() {
            return Self::from_file(path);
        }
        let token = Self::random();
        match token.write_new(path) {
            Ok(()) => Ok(token),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes a file of this name, which nobody finds with half a token in it, not even after a full disk.
    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut draft =
            tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o600)).tempfile_in(
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
            )?;
        draft.write_all(self.0.as_bytes())?;
        draft.persist_noclobber(path).map(drop).map_err(|error| error.error)
    }

    /// Its letters, for a file that only its owner reads.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The user agent that shows the token.
    pub(crate) fn user_agent(&self) -> String {
        format!("{SCHEME}{}", self.0)
    }

    /// Whether the header of a request shows this token.
    pub(crate) fn is_shown(&self, header: Option<&MetadataValue<Ascii>>) -> bool {
        // tonic adds its own name and version after ours.
        let shown = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_whitespace().next())
            .and_then(|value| value.strip_prefix(SCHEME))
            .unwrap_or_default();
        bool::from(shown.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

/// Letters that a token has at least.
const SHORTEST: usize = 16;

/// Why something is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its file cannot be read or written.
    #[error("the token's file {} cannot be used: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It could be guessed.
    #[error("a token has at least {SHORTEST} letters")]
    Short,
    /// It could not be sent.
    #[error("a token has letters, digits, `-`, `_` and `.` only")]
    Letters,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Interceptor for Token {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        if self.is_shown(request.metadata().get(HEADER)) {
            if let Some(shown) = request.extensions().get::<Shown>() {
                shown.set();
            }
            Ok(request)
        } else {
            Err(Status::unauthenticated("the token is missing or wrong"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_is_whole_and_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = Token::from_file_or_new(&path).unwrap();
        assert_eq!(Token::from_file_or_new(&path).unwrap().reveal(), token.reveal());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
    }

    #[test]
    fn a_file_that_holds_no_token_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "").unwrap();
        let said = Token::from_file_or_new(&path).unwrap_err().to_string();
        let expected =
            format!("the token's file {} cannot be used: a token has at least 16 letters", path.display());
        assert_eq!(said, expected);
    }
}
