//! A new key: the session goes on under it, or another begins in its place.

use std::sync::Arc;

use scopeguard::ScopeGuard;

use super::{
    loaded_session::LoadedSession,
    server_side::ServerSide,
    step::{Done, Renewal},
};
use crate::{
    engine::{Error, Replaced, Result, Row},
    events,
    key::StoredKey,
};

/// The fate of the old row.
enum Old {
    /// It is ended, by us; perhaps after an error.
    Ended(Option<Error>),
    /// Others have changed it.
    Changed(Row),
    /// Others have ended it.
    Gone,
    /// Nobody knows: the store has been asked to end it, and doesn't answer any more.
    Unknown(Error),
}

/// The new session, and what there is to doubt: see [`Old::Unknown`].
type Moved = (LoadedSession, Option<Error>);

impl ServerSide<'_> {
    /// The session goes on under a new key, or another begins in its place. The new row is made before
    /// the old one ends.
    pub(super) async fn renew(&self, renewal: &Renewal) -> Result<Done> {
        let seen = &renewal.seen;
        let old = seen.stored()?;
        let state = renewal.applied_to(seen.carried(renewal.carries)?);
        let new = self.create(renewal.key.clone(), state).await?;
        let stored = new.stored()?.clone();
        let revocation = self.config.recently_revoked.add(seen.id);
        match self.carry_over(old, &stored, new, renewal).await {
            Ok(moved) => {
                self.config.codec.forget(seen.id);
                if !matches!(moved, Some((_, Some(_)))) {
                    ScopeGuard::into_inner(revocation);
                }
                let Some((new, doubt)) = moved else {
                    self.delete(&stored).await?;
                    return Ok(Done::gone());
                };
                events::renewed(new.id, renewal.login.is_some());
                Ok(Done { doubt, ..self.done_or_gone(Arc::new(new)) })
            }
            // The old key still works, so nobody has got a new one. What is left of the new
            // row, if the store can't take it back now, has a key that nobody was given.
            Err(error) => {
                if let Err(error) = self.delete(&stored).await {
                    tracing::warn!(%error, "the row of a renewal that failed is still there");
                }
                Err(error)
            }
        }
    }

    /// Changes the row of a new key, which nobody else has.
    async fn rewrite(&self, stored: &StoredKey, written: &Row, row: &Row) -> Result<()> {
        let mut replaced = self.replace(stored, written, row).await?;
        // A store with a form of its own signs anew what it gives back.
        if let Replaced::Changed(same) = &replaced {
            replaced = self.replace(stored, same, row).await?;
        }
        match replaced {
            Replaced::Done => Ok(()),
            _ => Err(Error::new("the store has lost the row of a new key")),
        }
    }

    /// Ends the row of `old`, if it is still as it was `seen`: nobody has logged out, or changed
    /// something that has to come along. Where the answer is lost, the row itself says what became of it.
    async fn end(&self, old: &StoredKey, seen: &Row, new: &LoadedSession) -> Result<Old> {
        let moved = self.config.codec.moved(new.id, self.config.clock.now());
        let mut failed = None;
        loop {
            let error = match self.replace(old, seen, &moved).await {
                Ok(Replaced::Done) => return Ok(Old::Ended(failed)),
                Ok(Replaced::Gone) => return Ok(Old::Gone),
                Ok(Replaced::Changed(theirs)) => return Ok(self.old(theirs, new, failed)),
                Err(error) if error.is_of_session() => return Err(error),
                Err(error) => error,
            };
            match self.budget.wait(self.engine.load(old)).await {
                Ok(Some(row)) if row.payload() == seen.payload() => {}
                Ok(Some(theirs)) => return Ok(self.old(theirs, new, Some(error))),
                Ok(None) => return Ok(Old::Gone),
                Err(_) => return Ok(Old::Unknown(error)),
            }
            if self.budget.is_over() {
                return Ok(Old::Unknown(error));
            }
            // A change that was refused twice, and not done in between, isn't done later either.
            if failed.is_some() {
                return Err(error);
            }
            failed = Some(error);
        }
    }

    fn old(&self, theirs: Row, new: &LoadedSession, failed: Option<Error>) -> Old {
        if self.config.codec.is_moved(theirs.payload(), new.id) {
            Old::Ended(failed)
        } else {
            Old::Changed(theirs)
        }
    }

    /// Ends the old row, with whatever others did to it until then brought into the new one.
    /// Answers the new row; `None`: somebody logged out meanwhile.
    async fn carry_over(
        &self,
        old: &StoredKey,
        stored: &StoredKey,
        mut new: LoadedSession,
        renewal: &Renewal,
    ) -> Result<Option<Moved>> {
        let mut last = renewal.seen.clone();
        let mut lock = None;
        loop {
            // Nothing of it is to come along, and a store may not keep it once more.
            if last.state.is_err() {
                self.delete(old).await?;
                return Ok(Some((new, None)));
            }
            let theirs = match self.end(old, &last.row, &new).await? {
                Old::Ended(failed) => {
                    // The row that is left can't hurt, so a failure here must not undo the login.
                    let Err(error) = self.delete(old).await else {
                        return Ok(Some((new, None)));
                    };
                    tracing::warn!(%error, "the row of a renewed session is still there");
                    return Ok(Some((new, failed)));
                }
                // A login has asked for the new key, and the old one may be dead. Anybody else may
                // have logged out meanwhile.
                Old::Unknown(error) if renewal.login.is_some() => {
                    return Ok(Some((new, Some(error))));
                }
                Old::Unknown(error) => return Err(error),
                Old::Changed(theirs) => self.read(&last, theirs),
                Old::Gone => None,
            };
            let is_there = theirs.is_some();
            let state = match (theirs, &renewal.login) {
                (Some(theirs), _) => {
                    last = Arc::new(theirs);
                    last.carried(renewal.carries)?
                }
                // Nothing of an ended session comes back. A login needs nothing of it.
                (None, Some(login)) => {
                    let mut own = last.carried(false)?;
                    own.data.set(&login.key, login.who.clone());
                    own
                }
                (None, None) => return Ok(None),
            };
            let mut state = renewal.applied_to(state);
            let merged = self.config.write(&mut state)?;
            self.rewrite(stored, &new.row, &merged).await?;
            new = new.written(merged, state);
            if !is_there {
                return Ok(Some((new, None)));
            }
            if lock.is_none() {
                lock = Some(self.lock(&last).await?);
            }
        }
    }
}
