//! The commit of a request: decides what was done to the session, and has it done where the session lives.

use std::{collections::HashMap, mem, sync::Arc, time::Duration};

use futures_util::future::poll_immediate;
use serde_json::Value;
use tokio::time::sleep;
use tracing::Instrument;

use super::{
    UnitOfWork,
    loaded_session::{LoadedSession, Location},
    server_side::ServerSide,
    staged::Phase,
    state::SessionState,
    step::{CookieAction, Done, Renewal, Step},
};
use crate::{
    data::Changes,
    engine::{Error, Result},
    expiry::ExpiryPolicy,
    key::StoredKey,
    session,
    tower_sessions::Session,
};

/// The tries to end what a login has left behind, and the pause between them.
const ENDED_LATER: usize = 5;
const ENDED_AGAIN: Duration = Duration::from_secs(1);

/// The step of a request, decided and not yet done.
pub(super) struct Plan {
    step: Step,
    /// The values of the handler's session, if they aren't those that it was given.
    values: Option<HashMap<String, Value>>,
    /// True if the handler knows that the session is too large.
    refused: bool,
}

/// The browser's cookie, and what couldn't be done.
pub(crate) type Committed = (CookieAction, Result<()>);

impl UnitOfWork {
    /// Brings what was staged into the store. `failed`: the response is a server error, so
    /// nothing is saved; but a logout stays a logout.
    ///
    /// Once the store has been asked, it goes on to its end, even if nobody waits for it any more: a
    /// client that goes away, or a time limit around it, cuts nothing in two.
    pub(crate) async fn commit(self: &Arc<Self>, session: &Session, failed: bool) -> Committed {
        self.inner().phase = Phase::Committing;
        if let Err(error) = self.stage_all(session).await {
            return (CookieAction::Leave, self.refused(false).and(Err(error)));
        }
        let Some(plan) = self.plan(session, failed) else {
            return (CookieAction::Leave, Ok(()));
        };
        let mut done = Box::pin(self.clone().execute(plan).in_current_span());
        // Memory answers at once, and needs no task.
        let (action, mut result) = match poll_immediate(&mut done).await {
            Some(done) => done,
            None => {
                let done = self.config.commits.spawn(done);
                done.await.unwrap_or_else(|error| {
                    let stopped = Error::because("committing a session", error);
                    (CookieAction::Leave, Err(stopped))
                })
            }
        };
        let is_under_another_key = self.inner().staged.new_key.is_some();
        if is_under_another_key {
            // Next to never: boxed, so that no other request has to have room for it.
            let renamed = Box::pin(renamed(session)).await;
            result = result.and(renamed.map_err(|error| Error::because("naming a session", error)));
        }
        (action, result)
    }

    /// # Errors
    /// When the handler asked for what the session holds, which can't be read, and may have taken the
    /// visitor for a guest: it neither `failed` nor ended the session.
    pub(crate) fn refused(&self, failed: bool) -> Result<()> {
        let inner = self.inner();
        let was_refused = inner.was_refused && !failed;
        let seen = inner.seen.as_ref().filter(|_| was_refused);
        seen.map_or(Ok(()), |seen| seen.readable().map(drop))
    }

    /// Has the handler's session say what it holds; the store behind it is this unit of work.
    pub(super) async fn stage_all(&self, session: &Session) -> Result<()> {
        let old_key_ends = self.inner().old_key_ends();
        if session.is_modified() && (old_key_ends || !session.is_empty().await) {
            session.save().await.map_err(|error| Error::because("staging a session", error))?;
        }
        Ok(())
    }

    /// The step to take, if any. From here on, changes that the handler's tasks still make are written
    /// through.
    pub(super) fn plan(&self, session: &Session, failed: bool) -> Option<Plan> {
        let mut inner = self.inner();
        let policy = inner.policy_set(session);
        let old_key_ends = inner.old_key_ends();
        let staged = mem::take(&mut inner.staged);
        inner.phase = Phase::Sent;
        let seen = inner.seen.clone();
        drop(inner);
        let plan = |step, values| Some(Plan { step, values, refused: staged.refused });
        // Who logged in and was flushed afterwards didn't.
        let login = staged.login.filter(|login| {
            let values = staged.values.as_ref();
            values.is_some_and(|values| values.contains_key(&login.key))
        });
        if let Some(seen) = seen.as_ref().filter(|_| old_key_ends) {
            let is_empty = staged.values.as_ref().is_none_or(HashMap::is_empty);
            let begins = staged.new_key.is_some() && !(staged.flushed && is_empty);
            // `tower_sessions::Session` says nothing of a flush after its `cycle_id`.
            let had_values = seen.known().is_some_and(|state| !state.data.values().is_empty());
            let flushed = staged.flushed || (is_empty && had_values);
            let stays_ended = login.as_ref().is_none_or(|login| login.after_flush);
            if !begins || (failed && flushed && stays_ended) {
                return plan(Step::LogOut(seen.clone()), None);
            }
        }
        if failed {
            return None;
        }
        let carries = seen.is_some() && !staged.flushed;
        let nothing = SessionState::default();
        let before = seen.as_ref().filter(|_| carries);
        let before = before.and_then(|seen| seen.known()).unwrap_or(&nothing);
        let changes = match &staged.values {
            Some(values) => before.changes(None, values),
            None => Changes::default(),
        };
        let step = match (seen, staged.new_key) {
            (Some(seen), Some(key)) => {
                Step::Renew(Renewal { seen, key, changes, policy, carries, login })
            }
            (Some(seen), None) if !changes.is_empty() || policy.is_some() => {
                Step::Change { seen, changes, policy }
            }
            (Some(_), None) if staged.without_touch => return None,
            (Some(seen), None) => self.visited(seen)?,
            (None, Some(key)) if !changes.is_empty() => {
                Step::Begin { key, changes, policy, is_login: login.is_some() }
            }
            (None, _) => return None,
        };
        plan(step, staged.values)
    }

    /// A visit that changed nothing.
    fn visited(&self, seen: Arc<LoadedSession>) -> Option<Step> {
        // Nor is it known when its end may be put off.
        let state = seen.known()?;
        let expiry = self.config.effective_expiry(Some(state));
        let touches = self.config.save_every_request
            // Of these the browser's memory of the cookie is renewed, on the server they never end.
            || expiry.policy == ExpiryPolicy::Never
            // Else its time would count from each visit anew.
            || self.config.lacks_beginning(state)
            || expiry.touch_due(seen.row.expires_at(), self.now());
        touches.then_some(Step::Touch(seen))
    }

    pub(super) async fn execute(self: Arc<Self>, plan: Plan) -> Committed {
        let Plan { step, values, refused } = plan;
        let before = self.inner().seen.clone();
        let given = match &step {
            Step::Begin { key, .. } | Step::Renew(Renewal { key, .. }) => Some(key.id()),
            _ => None,
        };
        // Whatever was to follow it, if that is too large.
        let flushed = match &step {
            Step::Renew(renewal) if renewal.is_logout() => Some(renewal.seen.clone()),
            _ => None,
        };
        let mut done = self.execute_step(step).await;
        let mut refusal = Ok(());
        if let (Err(error), Some(seen)) = (&done, flushed)
            && error.is_of_session()
        {
            if !refused {
                refusal = Err(error.clone());
            }
            done = self.execute_step(Step::LogOut(seen)).await;
        }
        match done {
            Ok(Done { action, seen, doubt }) => {
                if let (Some(_), Some(before)) = (&doubt, &before)
                    && let Ok(old) = before.stored()
                {
                    self.end_later(old.clone());
                }
                let mut inner = self.inner();
                inner.base = values.or_else(|| {
                    // The handler's session is as it was loaded, whatever others have made of it.
                    let (before, now) = (before?, seen.as_ref()?);
                    let before = before.state.as_ref().ok()?;
                    let is_same = now.state.as_ref().is_ok_and(|now| Arc::ptr_eq(before, now));
                    (!is_same).then(|| before.data.values().clone())
                });
                // The key that the handler's session was given was taken.
                if let (Some(given), Some(seen)) = (given, &seen)
                    && let Location::Row { key, .. } = &seen.location
                    && seen.id != given
                {
                    inner.staged.new_key = Some(key.clone());
                }
                inner.seen = seen;
                (action, doubt.map_or(refusal, Err))
            }
            // The session stays as it was, and the handler has been told.
            Err(error) if refused && error.is_of_session() => (CookieAction::Leave, Ok(())),
            Err(error) => (CookieAction::Leave, Err(error)),
        }
    }

    /// Ends what a login has left under its old key without knowing whether that is ended.
    fn end_later(&self, old: StoredKey) {
        let config = self.config.clone();
        self.config.commits.spawn(async move {
            for _ in 0..ENDED_LATER {
                let budget = config.timeout_budget();
                let Some(server_side) = ServerSide::of(&config, &budget) else { return };
                let Err(error) = server_side.delete(&old).await else { return };
                tracing::warn!(%error, "the session under an old key may still be there");
                sleep(ENDED_AGAIN).await;
            }
        });
    }

    async fn execute_step(&self, step: Step) -> Result<Done> {
        match ServerSide::of(&self.config, &self.budget) {
            Some(server_side) => server_side.execute(step, &self.other_keys).await,
            None => self.execute_client_side(step),
        }
    }
}

/// Has the handler's session ask the unit of work for its id again.
async fn renamed(session: &Session) -> session::Result<()> {
    session.cycle_id().await?;
    Ok(session.save().await?)
}
