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
        match (step, &self.seen) {
            (
                Step::Begin {
                    changes, policy, ..
                }
                | Step::Change { changes, policy }
                | Step::Renew {
                    changes, policy, ..
                },
                seen,
            ) => {
                let before = seen.as_ref().map(|seen| seen.contents.clone());
                self.written(before.unwrap_or_default(), &changes, policy)
            }
            // For `Never` it isn't the session that is renewed, but how long the browser keeps it.
            (Step::Touch, Some(seen)) => {
                let policy = self.rules.effective(seen.contents.policy);
                let due = policy.touch_due(seen.row.expires_at, self.now());
                if due || policy == Policy::Never {
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
        let value = self.rules.write_cookie(&contents);
        self.rules.kept(value, contents.policy)
    }
}
