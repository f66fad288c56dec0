//! Listing, opening and ending sessions.

use std::{fmt, sync::Arc};

use huihua::{
    Clock, Engine, Settings,
    engine::{Cursor, ErrorKind, Inspect, Order, Page, Result, Row, StoreInfo, StoreMetrics},
    key::{SessionKey, StoredKey},
    settings::SettingError,
    signing::{SERVER_SIDE_SALT, Signer, Verified, VerifyError},
};
use time::OffsetDateTime;

use crate::{SessionSummary, UNAME, audit, jobs::Jobs, uname};

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

    /// The session under this key and its contents, or why they can't be read with this `SECRET_KEY`.
    ///
    /// # Errors
    /// When the store fails ([`ErrorKind::Unavailable`]), or can't read this row (any other kind).
    pub async fn open(
        &self,
        key: &StoredKey,
    ) -> Result<Option<(SessionSummary, Result<Verified, VerifyError>)>> {
        let row = self.engine.load(key).await?;
        Ok(row.map(|row| self.summarize(key, &row)))
    }

    /// Ends the session under this key; what can't be read is removed too. `false`: there was none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end(&self, key: &StoredKey, by: &str) -> Result<bool> {
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

    pub(crate) fn metrics(&self) -> StoreMetrics {
        self.engine.inspect().map(Inspect::metrics).unwrap_or_default()
    }

    pub(crate) fn summarize(
        &self,
        key: &StoredKey,
        row: &Row,
    ) -> (SessionSummary, Result<Verified, VerifyError>) {
        let opened = self.signer.verify(row.payload());
        let session = opened.as_ref().ok();
        let session = session.and_then(|opened| Some((opened.values()?, opened)));
        let (values, session) = session.unzip();
        let summary = SessionSummary {
            key: key.clone(),
            fingerprint: key.fingerprint().to_string(),
            uname: values.and_then(|values| uname(values.get(UNAME)?)),
            policy: session.map(Verified::policy),
            // A row in the form of Django's caches has no time, and is signed as it is read.
            changed: session
                .map(|opened| opened.signed_at)
                .filter(|at| *at != OffsetDateTime::UNIX_EPOCH),
            end: row.expires_at(),
            bytes: row.payload().len(),
        };
        (summary, opened)
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
