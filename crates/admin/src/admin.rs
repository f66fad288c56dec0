//! What an operator does with the site's sessions: the same for the console and the command line.

use std::{collections::BTreeMap, fmt, sync::Arc};

use huihua::{
    Clock, Engine, Settings,
    engine::{Cursor, ErrorKind, Order, Result, Row},
    key::{SessionKey, StoredKey},
    settings::SettingError,
    signing::{SERVER_SIDE_SALT, Signer},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{SessionSummary, UNAME, audit, jobs::Jobs};

/// What a session holds.
pub type Values = BTreeMap<String, Value>;

/// The site's sessions in an operator's hands. Clones share the jobs.
#[derive(Clone)]
pub struct Admin {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) jobs: Jobs,
}

/// A part of the sessions.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that were wanted.
    pub sessions: Vec<SessionSummary>,
    /// How many were read for them.
    pub read: u64,
    /// Where the next part begins; `None`: this was the last one.
    pub next: Option<Cursor>,
}

impl Admin {
    /// # Errors
    /// If there is no secret key to be had.
    pub fn new(
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
    pub async fn list(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Listing> {
        let page = self.engine.scan(order, from, limit).await?;
        let rows = page.rows.iter();
        Ok(Listing {
            sessions: rows.map(|(key, row)| self.summarize(key, row).0).collect(),
            read: size(page.rows.len()),
            next: page.next,
        })
    }

    /// The orders that the store has beside its own.
    ///
    /// # Errors
    /// If the store is broken.
    pub async fn orders(&self) -> Result<Vec<Order>> {
        Ok(self.engine.about().await?.orders)
    }

    /// The session that lies there, and what it holds: `None` in there if that can't be read with
    /// this `SECRET_KEY`.
    ///
    /// # Errors
    /// If the store is broken.
    pub async fn open(&self, key: &StoredKey) -> Result<Option<(SessionSummary, Option<Values>)>> {
        let row = self.engine.load(key).await?;
        Ok(row.map(|row| self.summarize(key, &row)))
    }

    /// Ends a session, and removes whatever else lies there, also what can't be read. `false`: there was
    /// no session.
    ///
    /// # Errors
    /// If the store is broken.
    pub async fn end(&self, key: &StoredKey, by: &str) -> Result<bool> {
        let there = match self.engine.load(key).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
            there => !matches!(there, Ok(None)),
        };
        self.engine.delete(key).await?;
        if there {
            audit::session_ended(by, &key.name());
        }
        Ok(there)
    }

    /// What is to be seen of a row, and the values in it.
    pub(crate) fn summarize(&self, key: &StoredKey, row: &Row) -> (SessionSummary, Option<Values>) {
        let opened = self.signer.open(&row.payload).ok();
        let read = opened.and_then(|opened| Some((opened.values()?, opened)));
        let (values, opened) = read.unzip();
        let summary = SessionSummary {
            key: key.clone(),
            fingerprint: key.name(),
            uname: values.as_ref().and_then(uname),
            policy: opened.as_ref().map(|opened| opened.policy()),
            // What lies there as in Django's caches has no time, and is signed as it is read.
            changed: opened
                .map(|opened| opened.signed_at)
                .filter(|at| *at != OffsetDateTime::UNIX_EPOCH),
            end: row.expires_at,
            bytes: row.payload.len(),
        };
        (summary, values)
    }
}

impl fmt::Debug for Admin {
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
pub fn stored_forms(text: &str) -> Option<Vec<StoredKey>> {
    let stored = StoredKey::parse(text)?;
    let hashed = SessionKey::parse(text.as_bytes()).map(|key| key.stored(true));
    Some(hashed.into_iter().chain([stored]).collect())
}

pub(crate) fn size(rows: usize) -> u64 {
    rows.try_into().unwrap_or(u64::MAX)
}
