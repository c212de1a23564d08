//! The page that asks for the token.

use std::time::Duration;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::html;
use serde::Deserialize;

use super::guard::Guard;
use super::layout::frame;

/// How long a wrong token is waited over, so that guessing is slow.
const PAUSE: Duration = Duration::from_millis(500);

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

/// The page; what it leads to, and what was wrong before.
pub(super) fn page(to: &str, wrong: Option<&str>) -> Response {
    let body = html! {
        form.login method="post" action="/login" {
            h1 { "Show the token" }
            p { "These pages are for whoever knows the cluster's token. It lies in the file that "
                code { "fram master" } " named when it started, on its machine. A link that needs none comes with the cell "
                code { "%cluster status" } "." }
            @if let Some(wrong) = wrong { p.bad role="alert" { (wrong) } }
            input type="hidden" name="to" value=(to);
            label { "Token " input type="password" name="token" autocomplete="current-password" autofocus required; }
            button type="submit" { "Open" }
        }
    };
    (StatusCode::UNAUTHORIZED, Html(frame("Show the token", &html! {}, &body, false).into_string()))
        .into_response()
}

/// Asks for the token.
pub(super) async fn ask() -> Response {
    page("/", None)
}

/// Looks at the token that was given.
pub(super) async fn check(State(guard): State<Guard>, Form(given): Form<Given>) -> Response {
    if guard.keys.is_token(&given.token) {
        return guard.sent_to(&given.to, true);
    }
    tokio::time::sleep(PAUSE).await;
    page(&given.to, Some("That is not the token."))
}
