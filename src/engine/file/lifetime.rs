//! From a file's last change to its session's end, and back.

use time::{Duration, OffsetDateTime};

use crate::{
    engine::Row,
    expiry::{ExpiryPolicy, NEVER},
    signing::{SERVER_SIDE_SALT, SecretKeys, Signer},
};

/// The lifetimes of what files hold.
#[derive(Debug)]
pub(super) struct Lifetimes {
    signer: Signer,
    cookie_age: Duration,
}

enum Lifetime {
    Until(OffsetDateTime),
    After(Duration),
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
        match self.of(payload) {
            Lifetime::Until(end) => end,
            Lifetime::After(span) => changed_at.saturating_add(span).min(NEVER),
        }
    }

    /// The change from which the end of a row that is written `now` follows. That is now, unless
    /// the site's own policy isn't one of Django's.
    pub(super) fn changed_at(&self, row: &Row, now: OffsetDateTime) -> OffsetDateTime {
        match self.of(row.payload()) {
            Lifetime::Until(_) => now,
            Lifetime::After(span) => row.expires_at().saturating_sub(span),
        }
    }

    /// The lifetime of a payload: one that nobody has signed lasts as long as any.
    fn of(&self, payload: &str) -> Lifetime {
        let verified = self.signer.verify(payload);
        match verified.map_or(ExpiryPolicy::Default, |verified| verified.policy()) {
            ExpiryPolicy::Until(end) => Lifetime::Until(end),
            ExpiryPolicy::Never => Lifetime::Until(NEVER),
            ExpiryPolicy::Idle(span) => Lifetime::After(span),
            ExpiryPolicy::Default | ExpiryPolicy::Close => Lifetime::After(self.cookie_age),
        }
    }
}
