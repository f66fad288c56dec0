//! The unit of work as the `SessionStore` of a `tower_sessions::Session`.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    UnitOfWork,
    staged::{Inner, Phase},
    state::SessionState,
    step::Login,
};
use crate::{
    engine,
    expiry::ExpiryPolicy,
    key::SessionKey,
    tower_sessions::{
        Session, SessionStore,
        session::{Id, Record},
        session_store,
    },
};

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
        let after_flush = inner.staged.flushed || was_ended;
        inner.staged.login = Some(Login { key: key.to_owned(), who, after_flush });
    }

    /// The data as last saved by the handler, else as loaded.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn values(&self, id: Option<Id>) -> session_store::Result<HashMap<String, Value>> {
        let Some(id) = id else {
            return Ok(HashMap::default());
        };
        let mut inner = self.inner();
        inner.ensure_readable(id).map_err(backend)?;
        Ok(inner.values(id).unwrap_or_default())
    }

    /// True if `session` can be kept as the handler last saved it.
    pub(crate) fn fits(&self, session: &Session) -> bool {
        let inner = self.inner();
        let values = session.id().and_then(|id| inner.values(id)).unwrap_or_default();
        self.check(&inner, &values, inner.policy_set(session)).is_ok()
    }

    /// # Errors
    /// When the session is too large with `values`.
    fn check(
        &self,
        inner: &Inner,
        values: &HashMap<String, Value>,
        policy: Option<ExpiryPolicy>,
    ) -> engine::Result<()> {
        let state = match &inner.seen {
            Some(seen) => seen.carried(!inner.staged.flushed)?,
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
            record.id = inner.staged.new_key.get_or_insert_with(SessionKey::generate).id();
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
        // Saving under a key that was deleted before brings nothing back.
        if self.lives(Some(record.id)) { self.stage(&mut record.clone(), false) } else { Ok(()) }
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.set_accessed();
        if self.is_sent() {
            self.load_again().await?;
        }
        let mut inner = self.inner();
        inner.ensure_readable(*id).map_err(backend)?;
        // Only `delete` leaves its id behind: what comes now is another session.
        inner.staged.flushed |= inner.staged.deleted.contains(id);
        let seen = inner.seen.as_ref();
        let expiry_date = seen.map_or_else(|| self.now(), |seen| seen.row.expires_at());
        Ok(inner.values(*id).map(|data| Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut inner = self.inner();
        if inner.phase != Phase::Sent {
            inner.delete(*id);
            return Ok(());
        }
        if inner.seen_id() == Some(*id) {
            Err(self.needs_a_cookie("a session ends or gets a new key"))
        } else {
            Ok(())
        }
    }
}

/// An engine's error, for handlers.
pub(super) fn backend(error: engine::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
