//! Sessions that live in an engine's rows: every step is brought into the store by compare and swap.

use std::sync::Arc;

use scopeguard::ScopeGuard;

use super::{
    config::Config,
    loaded_session::{LoadedSession, Location},
    state::SessionState,
    step::{CookieAction, Done, Step},
    timeout_budget::TimeoutBudget,
};
use crate::{
    data::Changes,
    engine::{Engine, Error, Replaced, Result, Row},
    events,
    expiry::ExpiryPolicy,
    key::{SessionKey, StoredKey},
};

/// A key that is taken is one in 2^165; a store that says so again and again is broken.
const KEYS_TRIED: usize = 8;

pub(super) struct ServerSide<'a> {
    pub(super) config: &'a Config,
    pub(super) engine: &'a dyn Engine,
    pub(super) budget: &'a TimeoutBudget,
}

impl<'a> ServerSide<'a> {
    /// `None`: sessions live in their cookies.
    pub(super) fn of(config: &'a Config, budget: &'a TimeoutBudget) -> Option<Self> {
        let engine = config.store.engine()?;
        Some(Self { config, engine: &**engine, budget })
    }

    /// The first of `keys` under which a live session is, rather one that can be read; and what else may be
    /// live.
    pub(super) async fn first_live(
        &self,
        keys: Vec<SessionKey>,
    ) -> Result<(Option<LoadedSession>, Vec<StoredKey>)> {
        let mut unreadable = Vec::new();
        let mut keys = keys.into_iter().map(|key| (key.stored(self.config.hash_keys), key));
        for (stored, key) in &mut keys {
            match self.load(key, stored).await? {
                Some(seen) if seen.state.is_ok() => {
                    let others = stored_keys(&unreadable).chain(keys.map(|(stored, _)| stored));
                    return Ok((Some(seen), others.collect()));
                }
                seen => unreadable.extend(seen),
            }
        }
        let others = stored_keys(unreadable.get(1..).unwrap_or_default()).collect();
        Ok((unreadable.into_iter().next(), others))
    }

    pub(super) async fn load(
        &self,
        key: SessionKey,
        stored: StoredKey,
    ) -> Result<Option<LoadedSession>> {
        let loaded = self.budget.wait(self.engine.load(&stored)).await;
        let (id, location) = (key.id(), Location::Row { key, stored });
        match loaded {
            Ok(row) => Ok(row.and_then(|row| self.config.read(id, location, row))),
            // Somebody's session, of which the engine can't even say when it ends.
            Err(error) if error.is_of_session() => {
                let row = Row::new("", self.config.clock.now());
                Ok(Some(LoadedSession::new(id, location, row, Err(error))))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.budget.wait(self.engine.replace(key, seen, row)).await
    }

    pub(super) async fn delete(&self, key: &StoredKey) -> Result<()> {
        self.budget.wait(self.engine.delete(key)).await.map(drop)
    }

    /// `others`: the other keys that the browser sent.
    pub(super) async fn execute(&self, step: Step, others: &[StoredKey]) -> Result<Done> {
        match step {
            Step::Begin { key, changes, policy, is_login } => {
                let state = SessionState::default().changed(&changes, policy);
                let new = self.create(key, state).await?;
                events::begun(new.id, is_login);
                Ok(self.done_or_gone(Arc::new(new)))
            }
            Step::Change { seen, changes, policy } => self.change(&seen, &changes, policy).await,
            Step::Renew(renewal) => {
                if renewal.is_logout() {
                    self.delete_all(others).await?;
                }
                let done = self.renew(&renewal).await?;
                // Else a cookie that somebody planted beside it would be found before the new one.
                if let Err(error) = self.delete_all(others).await {
                    tracing::warn!(%error, "another session of a browser with a new key is still there");
                }
                Ok(done)
            }
            Step::Touch(seen) => Ok(self.touch(seen).await),
            Step::LogOut(seen) => self.log_out(&seen, others).await,
        }
    }

    pub(super) async fn log_out(&self, seen: &LoadedSession, others: &[StoredKey]) -> Result<Done> {
        let stored = seen.stored()?;
        let revocation = self.config.recently_revoked.add(seen.id);
        self.delete(stored).await?;
        self.delete_all(others).await?;
        ScopeGuard::into_inner(revocation);
        self.config.codec.forget(seen.id);
        events::logout(seen.id);
        Ok(Done::new(CookieAction::Remove, None))
    }

    async fn delete_all(&self, keys: &[StoredKey]) -> Result<()> {
        for key in keys {
            self.delete(key).await?;
        }
        Ok(())
    }

    pub(super) async fn create(
        &self,
        mut key: SessionKey,
        mut state: SessionState,
    ) -> Result<LoadedSession> {
        let row = self.config.write(&mut state)?;
        for _ in 0..KEYS_TRIED {
            let stored = key.stored(self.config.hash_keys);
            if self.budget.wait(self.engine.create(&stored, &row)).await? {
                return Ok(LoadedSession::made(
                    key.id(),
                    Location::Row { key, stored },
                    row,
                    state,
                ));
            }
            key = SessionKey::generate();
        }
        Err(Error::new("the store says of every new key that it is taken"))
    }

    /// The outcome for a session that was written, unless the browser has another one by now.
    pub(super) fn done_or_gone(&self, seen: Arc<LoadedSession>) -> Done {
        let action = match &seen.location {
            Location::Row { .. } if self.config.recently_revoked.contains(seen.id) => {
                return Done::gone();
            }
            Location::Row { key, .. } => self.config.cookie_action(key.expose().to_owned(), &seen),
            Location::Cookie => CookieAction::Leave,
        };
        Done::new(action, Some(seen))
    }

    pub(super) async fn change(
        &self,
        seen: &Arc<LoadedSession>,
        changes: &Changes,
        policy: Option<ExpiryPolicy>,
    ) -> Result<Done> {
        let stored = seen.stored()?;
        let mut last = seen.clone();
        let mut lock = None;
        loop {
            let mut state = last.carried(true)?.changed(changes, policy);
            let row = self.config.write(&mut state)?;
            let theirs = match self.replace(stored, &last.row, &row).await? {
                Replaced::Done => return Ok(self.done_or_gone(Arc::new(last.written(row, state)))),
                Replaced::Gone => None,
                Replaced::Changed(theirs) => self.read(seen, theirs),
            };
            let Some(theirs) = theirs else {
                return Ok(Done::gone());
            };
            last = Arc::new(theirs);
            if lock.is_none() {
                lock = Some(self.lock(seen).await?);
            }
        }
    }

    /// The session that others have made of the row; `None`: none any more.
    pub(super) fn read(&self, seen: &LoadedSession, theirs: Row) -> Option<LoadedSession> {
        self.config.read(seen.id, seen.location.clone(), theirs)
    }

    pub(super) async fn lock(&self, seen: &LoadedSession) -> Result<impl Sized + use<'a>> {
        let lock = async { Ok(self.config.locks.lock(seen.id).await) };
        self.budget.wait(lock).await
    }

    /// Puts off the end of the session. The page was read well, so it is served even if that fails.
    async fn touch(&self, seen: Arc<LoadedSession>) -> Done {
        match self.touched(&seen).await {
            Ok(done) => done,
            Err(error) => {
                events::touch_failed(seen.id, &error);
                Done::new(CookieAction::Leave, Some(seen))
            }
        }
    }

    async fn touched(&self, seen: &Arc<LoadedSession>) -> Result<Done> {
        let stored = seen.stored()?;
        let state = seen.readable()?;
        let rewrites = seen.by_fallback || self.config.lacks_beginning(state);
        if rewrites || self.config.save_every_request {
            return self.change(seen, &Changes::default(), None).await;
        }
        let expiry = self.config.effective_expiry(Some(state));
        if expiry.policy == ExpiryPolicy::Never {
            // The row stays as it is, but a cookie that has been replaced must not come back.
            let there = self.budget.wait(self.engine.load(stored)).await?;
            return Ok(match there.and_then(|there| self.read(seen, there)) {
                Some(_) => self.done_or_gone(seen.clone()),
                None => Done::gone(),
            });
        }
        let row = Row::new(seen.row.payload(), self.config.end(expiry));
        match self.replace(stored, &seen.row, &row).await? {
            Replaced::Done => {
                let touched = LoadedSession { row, ..LoadedSession::clone(seen) };
                Ok(self.done_or_gone(Arc::new(touched)))
            }
            Replaced::Gone => Ok(Done::gone()),
            // The change meanwhile has also moved the row's end and told the browser.
            Replaced::Changed(theirs) => Ok(match self.read(seen, theirs) {
                Some(theirs) => Done::new(CookieAction::Leave, Some(Arc::new(theirs))),
                None => Done::gone(),
            }),
        }
    }
}

fn stored_keys(seen: &[LoadedSession]) -> impl Iterator<Item = StoredKey> {
    seen.iter().filter_map(|seen| seen.stored().ok()).cloned()
}
