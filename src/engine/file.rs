//! The `file` engine: a file for each session, in Django's format.
//!
//! A file appears whole or not at all: it is written under another name, brought to the disk, and
//! renamed. Who changes or removes a session holds the lock of its part of the folder, which
//! holds for other processes too. Readers hold none.

mod lifetime;

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration as Span, SystemTime},
};

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};
use tokio::task::spawn_blocking;

use self::lifetime::Lifetimes;
use super::{About, Cursor, Engine, Error, Page, Replaced, Result, Row, page_of_keys::PageOfKeys};
use crate::{clock::Clock, key::StoredKey, settings::SettingError, signing::SecretKeys};

/// What isn't a session begins so: Django and [`Engine::scan`] pass it over.
const DRAFT: &str = ".draft-";
const LOCK: &str = ".lock-";
/// No session is larger, so what is isn't read.
const LARGEST: u64 = 16 * 1024 * 1024;
/// A draft so old is one that a crash has left.
const LEFT_BEHIND: Duration = Duration::HOUR;

/// Sessions in files.
#[derive(Clone)]
pub struct File {
    folder: Arc<Folder>,
    clock: Clock,
}

impl File {
    /// Keeps sessions in `folder`, which is made, as `<cookie name><key>`. `secret_keys` and
    /// `cookie_age` are those of the layer: a file has no place for the session's end, which
    /// follows from what it holds and when it was changed, as in Django.
    ///
    /// # Errors
    /// If the folder can't be made or written to.
    pub fn open(
        folder: impl Into<PathBuf>,
        cookie_name: &str,
        secret_keys: &SecretKeys,
        cookie_age: Duration,
    ) -> Result<Self, SettingError> {
        let folder = Folder {
            path: folder.into(),
            prefix: cookie_name.to_owned(),
            lifetimes: Lifetimes::new(secret_keys, cookie_age),
            drafts: AtomicU64::new(0),
        };
        folder.prepare().map_err(|error| {
            let why = format!("{} can't be used: {error}", folder.path.display());
            SettingError::new("SESSION_FILE_PATH", why)
        })?;
        Ok(Self {
            folder: Arc::new(folder),
            clock: Clock::system(),
        })
    }

    /// Where the time comes from. Default: the machine's clock.
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
        match spawn_blocking(move || work(&folder, now)).await {
            Ok(done) => done.map_err(|error| Error::because(tried, error)),
            Err(stopped) => Err(Error::because(tried, stopped)),
        }
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
        self.on_disk("reading a session's file", move |folder, now| {
            folder.live_row(&key, now)
        })
        .await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let (key, row) = (key.clone(), row.clone());
        self.on_disk("writing a session's file", move |folder, now| {
            let _lock = folder.lock(&key)?;
            if folder.live_row(&key, now)?.is_some() {
                return Ok(false);
            }
            folder.write(&key, &row, now)?;
            Ok(true)
        })
        .await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let (key, seen, row) = (key.clone(), seen.payload.clone(), row.clone());
        self.on_disk("changing a session's file", move |folder, now| {
            let _lock = folder.lock(&key)?;
            let Some(there) = folder.live_row(&key, now)? else {
                return Ok(Replaced::Gone);
            };
            if there.payload != seen {
                return Ok(Replaced::Changed(there));
            }
            if row.expires_at <= now {
                folder.remove(&key)?;
            } else if row.payload == there.payload {
                folder.touch(&folder.path_of(&key), &row, now)?;
            } else {
                folder.write(&key, &row, now)?;
            }
            Ok(Replaced::Done)
        })
        .await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let key = key.clone();
        self.on_disk("removing a session's file", move |folder, _| {
            let _lock = folder.lock(&key)?;
            folder.remove(&key)
        })
        .await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.on_disk("clearing expired sessions' files", |folder, now| {
            let mut cleared = 0;
            for name in folder.names()? {
                let name = name?;
                if let Some(key) = folder.key_in(&name) {
                    cleared += u64::from(folder.clear(&key, now)?);
                } else if name.starts_with(DRAFT) {
                    folder.clear_draft(&name, now)?;
                }
            }
            Ok(cleared)
        })
        .await
    }

    async fn scan(&self, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let mut page = PageOfKeys::new(from, limit);
        self.on_disk("listing sessions' files", move |folder, now| {
            for name in folder.names()? {
                if let Some(key) = folder.key_in(&name?) {
                    page.show(key);
                }
            }
            let (keys, next) = page.done();
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                if let Some(row) = folder.live_row(&key, now)? {
                    rows.push((key, row));
                }
            }
            Ok(Page { rows, next })
        })
        .await
    }

    async fn about(&self) -> Result<About> {
        self.on_disk("looking at the sessions' folder", |folder, _| {
            Ok(About {
                server: format!("files in {}", folder.path.display()),
                warnings: folder.warnings()?,
            })
        })
        .await
    }
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    prefix: String,
    lifetimes: Lifetimes,
    drafts: AtomicU64,
}

impl Folder {
    fn prepare(&self) -> io::Result<()> {
        if !self.path.is_dir() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.path)?;
        }
        // Whoever can write a draft can write sessions.
        let draft = self.draft("")?;
        fs::remove_file(draft)
    }

    fn path_of(&self, key: &StoredKey) -> PathBuf {
        self.path.join(format!("{}{}", self.prefix, key.as_str()))
    }

    fn key_in(&self, name: &str) -> Option<StoredKey> {
        StoredKey::parse(name.strip_prefix(&self.prefix)?)
    }

    fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let entries = fs::read_dir(&self.path)?;
        Ok(entries.filter_map(|entry| match entry {
            // No session has a name that isn't text.
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        }))
    }

    /// The lock of the part of the folder that `key` is in; it ends with what is returned.
    fn lock(&self, key: &StoredKey) -> io::Result<fs::File> {
        let part = key.as_str().get(..1).unwrap_or_default();
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        for_owner_only(&mut options);
        let file = options.open(self.path.join(format!("{LOCK}{part}")))?;
        file.lock()?;
        Ok(file)
    }

    fn live_row(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<Option<Row>> {
        let row = self.row(key)?;
        Ok(row.filter(|row| row.expires_at > now))
    }

    fn row(&self, key: &StoredKey) -> io::Result<Option<Row>> {
        let path = self.path_of(key);
        let about = match fs::symlink_metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !about.is_file() || about.len() > LARGEST {
            return Ok(None);
        }
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // The file may be another by now than the one that was looked at.
        let changed_at = OffsetDateTime::from(file.metadata()?.modified()?);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Ok(payload) = String::from_utf8(bytes) else {
            return Ok(None);
        };
        let expires_at = self.lifetimes.end(&payload, changed_at);
        Ok(Some(Row {
            payload,
            expires_at,
        }))
    }

    fn write(&self, key: &StoredKey, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        let draft = self.draft(&row.payload)?;
        let named = self.touch(&draft, row, now).and_then(|()| {
            fs::rename(&draft, self.path_of(key))?;
            self.sync()
        });
        if named.is_err() {
            let _ = fs::remove_file(&draft);
        }
        named
    }

    /// A file that nobody knows yet, with `payload` in it, on the disk.
    fn draft(&self, payload: &str) -> io::Result<PathBuf> {
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let name = format!("{DRAFT}{}-{number}", std::process::id());
        let path = self.path.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        for_owner_only(&mut options);
        let mut file = options.open(&path)?;
        let written = file
            .write_all(payload.as_bytes())
            .and_then(|()| file.sync_all());
        if let Err(error) = written {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(path)
    }

    fn touch(&self, path: &Path, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        let changed_at = self.lifetimes.changed_at(row, now);
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.set_modified(system_time(changed_at))?;
        file.sync_all()
    }

    fn remove(&self, key: &StoredKey) -> io::Result<()> {
        match fs::remove_file(self.path_of(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.sync(),
        }
    }

    /// Names are on the disk when their folder is.
    fn sync(&self) -> io::Result<()> {
        fs::File::open(&self.path)?.sync_all()
    }

    fn clear(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<bool> {
        let is_over = |row: Option<Row>| row.is_some_and(|row| row.expires_at <= now);
        if !is_over(self.row(key)?) {
            return Ok(false);
        }
        let _lock = self.lock(key)?;
        // Somebody may have begun another session in the meantime.
        let over = is_over(self.row(key)?);
        if over {
            self.remove(key)?;
        }
        Ok(over)
    }

    fn clear_draft(&self, name: &str, now: OffsetDateTime) -> io::Result<()> {
        let path = self.path.join(name);
        let Ok(about) = fs::symlink_metadata(&path) else {
            return Ok(());
        };
        let changed_at = OffsetDateTime::from(about.modified()?);
        if now - changed_at > LEFT_BEHIND {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    fn warnings(&self) -> io::Result<Vec<String>> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            let mode = fs::metadata(&self.path)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Ok(vec![format!(
                    "other users of this machine can look into {}: chmod 700",
                    self.path.display()
                )]);
            }
        }
        Ok(Vec::new())
    }
}

fn for_owner_only(options: &mut fs::OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// The nearest moment that a file can have been changed at.
fn system_time(moment: OffsetDateTime) -> SystemTime {
    let seconds = u64::try_from(moment.unix_timestamp()).unwrap_or_default();
    let span = Span::new(seconds, moment.nanosecond());
    SystemTime::UNIX_EPOCH
        .checked_add(span)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
