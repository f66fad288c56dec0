//! A session as a request knows it.

use std::sync::Arc;

use super::state::{Decoded, SessionState};
use crate::{
    engine::{Error, Result, Row},
    expiry::ExpiryPolicy,
    key::{SessionKey, StoredKey},
    tower_sessions::session::Id,
};

/// A session as a request knows it.
#[derive(Debug, Clone)]
pub(super) struct LoadedSession {
    pub(super) id: Id,
    pub(super) location: Location,
    pub(super) row: Row,
    /// `Err`: why it can't be read. Such a session can be ended, and nothing else.
    pub(super) state: Result<Arc<SessionState>>,
    /// True if a fallback key signed it.
    pub(super) by_fallback: bool,
}

/// The place of a session.
#[derive(Debug, Clone)]
pub(super) enum Location {
    /// In the engine.
    Row { key: SessionKey, stored: StoredKey },
    /// In the cookie: the row is the cookie's value.
    Cookie,
}

impl LoadedSession {
    /// A session that was read.
    pub(super) fn new(id: Id, location: Location, row: Row, decoded: Result<Decoded>) -> Self {
        Self {
            id,
            location,
            row,
            by_fallback: decoded.as_ref().is_ok_and(|decoded| decoded.by_fallback),
            state: decoded.map(|decoded| decoded.state),
        }
    }

    /// The same session, written as `row`.
    pub(super) fn written(&self, row: Row, state: SessionState) -> Self {
        Self::made(self.id, self.location.clone(), row, state)
    }

    /// A session that was written.
    pub(super) fn made(id: Id, location: Location, row: Row, state: SessionState) -> Self {
        Self { id, location, row, state: Ok(Arc::new(state)), by_fallback: false }
    }

    /// # Errors
    /// When the session can't be read.
    pub(super) fn readable(&self) -> Result<&Arc<SessionState>> {
        self.state.as_ref().map_err(Error::clone)
    }

    /// The state, unless it can't be read.
    pub(super) fn known(&self) -> Option<&SessionState> {
        self.state.as_deref().ok()
    }

    /// The policy that it has chosen, if that is known.
    pub(super) fn policy(&self) -> Option<ExpiryPolicy> {
        self.known().map(|state| state.policy)
    }

    /// The state with which a session under a new key begins: this one if that `carries` it, else
    /// nothing but its policy.
    ///
    /// # Errors
    /// When it is carried and can't be read.
    pub(super) fn carried(&self, carries: bool) -> Result<SessionState> {
        Ok(if carries {
            SessionState::clone(self.readable()?)
        } else {
            self.known().map(SessionState::emptied).unwrap_or_default()
        })
    }

    /// # Errors
    /// When it has no row.
    pub(super) fn stored(&self) -> Result<&StoredKey> {
        match &self.location {
            Location::Row { stored, .. } => Ok(stored),
            Location::Cookie => Err(Error::new("a session in a cookie has no row")),
        }
    }
}
