//! What holds for every visit, and how a row becomes a session's contents and back.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tower_sessions::Expiry;

use crate::{
    clock::Clock,
    data::{Changes, Data, EXPIRY_KEY},
    engine::{Engine, Row},
    expiry::Policy,
    signing::Signer,
};

/// What every visit needs to know and none changes.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) hash_keys: bool,
    pub(crate) cookie_age: Duration,
    /// What holds for sessions that have chosen nothing themselves.
    pub(crate) default_expiry: Option<Expiry>,
    pub(crate) save_every_request: bool,
}

impl Rules {
    pub(super) fn effective(&self, policy: Policy) -> Policy {
        match policy {
            Policy::Default => Policy::from_expiry(self.default_expiry),
            chosen => chosen,
        }
    }

    pub(super) fn end(&self, policy: Policy) -> OffsetDateTime {
        self.effective(policy)
            .row_end(self.clock.now(), self.cookie_age)
    }

    /// What the browser is told: see [`Policy::cookie_age`].
    pub(crate) fn cookie_age(&self, policy: Policy) -> Option<Duration> {
        self.effective(policy)
            .cookie_age(self.clock.now(), self.cookie_age)
    }

    pub(super) fn read(&self, row: &Row) -> Option<Contents> {
        let opened = self
            .signer
            .open(&row.payload)
            .inspect_err(|why| tracing::warn!(%why, "a stored session was refused"))
            .ok()?;
        let mut data = Data::parse(&opened.json)?;
        let policy = Policy::from_value(data.value(EXPIRY_KEY).as_ref());
        data.remove(EXPIRY_KEY);
        let over = policy.is_over(row.expires_at, self.clock.now());
        (!over).then_some(Contents { data, policy })
    }

    pub(super) fn write(&self, contents: &Contents) -> Row {
        let mut data = contents.data.clone();
        match contents.policy.to_value() {
            Some(value) => data.set(EXPIRY_KEY, &value),
            None => data.remove(EXPIRY_KEY),
        }
        Row {
            payload: self.signer.sign(&data.to_json(), self.clock.now()),
            expires_at: self.end(contents.policy),
        }
    }
}

/// A row, read.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    pub(super) data: Data,
    pub(super) policy: Policy,
}

impl Contents {
    pub(super) fn changed(mut self, changes: &Changes, policy: Option<Policy>) -> Self {
        self.data.apply(changes);
        self.policy = policy.unwrap_or(self.policy);
        self
    }
}
