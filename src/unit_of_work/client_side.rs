//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use std::sync::Arc;

use tower_sessions::session::Id;

use super::{
    Place, Seen, UnitOfWork,
    commit::{CookieOrder, Done, Renewal, Step},
    rules::Contents,
};
use crate::{
    engine::{Result, Row},
    events, key,
};

impl UnitOfWork {
    pub(super) fn execute_client_side(&self, step: Step) -> Result<Done> {
        match step {
            Step::Renew(renewal) => self.renewed(&renewal),
            Step::Begin {
                key,
                changes,
                policy,
                is_login,
            } => {
                let contents = Contents::default().changed(&changes, policy);
                let done = self.written(key.fingerprint(), contents)?;
                in_new_cookie(&done.order, |id| events::begun(id, is_login));
                Ok(done)
            }
            Step::Change {
                seen,
                changes,
                policy,
            } => {
                let before = Contents::clone(&seen.contents);
                self.written(seen.id, before.changed(&changes, policy))
            }
            Step::Touch(seen) => self.written(seen.id, Contents::clone(&seen.contents)),
            Step::LogOut(seen) => {
                events::logout(seen.id);
                self.rules.decode_cache.remove(seen.id);
                Ok(Done::new(CookieOrder::Remove, None))
            }
        }
    }

    fn renewed(&self, renewal: &Renewal) -> Result<Done> {
        let is_login = renewal.login.is_some();
        let before = renewal.seen.contents.carried(renewal.carries);
        let contents = before.renewed(&renewal.changes, renewal.policy, is_login);
        let done = self.written(renewal.key.fingerprint(), contents)?;
        in_new_cookie(&done.order, |id| events::renewed(id, is_login));
        Ok(done)
    }

    /// `id`: that of the handler's session.
    fn written(&self, id: Id, mut contents: Contents) -> Result<Done> {
        let (payload, term) = self.rules.write_cookie(&mut contents)?;
        let seen = Seen {
            id,
            place: Place::Cookie,
            row: Row {
                payload: payload.clone(),
                expires_at: self.rules.end(term),
            },
            contents: Arc::new(contents),
            by_fallback: false,
        };
        Ok(Done::new(
            self.rules.kept(payload, term),
            Some(Arc::new(seen)),
        ))
    }
}

/// Says what happened to the session in a cookie that is handed out.
fn in_new_cookie(cookie: &CookieOrder, say: impl FnOnce(Id)) {
    if let CookieOrder::Set { value, .. } = cookie {
        say(key::fingerprint(value.as_bytes()));
    }
}
