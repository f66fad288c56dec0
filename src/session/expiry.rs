//! The end of a session.

use time::{Duration, OffsetDateTime};

use super::Session;
use crate::{expiry::ExpiryPolicy, tower_sessions::Expiry};

impl Session {
    /// Chooses when this session ends; it is remembered in the session. `None` is the site's own choice. The
    /// time counts from now even if the choice is the one that held before. Django's `set_expiry(value)`.
    pub fn set_expiry(&self, expiry: Option<Expiry>) {
        self.inner.set_expiry(expiry);
        self.unit.set_policy(ExpiryPolicy::from_expiry(expiry), expiry);
    }

    /// The policy that holds for this session, the site's where it has chosen none.
    pub fn policy(&self) -> ExpiryPolicy {
        self.unit.policy(&self.inner)
    }

    /// The time that the session lasts from now on, in whole seconds: one that has begun counts. Django's
    /// `get_expiry_age()`.
    pub fn expiry_age(&self) -> Duration {
        let left = (self.expiry_date() - self.now()).max(Duration::ZERO);
        Duration::seconds(left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0))
    }

    /// The moment at which the session ends on the server, this visit counted. Django's `get_expiry_date()`.
    pub fn expiry_date(&self) -> OffsetDateTime {
        self.unit.end(&self.inner)
    }

    /// The present moment, by the clock that decides when sessions end.
    pub fn now(&self) -> OffsetDateTime {
        self.unit.now()
    }

    /// True if the browser forgets the session when it is closed. Django's `get_expire_at_browser_close()`.
    pub fn expires_at_browser_close(&self) -> bool {
        self.policy() == ExpiryPolicy::Close
    }
}
