//! Sessions that live in the cookie: every step ends in the cookie that the browser gets, and
//! nothing is left to compare with or to wait for.

use super::{
    Visit,
    commit::{CookieOrder, Step},
    rules::Contents,
};
use crate::expiry::Policy;

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
                let before = before.carried(carries);
                self.written(&before.renewed(&changes, policy, login.is_some()))
            }
            (
                Step::Begin {
                    changes, policy, ..
                }
                | Step::Change { changes, policy },
                _,
            ) => self.written(&before.clone().changed(&changes, policy)),
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

    fn written(&self, contents: &Contents) -> CookieOrder {
        let (value, term) = self.rules.write_cookie(contents);
        self.rules.kept(value, term)
    }
}
