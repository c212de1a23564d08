//! What opens the pages: the token itself, a cookie that a browser got for it, or a link that is good for a while. Each
//! is signed with the token, so that nothing has to be remembered, and master and workers open to the same.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::token::Token;

/// What is signed, and for how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// In an address, where others may see it.
    Link,
    /// In a browser that has shown the token or a link.
    Cookie,
}

impl Use {
    /// How long it is good, in seconds.
    pub(super) fn seconds(self) -> u64 {
        match self {
            Self::Link => 10 * 60,
            Self::Cookie => 30 * 24 * 60 * 60,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Link => "fram link",
            Self::Cookie => "fram cookie",
        }
    }
}

/// What opens the pages.
#[derive(Debug, Clone)]
pub(super) struct Keys(pub(super) Token);

impl Keys {
    /// A key that is good from now on for a while.
    pub(super) fn make(&self, what: Use) -> String {
        let end = seconds_now() + what.seconds();
        format!("{end}.{}", self.signature(what, end))
    }

    /// Whether this is such a key, and still good.
    pub(super) fn fits(&self, what: Use, key: &str) -> bool {
        let Some((end, signature)) = key.split_once('.') else { return false };
        let Ok(end) = end.parse::<u64>() else { return false };
        let signed = bool::from(signature.as_bytes().ct_eq(self.signature(what, end).as_bytes()));
        signed && end >= seconds_now() && end <= seconds_now() + what.seconds()
    }

    /// Whether this is the token.
    pub(super) fn is_token(&self, text: &str) -> bool {
        bool::from(text.trim().as_bytes().ct_eq(self.0.reveal().as_bytes()))
    }

    fn signature(&self, what: Use, end: u64) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes()) else {
            return String::new();
        };
        mac.update(what.name().as_bytes());
        mac.update(&end.to_be_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fit_their_use_and_their_token_alone() {
        let keys = Keys(Token::new("0123456789abcdef").unwrap());
        let others = Keys(Token::new("0123456789abcdeg").unwrap());
        let link = keys.make(Use::Link);
        assert!(keys.fits(Use::Link, &link));
        assert!(!keys.fits(Use::Cookie, &link));
        assert!(!others.fits(Use::Link, &link));
        let (end, signature) = link.split_once('.').unwrap();
        let later = end.parse::<u64>().unwrap() + 1;
        assert!(!keys.fits(Use::Link, &format!("{later}.{signature}")));
        let past = format!("1.{}", keys.signature(Use::Link, 1));
        assert!(!keys.fits(Use::Link, &past));
        for wrong in ["", ".", "x.y", "9999999999."] {
            assert!(!keys.fits(Use::Link, wrong), "{wrong}");
        }
    }
}
