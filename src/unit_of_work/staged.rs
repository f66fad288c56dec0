//! What the handler asked for before the head of the response is sent: remembered, not done.
//!
//! What becomes of the old session is declared by what the handler called, and never guessed from the
//! data. `tower_sessions::Session` tells its store little, but enough: `cycle_id` deletes the old id
//! and then creates a record with an id of its own; `flush` leaves the old id in the record that is
//! created after it.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use tower_sessions::{
    Session, SessionStore,
    session::{Id, Record},
    session_store,
};

use super::{Inner, Phase, SessionState, UnitOfWork};
use crate::{engine, expiry::ExpiryPolicy, key::SessionKey};

/// What the handler asked for so far.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// The data to keep, under the key of the session or, if there is one, under `new_key`.
    pub(super) values: Option<HashMap<String, Value>>,
    pub(super) new_key: Option<SessionKey>,
    /// The ids that were deleted: the session's, and those of new keys.
    pub(super) deleted: Vec<Id>,
    /// The handler ended the session; whatever it begins is another one.
    pub(super) flushed: bool,
    pub(super) policy: Option<ExpiryPolicy>,
    pub(super) login: Option<Login>,
    pub(super) without_touch: bool,
    /// A save was refused because the session is too large, and the handler was told.
    pub(super) refused: bool,
}

/// Who logs in with this request. See [`crate::Session::login`].
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) key: String,
    pub(super) who: Value,
    /// The session had been ended before: it stays so, even if the login fails.
    pub(super) after_flush: bool,
}

impl Inner {
    pub(super) fn new_id(&self) -> Option<Id> {
        self.staged.new_key.as_ref().map(SessionKey::id)
    }

    pub(super) fn seen_id(&self) -> Option<Id> {
        self.seen.as_ref().map(|seen| seen.id)
    }

    /// Whether the key of the session is to stop working.
    pub(super) fn old_key_ends(&self) -> bool {
        let seen = self.seen_id();
        seen.is_some_and(|seen| self.staged.deleted.contains(&seen))
    }

    /// # Errors
    /// If `id` is the session's, and what it holds can't be read.
    fn ensure_readable(&mut self, id: Id) -> engine::Result<()> {
        let seen = self.seen.as_ref().filter(|seen| seen.id == id);
        let readable = match seen {
            Some(seen) if !self.old_key_ends() => seen.state.ensure_readable(),
            _ => Ok(()),
        };
        self.was_refused |= readable.is_err();
        readable
    }

    fn values(&self, id: Id) -> Option<HashMap<String, Value>> {
        if self.new_id() == Some(id) {
            return self.staged.values.clone();
        }
        let seen = self.seen.as_ref().filter(|seen| seen.id == id)?;
        if self.old_key_ends() {
            return None;
        }
        let values = self.staged.values.as_ref();
        Some(values.unwrap_or(seen.state.data.values()).clone())
    }

    fn delete(&mut self, id: Id) {
        // `cycle_id` deletes an id once. Who deletes it again has flushed before.
        self.staged.flushed |= self.staged.deleted.contains(&id);
        self.staged.refused = false;
        if self.new_id() == Some(id) {
            self.staged.new_key = None;
        } else if self.seen_id() != Some(id) {
            return;
        }
        self.staged.values = None;
        self.staged.deleted.push(id);
    }
}

impl UnitOfWork {
    pub(crate) fn is_sent(&self) -> bool {
        self.inner().phase == Phase::Sent
    }

    /// The handler ended the session.
    pub(crate) fn set_flushed(&self) {
        let staged = &mut self.inner().staged;
        staged.flushed = true;
        staged.login = None;
    }

    /// Somebody is about to log in to `session`, whose data is staged.
    pub(crate) fn set_login(&self, session: &Session, key: &str, who: Value) {
        let mut inner = self.inner();
        let was_ended = session.id().is_none() && inner.old_key_ends();
        inner.staged.login = Some(Login {
            key: key.to_owned(),
            who,
            after_flush: inner.staged.flushed || was_ended,
        });
    }

    /// The data as last saved by the handler, else as loaded.
    ///
    /// # Errors
    /// If it can't be read.
    pub(crate) fn values(&self, id: Option<Id>) -> session_store::Result<HashMap<String, Value>> {
        let Some(id) = id else {
            return Ok(HashMap::default());
        };
        let mut inner = self.inner();
        inner.ensure_readable(id).map_err(backend)?;
        Ok(inner.values(id).unwrap_or_default())
    }

    /// Whether `session` can be kept as the handler last saved it.
    pub(crate) fn fits(&self, session: &Session) -> bool {
        if !self.is_readable() {
            return false;
        }
        let inner = self.inner();
        let values = session.id().and_then(|id| inner.values(id));
        let values = values.unwrap_or_default();
        let policy = inner.policy_set(session);
        self.check(&inner, &values, policy).is_ok()
    }

    /// # Errors
    /// If the session is too large with `values`.
    fn check(
        &self,
        inner: &Inner,
        values: &HashMap<String, Value>,
        policy: Option<ExpiryPolicy>,
    ) -> engine::Result<()> {
        let state = match &inner.seen {
            Some(seen) => seen.state.carried(!inner.staged.flushed),
            None => SessionState::default(),
        };
        let changes = state.changes(None, values);
        self.config.check(state.changed(&changes, policy))
    }

    /// Keeps `record` for the commit.
    fn stage(&self, record: &mut Record, is_new: bool) -> session_store::Result<()> {
        let mut inner = self.inner();
        if is_new {
            inner.staged.flushed |= inner.staged.deleted.contains(&record.id);
        }
        // One that is emptied needn't have been loaded.
        let readable = inner.ensure_readable(record.id);
        // The commit looks for itself, and goes by what the handler has been told.
        if inner.phase == Phase::Staging {
            let checked =
                readable.and_then(|()| self.check(&inner, &record.data, inner.staged.policy));
            inner.staged.refused = checked.is_err();
            checked.map_err(|error| session_store::Error::Encode(error.to_string()))?;
        }
        if is_new {
            let key = inner
                .staged
                .new_key
                .get_or_insert_with(SessionKey::generate);
            record.id = key.id();
        }
        inner.staged.values = Some(record.data.clone());
        Ok(())
    }
}

#[async_trait]
impl SessionStore for UnitOfWork {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        if !self.is_sent() {
            return self.stage(record, true);
        }
        // The commit's own doing, where it stored the session under another key than it was given.
        let stored = self.inner().staged.new_key.take();
        let stored = stored.ok_or_else(|| self.needs_a_cookie("a session begins"))?;
        record.id = stored.id();
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        if self.is_sent() {
            return self.write_through(record).await;
        }
        let can_be_saved = {
            let inner = self.inner();
            let is_seen = inner.seen_id() == Some(record.id);
            // Saving under a key that was deleted before brings nothing back.
            inner.new_id() == Some(record.id) || (is_seen && !inner.old_key_ends())
        };
        match can_be_saved {
            true => self.stage(&mut record.clone(), false),
            false => Ok(()),
        }
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.look();
        if self.is_sent() {
            self.load_again().await?;
        }
        let mut inner = self.inner();
        inner.ensure_readable(*id).map_err(backend)?;
        // Only `delete` leaves its id behind: what comes now is another session.
        inner.staged.flushed |= inner.staged.deleted.contains(id);
        let expiry_date = inner.seen.as_ref().map(|seen| seen.row.expires_at());
        Ok(inner.values(*id).map(|data| Record {
            id: *id,
            data,
            expiry_date: expiry_date.unwrap_or_else(|| self.now()),
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut inner = self.inner();
        if inner.phase != Phase::Sent {
            inner.delete(*id);
            return Ok(());
        }
        match inner.seen_id() == Some(*id) {
            true => Err(self.needs_a_cookie("a session ends or gets a new key")),
            false => Ok(()),
        }
    }
}

/// An engine's error, for handlers.
pub(super) fn backend(error: engine::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
