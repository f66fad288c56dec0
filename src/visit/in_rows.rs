//! Sessions that live in an engine's rows: every step is brought into the store by compare and
//! swap.

use serde_json::Value;
use time::OffsetDateTime;

use super::{
    Place, Seen, Visit,
    commit::{CookieOrder, Step},
    rules::{Contents, Rules},
};
use crate::{
    data::Changes,
    engine::{Engine, Error, Replaced, Result, Row},
    expiry::Policy,
    key::{SessionKey, StoredKey},
};

/// A key that is taken is one in 2^165; a store that says so again and again is broken.
const KEYS_TRIED: usize = 8;

pub(super) struct Rows<'a> {
    rules: &'a Rules,
    engine: &'a dyn Engine,
}

impl<'a> Rows<'a> {
    pub(super) fn new(rules: &'a Rules, engine: &'a dyn Engine) -> Self {
        Self { rules, engine }
    }

    pub(super) async fn take(&self, visit: &Visit, step: Step) -> Result<CookieOrder> {
        match (step, &visit.seen) {
            (
                Step::Begin {
                    key,
                    changes,
                    policy,
                },
                _,
            ) => self.begin(key, &changes, policy).await,
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
            self.engine.delete(stored).await?;
        }
        Ok(CookieOrder::Remove)
    }

    async fn begin(
        &self,
        key: SessionKey,
        changes: &Changes,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let contents = Contents::default().changed(changes, policy);
        let (key, _) = self.create(key, &contents).await?;
        Ok(self.kept(&key, contents.policy))
    }

    async fn create(&self, mut key: SessionKey, contents: &Contents) -> Result<(SessionKey, Row)> {
        let row = self.rules.write(contents);
        for _ in 0..KEYS_TRIED {
            let stored = key.stored(self.rules.hash_keys);
            if self.engine.create(&stored, &row).await? {
                return Ok((key, row));
            }
            key = SessionKey::generate();
        }
        Err(Error::new(
            "the store says of every new key that it is taken",
        ))
    }

    fn kept(&self, key: &SessionKey, policy: Policy) -> CookieOrder {
        self.rules.kept(key.expose().to_owned(), policy)
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
        let mut current = seen.contents.clone();
        loop {
            let contents = current.changed(changes, policy);
            let new = self.rules.write(&contents);
            match self.engine.replace(stored, &row, &new).await? {
                Replaced::Done => return Ok(self.kept(key, contents.policy)),
                Replaced::Gone => return Ok(gone()),
                Replaced::Changed(theirs) => match self.rules.read(&theirs) {
                    Some(contents) => (row, current) = (theirs, contents),
                    None => return Ok(gone()),
                },
            }
        }
    }

    /// Slides the end of a session that ends by inactivity.
    async fn touch(&self, seen: &Seen) -> Result<CookieOrder> {
        let Place::Row { key, stored } = &seen.place else {
            return Ok(CookieOrder::Leave);
        };
        let policy = self.rules.effective(seen.contents.policy);
        let alive = if policy.touch_due(seen.row.expires_at, self.rules.clock.now()) {
            let row = Row {
                payload: seen.row.payload.clone(),
                expires_at: self.rules.end(policy),
            };
            // Whoever changed the row meanwhile also moved its end and told the browser.
            self.engine.replace(stored, &seen.row, &row).await? == Replaced::Done
        } else if policy == Policy::Never {
            // The row stays as it is, but a cookie that has been replaced must not come back.
            self.engine.load(stored).await?.is_some()
        } else {
            false
        };
        Ok(if alive {
            CookieOrder::Set {
                value: key.expose().to_owned(),
                policy: seen.contents.policy,
            }
        } else {
            CookieOrder::Leave
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
        let contents = seen
            .contents
            .clone()
            .changed(&renewal.changes, renewal.policy);
        let (key, row) = self.create(key, &contents).await?;
        let new = key.stored(self.rules.hash_keys);
        let moved = if carries {
            self.carry_over(seen, old, &new, row, renewal).await
        } else {
            self.engine
                .delete(old)
                .await
                .map(|()| Some(contents.policy))
        };
        match moved {
            Ok(Some(policy)) => Ok(self.kept(&key, policy)),
            Ok(None) => {
                self.engine.delete(&new).await?;
                Ok(gone())
            }
            // The old key still works, so nobody has got a new one. What is left of the new
            // row, if the store can't take it back now, has a key that nobody was given.
            Err(error) => {
                if let Err(error) = self.engine.delete(&new).await {
                    tracing::warn!(%error, "the row of a renewal that failed is still there");
                }
                Err(error)
            }
        }
    }

    /// Ends the old row, with whatever others did to it until then brought into the new one.
    /// Answers the policy of the new row; `None`: somebody logged out meanwhile.
    async fn carry_over(
        &self,
        seen: &Seen,
        old: &StoredKey,
        new: &StoredKey,
        mut row: Row,
        renewal: &Renewal,
    ) -> Result<Option<Policy>> {
        let mut old_row = seen.row.clone();
        let mut contents = seen
            .contents
            .clone()
            .changed(&renewal.changes, renewal.policy);
        loop {
            // A row that ended long ago: compare-and-swap makes sure that nobody has logged
            // out, or changed something that has to come along, since it was read.
            let ended = Row {
                payload: old_row.payload.clone(),
                expires_at: OffsetDateTime::UNIX_EPOCH,
            };
            let theirs = match self.engine.replace(old, &old_row, &ended).await? {
                Replaced::Done => {
                    // It no longer loads: what is left of it can't hurt, so a failure here
                    // must not undo the login.
                    if let Err(error) = self.engine.delete(old).await {
                        tracing::warn!(%error, "the row of a renewed session is still there");
                    }
                    return Ok(Some(contents.policy));
                }
                Replaced::Changed(theirs) => self.rules.read(&theirs).map(|read| (theirs, read)),
                Replaced::Gone => None,
            };
            let ends_here = theirs.is_none();
            contents = match (theirs, &renewal.login) {
                (Some((theirs, read)), _) => {
                    old_row = theirs;
                    read.changed(&renewal.changes, renewal.policy)
                }
                // Nothing of an ended session comes back. A login needs nothing of it.
                (None, Some((name, who))) => {
                    let mut own =
                        Contents::empty(contents.policy).changed(&renewal.changes, renewal.policy);
                    own.data.set(name, who);
                    own
                }
                (None, None) => return Ok(None),
            };
            let merged = self.rules.write(&contents);
            if self.engine.replace(new, &row, &merged).await? != Replaced::Done {
                return Ok(None);
            }
            if ends_here {
                return Ok(Some(contents.policy));
            }
            row = merged;
        }
    }
}

/// What a request that renews its session did beside.
struct Renewal {
    changes: Changes,
    policy: Option<Policy>,
    login: Option<(String, Value)>,
}

/// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have a newer
/// one by now.
fn gone() -> CookieOrder {
    tracing::debug!("the session ended while this request was under way; nothing was saved");
    CookieOrder::Leave
}
