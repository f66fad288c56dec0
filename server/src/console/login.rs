//! Who may see the console, and who not.

use std::net::SocketAddr;

use admin::audit;
use app::{
    form::Wrong,
    pages::console::{ConsoleLoginPage, Notice},
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, RawForm, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::{Console, PATH, overview};
use crate::{
    csrf,
    look::Chosen,
    pages::{page, unreadable},
    submit::{field, found},
};

/// The key of the console's session under which it is open.
const OPEN: &str = "open";
/// The key under which it keeps what is to be said once.
const NOTICE: &str = "notice";

/// The console's own session, in which it is open. Where it isn't, the answer is the gate.
pub(super) struct ConsoleSession {
    session: Session,
    /// Whether somebody will read the answer.
    is_read: bool,
    /// Whose actions these are, for the audit log.
    pub(super) by: String,
}

impl ConsoleSession {
    pub(super) async fn set_notice(&self, notice: &Notice) -> Result<(), Response> {
        let said = self.session.insert(NOTICE, notice).await;
        said.map_err(|error| unreadable(&error))
    }

    /// What is to be said, once: not to a browser that fetches the page ahead.
    pub(super) async fn take_notice(&self) -> Option<Notice> {
        if !self.is_read {
            return None;
        }
        self.session.remove(NOTICE).await.ok().flatten()
    }
}

impl FromRequestParts<Console> for ConsoleSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, console)
            .await
            .map_err(IntoResponse::into_response)?;
        if !is_logged_in(&session).await {
            return Err(found(PATH));
        }
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, console)
            .await
            .map_err(IntoResponse::into_response)?;
        let by = console.by(peer, &parts.headers);
        Ok(Self {
            session,
            is_read: parts.method != Method::HEAD && csrf::is_navigation(&parts.headers),
            by,
        })
    }
}

impl Console {
    fn by(&self, peer: SocketAddr, headers: &HeaderMap) -> String {
        format!(
            "{} {}",
            audit::CONSOLE,
            self.limit.client(peer.ip(), headers)
        )
    }
}

pub(super) async fn is_logged_in(session: &Session) -> bool {
    session.get_or(OPEN, false).await.unwrap_or(false)
}

/// The overview, or the gate before it.
pub(super) async fn index(
    State(console): State<Console>,
    Chosen(look): Chosen,
    opened: Result<ConsoleSession, Response>,
) -> Response {
    match opened {
        Ok(opened) => overview::overview(&console, look, StatusCode::OK, &opened, None).await,
        Err(_) => {
            let view = || view! { <ConsoleLoginPage wrong=None /> };
            page(&console.site, look, StatusCode::OK, view)
        }
    }
}

/// Opens the console to whoever has the token.
pub(super) async fn login(
    State(console): State<Console>,
    Chosen(look): Chosen,
    session: Session,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let by = console.by(peer, &headers);
    let again = |status, wrong| {
        let view = || view! { <ConsoleLoginPage wrong=Some(wrong) /> };
        page(&console.site, look, status, view)
    };
    if let Err(seconds) = console.limit.check(peer, &headers) {
        audit::console_refused(&by, "too often");
        let mut page = again(StatusCode::TOO_MANY_REQUESTS, Wrong::TooOften(seconds));
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
        return page;
    }
    if !console.token.is(&field(&form, "token")) {
        audit::console_refused(&by, "wrong token");
        return again(StatusCode::FORBIDDEN, Wrong::Token);
    }
    match session.login(OPEN, true).await {
        Ok(()) => {
            audit::console_opened(&by);
            found(PATH)
        }
        Err(error) => unreadable(&error),
    }
}

/// Closes it.
pub(super) async fn logout(opened: ConsoleSession) -> Response {
    match opened.session.flush().await {
        Ok(()) => {
            audit::console_closed(&opened.by);
            found(PATH)
        }
        Err(error) => unreadable(&error),
    }
}
