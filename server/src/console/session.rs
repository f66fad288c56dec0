//! The console's own session.

use std::{net::SocketAddr, sync::Arc};

use app::{pages::console::Notice, preferences::Preferences};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use huihua::Session;
use leptos::IntoView;

use super::state::{Console, PATH};
use crate::{
    csrf,
    pages::{page, unreadable},
    redirect::redirect,
};

/// The key of the login.
pub(super) const OPEN: &str = "open";
/// The key of the notice that is shown once.
const NOTICE: &str = "notice";

/// The session of somebody who is logged in to the console, and the context of its pages. Others are
/// sent to its login.
pub(super) struct ConsoleSession {
    pub(super) console: Arc<Console>,
    preferences: Preferences,
    pub(super) session: Session,
    /// `true`: somebody will read the answer.
    is_read: bool,
    /// The operator, for the audit log.
    pub(super) by: String,
}

impl ConsoleSession {
    pub(super) fn page<V: IntoView>(
        &self,
        status: StatusCode,
        view: impl FnOnce() -> V,
    ) -> Response {
        page(&self.console.site, self.preferences, status, view)
    }

    /// Keeps a notice for the next page, or answers that the session can't be read.
    pub(super) async fn set_notice(&self, notice: &Notice) -> Result<(), Response> {
        self.session.insert(NOTICE, notice).await.map_err(unreadable)
    }

    /// The notice, once: not for a browser that fetches the page ahead.
    pub(super) async fn take_notice(&self) -> Option<Notice> {
        if !self.is_read {
            return None;
        }
        self.session.remove(NOTICE).await.ok().flatten()
    }
}

impl FromRequestParts<Arc<Console>> for ConsoleSession {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, console)
            .await
            .map_err(IntoResponse::into_response)?;
        if !is_logged_in(&session).await {
            return Err(redirect(PATH));
        }
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, console)
            .await
            .map_err(IntoResponse::into_response)?;
        let Ok(preferences) = Preferences::from_request_parts(parts, console).await;
        Ok(Self {
            console: console.clone(),
            preferences,
            session,
            is_read: parts.method != Method::HEAD && csrf::is_navigation(&parts.headers),
            by: console.by(peer, &parts.headers),
        })
    }
}

pub(super) async fn is_logged_in(session: &Session) -> bool {
    session.get_or(OPEN, false).await.unwrap_or(false)
}
