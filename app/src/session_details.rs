//! The session of a request, as its page shows it.

use std::collections::BTreeMap;

use huihua::{
    Session,
    expiry::{ExpiryPolicy, LONGEST_COOKIE},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::current_user::CurrentUser;

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
    /// True if it ends with the browser.
    pub closes: bool,
    /// The end of the browser's cookie, unless that is when the browser is closed.
    pub cookie_end: OffsetDateTime,
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
            closes: policy == ExpiryPolicy::Close,
            cookie_end: end.min(now + LONGEST_COOKIE),
        }))
    }
}
