//! The wishes of a handler before the head of the response is sent: remembered, not done.
//!
//! The handler's calls declare what becomes of the old session; it is never guessed from the data.
//! `tower_sessions::Session` tells its store little, but enough: `cycle_id` deletes the old id and then
//! creates a record with an id of its own; `flush` leaves the old id in the record that is created after it.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{loaded_session::LoadedSession, step::Login};
use crate::{
    engine::Result,
    expiry::ExpiryPolicy,
    key::SessionKey,
    tower_sessions::{Expiry, Session, session::Id},
};

/// The wishes of the handler so far.
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

/// The progress of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// The handler stages what it does.
    #[default]
    Staging,
    /// Staged changes are being written.
    Committing,
    /// The head of the response is sent, or nobody waits for it.
    Sent,
}

/// A unit of work at this moment.
#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) seen: Option<Arc<LoadedSession>>,
    /// The values that the handler's session goes by, where they aren't those of `seen`.
    pub(super) base: Option<HashMap<String, Value>>,
    /// The expiry that the handler's session was given.
    pub(super) expiry: Option<Expiry>,
    pub(super) staged: Staged,
    pub(super) phase: Phase,
    /// True if the handler has asked for what the session holds, and couldn't be told.
    pub(super) was_refused: bool,
}

impl Inner {
    pub(super) fn new_id(&self) -> Option<Id> {
        self.staged.new_key.as_ref().map(SessionKey::id)
    }

    pub(super) fn seen_id(&self) -> Option<Id> {
        self.seen.as_ref().map(|seen| seen.id)
    }

    /// True if the key of the session is to stop working.
    pub(super) fn old_key_ends(&self) -> bool {
        let seen = self.seen_id();
        seen.is_some_and(|seen| self.staged.deleted.contains(&seen))
    }

    /// The session, unless its key is to stop working.
    pub(super) fn current(&self) -> Option<&Arc<LoadedSession>> {
        self.seen.as_ref().filter(|_| !self.old_key_ends())
    }

    /// True if the session is there under this `id`, its own or that of its new key.
    pub(super) fn has(&self, id: Id) -> bool {
        self.new_id() == Some(id) || self.current().is_some_and(|seen| seen.id == id)
    }

    /// # Errors
    /// When `id` is the session's, and what it holds can't be read.
    pub(super) fn ensure_readable(&mut self, id: Id) -> Result<()> {
        let seen = self.current().filter(|seen| seen.id == id);
        let readable = seen.map_or(Ok(()), |seen| seen.readable().map(drop));
        self.was_refused |= readable.is_err();
        readable
    }

    pub(super) fn values(&self, id: Id) -> Option<HashMap<String, Value>> {
        if self.new_id() == Some(id) {
            return self.staged.values.clone();
        }
        let seen = self.current().filter(|seen| seen.id == id)?;
        match &self.staged.values {
            Some(values) => Some(values.clone()),
            None => seen.known().map(|state| state.data.values().clone()),
        }
    }

    pub(super) fn delete(&mut self, id: Id) {
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

    /// The expiry that the handler chose, if any: on `tower_sessions::Session` after it did on
    /// ours, or on ours.
    pub(super) fn policy_set(&self, session: &Session) -> Option<ExpiryPolicy> {
        let expiry = session.expiry();
        let is_other = expiry != self.expiry;
        is_other.then(|| ExpiryPolicy::from_expiry(expiry)).or(self.staged.policy)
    }

    /// The session of `id` is `seen` now, unless it has been ended meanwhile.
    pub(super) fn update(&mut self, id: Id, seen: Option<Arc<LoadedSession>>) {
        if self.seen_id() == Some(id) {
            self.seen = seen;
        }
    }
}
