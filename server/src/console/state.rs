//! The state that the console's handlers share, and the session of its operator.

use std::{net::SocketAddr, sync::Arc};

use admin::{Admin, Order, audit};
use app::{pages::console::Notice, paths, preferences::Preferences};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use huihua::{Session, key::StoredKey};
use leptos::IntoView;
use tokio::sync::OnceCell;

use super::sealed_id::{IdKind, SealingKey};
use crate::{
    csrf,
    login_limit::LoginLimit,
    pages::{page, unreadable},
    redirect::redirect,
    settings::ConsoleToken,
    state::SiteState,
};

/// The key of the login.
pub(super) const OPEN: &str = "open";
/// The key of the notice that is shown once.
const NOTICE: &str = "notice";

/// The console of one site.
#[derive(Debug)]
pub(super) struct Console {
    pub(super) site: SiteState,
    /// `None`: there are no rows to look after.
    pub(super) admin: Option<Admin>,
    pub(super) token: ConsoleToken,
    pub(super) limit: LoginLimit,
    pub(super) sealing_key: SealingKey,
    /// The orders that the store has, once it has said so.
    pub(super) orders: OnceCell<Vec<Order>>,
}

impl Console {
    /// The sender of a request, for the audit log.
    pub(super) fn by(&self, peer: SocketAddr, headers: &HeaderMap) -> String {
        let client = self.limit.client(peer.ip(), headers);
        format!("{} {client}", audit::CONSOLE)
    }

    /// The stored key that a page of this process has sealed.
    pub(super) fn stored_key(&self, sealed_id: &str) -> Option<StoredKey> {
        StoredKey::parse(&self.sealing_key.open(IdKind::StoredKey, sealed_id)?)
    }

    /// The orders that the store has beside its own.
    pub(super) async fn orders(&self, admin: &Admin) -> Vec<Order> {
        let orders = async { Ok::<_, huihua::engine::Error>(admin.store_info().await?.orders) };
        let orders = self.orders.get_or_try_init(|| orders).await;
        orders.cloned().unwrap_or_default()
    }
}

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
            return Err(redirect(paths::CONSOLE));
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
