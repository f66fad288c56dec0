//! The state that the console's handlers share.

use std::net::SocketAddr;

use admin::{Admin, Order, audit};
use axum::http::HeaderMap;
use huihua::key::StoredKey;
use tokio::sync::OnceCell;

use super::sealed_id::{IdKind, SealingKey};
use crate::{login_limit::LoginLimit, settings::ConsoleToken, state::SiteState};

pub(super) const PATH: &str = "/console/";

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
