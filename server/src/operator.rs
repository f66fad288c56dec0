//! What an operator does with the site's sessions: the same for the console and the command line.

pub(crate) mod audit;
mod background;
mod census;
mod health;
mod jobs;
pub(crate) mod pulse;
mod search;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc};

use app::{console::Found, current_user::UNAME};
use huihua::{
    Clock, Engine, Settings,
    engine::{Cursor, ErrorKind, Order, Result, Row},
    key::{SessionKey, StoredKey},
    settings::SettingError,
    signing::{SERVER_SIDE_SALT, Signer},
};
use serde_json::Value;
use time::OffsetDateTime;

use self::jobs::Jobs;
pub(crate) use self::{health::look_up, search::Wanted};

/// What a session holds.
pub(crate) type Values = BTreeMap<String, Value>;

/// The site's sessions in an operator's hands. Clones share the jobs.
#[derive(Clone)]
pub(crate) struct Operator {
    engine: Arc<dyn Engine>,
    signer: Signer,
    clock: Clock,
    jobs: Jobs,
}

/// A part of the sessions.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Those that were wanted.
    pub(crate) found: Vec<Found>,
    /// How many were read for them.
    pub(crate) read: u64,
    /// Where the next part begins; `None`: this was the last one.
    pub(crate) next: Option<Cursor>,
}

impl Operator {
    /// # Errors
    /// If there is no secret key to be had.
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        settings: &Settings,
        clock: Clock,
    ) -> Result<Self, SettingError> {
        Ok(Self {
            engine,
            signer: settings.signer(SERVER_SIDE_SALT)?,
            clock,
            jobs: Jobs::default(),
        })
    }

    /// About `limit` sessions, and no more are read. An order that the store doesn't have is its
    /// own.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn list(
        &self,
        order: Order,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Listing> {
        let page = self.engine.scan(order, from, limit).await?;
        let rows = page.rows.iter();
        Ok(Listing {
            found: rows.map(|(key, row)| self.found(key, row).0).collect(),
            read: size(page.rows.len()),
            next: page.next,
        })
    }

    /// The orders that the store has beside its own.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn orders(&self) -> Result<Vec<Order>> {
        Ok(self.engine.info().await?.orders)
    }

    /// The session that lies there, and what it holds: `None` in there if that can't be read with
    /// this `SECRET_KEY`.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn open(&self, key: &StoredKey) -> Result<Option<(Found, Option<Values>)>> {
        let row = self.engine.load(key).await?;
        Ok(row.map(|row| self.found(key, &row)))
    }

    /// Ends a session, and removes whatever else lies there, also what can't be read. `false`: there was
    /// no session.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn end(&self, key: &StoredKey, by: &str) -> Result<bool> {
        let there = match self.engine.load(key).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
            there => !matches!(there, Ok(None)),
        };
        self.engine.delete(key).await?;
        if there {
            audit::session_ended(by, &key.fingerprint().to_string());
        }
        Ok(there)
    }

    /// What is to be seen of a row, and the values in it.
    fn found(&self, key: &StoredKey, row: &Row) -> (Found, Option<Values>) {
        let verified = self.signer.verify(&row.payload).ok();
        let read = verified.and_then(|verified| Some((verified.values()?, verified)));
        let (values, verified) = read.unzip();
        let found = Found {
            key: key.clone(),
            name: key.fingerprint().to_string(),
            uname: values.as_ref().and_then(uname),
            policy: verified.as_ref().map(|verified| verified.policy()),
            // What lies there as in Django's caches has no time, and is signed as it is read.
            changed: verified
                .map(|verified| verified.signed_at)
                .filter(|at| *at != OffsetDateTime::UNIX_EPOCH),
            end: row.expires_at,
            bytes: row.payload.len(),
        };
        (found, values)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// Who is logged in, as the site's pages say it.
fn uname(values: &Values) -> Option<String> {
    match values.get(UNAME)? {
        Value::Null => None,
        Value::String(uname) => Some(uname.clone()),
        other => Some(other.to_string()),
    }
}

/// The stored forms of what somebody calls a key: one that a browser has is stored hashed or, with
/// `SESSION_HASH_KEYS=false`, as it is. `None`: it is no key.
pub(crate) fn both_forms(text: &str) -> Option<Vec<StoredKey>> {
    let stored = StoredKey::parse(text)?;
    let hashed = SessionKey::parse(text.as_bytes()).map(|key| key.stored(true));
    Some(hashed.into_iter().chain([stored]).collect())
}

fn size(rows: usize) -> u64 {
    rows.try_into().unwrap_or(u64::MAX)
}
