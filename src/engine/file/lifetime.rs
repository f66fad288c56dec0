//! From a file's last change to its session's end, and back.

use time::{Duration, OffsetDateTime};

use crate::{
    engine::Row,
    expiry::ExpiryPolicy,
    signing::{SERVER_SIDE_SALT, SecretKeys, Signer},
};

/// The lifetimes of what files hold.
#[derive(Debug)]
pub(super) struct Lifetimes {
    signer: Signer,
    cookie_age: Duration,
}

impl Lifetimes {
    pub(super) fn new(secret_keys: &SecretKeys, cookie_age: Duration) -> Self {
        Self {
            signer: Signer::new(secret_keys, SERVER_SIDE_SALT)
                // What is too large is for the layer to say: its file ends when it says.
                .with_max_bytes(usize::MAX),
            cookie_age,
        }
    }

    /// The end of a session that was last changed at `changed_at`.
    pub(super) fn end(&self, payload: &str, changed_at: OffsetDateTime) -> OffsetDateTime {
        self.policy(payload).row_end(changed_at, self.cookie_age)
    }

    /// The change from which the end of a row that is written `now` follows. That is now, unless
    /// the site's own policy isn't one of Django's.
    pub(super) fn changed_at(&self, row: &Row, now: OffsetDateTime) -> OffsetDateTime {
        let lasts = match self.policy(row.payload()) {
            ExpiryPolicy::Until(_) | ExpiryPolicy::Never => return now,
            ExpiryPolicy::Idle(span) => span,
            ExpiryPolicy::Default | ExpiryPolicy::Close => self.cookie_age,
        };
        row.expires_at().saturating_sub(lasts)
    }

    /// The policy of a payload: one that nobody has signed lasts as long as any.
    fn policy(&self, payload: &str) -> ExpiryPolicy {
        let verified = self.signer.verify(payload);
        verified.map_or(ExpiryPolicy::Default, |verified| verified.policy())
    }
}
