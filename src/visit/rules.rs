//! What holds for every visit, and how a row becomes a session's contents and back.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tower_sessions::{Expiry, session::Id};

use super::{
    commit::CookieOrder,
    ended::EndedKeys,
    lately::{Opened, OpenedLately},
    queues::Queues,
};
use crate::{
    clock::Clock,
    data::{BEGAN_KEY, Changes, Data, EXPIRY_KEY},
    engine::Row,
    events,
    expiry::{Policy, Term},
    key,
    signing::{self, Refused, Signer},
    store::Store,
};

/// What every visit needs to know and none changes.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) store: Store,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) lately: OpenedLately,
    pub(crate) ended: EndedKeys,
    pub(crate) queues: Queues,
    /// How long a request waits for its store in all.
    pub(crate) patience: Duration,
    pub(crate) hash_keys: bool,
    pub(crate) cookie_age: Duration,
    /// How long after its login a session ends, whatever its policy.
    pub(crate) absolute_age: Option<Duration>,
    /// What holds for sessions that have chosen nothing themselves.
    pub(crate) default_expiry: Option<Expiry>,
    pub(crate) save_every_request: bool,
    /// Bytes that the cookie has room for beside its name.
    pub(crate) cookie_room: usize,
}

impl Rules {
    pub(super) fn effective(&self, policy: Policy) -> Policy {
        match policy {
            Policy::Default => Policy::from_expiry(self.default_expiry),
            chosen => chosen,
        }
    }

    pub(super) fn term(&self, contents: &Contents) -> Term {
        self.term_since(contents.policy, contents.began)
    }

    /// `began`: when the session began, if it says so.
    pub(super) fn term_since(&self, policy: Policy, began: Option<OffsetDateTime>) -> Term {
        Term::new(self.effective(policy), began, self.absolute_age)
    }

    pub(super) fn end(&self, term: Term) -> OffsetDateTime {
        term.row_end(self.clock.now(), self.cookie_age)
    }

    /// What the browser is told: see [`Policy::cookie_age`].
    pub(crate) fn cookie_age(&self, term: Term) -> Option<Duration> {
        term.cookie_age(self.clock.now(), self.cookie_age)
    }

    pub(super) fn read(&self, session: Id, row: &Row) -> Option<Arc<Contents>> {
        let opened = self.opened(session, &row.payload);
        let Opened { contents, .. } = opened
            .inspect_err(|why| events::refused_payload(session, *why))
            .ok()??;
        self.lives(session, self.term(&contents), row.expires_at)
            .then_some(contents)
    }

    /// A session that lives in its cookie, with the row that it would be. Its time counts from
    /// when it was signed.
    pub(super) fn read_cookie(&self, value: &[u8]) -> Option<(Id, Row, Arc<Contents>)> {
        let payload = std::str::from_utf8(value).ok()?;
        let session = key::fingerprint(value);
        let opened = match self.opened(session, payload) {
            Ok(opened) => opened?,
            // Another program's cookie, or that of another engine.
            Err(Refused::Malformed) => return None,
            Err(why) => {
                events::refused_payload(session, why);
                return None;
            }
        };
        let term = self.term(&opened.contents);
        let row = Row {
            payload: payload.to_owned(),
            expires_at: term.row_end(opened.signed_at, self.cookie_age),
        };
        self.lives(session, term, row.expires_at)
            .then_some((session, row, opened.contents))
    }

    /// What is in the payload of `session`; `None`: no session.
    fn opened(&self, session: Id, payload: &str) -> Result<Option<Opened>, Refused> {
        if let Some(opened) = self.lately.get(session, payload) {
            return Ok(Some(opened));
        }
        let signing::Opened { json, signed_at } = self.signer.open(payload)?;
        Ok(Contents::parse(&json).map(|contents| {
            let opened = Opened {
                contents: Arc::new(contents),
                signed_at,
            };
            self.lately.remember(session, payload, &opened);
            opened
        }))
    }

    /// What to tell the browser of a session that was written.
    pub(super) fn kept(&self, value: String, term: Term) -> CookieOrder {
        if self.alive(term, self.end(term)) {
            CookieOrder::Set { value, term }
        } else {
            CookieOrder::Remove
        }
    }

    /// Whether `session` goes on; its end is said.
    fn lives(&self, session: Id, term: Term, row_end: OffsetDateTime) -> bool {
        let alive = self.alive(term, row_end);
        if !alive {
            events::expired(session);
        }
        alive
    }

    fn alive(&self, term: Term, row_end: OffsetDateTime) -> bool {
        !term.is_over(row_end, self.clock.now())
    }

    /// The row of `contents`, and its term.
    pub(super) fn write(&self, contents: &Contents) -> (Row, Term) {
        let (payload, term) = self.signed(contents, self.clock.now());
        let row = Row {
            payload,
            expires_at: self.end(term),
        };
        (row, term)
    }

    fn signed(&self, contents: &Contents, at: OffsetDateTime) -> (String, Term) {
        let began = self.began(contents);
        let payload = self.signer.sign(&contents.to_json(began), at);
        (payload, self.term_since(contents.policy, began))
    }

    /// A session that doesn't say when it began, because it was made before anybody asked or by
    /// somebody else, begins now.
    fn began(&self, contents: &Contents) -> Option<OffsetDateTime> {
        match (contents.began, self.absolute_age) {
            (None, Some(_)) => Some(self.clock.now()),
            (began, _) => began,
        }
    }

    /// What the cookie holds of a session that lives in it. The signature's time is whole
    /// seconds: it is rounded up, so that no session ends before its time.
    pub(super) fn write_cookie(&self, contents: &Contents) -> (String, Term) {
        let now = self.clock.now();
        let part = i64::from(now.nanosecond() > 0);
        self.signed(contents, now.saturating_add(Duration::seconds(part)))
    }
}

/// A row, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) data: Data,
    pub(super) policy: Policy,
    /// When it began, if it says so. A login begins it anew.
    pub(super) began: Option<OffsetDateTime>,
}

impl Contents {
    fn parse(json: &[u8]) -> Option<Self> {
        let mut data = Data::parse(json)?;
        let policy = Policy::from_value(data.value(EXPIRY_KEY));
        data.remove(EXPIRY_KEY);
        let began = data.began();
        data.remove(BEGAN_KEY);
        Some(Self {
            data,
            policy,
            began,
        })
    }

    fn to_json(&self, began: Option<OffsetDateTime>) -> String {
        let mut data = self.data.clone();
        if let Some(began) = began {
            data.set(BEGAN_KEY, began.unix_timestamp().into());
        }
        match self.policy.to_value() {
            Some(value) => data.set(EXPIRY_KEY, value),
            None => data.remove(EXPIRY_KEY),
        }
        data.to_json()
    }

    pub(super) fn empty(policy: Policy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }

    /// What a session begins with under a new key: these contents if it `carries` them, else
    /// nothing but their policy.
    pub(super) fn carried(&self, carries: bool) -> Self {
        match carries {
            true => self.clone(),
            false => Self::empty(self.policy),
        }
    }

    /// The same after a renewal; `login`: it is somebody's login.
    pub(super) fn renewed(self, changes: &Changes, policy: Option<Policy>, login: bool) -> Self {
        let mut contents = self.changed(changes, policy);
        if login {
            contents.began = None;
        }
        contents
    }

    pub(super) fn changed(mut self, changes: &Changes, policy: Option<Policy>) -> Self {
        self.data.apply(changes);
        self.policy = policy.unwrap_or(self.policy);
        self
    }
}
