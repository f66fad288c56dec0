//! Changes of a session after the head of the response is sent: in a stream, a socket, or a
//! task that goes on. No cookie can be changed any more, so whatever needs none is written at once,
//! and everything else is an error.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tracing::Instrument as _;

use super::{
    UnitOfWork,
    loaded_session::{LoadedSession, Location},
    server_side::ServerSide,
    session_store::backend,
    staged::Phase,
};
use crate::{
    engine::Error,
    events,
    tower_sessions::{
        Session,
        session::{Id, Record},
        session_store,
    },
};

/// The reason why some changes can't be made any more.
const NO_COOKIE: &str = "the head of the response has been sent, so no cookie can be set";

impl UnitOfWork {
    /// The head of the response is about to be sent; or there will be none, because the handler panicked,
    /// failed or was given up. Then nothing is saved, but a logout stays a logout.
    pub(crate) fn close(self: &Arc<Self>, session: &Session) {
        if self.is_sent() {
            return;
        }
        self.inner().phase = Phase::Committing;
        // Only a handler that lives on elsewhere can keep this waiting.
        let is_staged = matches!(self.stage_all(session).now_or_never(), Some(Ok(())));
        let logout = self.plan(session, true).filter(|_| is_staged);
        if let (Some(logout), Ok(runtime)) = (logout, Handle::try_current()) {
            let unit = self.clone();
            let done = async move {
                if let (_, Err(error)) = unit.execute(logout).await {
                    events::store_failed(&error);
                }
            };
            self.config.commits.spawn_on(done.in_current_span(), &runtime);
        }
    }

    pub(crate) fn needs_a_cookie(&self, what: &str) -> session_store::Error {
        session_store::Error::Backend(format!("{NO_COOKIE}, which is needed where {what}"))
    }

    /// Brings what the handler changed into the session's row, by compare and swap.
    pub(super) async fn write_through(&self, record: &Record) -> session_store::Result<()> {
        let ended = || backend(Error::new("the session has ended: nothing was saved"));
        let (seen, changes) = {
            let mut inner = self.inner();
            if inner.staged.policy.take().is_some() {
                return Err(self.needs_a_cookie("the expiry changes"));
            }
            let seen = inner.seen.clone();
            let seen = seen.filter(|seen| seen.id == record.id);
            let seen = seen.ok_or_else(ended)?;
            let state = seen.readable().map_err(backend)?;
            let changes = state.changes(inner.base.as_ref(), &record.data);
            (seen, changes)
        };
        if changes.is_empty() {
            return Ok(());
        }
        let budget = self.config.timeout_budget();
        let Some(server_side) = ServerSide::of(&self.config, &budget) else {
            return Err(self.needs_a_cookie("the session is in it"));
        };
        let done = server_side.change(&seen, &changes, None).await.map_err(backend)?;
        let mut inner = self.inner();
        // The handler's session doesn't have what others have changed meanwhile.
        inner.base = Some(record.data.clone());
        inner.update(seen.id, done.seen);
        inner.seen.as_ref().map(drop).ok_or_else(ended)
    }

    /// Reads the session's row again, and brings into it what was saved and not yet written. One that
    /// was begun, renewed or ended by this request stays as that made it.
    pub(crate) async fn load_again(&self) -> session_store::Result<()> {
        let seen = {
            let inner = self.inner();
            inner.current().filter(|_| inner.new_id().is_none()).cloned()
        };
        let Some(seen) = seen else { return Ok(()) };
        let budget = self.config.timeout_budget();
        let (Some(server_side), Location::Row { key, stored }) =
            (ServerSide::of(&self.config, &budget), &seen.location)
        else {
            if !self.config.lives(&seen) {
                self.inner().seen = None;
            }
            return Ok(());
        };
        let now = server_side.load(key.clone(), stored.clone()).await.map_err(backend)?;
        let mut inner = self.inner();
        let staged = inner.staged.values.take();
        let known = now.as_ref().and_then(LoadedSession::known).zip(seen.known());
        inner.staged.values = known.zip(staged).map(|((now, seen), staged)| {
            let mut merged = now.data.clone();
            merged.apply(&seen.changes(None, &staged));
            merged.into_values()
        });
        inner.base = None;
        inner.update(seen.id, now.map(Arc::new));
        Ok(())
    }

    /// True if `session` is the one that lives as far as this request knows.
    pub(crate) fn lives(&self, session: Option<Id>) -> bool {
        session.is_some_and(|session| self.inner().has(session))
    }

    /// Ends the session, whose cookie the browser keeps until it sends it the next time.
    pub(crate) async fn end_now(self: &Arc<Self>) -> session_store::Result<()> {
        let seen = self.inner().seen.clone();
        let Some(seen) = seen else { return Ok(()) };
        let unit = self.clone();
        // A stream that is given up cuts it no more than a commit is cut.
        let ended = self.config.commits.spawn(async move {
            let budget = unit.config.timeout_budget();
            let Some(server_side) = ServerSide::of(&unit.config, &budget) else {
                return Err(unit.needs_a_cookie("the session is in it"));
            };
            server_side.log_out(&seen, &unit.other_keys).await.map_err(backend)?;
            unit.inner().seen = None;
            Ok(())
        });
        let stopped = |error| Err(backend(Error::because("ending a session", error)));
        ended.await.unwrap_or_else(stopped)
    }
}
