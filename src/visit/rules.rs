//! What holds for every visit, and how a row becomes a session's contents and back.

use time::{Duration, OffsetDateTime};
use tower_sessions::Expiry;

use super::commit::CookieOrder;
use crate::{
    clock::Clock,
    data::{Changes, Data, EXPIRY_KEY},
    engine::Row,
    expiry::Policy,
    signing::Signer,
    store::Store,
};

/// What every visit needs to know and none changes.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) store: Store,
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
        let contents = Contents::parse(&opened.json)?;
        self.alive(contents.policy, row.expires_at)
            .then_some(contents)
    }

    /// A session that lives in its cookie, with the row that it would be. Its time counts from
    /// when it was signed.
    pub(super) fn read_cookie(&self, value: &[u8]) -> Option<(Row, Contents)> {
        let payload = std::str::from_utf8(value).ok()?;
        let opened = self.signer.open(payload).ok()?;
        let contents = Contents::parse(&opened.json)?;
        let row = Row {
            payload: payload.to_owned(),
            expires_at: self
                .effective(contents.policy)
                .row_end(opened.signed_at, self.cookie_age),
        };
        self.alive(contents.policy, row.expires_at)
            .then_some((row, contents))
    }

    /// What to tell the browser of a session that was written.
    pub(super) fn kept(&self, value: String, policy: Policy) -> CookieOrder {
        if self.alive(policy, self.end(policy)) {
            CookieOrder::Set { value, policy }
        } else {
            CookieOrder::Remove
        }
    }

    fn alive(&self, policy: Policy, row_end: OffsetDateTime) -> bool {
        !policy.is_over(row_end, self.clock.now())
    }

    pub(super) fn write(&self, contents: &Contents) -> Row {
        Row {
            payload: self.signer.sign(&contents.to_json(), self.clock.now()),
            expires_at: self.end(contents.policy),
        }
    }

    /// What the cookie holds of a session that lives in it. The signature's time is whole
    /// seconds: it is rounded up, so that no session ends before its time.
    pub(super) fn write_cookie(&self, contents: &Contents) -> String {
        let now = self.clock.now();
        let part = i64::from(now.nanosecond() > 0);
        let signed_at = now.saturating_add(Duration::seconds(part));
        self.signer.sign(&contents.to_json(), signed_at)
    }
}

/// A row, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) data: Data,
    pub(super) policy: Policy,
}

impl Contents {
    fn parse(json: &[u8]) -> Option<Self> {
        let mut data = Data::parse(json)?;
        let policy = Policy::from_value(data.value(EXPIRY_KEY).as_ref());
        data.remove(EXPIRY_KEY);
        Some(Self { data, policy })
    }

    fn to_json(&self) -> String {
        let mut data = self.data.clone();
        match self.policy.to_value() {
            Some(value) => data.set(EXPIRY_KEY, &value),
            None => data.remove(EXPIRY_KEY),
        }
        data.to_json()
    }

    pub(super) fn empty(policy: Policy) -> Self {
        Self {
            data: Data::default(),
            policy,
        }
    }

    pub(super) fn changed(mut self, changes: &Changes, policy: Option<Policy>) -> Self {
        self.data.apply(changes);
        self.policy = policy.unwrap_or(self.policy);
        self
    }
}
