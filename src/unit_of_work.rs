//! One request's unit of work: the row as it was loaded, what the handler staged, and the one
//! commit that brings both together.
//!
//! A [`UnitOfWork`] is the `SessionStore` of exactly one `tower_sessions::Session`. What that session
//! saves, creates and deletes is only remembered here; the store is written once, by
//! `UnitOfWork::commit`, when the handler is done and before the head of the response is sent. From then on
//! saving writes through: see `unit_of_work/sent.rs`.

mod client_side;
mod codec;
mod commit;
mod config;
mod decode_cache;
mod loaded_session;
mod recently_revoked;
mod renewal;
mod sent;
mod server_side;
mod session_store;
mod staged;
mod state;
mod step;
mod striped_lock;
mod timeout_budget;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;

pub(crate) use self::{
    codec::Codec, config::Config, recently_revoked::RecentlyRevoked, step::CookieAction,
    striped_lock::StripedLock,
};
use self::{
    loaded_session::LoadedSession, server_side::ServerSide, staged::Inner,
    timeout_budget::TimeoutBudget,
};
use crate::{
    engine::Result,
    expiry::ExpiryPolicy,
    key::{SessionKey, StoredKey},
    tower_sessions::{Expiry, Session, session::Id},
};

/// The number of cookies under the session's name that are looked at. A browser sends one for each domain
/// and path that has ever set one.
const CANDIDATES: usize = 8;

/// One request's unit of work on one session.
#[derive(Debug)]
pub(crate) struct UnitOfWork {
    config: Arc<Config>,
    budget: TimeoutBudget,
    inner: Mutex<Inner>,
    /// Other keys that the browser sent: they end with the session.
    other_keys: Vec<StoredKey>,
    accessed: AtomicBool,
}

impl UnitOfWork {
    /// Finds the session that the browser's cookies name or hold: the first that is a live one, or where they
    /// hold it, the one that was signed last. A cookie that names none is as good as no cookie at all.
    pub(crate) async fn open<'a>(
        config: Arc<Config>,
        cookies: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Arc<Self>> {
        let budget = config.timeout_budget();
        let (seen, other_keys) = match ServerSide::of(&config, &budget) {
            Some(server_side) => {
                let mut keys: Vec<SessionKey> = Vec::new();
                for key in cookies.filter_map(SessionKey::parse) {
                    // A cookie that was set anew for another path is sent twice.
                    if keys.len() < CANDIDATES && !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                server_side.first_live(keys).await?
            }
            None => {
                let live = cookies.filter_map(|value| config.read_cookie(value));
                // No logout or login can end one of another path.
                let latest = live.take(CANDIDATES).max_by_key(|(signed_at, _)| *signed_at);
                (latest.map(|(_, seen)| seen), Vec::new())
            }
        };
        let policy = seen.as_ref().and_then(LoadedSession::policy);
        let expiry = policy.and_then(ExpiryPolicy::to_expiry).or(config.default_expiry);
        let inner = Inner { seen: seen.map(Arc::new), expiry, ..Inner::default() };
        Ok(Arc::new(Self {
            config,
            budget,
            inner: Mutex::new(inner),
            other_keys,
            accessed: AtomicBool::new(false),
        }))
    }

    /// The session of this unit of work, for handlers.
    pub(crate) fn session(self: &Arc<Self>) -> Session {
        Session::new(self.known(), self.clone(), self.inner().expiry)
    }

    /// The session as it is known now: at first, the one with which the browser came.
    pub(crate) fn known(&self) -> Option<Id> {
        self.inner().seen_id()
    }

    /// True if what the session holds is known.
    pub(crate) fn is_readable(&self) -> bool {
        self.inner().current().is_none_or(|seen| seen.state.is_ok())
    }

    /// True if the handler has accessed the session.
    pub(crate) fn was_accessed(&self) -> bool {
        self.accessed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_accessed(&self) {
        self.accessed.store(true, Ordering::Relaxed);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    /// The handler has chosen `policy`, which its session knows as `expiry`.
    pub(crate) fn set_policy(&self, policy: ExpiryPolicy, expiry: Option<Expiry>) {
        let mut inner = self.inner();
        inner.staged.policy = Some(policy);
        inner.staged.refused = false;
        inner.expiry = expiry;
    }

    pub(crate) fn without_touch(&self) {
        self.inner().staged.without_touch = true;
    }

    /// The policy that holds for `session` at this point of the request.
    pub(crate) fn policy(&self, session: &Session) -> ExpiryPolicy {
        let inner = self.inner();
        let kept = inner.seen.as_ref().and_then(|seen| seen.policy()).unwrap_or_default();
        self.config.effective_policy(inner.policy_set(session).unwrap_or(kept))
    }

    /// The end of `session` if nothing else happens to it than what this request did.
    pub(crate) fn end(&self, session: &Session) -> OffsetDateTime {
        let now = self.now();
        let policy = self.policy(session);
        let inner = self.inner();
        let began = inner.seen.as_ref().and_then(|seen| seen.known()?.began);
        let began = began.filter(|_| inner.staged.login.is_none());
        let expiry = self.config.effective_expiry_since(policy, Some(began.unwrap_or(now)));
        match &inner.seen {
            Some(seen) if !session.is_modified() => {
                let slides = expiry.touch_due(seen.row.expires_at(), now);
                if slides && !inner.staged.without_touch {
                    self.config.end(expiry)
                } else {
                    seen.row.expires_at().min(expiry.latest)
                }
            }
            _ => self.config.end(expiry),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.config.clock.now()
    }
}
