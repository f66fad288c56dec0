//! Sessions that live in an engine's rows: every step is brought into the store by compare and
//! swap.

use std::sync::Arc;

use super::{
    Location, Seen,
    commit::{CookieAction, Done, Step},
    config::Config,
    state::{Decoded, SessionState},
    timeout_budget::TimeoutBudget,
};
use crate::{
    data::Changes,
    engine::{Engine, Error, Replaced, Result, Row},
    events,
    expiry::{EffectiveExpiry, ExpiryPolicy},
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
    pub(super) fn new(
        config: &'a Config,
        engine: &'a dyn Engine,
        budget: &'a TimeoutBudget,
    ) -> Self {
        Self {
            config,
            engine,
            budget,
        }
    }

    pub(super) async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let replaced = self.engine.replace(key, seen, row);
        self.budget.wait(replaced).await
    }

    pub(super) async fn delete(&self, key: &StoredKey) -> Result<()> {
        self.budget.wait(self.engine.delete(key)).await
    }

    /// `others`: the other keys that the browser sent.
    pub(super) async fn execute(&self, step: Step, others: &[StoredKey]) -> Result<Done> {
        match step {
            Step::Begin {
                key,
                changes,
                policy,
                is_login,
            } => {
                let state = SessionState::default().changed(&changes, policy);
                let (new, expiry) = self.create(key, state).await?;
                events::begun(new.id, is_login);
                Ok(self.kept(Arc::new(new), expiry))
            }
            Step::Change {
                seen,
                changes,
                policy,
            } => self.change(&seen, &changes, policy).await,
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

    pub(super) async fn log_out(&self, seen: &Seen, others: &[StoredKey]) -> Result<Done> {
        if let Location::Row { stored, .. } = &seen.location {
            let revocation = self.config.recently_revoked.add(seen.id);
            self.delete(stored).await?;
            self.delete_all(others).await?;
            revocation.confirm();
        }
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
    ) -> Result<(Seen, EffectiveExpiry)> {
        let (row, expiry) = self.config.write(&mut state)?;
        for _ in 0..KEYS_TRIED {
            let stored = key.stored(self.config.hash_keys);
            let created = self.engine.create(&stored, &row);
            if self.budget.wait(created).await? {
                let seen = Seen {
                    id: key.id(),
                    location: Location::Row { key, stored },
                    row,
                    state: Arc::new(state),
                    by_fallback: false,
                };
                return Ok((seen, expiry));
            }
            key = SessionKey::generate();
        }
        Err(Error::new(
            "the store says of every new key that it is taken",
        ))
    }

    /// What to tell the browser of a session that was written, unless it has another one by now.
    pub(super) fn kept(&self, seen: Arc<Seen>, expiry: EffectiveExpiry) -> Done {
        let action = match &seen.location {
            Location::Row { .. } if self.config.recently_revoked.contains(seen.id) => {
                return gone();
            }
            Location::Row { key, .. } => self.config.kept(key.expose().to_owned(), expiry),
            Location::Cookie => CookieAction::Leave,
        };
        let seen = Some(seen);
        Done::new(action, seen)
    }

    pub(super) async fn change(
        &self,
        seen: &Seen,
        changes: &Changes,
        policy: Option<ExpiryPolicy>,
    ) -> Result<Done> {
        let Location::Row { stored, .. } = &seen.location else {
            return Ok(gone());
        };
        let mut row = seen.row.clone();
        let mut current = SessionState::clone(&seen.state);
        let mut lock = None;
        loop {
            let mut state = current.changed(changes, policy);
            let (new, expiry) = self.config.write(&mut state)?;
            let theirs = match self.replace(stored, &row, &new).await? {
                Replaced::Done => {
                    let seen = Seen {
                        row: new,
                        state: Arc::new(state),
                        by_fallback: false,
                        ..seen.clone()
                    };
                    return Ok(self.kept(Arc::new(seen), expiry));
                }
                Replaced::Gone => None,
                Replaced::Changed(theirs) => self.read(seen, theirs),
            };
            let Some((theirs, decoded)) = theirs else {
                return Ok(gone());
            };
            (row, current) = (theirs, Arc::unwrap_or_clone(decoded.state));
            if lock.is_none() {
                lock = Some(self.lock(seen).await?);
            }
        }
    }

    /// What others have made of the row; `None`: no session any more.
    pub(super) fn read(&self, seen: &Seen, theirs: Row) -> Option<(Row, Decoded)> {
        let decoded = self.config.read(seen.id, &theirs)?;
        Some((theirs, decoded))
    }

    pub(super) async fn lock(&self, seen: &Seen) -> Result<impl Sized + use<'a>> {
        let lock = async { Ok(self.config.locks.lock(seen.id).await) };
        self.budget.wait(lock).await
    }

    /// Puts off the end of the session. The page was read well, so it is served even if that fails.
    async fn touch(&self, seen: Arc<Seen>) -> Done {
        match self.touched(&seen).await {
            Ok(done) => done,
            Err(error) => {
                events::touch_failed(seen.id, &error);
                Done::new(CookieAction::Leave, Some(seen))
            }
        }
    }

    async fn touched(&self, seen: &Arc<Seen>) -> Result<Done> {
        let Location::Row { stored, .. } = &seen.location else {
            return Ok(gone());
        };
        let rewrites = seen.by_fallback || self.config.lacks_beginning(&seen.state);
        if rewrites || self.config.save_every_request {
            return self.change(seen, &Changes::default(), None).await;
        }
        let expiry = self.config.effective_expiry(&seen.state);
        if expiry.policy == ExpiryPolicy::Never {
            // The row stays as it is, but a cookie that has been replaced must not come back.
            let there = self.budget.wait(self.engine.load(stored)).await?;
            return Ok(
                match there.and_then(|there| self.config.read(seen.id, &there)) {
                    Some(_) => self.kept(seen.clone(), expiry),
                    None => gone(),
                },
            );
        }
        let row = Row::new(seen.row.payload(), self.config.end(expiry));
        let touched = match self.replace(stored, &seen.row, &row).await? {
            Replaced::Done => Seen {
                row,
                ..Seen::clone(seen)
            },
            Replaced::Gone => return Ok(gone()),
            // Whoever changed the row meanwhile also moved its end and told the browser.
            Replaced::Changed(theirs) => {
                return Ok(match self.read(seen, theirs) {
                    Some((row, decoded)) => Done::new(
                        CookieAction::Leave,
                        Some(Arc::new(Seen::new(
                            seen.id,
                            seen.location.clone(),
                            row,
                            decoded,
                        ))),
                    ),
                    None => gone(),
                });
            }
        };
        Ok(self.kept(Arc::new(touched), expiry))
    }
}

/// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have a newer
/// one by now.
pub(super) fn gone() -> Done {
    tracing::debug!("the session ended while this request was under way; nothing was saved");
    Done::new(CookieAction::Leave, None)
}
