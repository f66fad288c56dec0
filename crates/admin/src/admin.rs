//! Listing, opening and ending sessions.

use std::{fmt, sync::Arc};

use huihua::{
    Clock, Engine, Settings,
    engine::{Cursor, ErrorKind, Inspect, Order, Page, Result, Row, StoreInfo, StoreMetrics},
    key::{SessionKey, StoredKey},
    settings::SettingError,
    signing::{SERVER_SIDE_SALT, Signer},
};
use time::OffsetDateTime;

use crate::{
    SessionSummary, UNAME, Unreadable, VerifiedSession, audit, jobs::Jobs, read_session, uname,
};

/// Rows that are read at once; between two such pages others have their turn. A store without an order
/// goes through all of its keys for each page.
pub(crate) const PAGE: usize = 1000;

/// The sessions of a store, as operators handle them. Clones share the background jobs.
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
    /// The sessions that match.
    pub sessions: Vec<SessionSummary>,
    /// The number of sessions read to find them.
    pub read: u64,
    /// The beginning of the next part; `None`: this was the last one.
    pub next: Option<Cursor>,
}

impl Admin {
    /// The sessions of `engine`, read with the secret keys of `settings`.
    ///
    /// # Errors
    /// When there is no secret key.
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

    /// Closes the store, once nobody asks it any more.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// About `limit` rows as they are stored, unread. A store that doesn't have this order lists them in
    /// its own.
    ///
    /// # Errors
    /// When the store fails, or can't list its sessions.
    pub async fn rows(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.engine.inspected()?.scan(order, from, limit).await
    }

    /// About `limit` sessions in the order of [`Admin::rows`], and no more are read.
    ///
    /// # Errors
    /// As [`Admin::rows`].
    pub async fn list(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Listing> {
        let page = self.rows(order, from, limit).await?;
        let rows = page.rows.iter();
        Ok(Listing {
            sessions: rows.map(|(key, row)| self.summarize(key, row).0).collect(),
            read: size(page.rows.len()),
            next: page.next,
        })
    }

    /// The store's name, its warnings, its orders, and how much it holds.
    ///
    /// # Errors
    /// As [`Admin::rows`].
    pub async fn store_info(&self) -> Result<StoreInfo> {
        self.engine.inspected()?.info().await
    }

    /// The session under this key and its contents, or why they can't be read. What a store takes for
    /// no row at all, because it is malformed, is `None` here, and an unreadable session in lists.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        &self,
        key: &StoredKey,
    ) -> Result<Option<(SessionSummary, Result<VerifiedSession, Unreadable>)>> {
        let row = match self.engine.load(key).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
            row => row.transpose(),
        };
        Ok(row.map(|row| self.summarize(key, &row)))
    }

    /// Ends the session under this key; whatever else lies there is removed too. `false`: nothing did.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end(&self, key: &StoredKey, by: &str) -> Result<bool> {
        let ended = self.engine.delete(key).await?;
        if ended {
            audit::session_ended(by, &key.fingerprint().to_string());
        }
        Ok(ended)
    }

    pub(crate) fn metrics(&self) -> StoreMetrics {
        self.engine.inspect().map(Inspect::metrics).unwrap_or_default()
    }

    pub(crate) fn summarize(
        &self,
        key: &StoredKey,
        row: &Result<Row>,
    ) -> (SessionSummary, Result<VerifiedSession, Unreadable>) {
        let contents = match row {
            Ok(row) => read_session(self.signer.verify(row.payload())),
            Err(error) if error.kind() == ErrorKind::TooLarge => Err(Unreadable::TooLarge),
            Err(error) => Err(Unreadable::Damaged(error.to_string())),
        };
        let (row, session) = (row.as_ref().ok(), contents.as_ref().ok());
        let summary = SessionSummary {
            key: key.clone(),
            fingerprint: key.fingerprint().to_string(),
            uname: session.and_then(|(_, values)| uname(values.get(UNAME)?)),
            policy: session.map(|(verified, _)| verified.policy()),
            // A row in the form of Django's caches has no time, and is signed as it is read.
            changed: session
                .map(|(verified, _)| verified.signed_at)
                .filter(|at| *at != OffsetDateTime::UNIX_EPOCH),
            end: row.map(Row::expires_at),
            bytes: row.map(|row| row.payload().len()),
        };
        (summary, contents)
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// The stored forms of a key as people write it: one that a browser has is stored hashed or, with
/// `SESSION_HASH_KEYS=false`, as it is. `None`: it is no key.
pub fn stored_forms(text: &str) -> Option<Vec<StoredKey>> {
    let stored = StoredKey::parse(text)?;
    let hashed = SessionKey::parse(text.as_bytes()).map(|key| key.stored(true));
    Some(hashed.into_iter().chain([stored]).collect())
}

pub(crate) fn size(rows: usize) -> u64 {
    rows.try_into().unwrap_or(u64::MAX)
}
