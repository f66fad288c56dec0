//! The user who is logged in, and their session as its page shows it.

use std::collections::BTreeMap;

use huihua::{
    Session,
    expiry::{ExpiryPolicy, LONGEST_COOKIE, NEVER},
};
use serde::Serialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

pub use admin::UNAME;

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// Their name, as they typed it.
    pub uname: String,
    /// The way in which their session ends.
    pub policy: ExpiryPolicy,
    /// The moment that it ends on the server.
    pub end: OffsetDateTime,
    /// The present moment, by the server's clock.
    pub now: OffsetDateTime,
}

/// True if the site keeps a key of the session for itself.
pub fn is_protected(key: &str) -> bool {
    key == UNAME || key.starts_with('_')
}

impl CurrentUser {
    /// The user of a session; `None`: nobody is logged in.
    ///
    /// # Errors
    /// If the session can't be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, huihua::session::Error> {
        let value = session.get_value(UNAME).await?;
        let Some(uname) = value.as_ref().and_then(admin::uname) else {
            return Ok(None);
        };
        let (end, now) = (session.expiry_date(), session.now());
        Ok(Some(Self { uname, policy: session.policy(), end, now }))
    }

    /// The days until the end, counting one that has begun.
    pub fn days_left(&self) -> i64 {
        (self.end - self.now).max(Duration::ZERO).whole_days() + 1
    }

    /// The end in milliseconds since 1970, as browsers count; `None`: it has no end.
    pub fn end_millis(&self) -> Option<f64> {
        (self.end != NEVER).then(|| millis(self.end))
    }

    /// The length of the whole session, in milliseconds: a full ring of the countdown. Of a fixed end
    /// nobody knows when it was chosen, so that is in whole days.
    pub fn span_millis(&self, cookie_age: Duration) -> f64 {
        let span = match self.policy {
            ExpiryPolicy::Idle(idle) => idle,
            ExpiryPolicy::Until(_) | ExpiryPolicy::Never => Duration::days(self.days_left()),
            ExpiryPolicy::Default | ExpiryPolicy::Close => cookie_age,
        };
        span.as_seconds_f64() * 1000.0
    }
}

/// Milliseconds since 1970, rounded up, so that no clock of a browser is early.
pub fn millis(instant: OffsetDateTime) -> f64 {
    ((instant - OffsetDateTime::UNIX_EPOCH).as_seconds_f64() * 1000.0).ceil()
}

/// The answer to the script of an open page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionStatus {
    /// The user who is logged in.
    pub uname: Option<String>,
    /// The end of their session, in milliseconds since 1970.
    pub end: Option<f64>,
    /// The present moment by the server's clock, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
}

impl SessionStatus {
    /// The status of `user`'s session, or of nobody's.
    pub fn of(user: Option<&CurrentUser>) -> Self {
        Self {
            uname: user.map(|user| user.uname.clone()),
            end: user.and_then(CurrentUser::end_millis),
            now: user.map(|user| millis(user.now)),
        }
    }
}

/// A session.
#[derive(Debug, Clone)]
pub struct SessionDetails {
    /// The user who is logged in.
    pub user: Option<CurrentUser>,
    /// The fingerprint of its key, which names it in logs.
    pub fingerprint: String,
    /// Everything in it.
    pub items: BTreeMap<String, Value>,
    /// Its end on the server.
    pub end: OffsetDateTime,
    /// The end of the browser's cookie; `None`: when the browser is closed.
    pub cookie_end: Option<OffsetDateTime>,
}

impl SessionDetails {
    /// The session, if there is one.
    ///
    /// # Errors
    /// If the session can't be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, huihua::session::Error> {
        let Some(fingerprint) = session.fingerprint() else {
            return Ok(None);
        };
        let user = CurrentUser::of(session).await?;
        let (policy, end, now) = match &user {
            Some(user) => (user.policy, user.end, user.now),
            None => (session.policy(), session.expiry_date(), session.now()),
        };
        Ok(Some(Self {
            user,
            fingerprint: fingerprint.to_string(),
            items: session.items().await?,
            end,
            cookie_end: (policy != ExpiryPolicy::Close).then(|| end.min(now + LONGEST_COOKIE)),
        }))
    }
}
