//! A visitor's own session, as it is: what its page shows of it.

use std::collections::BTreeMap;

use huihua::{
    Session,
    expiry::{ExpiryPolicy, LONGEST_COOKIE},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::visitor::Visitor;

/// Somebody's session.
#[derive(Debug, Clone)]
pub struct Own {
    /// Who is logged in.
    pub visitor: Option<Visitor>,
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

impl Own {
    /// The session, if there is one.
    ///
    /// # Errors
    /// None that a visitor can cause.
    pub async fn of(session: &Session) -> Result<Option<Self>, huihua::session::Error> {
        let Some(fingerprint) = session.fingerprint() else {
            return Ok(None);
        };
        let visitor = Visitor::of(session).await?;
        let (policy, end, now) = match &visitor {
            Some(visitor) => (visitor.policy, visitor.end, visitor.now),
            None => (session.policy(), session.expiry_date(), session.now()),
        };
        Ok(Some(Self {
            visitor,
            name: fingerprint.to_string(),
            items: session.items().await?,
            end,
            closes: policy == ExpiryPolicy::Close,
            cookie_end: end.min(now + LONGEST_COOKIE),
        }))
    }
}
