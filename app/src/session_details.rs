//! A visitor's own session, as it is: what its page shows of it.

use std::collections::BTreeMap;

use huihua::{
    Session,
    expiry::{LONGEST_COOKIE, Policy},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::current_user::CurrentUser;

/// Somebody's session.
#[derive(Debug, Clone)]
pub struct SessionDetails {
    /// Who is logged in.
    pub visitor: Option<CurrentUser>,
    /// What names the session in logs: the beginning of its key's hash.
    pub name: String,
    /// Everything in it.
    pub items: BTreeMap<String, Value>,
    /// When it ends on the server.
    pub end: OffsetDateTime,
    /// Whether it ends with the browser.
    pub closes: bool,
    /// When the browser forgets the cookie, unless that is when it is closed.
    pub cookie_end: OffsetDateTime,
}

impl SessionDetails {
    /// The session, if there is one.
    ///
    /// # Errors
    /// None that a visitor can cause.
    pub async fn of(session: &Session) -> Result<Option<Self>, huihua::session::Error> {
        let Some(name) = session.name() else {
            return Ok(None);
        };
        let visitor = CurrentUser::of(session).await?;
        let (policy, end, now) = match &visitor {
            Some(visitor) => (visitor.policy, visitor.end, visitor.now),
            None => (session.policy(), session.expiry_date(), session.now()),
        };
        Ok(Some(Self {
            visitor,
            name,
            items: session.items().await?,
            end,
            closes: policy == Policy::Close,
            cookie_end: end.min(now + LONGEST_COOKIE),
        }))
    }
}
