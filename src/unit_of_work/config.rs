//! Configuration that all units of work share, and when sessions end under it.

use time::{Duration, OffsetDateTime};
use tokio_util::task::TaskTracker;

use super::{
    codec::Codec,
    loaded_session::{LoadedSession, Location},
    recently_revoked::RecentlyRevoked,
    state::{Decoded, SessionState},
    step::CookieAction,
    striped_lock::StripedLock,
    timeout_budget::TimeoutBudget,
};
use crate::{
    clock::Clock,
    engine::{Error, ErrorKind, Result, Row},
    events,
    expiry::{EffectiveExpiry, ExpiryPolicy},
    key,
    signing::VerifyError,
    store::Store,
    tower_sessions::{Expiry, session::Id},
};

/// The difference between the clocks of servers that nobody has to do anything about.
const CLOCKS_APART: Duration = Duration::MINUTE;

/// Configuration that all units of work share.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) codec: Codec,
    pub(crate) recently_revoked: RecentlyRevoked,
    pub(crate) locks: StripedLock,
    /// Commits that go on whether or not anybody waits for them.
    pub(crate) commits: TaskTracker,
    /// The time that a request waits for its store in all.
    pub(crate) store_timeout: Duration,
    pub(crate) hash_keys: bool,
    pub(crate) cookie_age: Duration,
    /// The time after its login at which a session ends, whatever its policy.
    pub(crate) absolute_age: Option<Duration>,
    /// The expiry of sessions that have chosen none themselves.
    pub(crate) default_expiry: Option<Expiry>,
    pub(crate) save_every_request: bool,
    /// Bytes that the cookie has room for beside its name.
    pub(crate) cookie_room: usize,
}

impl Config {
    /// The time that one request, or one save after it, may wait for the store.
    pub(super) fn timeout_budget(&self) -> TimeoutBudget {
        TimeoutBudget::new(self.store_timeout.unsigned_abs())
    }

    pub(super) fn effective_policy(&self, policy: ExpiryPolicy) -> ExpiryPolicy {
        match policy {
            ExpiryPolicy::Default => ExpiryPolicy::from_expiry(self.default_expiry),
            chosen => chosen,
        }
    }

    /// The expiry of a state; `None`: of a session whose state can't be read.
    pub(super) fn effective_expiry(&self, state: Option<&SessionState>) -> EffectiveExpiry {
        let (policy, began) =
            state.map_or_else(Default::default, |state| (state.policy, state.began));
        self.effective_expiry_since(policy, began)
    }

    /// `began`: when the session began, if it says so: now at the latest.
    pub(super) fn effective_expiry_since(
        &self,
        policy: ExpiryPolicy,
        began: Option<OffsetDateTime>,
    ) -> EffectiveExpiry {
        let began = began.map(|began| began.min(self.clock.now()));
        EffectiveExpiry::new(self.effective_policy(policy), began, self.absolute_age)
    }

    /// True if the beginning of a session isn't known, because it was made before anybody asked or by
    /// somebody else, or lies further ahead than the clocks of two servers may be apart. Then it begins now.
    pub(super) fn lacks_beginning(&self, state: &SessionState) -> bool {
        let is_late = |began| began > self.clock.now() + CLOCKS_APART;
        self.absolute_age.is_some() && state.began.is_none_or(is_late)
    }

    pub(super) fn end(&self, expiry: EffectiveExpiry) -> OffsetDateTime {
        expiry.row_end(self.clock.now(), self.cookie_age)
    }

    /// The session in `payload`; `None`: there is none. `Err` inside: it can't be read.
    fn decode(&self, session: Id, payload: &str) -> Option<Result<Decoded>> {
        match self.codec.decode(session, payload) {
            Ok(decoded) => decoded.map(Ok),
            // Another program's cookie, or that of another engine.
            Err(VerifyError::Malformed) if matches!(self.store, Store::Cookie) => None,
            Err(why) => {
                events::refused_payload(session, why);
                let is_session = why == VerifyError::TooLarge;
                is_session.then(|| Err(self.codec.too_large("a stored session is too large")))
            }
        }
    }

    /// The session in its row; `None`: nothing that is a live session.
    pub(super) fn read(&self, session: Id, location: Location, row: Row) -> Option<LoadedSession> {
        let decoded = self.decode(session, row.payload())?;
        let seen = LoadedSession::new(session, location, row, decoded);
        self.lives(&seen).then_some(seen)
    }

    /// A session that lives in its cookie, with the row that it would be, and when it was signed, from
    /// where its time counts. `None` inside: it can't be read.
    pub(super) fn read_cookie(
        &self,
        value: &[u8],
    ) -> Option<(Option<OffsetDateTime>, LoadedSession)> {
        let payload = std::str::from_utf8(value).ok()?;
        let session = key::id_of(value);
        let decoded = self.decode(session, payload)?;
        let known = decoded.as_ref().ok();
        let signed_at = known.map(|decoded| decoded.signed_at);
        let begins = signed_at.unwrap_or_else(|| self.clock.now());
        let expiry = self.effective_expiry(known.map(|decoded| &*decoded.state));
        let row = Row::new(payload, expiry.row_end(begins, self.cookie_age));
        let seen = LoadedSession::new(session, Location::Cookie, row, decoded);
        self.lives(&seen).then_some((signed_at, seen))
    }

    /// The cookie for a session that was written; its removal, if that has ended.
    pub(super) fn cookie_action(&self, value: String, seen: &LoadedSession) -> CookieAction {
        let expiry = self.effective_expiry(seen.known());
        if self.alive(expiry, self.end(expiry)) {
            CookieAction::Set { value, age: expiry.cookie_age(self.clock.now(), self.cookie_age) }
        } else {
            CookieAction::Remove
        }
    }

    /// True if its time isn't over; else its end is logged.
    pub(super) fn lives(&self, seen: &LoadedSession) -> bool {
        let alive = self.alive(self.effective_expiry(seen.known()), seen.row.expires_at());
        if !alive {
            events::expired(seen.id);
        }
        alive
    }

    fn alive(&self, expiry: EffectiveExpiry, row_end: OffsetDateTime) -> bool {
        !expiry.is_over(row_end, self.clock.now())
    }

    /// The row of `state`. It says from now on when it began.
    ///
    /// # Errors
    /// When it is larger than is allowed.
    pub(super) fn write(&self, state: &mut SessionState) -> Result<Row> {
        self.signed(state, self.clock.now())
    }

    fn signed(&self, state: &mut SessionState, at: OffsetDateTime) -> Result<Row> {
        self.note_beginning(state);
        let payload = self.codec.encode(state, at)?;
        Ok(Row::new(payload, self.end(self.effective_expiry(Some(state)))))
    }

    fn note_beginning(&self, state: &mut SessionState) {
        if self.lacks_beginning(state) {
            state.begin(self.clock.now());
        }
    }

    /// # Errors
    /// When `state` can't be kept because it is too large.
    pub(super) fn check(&self, mut state: SessionState) -> Result<()> {
        match self.store {
            Store::Rows(_) => {
                self.note_beginning(&mut state);
                self.codec.json(&state).map(drop)
            }
            Store::Cookie => self.write_cookie(&mut state).map(drop),
        }
    }

    /// The cookie in which a session lives, as the row that it would be. The signature's time is whole
    /// seconds: it is rounded up, so that no session ends before its time.
    ///
    /// # Errors
    /// When browsers would drop the cookie without a word, because it is too long.
    pub(super) fn write_cookie(&self, state: &mut SessionState) -> Result<Row> {
        let now = self.clock.now();
        let part = i64::from(now.nanosecond() > 0);
        let at = now.saturating_add(Duration::seconds(part));
        let row = self.signed(state, at)?;
        let bytes = row.payload().len();
        if bytes > self.cookie_room {
            let error = Error::new(format!(
                "the session takes {bytes} bytes as a cookie, and browsers keep {} beside its name; \
                 nothing was changed: keep less in it, or choose an engine that keeps sessions on \
                 the server",
                self.cookie_room
            ));
            return Err(error.with_kind(ErrorKind::TooLarge));
        }
        Ok(row)
    }
}
