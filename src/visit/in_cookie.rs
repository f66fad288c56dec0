//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use tower_sessions::session::Id;

use super::{
    Visit,
    commit::{CookieOrder, Done, Renewal, Step},
    rules::Contents,
};
use crate::{engine::Result, events, key};

impl Visit {
    pub(super) fn take_in_cookie(&self, step: Step) -> Result<Done> {
        let order = match step {
            Step::Renew(renewal) => self.renewed(&renewal)?,
            Step::Begin {
                changes,
                policy,
                is_login,
                ..
            } => {
                let cookie = self.written(&Contents::default().changed(&changes, policy))?;
                in_new_cookie(&cookie, |id| events::begun(id, is_login));
                cookie
            }
            Step::Change {
                seen,
                changes,
                policy,
            } => self.written(&Contents::clone(&seen.contents).changed(&changes, policy))?,
            Step::Touch(seen) => self.written(&seen.contents)?,
            Step::LogOut(seen) => {
                events::logout(seen.id);
                self.rules.decoded.remove(seen.id);
                CookieOrder::Remove
            }
        };
        Ok(Done { order, seen: None })
    }

    fn renewed(&self, renewal: &Renewal) -> Result<CookieOrder> {
        let is_login = renewal.login.is_some();
        let before = renewal.seen.contents.carried(renewal.carries);
        let contents = before.renewed(&renewal.changes, renewal.policy, is_login);
        let cookie = self.written(&contents)?;
        in_new_cookie(&cookie, |id| events::renewed(id, is_login));
        Ok(cookie)
    }

    fn written(&self, contents: &Contents) -> Result<CookieOrder> {
        let (value, term) = self.rules.write_cookie(contents)?;
        Ok(self.rules.kept(value, term))
    }
}

/// Says what happened to the session in a cookie that is handed out.
fn in_new_cookie(cookie: &CookieOrder, say: impl FnOnce(Id)) {
    if let CookieOrder::Set { value, .. } = cookie {
        say(key::fingerprint(value.as_bytes()));
    }
}
