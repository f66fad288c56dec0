//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use std::collections::HashMap;

use serde_json::Value;
use tower_sessions::session::Id;

use super::{
    Visit,
    commit::{CookieOrder, Step},
    rules::Contents,
};
use crate::{events, expiry::Policy, key};

impl Visit {
    pub(super) fn take_in_cookie(&self, step: Step) -> CookieOrder {
        let nothing = Contents::default();
        let before = match &self.seen {
            Some(seen) => &seen.contents,
            None => &nothing,
        };
        match (step, &self.seen) {
            (
                Step::Renew {
                    changes,
                    policy,
                    carries,
                    login,
                    ..
                },
                _,
            ) => {
                let is_login = login.is_some();
                let before = before.carried(carries);
                let cookie = self.written(&before.renewed(&changes, policy, is_login));
                in_new_cookie(&cookie, |id| events::renewed(id, is_login));
                cookie
            }
            (
                Step::Begin {
                    changes,
                    policy,
                    is_login,
                    ..
                },
                _,
            ) => {
                let cookie = self.written(&before.clone().changed(&changes, policy));
                in_new_cookie(&cookie, |id| events::begun(id, is_login));
                cookie
            }
            (Step::Change { changes, policy }, _) => {
                self.written(&before.clone().changed(&changes, policy))
            }
            // For `Never` it isn't the session that is renewed, but how long the browser keeps it.
            (Step::Touch, Some(seen)) => {
                let term = self.rules.term(before);
                let due = term.touch_due(seen.row.expires_at, self.now());
                if due || term.policy == Policy::Never {
                    self.written(before)
                } else {
                    CookieOrder::Leave
                }
            }
            (Step::Touch, None) | (Step::Nothing, _) => CookieOrder::Leave,
        }
    }

    /// Whether the cookie that would hold `values` is one that browsers keep.
    pub(super) fn fits_into_cookie(
        &self,
        values: &HashMap<String, Value>,
        policy: Option<Policy>,
    ) -> bool {
        let before = match &self.seen {
            Some(seen) => Contents::clone(&seen.contents),
            None => Contents::default(),
        };
        let changes = before.data.changes_to(values);
        let (value, _) = self.rules.write_cookie(&before.changed(&changes, policy));
        value.len() <= self.rules.cookie_room
    }

    fn written(&self, contents: &Contents) -> CookieOrder {
        let (value, term) = self.rules.write_cookie(contents);
        self.rules.kept(value, term)
    }
}

/// Says what happened to the session in a cookie that is handed out.
fn in_new_cookie(cookie: &CookieOrder, say: impl FnOnce(Id)) {
    if let CookieOrder::Set { value, .. } = cookie {
        say(key::fingerprint(value.as_bytes()));
    }
}
