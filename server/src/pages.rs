//! The handlers: each reads the session, and renders a page of the app.

use std::{net::SocketAddr, time::Duration};

use app::{
    document::render,
    form::{Problems, Refused},
    pages::{HomePage, LoginPage, LogoutPage, NotFoundPage},
    visitor::Visitor,
};
use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;
use tower_http::csrf::ProtectionError;

use crate::{
    site::SiteState,
    submit::{SESSIONS_OFF, Submitted, submit, typed_in},
};

/// What is sent with 503 while the store is broken. It stands alone, because what it would
/// otherwise lean on may be broken too.
pub(crate) const UNAVAILABLE: &str = include_str!("unavailable.html");

pub(crate) async fn home(State(state): State<SiteState>, session: Option<Session>) -> Response {
    home_page(&state, session, StatusCode::OK, None).await
}

async fn home_page(
    state: &SiteState,
    session: Option<Session>,
    status: StatusCode,
    refused: Option<Refused>,
) -> Response {
    let visitor = match visitor(session).await {
        Ok(visitor) => visitor,
        Err(response) => return response,
    };
    page(state, status, || view! { <HomePage visitor refused /> })
}

pub(crate) async fn login(State(state): State<SiteState>) -> Response {
    let refused = state.store.is_none().then(|| Refused {
        problems: Problems::with_form(SESSIONS_OFF),
        ..Refused::default()
    });
    login_page(&state, StatusCode::OK, refused)
}

fn login_page(state: &SiteState, status: StatusCode, refused: Option<Refused>) -> Response {
    page(state, status, || view! { <LoginPage refused /> })
}

pub(crate) async fn login_handle(
    State(state): State<SiteState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Err(wait) = state.login_limit.check(peer, request.headers()) {
        tracing::warn!(event = "login_too_often");
        return too_often(&state, wait, request).await;
    }
    match submit(request).await {
        Submitted::Answer(answer) => answer,
        Submitted::Again(status, refused) => login_page(&state, status, Some(refused)),
    }
}

/// Somebody tries to log in too often. What was typed is kept for the next try.
async fn too_often(state: &SiteState, wait: Duration, request: Request) -> Response {
    let seconds = wait.as_secs() + 1;
    let refused = Refused {
        typed: typed_in(request).await,
        problems: Problems::with_form(&format!("登录得太频繁了，请过 {seconds} 秒再试。")),
    };
    let mut page = login_page(state, StatusCode::TOO_MANY_REQUESTS, Some(refused));
    page.headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    page
}

pub(crate) async fn change_expiry(
    State(state): State<SiteState>,
    session: Option<Session>,
    request: Request,
) -> Response {
    match submit(request).await {
        Submitted::Answer(answer) => answer,
        Submitted::Again(status, refused) => {
            home_page(&state, session, status, Some(refused)).await
        }
    }
}

pub(crate) async fn logout(request: Request) -> Response {
    match submit(request).await {
        Submitted::Answer(answer) => answer,
        // It has no fields that anybody could mend.
        Submitted::Again(status, _) => status.into_response(),
    }
}

/// The manual's link. It logs out if the visitor followed it, and asks if it may have been
/// somebody else's idea: another site's, or a browser's that fetches ahead.
pub(crate) async fn logout_link(State(state): State<SiteState>, request: Request) -> Response {
    if request.method() == Method::GET && is_visitors_own(request.headers()) {
        logout(request).await
    } else {
        page(&state, StatusCode::OK, || view! { <LogoutPage /> })
    }
}

fn is_visitors_own(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains(word))
    };
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    let prefetch = says("sec-purpose", "prefetch") || says("purpose", "prefetch");
    matches!(site, None | Some(b"same-origin" | b"none")) && !prefetch
}

/// What the open page asks now and then: who is logged in, and until when. Asking is no visit.
pub(crate) async fn session(session: Option<Session>) -> Response {
    if let Some(session) = &session {
        session.peek();
    }
    match visitor(session).await {
        Ok(visitor) => Json(app::visitor::State::of(visitor.as_ref())).into_response(),
        Err(response) => response,
    }
}

pub(crate) async fn not_found(State(state): State<SiteState>) -> Response {
    let mut page = page(&state, StatusCode::NOT_FOUND, || view! { <NotFoundPage /> });
    let no_store = header::HeaderValue::from_static("no-store");
    page.headers_mut().insert(header::CACHE_CONTROL, no_store);
    page
}

/// Another site's page sent this request in a visitor's name.
pub(crate) fn from_another_site(_: ProtectionError) -> Response {
    tracing::warn!(event = "cross_site_refused");
    let page = Html(
        "<!doctype html><html lang=\"zh-CN\"><title>已拒绝</title><p>这个请求来自别的网站，已拒绝。",
    );
    (StatusCode::FORBIDDEN, page).into_response()
}

async fn visitor(session: Option<Session>) -> Result<Option<Visitor>, Response> {
    let Some(session) = session else {
        return Ok(None);
    };
    Visitor::of(&session).await.map_err(|error| {
        tracing::error!(%error, "a session can't be read");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

fn page<V: IntoView>(state: &SiteState, status: StatusCode, view: impl FnOnce() -> V) -> Response {
    let made = render(state.site, view);
    let mut response = (status, Html(made.html)).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        state.guard.policy_of_page(&made.nonce),
    );
    response
}
