//! The folder: names, locks, and files that appear whole or not at all.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration as Span, SystemTime},
};

use time::{Duration, OffsetDateTime};

use super::lifetime::Lifetimes;
use crate::{engine::Row, key::StoredKey, signing::SecretKeys};

/// What isn't a session begins so: Django and a scan pass it over.
const DRAFT: &str = ".draft-";
const LOCK: &str = ".lock-";
/// No session is larger, so what is isn't read.
const LARGEST: u64 = 16 * 1024 * 1024;
/// A draft so old is one that a crash has left.
const LEFT_BEHIND: Duration = Duration::HOUR;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    prefix: String,
    lifetimes: Lifetimes,
    drafts: AtomicU64,
}

impl Folder {
    pub(super) fn new(
        path: PathBuf,
        cookie_name: &str,
        secret_keys: &SecretKeys,
        cookie_age: Duration,
    ) -> Self {
        Self {
            path,
            prefix: cookie_name.to_owned(),
            lifetimes: Lifetimes::new(secret_keys, cookie_age),
            drafts: AtomicU64::new(0),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn prepare(&self) -> io::Result<()> {
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

    pub(super) fn path_of(&self, key: &StoredKey) -> PathBuf {
        self.path.join(format!("{}{}", self.prefix, key.as_str()))
    }

    pub(super) fn key_in(&self, name: &str) -> Option<StoredKey> {
        StoredKey::parse(name.strip_prefix(&self.prefix)?)
    }

    pub(super) fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let entries = fs::read_dir(&self.path)?;
        Ok(entries.filter_map(|entry| match entry {
            // No session has a name that isn't text.
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        }))
    }

    /// How many names are those of sessions.
    pub(super) fn sessions(&self) -> io::Result<u64> {
        let mut sessions = 0;
        for name in self.names()? {
            sessions += u64::from(self.key_in(&name?).is_some());
        }
        Ok(sessions)
    }

    /// The lock of the part of the folder that `key` is in; it ends with what is returned.
    pub(super) fn lock(&self, key: &StoredKey) -> io::Result<fs::File> {
        let part = key.as_str().get(..1).unwrap_or_default();
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        for_owner_only(&mut options);
        let file = options.open(self.path.join(format!("{LOCK}{part}")))?;
        file.lock()?;
        Ok(file)
    }

    pub(super) fn live_row(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<Option<Row>> {
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

    pub(super) fn write(&self, key: &StoredKey, row: &Row, now: OffsetDateTime) -> io::Result<()> {
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

    /// A file that nobody knows yet, with `payload` in it; `touch` brings it to the disk.
    fn draft(&self, payload: &str) -> io::Result<PathBuf> {
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let name = format!("{DRAFT}{}-{number}", std::process::id());
        let path = self.path.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        for_owner_only(&mut options);
        let mut file = options.open(&path)?;
        if let Err(error) = file.write_all(payload.as_bytes()) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(path)
    }

    /// Sets when a file was changed, and waits until all of it is on the disk.
    pub(super) fn touch(&self, path: &Path, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        let changed_at = self.lifetimes.changed_at(row, now);
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.set_modified(system_time(changed_at))?;
        file.sync_all()
    }

    pub(super) fn remove(&self, key: &StoredKey) -> io::Result<()> {
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

    pub(super) fn clear(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<bool> {
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

    pub(super) fn clear_draft(&self, name: &str, now: OffsetDateTime) -> io::Result<()> {
        if !name.starts_with(DRAFT) {
            return Ok(());
        }
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

    pub(super) fn warnings(&self) -> io::Result<Vec<String>> {
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
