//! What holds for every unit of work, and how a row becomes a session's contents and back.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tokio_util::task::TaskTracker;
use tower_sessions::{Expiry, session::Id};

use super::{
    Seen, commit::CookieOrder, decode_cache::DecodeCache, recently_revoked::RecentlyRevoked,
    striped_lock::StripedLock, timeout_budget::TimeoutBudget,
};
use crate::{
    clock::Clock,
    data::{BEGAN_KEY, Changes, Data, EXPIRY_KEY, MOVED_KEY, changes_between},
    engine::{Error, ErrorKind, Result, Row},
    events,
    expiry::{Policy, Term},
    key,
    signing::{Opened, Refused, Signer},
    store::Store,
};

/// So far apart the clocks of servers are that nobody has to do anything about.
const CLOCKS_APART: Duration = Duration::MINUTE;
/// How long what is left under an old key lasts, if nobody removes it.
const MOVED_LASTS: Duration = Duration::MINUTE;

/// What every unit of work needs to know and none changes.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) store: Store,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) decode_cache: DecodeCache,
    pub(crate) recently_revoked: RecentlyRevoked,
    pub(crate) locks: StripedLock,
    /// Commits that go on whether or not anybody waits for them.
    pub(crate) commits: TaskTracker,
    /// How long a request waits for its store in all.
    pub(crate) store_timeout: Duration,
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
    /// What one request, or one save after it, has to wait with.
    pub(super) fn timeout_budget(&self) -> TimeoutBudget {
        TimeoutBudget::new(self.store_timeout.unsigned_abs())
    }

    pub(super) fn effective(&self, policy: Policy) -> Policy {
        match policy {
            Policy::Default => Policy::from_expiry(self.default_expiry),
            chosen => chosen,
        }
    }

    pub(super) fn term(&self, contents: &Contents) -> Term {
        self.term_since(contents.policy, contents.began)
    }

    /// `began`: when the session began, if it says so: now at the latest.
    pub(super) fn term_since(&self, policy: Policy, began: Option<OffsetDateTime>) -> Term {
        let began = began.map(|began| began.min(self.clock.now()));
        Term::new(self.effective(policy), began, self.absolute_age)
    }

    /// Whether it isn't known when a session began, because it was made before anybody asked or by
    /// somebody else, or says what can't be: later than the clocks of two servers may be apart. Then it
    /// begins now.
    pub(super) fn lacks_beginning(&self, contents: &Contents) -> bool {
        let is_late = |began| began > self.clock.now() + CLOCKS_APART;
        self.absolute_age.is_some() && contents.began.is_none_or(is_late)
    }

    pub(super) fn end(&self, term: Term) -> OffsetDateTime {
        term.row_end(self.clock.now(), self.cookie_age)
    }

    /// What the browser is told: see [`Policy::cookie_age`].
    pub(crate) fn cookie_age(&self, term: Term) -> Option<Duration> {
        term.cookie_age(self.clock.now(), self.cookie_age)
    }

    /// What is in the row of `session`; `None`: nothing that is a live session.
    pub(super) fn read(&self, session: Id, row: &Row) -> Option<Decoded> {
        let decoded = match self.decode(session, &row.payload) {
            Ok(decoded) => decoded?,
            Err(why) => {
                events::refused_payload(session, why);
                self.too_large_to_read(why)?
            }
        };
        let term = self.term(&decoded.contents);
        self.lives(session, term, row.expires_at).then_some(decoded)
    }

    /// A session that lives in its cookie, with the row that it would be. Its time counts from
    /// when it was signed.
    pub(super) fn read_cookie(&self, value: &[u8]) -> Option<(Id, Row, Decoded)> {
        let payload = std::str::from_utf8(value).ok()?;
        let session = key::fingerprint(value);
        let decoded = match self.decode(session, payload) {
            Ok(decoded) => decoded?,
            // Another program's cookie, or that of another engine.
            Err(Refused::Malformed) => return None,
            Err(why) => {
                events::refused_payload(session, why);
                self.too_large_to_read(why)?
            }
        };
        let term = self.term(&decoded.contents);
        let row = Row {
            payload: payload.to_owned(),
            expires_at: term.row_end(decoded.signed_at, self.cookie_age),
        };
        self.lives(session, term, row.expires_at)
            .then_some((session, row, decoded))
    }

    /// A session all the same, if it is no more than too large.
    fn too_large_to_read(&self, why: Refused) -> Option<Decoded> {
        match why {
            Refused::TooLarge => {
                Some(self.unreadable(self.too_large("a stored session is too large")))
            }
            Refused::Malformed | Refused::BadSignature => None,
        }
    }

    /// A session of which nobody knows what it holds, and `why`.
    pub(super) fn unreadable(&self, why: Error) -> Decoded {
        let contents = Contents {
            unreadable: Some(why),
            ..Contents::default()
        };
        Decoded {
            contents: Arc::new(contents),
            signed_at: self.clock.now(),
            by_fallback: false,
        }
    }

    /// What is in the payload of `session`; `None`: no session.
    fn decode(&self, session: Id, payload: &str) -> Result<Option<Decoded>, Refused> {
        if let Some(decoded) = self.decode_cache.get(session, payload) {
            return Ok(Some(decoded));
        }
        let Opened {
            json,
            signed_at,
            by_fallback,
        } = self.signer.open(payload)?;
        Ok(Contents::parse(&json).map(|contents| {
            let decoded = Decoded {
                contents: Arc::new(contents),
                signed_at,
                by_fallback,
            };
            self.decode_cache.insert(session, payload, &decoded);
            decoded
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

    /// Whether its time isn't over.
    pub(super) fn still_lives(&self, seen: &Seen) -> bool {
        let term = self.term(&seen.contents);
        self.lives(seen.id, term, seen.row.expires_at)
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

    /// The row of `contents`, and its term. They say from now on when they began.
    ///
    /// # Errors
    /// If they are larger than is allowed.
    pub(super) fn write(&self, contents: &mut Contents) -> Result<(Row, Term)> {
        let (payload, term) = self.signed(contents, self.clock.now())?;
        let row = Row {
            payload,
            expires_at: self.end(term),
        };
        Ok((row, term))
    }

    /// What is left under a key whose session goes on as `new`, until that is removed: no session to
    /// anybody, and a sign of who ended it.
    pub(super) fn moved(&self, new: Id) -> Row {
        let mut data = Data::default();
        data.set(MOVED_KEY, new.to_string().into());
        let now = self.clock.now();
        Row {
            payload: self.signer.sign(&data.to_json(), now),
            expires_at: now.saturating_add(MOVED_LASTS),
        }
    }

    /// Whether `row` is what [`Self::moved`] has left. A store with a form of its own may have signed it anew.
    pub(super) fn is_moved(&self, row: &Row, new: Id) -> bool {
        let opened = self.signer.open(&row.payload).ok();
        let data = opened.and_then(|opened| Data::parse(&opened.json));
        data.is_some_and(|data| data.value(MOVED_KEY) == Some(&new.to_string().into()))
    }

    fn signed(&self, contents: &mut Contents, at: OffsetDateTime) -> Result<(String, Term)> {
        let payload = self.signer.sign(&self.json(contents)?, at);
        Ok((payload, self.term(contents)))
    }

    fn json(&self, contents: &mut Contents) -> Result<String> {
        contents.ensure_readable()?;
        if self.lacks_beginning(contents) {
            contents.begin(self.clock.now());
        }
        let json = contents.data.to_json();
        match json.len() > self.signer.max_bytes() {
            true => Err(self.too_large(&format!("the session takes {} bytes", json.len()))),
            false => Ok(json),
        }
    }

    fn too_large(&self, what: &str) -> Error {
        let error = Error::new(format!(
            "{what}: SESSION_MAX_BYTES (SessionLayer::with_max_bytes) allows {} bytes of JSON; nothing \
             was changed",
            self.signer.max_bytes()
        ));
        error.with_kind(ErrorKind::TooLarge)
    }

    /// # Errors
    /// If `contents` can't be kept because they are too large.
    pub(super) fn check(&self, mut contents: Contents) -> Result<()> {
        match self.store {
            Store::Rows(_) => self.json(&mut contents).map(drop),
            Store::Cookie => self.write_cookie(&mut contents).map(drop),
        }
    }

    /// What the cookie holds of a session that lives in it. The signature's time is whole
    /// seconds: it is rounded up, so that no session ends before its time.
    ///
    /// # Errors
    /// If browsers would drop the cookie without a word, because it is too long.
    pub(super) fn write_cookie(&self, contents: &mut Contents) -> Result<(String, Term)> {
        let now = self.clock.now();
        let part = i64::from(now.nanosecond() > 0);
        let at = now.saturating_add(Duration::seconds(part));
        let (value, term) = self.signed(contents, at)?;
        if value.len() > self.cookie_room {
            let error = Error::new(format!(
                "the session takes {} bytes as a cookie, and browsers keep {} beside its name; \
                 nothing was changed: keep less in it, or choose an engine that keeps sessions on \
                 the server",
                value.len(),
                self.cookie_room
            ));
            return Err(error.with_kind(ErrorKind::TooLarge));
        }
        Ok((value, term))
    }
}

/// A payload whose signature is good, decoded.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    pub(super) contents: Arc<Contents>,
    pub(super) signed_at: OffsetDateTime,
    /// Whether it is to be signed anew when it is written or touched.
    pub(super) by_fallback: bool,
}

/// A session's data, and what they say of its end.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    /// Expiry and beginning stand here too, hidden from handlers, as they came: what isn't
    /// understood here goes back as it was.
    pub(super) data: Data,
    pub(super) policy: Policy,
    /// When it began, if it says so. A login begins it anew.
    pub(super) began: Option<OffsetDateTime>,
    /// Why none of this is known. Such a session can be ended, and nothing else.
    unreadable: Option<Error>,
}

impl Contents {
    /// # Errors
    /// If what the session holds isn't known.
    pub(super) fn ensure_readable(&self) -> Result<()> {
        self.unreadable.clone().map_or(Ok(()), Err)
    }

    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let mut data = Data::parse(json)?;
        if data.value(MOVED_KEY).is_some() {
            if data.len() == 1 {
                return None;
            }
            // Django took what was left for a session, and went on with it.
            data.remove(MOVED_KEY);
        }
        let policy = Policy::from_value(data.value(EXPIRY_KEY));
        let began = data.began();
        data.hide(EXPIRY_KEY);
        data.hide(BEGAN_KEY);
        Some(Self {
            data,
            policy,
            began,
            unreadable: None,
        })
    }

    fn begin(&mut self, now: OffsetDateTime) {
        self.began = Some(now);
        let seconds = now.unix_timestamp().into();
        self.data.set_hidden(BEGAN_KEY, &seconds);
    }

    /// What turns `from`, by default these contents, into `to`. Expiry and what is ours alone aren't for
    /// handlers to change as values: `set_expiry` is.
    pub(super) fn changes(
        &self,
        from: Option<&HashMap<String, Value>>,
        to: &HashMap<String, Value>,
    ) -> Changes {
        let mut changes = changes_between(from.unwrap_or(self.data.values()), to);
        changes.remove(EXPIRY_KEY);
        changes.remove(BEGAN_KEY);
        changes.remove(MOVED_KEY);
        changes
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.data.bytes()
    }

    /// What a session begins with under a new key: these contents if it `carries` them, else
    /// nothing but their policy.
    pub(super) fn carried(&self, carries: bool) -> Self {
        if carries {
            return self.clone();
        }
        let mut data = Data::default();
        data.copy_hidden(EXPIRY_KEY, &self.data);
        Self {
            data,
            policy: self.policy,
            began: None,
            unreadable: None,
        }
    }

    /// The same after a renewal; `login`: it is somebody's login.
    pub(super) fn renewed(self, changes: &Changes, policy: Option<Policy>, login: bool) -> Self {
        let mut contents = self.changed(changes, policy);
        if login && contents.began.take().is_some() {
            contents.data.remove(BEGAN_KEY);
        }
        contents
    }

    pub(super) fn changed(mut self, changes: &Changes, policy: Option<Policy>) -> Self {
        self.data.apply(changes);
        if let Some(policy) = policy {
            self.policy = policy;
            match policy.to_value() {
                Some(value) => self.data.set_hidden(EXPIRY_KEY, &value),
                None => self.data.remove(EXPIRY_KEY),
            }
        }
        self
    }
}
