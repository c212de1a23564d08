//! Who may see a page: requests that name this machine, come from its own pages, and show the token, a cookie or a link.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION,
    ORIGIN, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::keys::{Keys, Use};
use super::login;
use super::names::Names;

/// What pages may load: their own style and script, and nothing else from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What the logo may: it has a style of its own, for dark pages.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const LOGO: &str = "/logo.svg";
/// What anybody may ask for: it says nothing of the cluster.
const OPEN: [&str; 5] = ["/healthz", "/login", "/style.css", "/live.js", LOGO];
/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(10);

/// What is said to whoever asks for another machine.
const STRANGE_NAME: &str = "this machine has no such name: open its pages by its address, or by the name that notebooks \
                            have in %cluster fram://NAME";

/// What the guard knows.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) keys: Keys,
    pub(super) names: Names,
    /// Whether connections are encrypted.
    pub(super) is_encrypted: bool,
}

/// Answers a request that may be answered, and refuses others.
pub(super) async fn watch(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let policy = if request.uri().path() == LOGO { LOGO_POLICY } else { POLICY };
    let is_stranger = !guard.is_known(request.headers());
    let mut answer = match guard.refusal(&request) {
        Some(refusal) => refusal,
        None => match tokio::time::timeout(LONGEST, next.run(request)).await {
            Ok(answer) => answer,
            Err(_) => plain(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
        },
    };
    let headers = answer.headers_mut();
    if is_stranger {
        // It may ask again, but holds no connection that others want.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

impl Guard {
    fn refusal(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let host = text(headers, HOST.as_str()).unwrap_or_default();
        // Only a program can show the token itself: it knows whom it asks.
        if !self.names.have(host) && !self.has_token(headers) {
            return Some(plain(StatusCode::MISDIRECTED_REQUEST, STRANGE_NAME));
        }
        if request.method() != Method::GET && !is_from(headers, host) {
            return Some(plain(StatusCode::FORBIDDEN, "only this page's own buttons may do that"));
        }
        if let Some(answer) = self.entered(request.uri()) {
            return Some(answer);
        }
        if OPEN.contains(&request.uri().path()) || self.is_known(headers) {
            return None;
        }
        if request.method() == Method::GET && request.uri().path() != "/metrics" {
            return Some(login::page(request.uri().path(), None));
        }
        Some(plain(StatusCode::UNAUTHORIZED, "show the token: Authorization: Bearer TOKEN"))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let bearer = text(headers, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        bearer.is_some_and(|token| self.keys.is_token(token))
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        if self.has_token(headers) {
            return true;
        }
        let wanted = self.keys.cookie_name();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == wanted && self.keys.fits(Use::Cookie, value))
    }

    /// For an address with a key in it: the browser remembers the key as a cookie, and goes to the address without.
    fn entered(&self, uri: &Uri) -> Option<Response> {
        let query = uri.query()?;
        let is_secret = |pair: &&str| pair.starts_with("key=") || pair.starts_with("token=");
        let key = query.split('&').find(is_secret)?;
        let rest: Vec<&str> = query.split('&').filter(|pair| !is_secret(pair)).collect();
        let bare = match rest.as_slice() {
            [] => uri.path().to_owned(),
            rest => format!("{}?{}", uri.path(), rest.join("&")),
        };
        let fits = key.strip_prefix("key=").is_some_and(|key| self.keys.fits(Use::Link, key));
        Some(self.sent_to(&bare, fits))
    }

    /// Sends the browser to the address, with a cookie where it has shown what it must.
    pub(super) fn sent_to(&self, path: &str, with_cookie: bool) -> Response {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SEE_OTHER;
        // A path of another machine would begin with two slashes.
        let path = format!("/{}", path.trim_start_matches(['/', '\\']));
        let location = HeaderValue::from_str(&path).unwrap_or_else(|_| HeaderValue::from_static("/"));
        answer.headers_mut().insert(LOCATION, location);
        if with_cookie {
            let (key, age) = (self.keys.make(Use::Cookie), Use::Cookie.seconds());
            let secure = if self.is_encrypted { "; Secure" } else { "" };
            let name = self.keys.cookie_name();
            let cookie = format!("{name}={key}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().insert(SET_COOKIE, cookie);
            }
        }
        answer
    }
}

/// Whether the request comes from a page of this host.
fn is_from(headers: &HeaderMap, host: &str) -> bool {
    match text(headers, ORIGIN.as_str()) {
        Some(origin) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        None => text(headers, AUTHORIZATION.as_str()).is_some(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// An answer of one line.
pub(super) fn plain(status: StatusCode, line: &'static str) -> Response {
    let mut answer = Response::new(Body::from(line));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
