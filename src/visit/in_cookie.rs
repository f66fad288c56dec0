//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use super::{
    Visit,
    commit::{CookieOrder, Step},
    rules::Contents,
};
use crate::{data::Changes, expiry::Policy};

impl Visit {
    pub(super) fn take_in_cookie(&self, step: Step) -> CookieOrder {
        let before = || match &self.seen {
            Some(seen) => seen.contents.clone(),
            None => Contents::default(),
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
                let mut before = match carries {
                    true => before(),
                    false => Contents::empty(before().policy),
                };
                if login.is_some() {
                    before.began = None;
                }
                self.written(before, &changes, policy)
            }
            (
                Step::Begin {
                    changes, policy, ..
                }
                | Step::Change { changes, policy },
                _,
            ) => self.written(before(), &changes, policy),
            // For `Never` it isn't the session that is renewed, but how long the browser keeps it.
            (Step::Touch, Some(seen)) => {
                let Contents { policy, began, .. } = seen.contents;
                let term = self.rules.term(policy, began);
                let due = term.touch_due(seen.row.expires_at, self.now());
                if due || term.policy == Policy::Never {
                    self.written(seen.contents.clone(), &Changes::default(), None)
                } else {
                    CookieOrder::Leave
                }
            }
            (Step::Touch, None) | (Step::Nothing, _) => CookieOrder::Leave,
        }
    }

    fn written(&self, before: Contents, changes: &Changes, policy: Option<Policy>) -> CookieOrder {
        let contents = before.changed(changes, policy);
        let (value, term) = self.rules.write_cookie(&contents);
        self.rules.kept(value, term)
    }
}
