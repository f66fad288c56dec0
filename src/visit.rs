//! One request's unit of work: the row as it was loaded, what the handler staged, and the one
//! commit that brings both together.
//!
//! A [`Visit`] is the `SessionStore` of exactly one `tower_sessions::Session`. What that session
//! saves, creates and deletes is only remembered here; the store is written once, by
//! `Visit::commit`, when the handler is done and before the head of the response is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::{
    clock::Clock,
    data::{Changes, Data, EXPIRY_KEY},
    engine::{Engine, Replaced, Result, Row},
    expiry::Policy,
    key::{SessionKey, StoredKey},
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
    fn effective(&self, policy: Policy) -> Policy {
        match policy {
            Policy::Default => Policy::from_expiry(self.default_expiry),
            chosen => chosen,
        }
    }

    fn end(&self, policy: Policy) -> OffsetDateTime {
        self.effective(policy)
            .row_end(self.clock.now(), self.cookie_age)
    }

    /// What the browser is told: see [`Policy::cookie_age`].
    pub(crate) fn cookie_age(&self, policy: Policy) -> Option<Duration> {
        self.effective(policy)
            .cookie_age(self.clock.now(), self.cookie_age)
    }

    fn read(&self, row: &Row) -> Option<Contents> {
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

    fn write(&self, contents: &Contents) -> Row {
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
struct Contents {
    data: Data,
    policy: Policy,
}

impl Contents {
    fn changed(mut self, changes: &Changes, policy: Option<Policy>) -> Self {
        self.data.apply(changes);
        self.policy = policy.unwrap_or(self.policy);
        self
    }
}

/// The session as it was when the request came in.
#[derive(Debug)]
struct Seen {
    key: SessionKey,
    id: Id,
    stored: StoredKey,
    row: Row,
    contents: Contents,
}

/// What the handler asked for so far.
#[derive(Debug, Default)]
struct Staged {
    /// The data to keep, under the key of `seen` or, if there is one, under `new_key`.
    values: Option<HashMap<String, Value>>,
    new_key: Option<SessionKey>,
    /// The key of `seen` is to stop working.
    old_key_ends: bool,
    policy: Option<Policy>,
    /// Who logs in with this request: key and value. See [`crate::Session::login`].
    login: Option<(String, Value)>,
    peek: bool,
}

/// What to tell the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieOrder {
    Leave,
    Set { key: SessionKey, policy: Policy },
    Remove,
}

/// One request's unit of work on one session.
#[derive(Debug)]
pub struct Visit {
    rules: Arc<Rules>,
    seen: Option<Seen>,
    staged: Mutex<Staged>,
}

impl Visit {
    /// Loads the session that the browser's key names. A key that names none is as good as
    /// no key at all.
    pub(crate) async fn open(rules: Arc<Rules>, key: Option<SessionKey>) -> Result<Arc<Self>> {
        let mut visit = Self {
            rules,
            seen: None,
            staged: Mutex::default(),
        };
        if let Some(key) = key {
            let stored = key.stored(visit.rules.hash_keys);
            visit.seen = visit.rules.engine.load(&stored).await?.and_then(|row| {
                Some(Seen {
                    contents: visit.rules.read(&row)?,
                    id: key.fingerprint(),
                    key,
                    stored,
                    row,
                })
            });
        }
        Ok(Arc::new(visit))
    }

    /// The session of this visit, for handlers.
    pub(crate) fn session(self: &Arc<Self>) -> Session {
        let id = self.seen.as_ref().map(|seen| seen.id);
        Session::new(id, self.clone(), self.expiry_at_start())
    }

    /// Whether the browser came with a session.
    pub(crate) fn is_known(&self) -> bool {
        self.seen.is_some()
    }

    fn expiry_at_start(&self) -> Option<Expiry> {
        self.seen
            .as_ref()
            .and_then(|seen| seen.contents.policy.to_expiry())
            .or(self.rules.default_expiry)
    }

    fn staged(&self) -> MutexGuard<'_, Staged> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_policy(&self, policy: Policy) {
        self.staged().policy = Some(policy);
    }

    pub(crate) fn set_login(&self, key: &str, who: Value) {
        self.staged().login = Some((key.to_owned(), who));
    }

    pub(crate) fn peek(&self) {
        self.staged().peek = true;
    }

    /// The policy that holds for `session` at this point of the request.
    pub(crate) fn policy(&self, session: &Session) -> Policy {
        let kept = self.seen.as_ref().map(|seen| seen.contents.policy);
        let policy = self.policy_set(session).or(kept);
        self.rules.effective(policy.unwrap_or(Policy::Default))
    }

    /// When `session` ends if nothing else happens to it than what this request did.
    pub(crate) fn end(&self, session: &Session) -> OffsetDateTime {
        let policy = self.policy(session);
        match &self.seen {
            Some(seen) if !session.is_modified() => {
                let slides = policy.touch_due(seen.row.expires_at, self.now());
                if slides && !self.staged().peek {
                    self.rules.end(policy)
                } else {
                    seen.row.expires_at
                }
            }
            _ => self.rules.end(policy),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.rules.clock.now()
    }

    /// The data as last saved by the handler, else as loaded.
    pub(crate) fn values(&self, id: Option<Id>) -> HashMap<String, Value> {
        id.and_then(|id| self.record(id)).unwrap_or_default()
    }

    fn record(&self, id: Id) -> Option<HashMap<String, Value>> {
        let staged = self.staged();
        if staged.new_key.as_ref().map(SessionKey::fingerprint) == Some(id) {
            return staged.values.clone();
        }
        let seen = self.seen.as_ref().filter(|seen| seen.id == id)?;
        if staged.old_key_ends {
            return None;
        }
        let staged_values = staged.values.clone();
        Some(staged_values.unwrap_or_else(|| seen.contents.data.to_values()))
    }

    /// What the handler made of the expiry, if anything.
    fn policy_set(&self, session: &Session) -> Option<Policy> {
        let expiry = session.expiry();
        self.staged()
            .policy
            .or_else(|| (expiry != self.expiry_at_start()).then(|| Policy::from_expiry(expiry)))
    }

    /// Whether the handler ended the session and began no other.
    async fn is_logout(&self, session: &Session) -> bool {
        let (old_key_ends, new_id) = {
            let staged = self.staged();
            let new_id = staged.new_key.as_ref().map(SessionKey::fingerprint);
            (staged.old_key_ends, new_id)
        };
        // An id that names neither a new key nor nothing is that of a deleted session.
        let deleted = session.id().is_some_and(|id| Some(id) != new_id);
        old_key_ends && (deleted || session.is_empty().await)
    }

    /// Brings what was staged into the store. `failed`: the response is a server error, so
    /// nothing is saved; but a logout stays a logout.
    pub(crate) async fn commit(&self, session: &Session, failed: bool) -> Result<CookieOrder> {
        if self.is_logout(session).await {
            return match &self.seen {
                Some(seen) => self.log_out(seen).await,
                None => Ok(CookieOrder::Leave),
            };
        }
        if failed {
            return Ok(CookieOrder::Leave);
        }
        if session.is_modified() && !session.is_empty().await {
            // Only stages: the store behind this session is the visit itself.
            session
                .save()
                .await
                .map_err(|error| crate::engine::Error::because("staging a session", error))?;
        }
        let policy = self.policy_set(session);
        let staged = std::mem::take(&mut *self.staged());
        match (&self.seen, &staged.values, &staged.new_key) {
            (None, Some(values), Some(key)) => self.begin(values, key, policy).await,
            (Some(seen), Some(values), Some(key)) => {
                self.renew(seen, values, key, policy, staged.login.as_ref())
                    .await
            }
            (Some(seen), values, None) => {
                let changes = values
                    .as_ref()
                    .map(|values| seen.contents.data.changes_to(values))
                    .unwrap_or_default();
                if !changes.is_empty() || policy.is_some() || self.rules.save_every_request {
                    self.change(seen, &changes, policy).await
                } else if staged.peek {
                    Ok(CookieOrder::Leave)
                } else {
                    self.touch(seen).await
                }
            }
            _ => Ok(CookieOrder::Leave),
        }
    }

    async fn log_out(&self, seen: &Seen) -> Result<CookieOrder> {
        self.rules.engine.delete(&seen.stored).await?;
        Ok(CookieOrder::Remove)
    }

    /// An anonymous visitor gets a session, if there is anything to keep.
    async fn begin(
        &self,
        values: &HashMap<String, Value>,
        key: &SessionKey,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let mut contents = Contents {
            data: Data::default(),
            policy: policy.unwrap_or(Policy::Default),
        };
        contents.data.apply(&contents.data.changes_to(values));
        if contents.data.is_empty() {
            return Ok(CookieOrder::Leave);
        }
        let (key, _) = self.create(key, &contents).await?;
        Ok(self.kept(key, contents.policy))
    }

    async fn create(&self, key: &SessionKey, contents: &Contents) -> Result<(SessionKey, Row)> {
        let row = self.rules.write(contents);
        let mut key = key.clone();
        while !self
            .rules
            .engine
            .create(&key.stored(self.rules.hash_keys), &row)
            .await?
        {
            key = SessionKey::generate();
        }
        Ok((key, row))
    }

    fn kept(&self, key: SessionKey, policy: Policy) -> CookieOrder {
        if policy.is_over(self.rules.end(policy), self.rules.clock.now()) {
            CookieOrder::Remove
        } else {
            CookieOrder::Set { key, policy }
        }
    }

    /// The same session under the same key, with other contents.
    async fn change(
        &self,
        seen: &Seen,
        changes: &Changes,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let mut row = seen.row.clone();
        let mut current = seen.contents.clone();
        loop {
            let contents = current.changed(changes, policy);
            let new = self.rules.write(&contents);
            match self.rules.engine.replace(&seen.stored, &row, &new).await? {
                Replaced::Done => return Ok(self.kept(seen.key.clone(), contents.policy)),
                Replaced::Gone => return Ok(self.gone()),
                Replaced::Changed(theirs) => match self.rules.read(&theirs) {
                    Some(contents) => (row, current) = (theirs, contents),
                    None => return Ok(self.gone()),
                },
            }
        }
    }

    /// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have
    /// a newer one by now.
    fn gone(&self) -> CookieOrder {
        tracing::debug!("the session ended while this request was under way; nothing was saved");
        CookieOrder::Leave
    }

    /// A visit that changed nothing: slides the end of a session that ends by inactivity.
    async fn touch(&self, seen: &Seen) -> Result<CookieOrder> {
        let policy = self.rules.effective(seen.contents.policy);
        let alive = if policy.touch_due(seen.row.expires_at, self.rules.clock.now()) {
            let row = Row {
                payload: seen.row.payload.clone(),
                expires_at: self.rules.end(policy),
            };
            // Whoever changed the row meanwhile also moved its end and told the browser.
            self.rules
                .engine
                .replace(&seen.stored, &seen.row, &row)
                .await?
                == Replaced::Done
        } else if policy == Policy::Never {
            // The row stays as it is, but a cookie that has been replaced must not come back.
            self.rules.engine.load(&seen.stored).await?.is_some()
        } else {
            false
        };
        Ok(if alive {
            CookieOrder::Set {
                key: seen.key.clone(),
                policy: seen.contents.policy,
            }
        } else {
            CookieOrder::Leave
        })
    }

    /// The session goes on under a new key, which is made before the old one ends.
    async fn renew(
        &self,
        seen: &Seen,
        values: &HashMap<String, Value>,
        key: &SessionKey,
        policy: Option<Policy>,
        login: Option<&(String, Value)>,
    ) -> Result<CookieOrder> {
        let engine = &self.rules.engine;
        let changes = seen.contents.data.changes_to(values);
        let mut contents = seen.contents.clone().changed(&changes, policy);
        let (key, mut row) = self.create(key, &contents).await?;
        let stored = key.stored(self.rules.hash_keys);
        let mut old_row = seen.row.clone();
        let mut carries = seen.contents.data.to_values().iter().any(is_in(values));
        while carries {
            // A row that ended long ago: compare-and-swap makes sure that nobody has logged
            // out, or changed something that has to come along, since it was read.
            let ended = Row {
                payload: old_row.payload.clone(),
                expires_at: OffsetDateTime::UNIX_EPOCH,
            };
            let theirs = match engine.replace(&seen.stored, &old_row, &ended).await? {
                Replaced::Done => break,
                Replaced::Changed(theirs) => self.rules.read(&theirs).map(|read| (theirs, read)),
                Replaced::Gone => None,
            };
            contents = match (theirs, login) {
                (Some((theirs, read)), _) => {
                    old_row = theirs;
                    read.changed(&changes, policy)
                }
                // Nothing of an ended session comes back. A login needs nothing of it.
                (None, Some((name, who))) => {
                    carries = false;
                    let mut own = Data::default();
                    own.apply(&changes);
                    own.set(name, who);
                    Contents {
                        data: own,
                        policy: contents.policy,
                    }
                }
                (None, None) => {
                    engine.delete(&stored).await?;
                    return Ok(self.gone());
                }
            };
            let new = self.rules.write(&contents);
            if engine.replace(&stored, &row, &new).await? != Replaced::Done {
                return Ok(self.gone());
            }
            row = new;
        }
        // It no longer loads, or there is nothing of it in the new one: what is left of it
        // can't hurt, so a failure here must not undo the login.
        if let Err(error) = engine.delete(&seen.stored).await {
            tracing::warn!(%error, "the row of a renewed session is still there");
        }
        Ok(self.kept(key, contents.policy))
    }
}

fn is_in(values: &HashMap<String, Value>) -> impl Fn((&String, &Value)) -> bool {
    |(key, value)| values.get(key) == Some(value)
}

#[async_trait]
impl SessionStore for Visit {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let mut staged = self.staged();
        let key = staged.new_key.get_or_insert_with(SessionKey::generate);
        record.id = key.fingerprint();
        staged.values = Some(record.data.clone());
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let mut staged = self.staged();
        let is_new = staged.new_key.as_ref().map(SessionKey::fingerprint) == Some(record.id);
        let is_seen = self.seen.as_ref().map(|seen| seen.id) == Some(record.id);
        // Saving under a key that was deleted before brings nothing back.
        if is_new || (is_seen && !staged.old_key_ends) {
            staged.values = Some(record.data.clone());
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        Ok(self.record(*id).map(|data| Record {
            id: *id,
            data,
            expiry_date: self
                .seen
                .as_ref()
                .map_or_else(|| self.now(), |seen| seen.row.expires_at),
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut staged = self.staged();
        if staged.new_key.as_ref().map(SessionKey::fingerprint) == Some(*id) {
            staged.new_key = None;
            staged.values = None;
        } else if self.seen.as_ref().map(|seen| seen.id) == Some(*id) {
            staged.old_key_ends = true;
            staged.values = None;
        }
        Ok(())
    }
}
