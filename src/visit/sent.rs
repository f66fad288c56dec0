//! What handlers do with a session after the head of the response is sent: in a stream, a socket, or a
//! task that goes on. No cookie can be changed any more, so whatever needs none is written at once,
//! and everything else is an error.

use std::sync::Arc;

use tower_sessions::{
    session::{Id, Record},
    session_store,
};

use super::{
    Phase, Place, Visit,
    in_rows::Rows,
    load,
    staged::{Staged, backend},
};
use crate::{engine::Error, store::Store};

/// What a cookie is needed for.
const NO_COOKIE: &str = "the head of the response has been sent, so no cookie can be set";
const ENDED: &str = "the session has ended: nothing was saved";

impl Visit {
    /// The head of the response is about to be sent, or nobody waits for it.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        if state.phase != Phase::Sent {
            // Nobody commits it any more.
            state.staged = Staged::default();
            state.phase = Phase::Sent;
        }
    }

    pub(crate) fn needs_a_cookie(&self, what: &str) -> session_store::Error {
        session_store::Error::Backend(format!("{NO_COOKIE}, which is needed where {what}"))
    }

    /// Brings what the handler changed into the session's row, by compare and swap.
    pub(super) async fn write_through(&self, record: &Record) -> session_store::Result<()> {
        let (seen, changes) = {
            let mut state = self.state();
            if state.staged.policy.take().is_some() {
                return Err(self.needs_a_cookie("the expiry changes"));
            }
            let seen = state.seen.clone();
            let seen = seen.filter(|seen| seen.id == record.id);
            let seen = seen.ok_or_else(|| backend(Error::new(ENDED)))?;
            let changes = seen.contents.changes(state.base.as_ref(), &record.data);
            (seen, changes)
        };
        if changes.is_empty() {
            return Ok(());
        }
        let (Store::Rows(engine), Place::Row { .. }) = (&self.rules.store, &seen.place) else {
            return Err(self.needs_a_cookie("the session is in it"));
        };
        let patience = self.rules.patience();
        let rows = Rows::new(&self.rules, &**engine, &patience);
        let done = rows.change(&seen, &changes, None).await.map_err(backend)?;
        let mut state = self.state();
        // The handler's session doesn't have what others have changed meanwhile.
        state.base = Some(record.data.clone());
        state.update(seen.id, done.seen);
        match state.seen {
            Some(_) => Ok(()),
            None => Err(backend(Error::new(ENDED))),
        }
    }

    /// Reads the session's row again, and brings into it what was saved and not yet written. One that
    /// was begun, renewed or ended by this request stays as that made it.
    pub(crate) async fn load_again(&self) -> session_store::Result<()> {
        let seen = {
            let state = self.state();
            let is_as_loaded = state.new_id().is_none() && !state.old_key_ends();
            state.seen.clone().filter(|_| is_as_loaded)
        };
        let (Store::Rows(engine), Some(seen)) = (&self.rules.store, seen) else {
            return Ok(());
        };
        let Place::Row { key, stored } = &seen.place else {
            return Ok(());
        };
        let patience = self.rules.patience();
        let (key, stored) = (key.clone(), stored.clone());
        let now = load(&self.rules, &**engine, &patience, key, stored).await;
        let now = now.map_err(backend)?;
        let mut state = self.state();
        let staged = state.staged.values.take();
        state.staged.values = now.as_ref().zip(staged).map(|(now, staged)| {
            let mut merged = now.contents.data.clone();
            merged.apply(&seen.contents.changes(None, &staged));
            merged.into_values()
        });
        state.base = None;
        state.update(seen.id, now.map(Arc::new));
        Ok(())
    }

    /// Whether `session` is the one that lives as far as this request knows.
    pub(crate) fn lives(&self, session: Option<Id>) -> bool {
        let state = self.state();
        let is_seen = state.seen_id() == session && !state.old_key_ends();
        session.is_some() && (is_seen || state.new_id() == session)
    }

    /// Ends the session, whose cookie the browser keeps until it sends it the next time.
    pub(crate) async fn end_now(&self) -> session_store::Result<()> {
        let seen = self.state().seen.clone();
        let Some(seen) = seen else { return Ok(()) };
        let Store::Rows(engine) = &self.rules.store else {
            return Err(self.needs_a_cookie("the session is in it"));
        };
        let patience = self.rules.patience();
        let rows = Rows::new(&self.rules, &**engine, &patience);
        let ended = rows.log_out(&seen, &self.other_keys).await;
        ended.map_err(backend)?;
        self.state().seen = None;
        Ok(())
    }
}
