//! What becomes of a request: decides what was done to the session, and has it done where the
//! session lives.

use std::mem;

use serde_json::Value;
use tower_sessions::Session;

use super::{Visit, in_rows::Rows};
use crate::{
    data::{Changes, Data},
    engine::{Error, Result},
    events,
    expiry::{Policy, Term},
    key::SessionKey,
    store::Store,
};

/// What to tell the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieOrder {
    Leave,
    Set { value: String, term: Term },
    Remove,
}

/// What a request did to its session.
pub(super) enum Step {
    Nothing,
    /// It had none, and has one now.
    Begin {
        key: SessionKey,
        changes: Changes,
        policy: Option<Policy>,
        is_login: bool,
    },
    /// The same session, with other contents.
    Change {
        changes: Changes,
        policy: Option<Policy>,
    },
    /// The session goes on under a new key.
    Renew {
        key: SessionKey,
        changes: Changes,
        policy: Option<Policy>,
        /// Whether anything of the old session comes along; else the changes are all there is.
        carries: bool,
        /// Who logs in with this request: key and value.
        login: Option<(String, Value)>,
    },
    /// A visit that changed nothing.
    Touch,
}

impl Visit {
    /// Whether the handler ended the session and began no other.
    async fn is_logout(&self, session: &Session) -> bool {
        let (old_key_ends, new_id) = {
            let staged = self.staged();
            let new_id = staged.new_key.as_ref().map(SessionKey::fingerprint);
            (staged.old_key_ends, new_id)
        };
        // An id that names neither a new key nor nothing is that of a deleted session.
        let deleted = session.id().is_some_and(|id| Some(id) != new_id);
        old_key_ends && (deleted || session.is_empty().await)
    }

    /// Brings what was staged into the store. `failed`: the response is a server error, so
    /// nothing is saved; but a logout stays a logout.
    pub(crate) async fn commit(&self, session: &Session, failed: bool) -> Result<CookieOrder> {
        if self.is_logout(session).await {
            return match (&self.rules.store, &self.seen) {
                (Store::Rows(engine), Some(seen)) => {
                    let rows = Rows::new(self, &**engine);
                    rows.log_out(seen).await
                }
                (Store::Cookie, Some(seen)) => {
                    events::logout(seen.id);
                    Ok(CookieOrder::Remove)
                }
                (_, None) => Ok(CookieOrder::Leave),
            };
        }
        if failed {
            return Ok(CookieOrder::Leave);
        }
        if session.is_modified() && !session.is_empty().await {
            // Only stages: the store behind this session is the visit itself.
            session
                .save()
                .await
                .map_err(|error| Error::because("staging a session", error))?;
        }
        let step = self.step(session);
        match &self.rules.store {
            Store::Rows(engine) => Rows::new(self, &**engine).take(step).await,
            Store::Cookie => Ok(self.take_in_cookie(step)),
        }
    }

    fn step(&self, session: &Session) -> Step {
        let policy = self.policy_set(session);
        let staged = mem::take(&mut *self.staged());
        let seen = self.seen.as_ref().map(|seen| &seen.contents.data);
        let values = staged.values.as_ref();
        let renews = staged.new_key.is_some();
        let carries = renews
            && !staged.flushed
            && seen
                .zip(values)
                .is_some_and(|(seen, values)| seen.shares_with(values));
        let nothing = Data::default();
        let before = seen.filter(|_| carries || !renews).unwrap_or(&nothing);
        let changes = values.map_or_else(Changes::default, |values| before.changes_to(values));
        match (&self.seen, staged.new_key) {
            (Some(_), Some(key)) if staged.values.is_some() => Step::Renew {
                key,
                changes,
                policy,
                carries,
                login: staged.login,
            },
            (Some(_), None) if !changes.is_empty() || policy.is_some() => {
                Step::Change { changes, policy }
            }
            (Some(_), None) if staged.peek => Step::Nothing,
            (Some(_), None) if self.rules.save_every_request => Step::Change { changes, policy },
            (Some(_), None) => Step::Touch,
            (None, Some(key)) if !changes.is_empty() => Step::Begin {
                key,
                changes,
                policy,
                is_login: staged.login.is_some(),
            },
            _ => Step::Nothing,
        }
    }
}
