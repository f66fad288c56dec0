//! The `file` engine: a file for each session, in Django's format.
//!
//! A file appears whole or not at all: it is written under another name, brought to the disk, and
//! renamed. Changes hold the lock of their part of the folder, for other processes too; readers none.

mod folder;
mod lifetime;
mod mount;

use std::{fmt, io, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};
use tokio::task::spawn_blocking;

use self::folder::Folder;
use super::{
    Count, Cursor, Engine, Error, ErrorKind, Inspect, Order, Page, Replaced, Result, Row,
    StoreInfo, StoreMetrics, shared::cleared::Cleared, shared::page_of_keys::PageOfKeys,
};
use crate::{clock::Clock, key::StoredKey, signing::SecretKeys};

const READING: &str = "reading a session's file";

/// Sessions in files.
#[derive(Clone)]
pub struct File {
    folder: Arc<Folder>,
    clock: Clock,
    cleared: Cleared,
}

impl File {
    /// Keeps sessions in `folder`, which is made, as `<cookie name><key>`. `secret_keys` and
    /// `cookie_age` are those of the layer: a file has no place for the session's end, which
    /// follows from what it holds and when it was changed, as in Django.
    ///
    /// A folder that can only be read at the moment will do, as it does later: the log says so.
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub fn open(
        folder: impl Into<PathBuf>,
        cookie_name: &str,
        secret_keys: &SecretKeys,
        cookie_age: Duration,
    ) -> Result<Self> {
        let path = folder.into();
        let unusable = format!("{} can't be used", path.display());
        let folder = Folder::open(path, cookie_name, secret_keys, cookie_age).map_err(|error| {
            Error::misconfigured("the sessions' folder ", format!("{unusable}: {error}"))
        })?;
        Ok(Self { folder: Arc::new(folder), clock: Clock::system(), cleared: Cleared::default() })
    }

    /// The source of the time. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Runs `work` where it may wait for the disk.
    async fn on_disk<T: Send + 'static>(
        &self,
        tried: &'static str,
        work: impl FnOnce(&Folder, OffsetDateTime) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (folder, now) = (self.folder.clone(), self.clock.now());
        let work = move || folder.check().and_then(|()| work(&folder, now));
        match spawn_blocking(work).await {
            Ok(done) => done.map_err(|error| failed(tried, error)),
            Err(stopped) => Err(Error::because(tried, stopped)),
        }
    }
}

/// A file that can't be read keeps nobody from the others. That it is too large is no failure.
fn pass_over(error: io::Error, failure: &mut Option<io::Error>) {
    tracing::warn!(%error, "some sessions' files can't be read");
    if kind(&error) != ErrorKind::TooLarge {
        *failure = Some(error);
    }
}

fn failed(tried: &str, error: io::Error) -> Error {
    let kind = kind(&error);
    Error::because(tried, error).with_kind(kind)
}

fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ErrorKind::TooLarge,
        io::ErrorKind::InvalidData => ErrorKind::Corrupt,
        _ => ErrorKind::Unavailable,
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({})", self.folder.path.display())
    }
}

#[async_trait]
impl Engine for File {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        let key = key.clone();
        let load = move |folder: &Folder, now| folder.live_row(&key, now);
        self.on_disk(READING, load).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let (key, row) = (key.clone(), row.clone());
        self.on_disk("writing a session's file", move |folder, now| {
            let _lock = folder.lock(&key)?;
            let is_free = folder.live_row(&key, now)?.is_none();
            if is_free {
                folder.write(&key, &row, now)?;
            }
            Ok(is_free)
        })
        .await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let (key, seen, row) = (key.clone(), seen.payload().to_owned(), row.clone());
        self.on_disk("changing a session's file", move |folder, now| {
            let _lock = folder.lock(&key)?;
            let Some(there) = folder.live_row(&key, now)? else {
                return Ok(Replaced::Gone);
            };
            if there.payload() != seen {
                return Ok(Replaced::Changed(there));
            }
            if row.expires_at() <= now {
                folder.remove(&key)?;
            } else if row.payload() == there.payload() {
                folder.touch(&key, &row, now)?;
            } else {
                folder.write(&key, &row, now)?;
            }
            Ok(Replaced::Done)
        })
        .await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        let key = key.clone();
        self.on_disk("removing a session's file", move |folder, _| {
            let _lock = folder.lock(&key)?;
            folder.remove(&key)
        })
        .await
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut clearing = self.cleared.begin();
        self.on_disk("clearing expired sessions' files", move |folder, now| {
            let mut failure = None;
            for name in folder.names()? {
                let name = name?;
                let cleared = match folder.key_in(&name) {
                    Some(key) => folder.clear(&key, now),
                    None => folder.clear_draft(&name, now).map(|()| false),
                };
                match cleared {
                    Ok(cleared) => clearing.removed(cleared.into()),
                    Err(error) => pass_over(error, &mut failure),
                }
            }
            failure.map_or(Ok(clearing.rows()), Err)
        })
        .await
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for File {
    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let mut page = PageOfKeys::new(from, limit);
        self.on_disk("listing sessions' files", move |folder, now| {
            for key in folder.keys()? {
                page.show(key?);
            }
            let (keys, next) = page.done();
            let mut rows = Vec::with_capacity(keys.len());
            let mut failure = None;
            for key in keys {
                match folder.read(&key) {
                    Ok(Some(Ok(row))) if row.expires_at() <= now => {}
                    Ok(row) => rows.extend(row.map(|row| (key, row))),
                    Err(error) if kind(&error) == ErrorKind::Unavailable => {
                        pass_over(error, &mut failure);
                    }
                    Err(error) => rows.push((key, Err(failed(READING, error)))),
                }
            }
            match failure {
                Some(error) if rows.is_empty() => Err(error),
                _ => Ok(Page { rows, next }),
            }
        })
        .await
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.on_disk("looking at the sessions' folder", |folder, _| {
            Ok(StoreInfo {
                server: format!("files in {}", folder.path.display()),
                warnings: folder.warnings(),
                rows: Some(Count {
                    number: folder.keys()?.try_fold(0, |sum, key| key.map(|_| sum + 1))?,
                    // Only their contents say which of them have expired.
                    exact: false,
                }),
                ..StoreInfo::default()
            })
        })
        .await
    }

    fn metrics(&self) -> StoreMetrics {
        StoreMetrics { cleared: self.cleared.sum(), ..StoreMetrics::default() }
    }
}
