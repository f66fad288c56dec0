//! One request's unit of work: the row as it was loaded, what the handler staged, and the one
//! commit that brings both together.
//!
//! A [`Visit`] is the `SessionStore` of exactly one `tower_sessions::Session`. What that session
//! saves, creates and deletes is only remembered here; the store is written once, by
//! `Visit::commit`, when the handler is done and before the head of the response is sent.

mod commit;
mod ended;
mod in_cookie;
mod in_rows;
mod lately;
mod patience;
mod queues;
mod rules;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionStore,
    session::{Id, Record},
    session_store,
};

pub(crate) use self::{
    commit::CookieOrder, ended::EndedKeys, lately::OpenedLately, queues::Queues, rules::Rules,
};
use self::{patience::Patience, rules::Contents};
use crate::{
    engine::{Result, Row},
    expiry::Policy,
    key::{SessionKey, StoredKey},
    store::Store,
};

/// The session as it was when the request came in.
#[derive(Debug)]
struct Seen {
    id: Id,
    place: Place,
    row: Row,
    contents: Arc<Contents>,
}

/// Where a session was found.
#[derive(Debug)]
enum Place {
    /// In the engine.
    Row { key: SessionKey, stored: StoredKey },
    /// In the cookie: the row is the cookie's value.
    Cookie,
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
    /// The handler ended the session; whatever it begins is another one.
    flushed: bool,
}

/// One request's unit of work on one session.
#[derive(Debug)]
pub struct Visit {
    rules: Arc<Rules>,
    patience: Patience,
    seen: Option<Seen>,
    staged: Mutex<Staged>,
}

impl Visit {
    /// Finds the session that the browser's cookie names or holds; of several cookies of that
    /// name, by the first that could. A cookie that names none is as good as no cookie at all.
    pub(crate) async fn open<'a>(
        rules: Arc<Rules>,
        mut cookies: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Arc<Self>> {
        let patience = Patience::new(rules.patience.unsigned_abs());
        let seen = match &rules.store {
            Store::Rows(engine) => match cookies.find_map(SessionKey::parse) {
                Some(key) => {
                    let stored = key.stored(rules.hash_keys);
                    let row = patience.wait(engine.load(&stored)).await?;
                    row.and_then(|row| {
                        let id = key.fingerprint();
                        Some(Seen {
                            contents: rules.read(id, &row)?,
                            id,
                            place: Place::Row { key, stored },
                            row,
                        })
                    })
                }
                None => None,
            },
            Store::Cookie => cookies.find_map(|value| {
                let (id, row, contents) = rules.read_cookie(value)?;
                Some(Seen {
                    id,
                    place: Place::Cookie,
                    row,
                    contents,
                })
            }),
        };
        Ok(Arc::new(Self {
            rules,
            patience,
            seen,
            staged: Mutex::default(),
        }))
    }

    /// The session of this visit, for handlers.
    pub(crate) fn session(self: &Arc<Self>) -> Session {
        Session::new(self.known(), self.clone(), self.expiry_at_start())
    }

    /// The session with which the browser came.
    pub(crate) fn known(&self) -> Option<Id> {
        self.seen.as_ref().map(|seen| seen.id)
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

    pub(crate) fn set_flushed(&self) {
        self.staged().flushed = true;
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
        let now = self.now();
        let began = self.seen.as_ref().and_then(|seen| seen.contents.began);
        let login = self.staged().login.is_some();
        let began = began.filter(|_| !login).unwrap_or(now);
        let term = self.rules.term_since(self.policy(session), Some(began));
        match &self.seen {
            Some(seen) if !session.is_modified() => {
                let slides = term.touch_due(seen.row.expires_at, now);
                if slides && !self.staged().peek {
                    self.rules.end(term)
                } else {
                    seen.row.expires_at.min(term.latest)
                }
            }
            _ => self.rules.end(term),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.rules.clock.now()
    }

    /// The data as last saved by the handler, else as loaded.
    pub(crate) fn values(&self, id: Option<Id>) -> HashMap<String, Value> {
        id.and_then(|id| self.record(id)).unwrap_or_default()
    }

    /// Whether `session` can be kept as the handler last saved it.
    pub(crate) fn fits(&self, session: &Session) -> bool {
        match self.rules.store {
            Store::Rows(_) => true,
            Store::Cookie => {
                let policy = self.policy_set(session);
                self.fits_into_cookie(&self.values(session.id()), policy)
            }
        }
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
        let values = staged.values.as_ref();
        Some(values.unwrap_or(seen.contents.data.values()).clone())
    }

    /// What the handler made of the expiry, if anything.
    fn policy_set(&self, session: &Session) -> Option<Policy> {
        let expiry = session.expiry();
        self.staged()
            .policy
            .or_else(|| (expiry != self.expiry_at_start()).then(|| Policy::from_expiry(expiry)))
    }
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
        let is_seen = self.known() == Some(record.id);
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
        } else if self.known() == Some(*id) {
            staged.old_key_ends = true;
            staged.values = None;
        }
        Ok(())
    }
}
