//! What opens the pages: the token itself, a cookie that a browser got for it, or a link that is good for a while. Each
//! is signed with the token, so that nothing has to be remembered, and master and workers open to the same.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::clock::Clock;
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
pub(super) struct Keys {
    token: Token,
    clock: Clock,
}

impl Keys {
    /// Keys that are signed with the token, and good by this clock.
    pub(super) fn new(token: Token, clock: Clock) -> Self {
        Self { token, clock }
    }

    /// A key that is good from now on for a while.
    pub(super) fn make(&self, what: Use) -> String {
        let end = self.seconds_now() + what.seconds();
        format!("{end}.{}", self.signature(what, end))
    }

    /// Whether this is such a key, and still good.
    pub(super) fn fits(&self, what: Use, key: &str) -> bool {
        let Some((end, signature)) = key.split_once('.') else { return false };
        let Ok(end) = end.parse::<u64>() else { return false };
        let signed = bool::from(signature.as_bytes().ct_eq(self.signature(what, end).as_bytes()));
        let now = self.seconds_now();
        signed && end >= now && end <= now + what.seconds()
    }

    /// What the cookie is called: a browser sends those of all ports of a machine, where other clusters may be.
    pub(super) fn cookie_name(&self) -> String {
        let signed = self.signed(b"fram cookie name");
        format!("fram-pages-{}", signed.get(..8).unwrap_or_default())
    }

    /// Whether this is the token.
    pub(super) fn is_token(&self, text: &str) -> bool {
        bool::from(text.trim().as_bytes().ct_eq(self.token.reveal().as_bytes()))
    }

    fn signature(&self, what: Use, end: u64) -> String {
        self.signed(&[what.name().as_bytes(), &end.to_be_bytes()].concat())
    }

    fn signed(&self, text: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.token.reveal().as_bytes()) else {
            return String::new();
        };
        mac.update(text);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn seconds_now(&self) -> u64 {
        self.clock.now() / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_of(token: &str) -> Keys {
        Keys::new(Token::new(token).unwrap(), Clock::default())
    }

    #[test]
    fn keys_are_good_by_the_clock_that_both_go_by() {
        let (master, worker) = (keys_of("0123456789abcdef"), keys_of("0123456789abcdef"));
        let hour = 60 * 60 * 1_000;
        for time in [master.clock.now() - hour, master.clock.now() + hour] {
            master.clock.set(time);
            assert!(!worker.fits(Use::Link, &master.make(Use::Link)), "an hour counts");
            worker.clock.set(time);
            assert!(worker.fits(Use::Link, &master.make(Use::Link)));
            worker.clock.set(time + hour);
            assert!(!worker.fits(Use::Link, &master.make(Use::Link)), "an hour counts");
        }
    }

    #[test]
    fn keys_fit_their_use_and_their_token_alone() {
        let keys = keys_of("0123456789abcdef");
        let others = keys_of("0123456789abcdeg");
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
        assert_eq!(keys.cookie_name(), keys_of("0123456789abcdef").cookie_name());
        assert_ne!(keys.cookie_name(), others.cookie_name(), "two clusters on a machine");
    }
}
