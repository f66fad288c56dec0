//! Bringing what a request staged into the store: once, by compare and swap.

use std::{collections::HashMap, mem};

use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::Session;

use super::{Seen, Visit, rules::Contents};
use crate::{
    data::{Changes, Data},
    engine::{Error, Replaced, Result, Row},
    expiry::Policy,
    key::SessionKey,
};

/// What to tell the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieOrder {
    Leave,
    Set { key: SessionKey, policy: Policy },
    Remove,
}

impl Visit {
    /// Whether the handler ended the session and began no other.
    async fn is_logout(&self, session: &Session) -> bool {
        let (old_key_ends, new_id) = {
            let staged = self.staged();
            let new_id = staged.new_key.as_ref().map(SessionKey::fingerprint);
            (staged.old_key_ends, new_id)
        };
        // An id that names neither a new key nor nothing is that of a deleted session.
        let deleted = session.id().is_some_and(|id| Some(id) != new_id);
        old_key_ends && (deleted || session.is_empty().await)
    }

    /// Brings what was staged into the store. `failed`: the response is a server error, so
    /// nothing is saved; but a logout stays a logout.
    pub(crate) async fn commit(&self, session: &Session, failed: bool) -> Result<CookieOrder> {
        if self.is_logout(session).await {
            return match &self.seen {
                Some(seen) => self.log_out(seen).await,
                None => Ok(CookieOrder::Leave),
            };
        }
        if failed {
            return Ok(CookieOrder::Leave);
        }
        if session.is_modified() && !session.is_empty().await {
            // Only stages: the store behind this session is the visit itself.
            session
                .save()
                .await
                .map_err(|error| Error::because("staging a session", error))?;
        }
        let policy = self.policy_set(session);
        let staged = mem::take(&mut *self.staged());
        match (&self.seen, &staged.values, &staged.new_key) {
            (None, Some(values), Some(key)) => self.begin(values, key, policy).await,
            (Some(seen), Some(values), Some(key)) => {
                self.renew(seen, values, key, policy, staged.login.as_ref())
                    .await
            }
            (Some(seen), values, None) => {
                let changes = values
                    .as_ref()
                    .map(|values| seen.contents.data.changes_to(values))
                    .unwrap_or_default();
                if !changes.is_empty() || policy.is_some() {
                    self.change(seen, &changes, policy).await
                } else if staged.peek {
                    Ok(CookieOrder::Leave)
                } else if self.rules.save_every_request {
                    self.change(seen, &changes, None).await
                } else {
                    self.touch(seen).await
                }
            }
            _ => Ok(CookieOrder::Leave),
        }
    }

    async fn log_out(&self, seen: &Seen) -> Result<CookieOrder> {
        self.rules.engine.delete(&seen.stored).await?;
        Ok(CookieOrder::Remove)
    }

    /// An anonymous visitor gets a session, if there is anything to keep.
    async fn begin(
        &self,
        values: &HashMap<String, Value>,
        key: &SessionKey,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let mut contents = Contents {
            data: Data::default(),
            policy: policy.unwrap_or(Policy::Default),
        };
        contents.data.apply(&contents.data.changes_to(values));
        if contents.data.is_empty() {
            return Ok(CookieOrder::Leave);
        }
        let (key, _) = self.create(key, &contents).await?;
        Ok(self.kept(key, contents.policy))
    }

    async fn create(&self, key: &SessionKey, contents: &Contents) -> Result<(SessionKey, Row)> {
        let row = self.rules.write(contents);
        let mut key = key.clone();
        while !self
            .rules
            .engine
            .create(&key.stored(self.rules.hash_keys), &row)
            .await?
        {
            key = SessionKey::generate();
        }
        Ok((key, row))
    }

    fn kept(&self, key: SessionKey, policy: Policy) -> CookieOrder {
        if policy.is_over(self.rules.end(policy), self.rules.clock.now()) {
            CookieOrder::Remove
        } else {
            CookieOrder::Set { key, policy }
        }
    }

    /// The same session under the same key, with other contents.
    async fn change(
        &self,
        seen: &Seen,
        changes: &Changes,
        policy: Option<Policy>,
    ) -> Result<CookieOrder> {
        let mut row = seen.row.clone();
        let mut current = seen.contents.clone();
        loop {
            let contents = current.changed(changes, policy);
            let new = self.rules.write(&contents);
            match self.rules.engine.replace(&seen.stored, &row, &new).await? {
                Replaced::Done => return Ok(self.kept(seen.key.clone(), contents.policy)),
                Replaced::Gone => return Ok(self.gone()),
                Replaced::Changed(theirs) => match self.rules.read(&theirs) {
                    Some(contents) => (row, current) = (theirs, contents),
                    None => return Ok(self.gone()),
                },
            }
        }
    }

    /// Somebody logged out meanwhile. The cookie isn't ours to remove: the browser may have
    /// a newer one by now.
    fn gone(&self) -> CookieOrder {
        tracing::debug!("the session ended while this request was under way; nothing was saved");
        CookieOrder::Leave
    }

    /// A visit that changed nothing: slides the end of a session that ends by inactivity.
    async fn touch(&self, seen: &Seen) -> Result<CookieOrder> {
        let policy = self.rules.effective(seen.contents.policy);
        let alive = if policy.touch_due(seen.row.expires_at, self.rules.clock.now()) {
            let row = Row {
                payload: seen.row.payload.clone(),
                expires_at: self.rules.end(policy),
            };
            // Whoever changed the row meanwhile also moved its end and told the browser.
            self.rules
                .engine
                .replace(&seen.stored, &seen.row, &row)
                .await?
                == Replaced::Done
        } else if policy == Policy::Never {
            // The row stays as it is, but a cookie that has been replaced must not come back.
            self.rules.engine.load(&seen.stored).await?.is_some()
        } else {
            false
        };
        Ok(if alive {
            CookieOrder::Set {
                key: seen.key.clone(),
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
        values: &HashMap<String, Value>,
        key: &SessionKey,
        policy: Option<Policy>,
        login: Option<&(String, Value)>,
    ) -> Result<CookieOrder> {
        let engine = &self.rules.engine;
        let changes = seen.contents.data.changes_to(values);
        let mut contents = seen.contents.clone().changed(&changes, policy);
        let (key, mut row) = self.create(key, &contents).await?;
        let stored = key.stored(self.rules.hash_keys);
        let mut old_row = seen.row.clone();
        let mut carries = seen.contents.data.to_values().iter().any(is_in(values));
        while carries {
            // A row that ended long ago: compare-and-swap makes sure that nobody has logged
            // out, or changed something that has to come along, since it was read.
            let ended = Row {
                payload: old_row.payload.clone(),
                expires_at: OffsetDateTime::UNIX_EPOCH,
            };
            let theirs = match engine.replace(&seen.stored, &old_row, &ended).await? {
                Replaced::Done => break,
                Replaced::Changed(theirs) => self.rules.read(&theirs).map(|read| (theirs, read)),
                Replaced::Gone => None,
            };
            contents = match (theirs, login) {
                (Some((theirs, read)), _) => {
                    old_row = theirs;
                    read.changed(&changes, policy)
                }
                // Nothing of an ended session comes back. A login needs nothing of it.
                (None, Some((name, who))) => {
                    carries = false;
                    let mut own = Data::default();
                    own.apply(&changes);
                    own.set(name, who);
                    Contents {
                        data: own,
                        policy: contents.policy,
                    }
                }
                (None, None) => {
                    engine.delete(&stored).await?;
                    return Ok(self.gone());
                }
            };
            let new = self.rules.write(&contents);
            if engine.replace(&stored, &row, &new).await? != Replaced::Done {
                return Ok(self.gone());
            }
            row = new;
        }
        // It no longer loads, or there is nothing of it in the new one: what is left of it
        // can't hurt, so a failure here must not undo the login.
        if let Err(error) = engine.delete(&seen.stored).await {
            tracing::warn!(%error, "the row of a renewed session is still there");
        }
        Ok(self.kept(key, contents.policy))
    }
}

fn is_in(values: &HashMap<String, Value>) -> impl Fn((&String, &Value)) -> bool {
    |(key, value)| values.get(key) == Some(value)
}
