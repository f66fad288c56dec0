//! Sessions that live in an engine's rows: every step is brought into the store by compare and
//! swap.

use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;

use super::{
    Place, Seen, Visit,
    commit::{CookieOrder, Step},
    patience::Patience,
    rules::{Contents, Rules},
};
use crate::{
    data::Changes,
    engine::{Engine, Error, Replaced, Result, Row},
    events,
    expiry::{Policy, Term},
    key::{SessionKey, StoredKey},
};

/// A key that is taken is one in 2^165; a store that says so again and again is broken.
const KEYS_TRIED: usize = 8;

pub(super) struct Rows<'a> {
    rules: &'a Rules,
    engine: &'a dyn Engine,
    patience: &'a Patience,
    seen: Option<&'a Seen>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(visit: &'a Visit, engine: &'a dyn Engine) -> Self {
        Self {
            rules: &visit.rules,
            engine,
            patience: &visit.patience,
            seen: visit.seen.as_ref(),
        }
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let replaced = self.engine.replace(key, seen, row);
        self.patience.wait(replaced).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        self.patience.wait(self.engine.delete(key)).await
    }

    pub(super) async fn take(&self, step: Step) -> Result<CookieOrder> {
        match (step, self.seen) {
            (
                Step::Begin {
                    key,
                    changes,
                    policy,
                    is_login,
                },
                _,
            ) => self.begin(key, &changes, policy, is_login).await,
            (Step::Change { changes, policy }, Some(seen)) => {
                self.change(seen, &changes, policy).await
            }
            (
                Step::Renew {
                    key,
                    changes,
                    policy,
                    carries,
                    login,
                },
                Some(seen),
            ) => {
                let renewal = Renewal {
                    changes,
                    policy,
                    login,
                };
                self.renew(seen, key, carries, &renewal).await
            }
            (Step::Touch, Some(seen)) => self.touch(seen).await,
            _ => Ok(CookieOrder::Leave),
        }
    }

    pub(super) async fn log_out(&self, seen: &Seen) -> Result<CookieOrder> {
        if let Place::Row { stored, .. } = &seen.place {
            self.rules.ended.add(seen.id);
            if let Err(error) = self.delete(stored).await {
                self.rules.ended.take_back(seen.id);
                return Err(error);
            }
        }
        events::logout(seen.id);
        Ok(CookieOrder::Remove)
    }

    async fn begin(
        &self,
        key: SessionKey,
        changes: &Changes,
        policy: Option<Policy>,
        is_login: bool,
    ) -> Result<CookieOrder> {
        let contents = Contents::default().changed(changes, policy);
        let (key, _, term) = self.create(key, &contents).await?;
        events::begun(key.fingerprint(), is_login);
        Ok(self.kept(&key, term))
    }

    async fn create(
        &self,
        mut key: SessionKey,
        contents: &Contents,
    ) -> Result<(SessionKey, Row, Term)> {
        let (row, term) = self.rules.write(contents);
        for _ in 0..KEYS_TRIED {
            let stored = key.stored(self.rules.hash_keys);
            if self
                .patience
                .wait(self.engine.create(&stored, &row))
                .await?
            {
                return Ok((key, row, term));
            }
            key = SessionKey::generate();
        }
        Err(Error::new(
            "the store says of every new key that it is taken",
        ))
    }

    fn kept(&self, key: &SessionKey, term: Term) -> CookieOrder {
        self.rules.kept(key.expose().to_owned(), term)
    }

    /// The same for a key that the browser has already, unless it has another one by now.
    fn still_kept(&self, key: &SessionKey, term: Term) -> CookieOrder {
        match self.rules.ended.holds(key.fingerprint()) {
            true => gone(),
            false => self.kept(key, term),
        }
    }

    async fn change(
        &self,
        seen: &Seen,
        changes: &Changes,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let Place::Row { key, stored } = &seen.place else {
            return Ok(CookieOrder::Leave);
        };
        let mut row = seen.row.clone();
        let mut current = Contents::clone(&seen.contents);
        let mut turn = None;
        loop {
            let contents = current.changed(changes, policy);
            let (new, term) = self.rules.write(&contents);
            match self.replace(stored, &row, &new).await? {
                Replaced::Done => return Ok(self.still_kept(key, term)),
                Replaced::Gone => return Ok(gone()),
                Replaced::Changed(theirs) => match self.rules.read(seen.id, &theirs) {
                    Some(contents) => {
                        (row, current) = (theirs, Arc::unwrap_or_clone(contents));
                    }
                    None => return Ok(gone()),
                },
            }
            if turn.is_none() {
                let queue = async { Ok(self.rules.queues.turn(seen.id).await) };
                turn = Some(self.patience.wait(queue).await?);
            }
        }
    }

    /// Slides the end of a session that ends by inactivity.
    async fn touch(&self, seen: &Seen) -> Result<CookieOrder> {
        let Place::Row { key, stored } = &seen.place else {
            return Ok(CookieOrder::Leave);
        };
        let term = self.rules.term(&seen.contents);
        let is_due = || term.touch_due(seen.row.expires_at, self.rules.clock.now());
        let alive = match term.policy {
            Policy::Idle(_) if is_due() => {
                let row = Row {
                    payload: seen.row.payload.clone(),
                    expires_at: self.rules.end(term),
                };
                // Whoever changed the row meanwhile also moved its end and told the browser.
                self.replace(stored, &seen.row, &row).await? == Replaced::Done
            }
            // The row stays as it is, but a cookie that has been replaced must not come back.
            Policy::Never => {
                let there = self.patience.wait(self.engine.load(stored)).await?;
                there.is_some()
            }
            _ => false,
        };
        Ok(match alive {
            true => self.still_kept(key, term),
            false => CookieOrder::Leave,
        })
    }

    /// The session goes on under a new key, which is made before the old one ends.
    async fn renew(
        &self,
        seen: &Seen,
        key: SessionKey,
        carries: bool,
        renewal: &Renewal,
    ) -> Result<CookieOrder> {
        let Place::Row { stored: old, .. } = &seen.place else {
            return Ok(CookieOrder::Leave);
        };
        let contents = renewal.applied_to(seen.contents.carried(carries));
        let (key, row, term) = self.create(key, &contents).await?;
        self.rules.ended.add(seen.id);
        let new = key.stored(self.rules.hash_keys);
        let moved = if carries {
            self.carry_over(seen, old, &new, (row, term), renewal).await
        } else {
            self.delete(old).await.map(|()| Some(term))
        };
        match moved {
            Ok(Some(term)) => {
                events::renewed(key.fingerprint(), renewal.login.is_some());
                Ok(self.kept(&key, term))
            }
            Ok(None) => {
                self.delete(&new).await?;
                Ok(gone())
            }
            // The old key still works, so nobody has got a new one. What is left of the new
            // row, if the store can't take it back now, has a key that nobody was given.
            Err(error) => {
                self.rules.ended.take_back(seen.id);
                if let Err(error) = self.delete(&new).await {
                    tracing::warn!(%error, "the row of a renewal that failed is still there");
                }
                Err(error)
            }
        }
    }

    /// Ends the old row, with whatever others did to it until then brought into the new one.
    /// Answers the term of the new row; `None`: somebody logged out meanwhile.
    async fn carry_over(
        &self,
        seen: &Seen,
        old: &StoredKey,
        new: &StoredKey,
        (mut row, mut term): (Row, Term),
        renewal: &Renewal,
    ) -> Result<Option<Term>> {
        let mut old_row = seen.row.clone();
        let mut policy = seen.contents.policy;
        loop {
            // A row that ended long ago: compare-and-swap makes sure that nobody has logged
            // out, or changed something that has to come along, since it was read.
            let ended = Row {
                payload: old_row.payload.clone(),
                expires_at: OffsetDateTime::UNIX_EPOCH,
            };
            let theirs = match self.replace(old, &old_row, &ended).await? {
                Replaced::Done => {
                    // It no longer loads: what is left of it can't hurt, so a failure here
                    // must not undo the login.
                    if let Err(error) = self.delete(old).await {
                        tracing::warn!(%error, "the row of a renewed session is still there");
                    }
                    return Ok(Some(term));
                }
                Replaced::Changed(theirs) => {
                    let read = self.rules.read(seen.id, &theirs);
                    read.map(|read| (theirs, read))
                }
                Replaced::Gone => None,
            };
            let ends_here = theirs.is_none();
            let contents = match (theirs, &renewal.login) {
                (Some((theirs, read)), _) => {
                    (old_row, policy) = (theirs, read.policy);
                    renewal.applied_to(Arc::unwrap_or_clone(read))
                }
                // Nothing of an ended session comes back. A login needs nothing of it.
                (None, Some((name, who))) => {
                    let mut own = renewal.applied_to(Contents::empty(policy));
                    own.data.set(name, who.clone());
                    own
                }
                (None, None) => return Ok(None),
            };
            let (merged, merged_term) = self.rules.write(&contents);
            if self.replace(new, &row, &merged).await? != Replaced::Done {
                return Ok(None);
            }
            (row, term) = (merged, merged_term);
            if ends_here {
                return Ok(Some(term));
            }
        }
    }
}

/// What a request that renews its session did beside.
struct Renewal {
    changes: Changes,
    policy: Option<Policy>,
    login: Option<(String, Value)>,
}

impl Renewal {
    fn applied_to(&self, contents: Contents) -> Contents {
        contents.renewed(&self.changes, self.policy, self.login.is_some())
    }
}

/// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have a newer
/// one by now.
fn gone() -> CookieOrder {
    tracing::debug!("the session ended while this request was under way; nothing was saved");
    CookieOrder::Leave
}
