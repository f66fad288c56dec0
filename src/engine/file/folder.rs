//! The folder: names, locks, and files that appear whole or not at all.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use time::{Duration, OffsetDateTime};

use super::{lifetime::Lifetimes, mount::Mount};
use crate::{
    engine::{Error, Result, Row},
    key::StoredKey,
    signing::SecretKeys,
};

/// The beginnings of names that aren't sessions': Django and a scan pass them over.
const DRAFT: &str = ".draft-";
const LOCK: &str = ".lock-";
/// The part of the folder whose lock is made first, and shows that the folder is ours.
const FIRST: &str = "0";
/// No session is larger: what is isn't read, and isn't written.
const LARGEST: usize = 16 * 1024 * 1024;
/// A draft so old is one that a crash has left.
const LEFT_BEHIND: Duration = Duration::HOUR;

#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    prefix: String,
    lifetimes: Lifetimes,
    mount: Mount,
}

impl Folder {
    pub(super) fn open(
        path: PathBuf,
        cookie_name: &str,
        secret_keys: &SecretKeys,
        cookie_age: Duration,
    ) -> io::Result<Self> {
        let folder = Self {
            path,
            prefix: cookie_name.to_owned(),
            lifetimes: Lifetimes::new(secret_keys, cookie_age),
            mount: Mount::default(),
        };
        folder.make()?;
        fs::read_dir(&folder.path)?;
        folder.mount.remember(&folder.path)?;
        // Whoever can write a draft can write sessions.
        let drafted = folder.draft().and_then(NamedTempFile::close);
        if let Err(error) = drafted.and_then(|()| folder.lock_at(&folder.lock_of(FIRST)).map(drop))
        {
            let path = folder.path.display();
            tracing::warn!(%error, "sessions are read, but none can be changed: {path} can't be written to");
        }
        Ok(folder)
    }

    /// # Errors
    /// When it isn't the one that was opened: see [`Mount`].
    pub(super) fn check(&self) -> io::Result<()> {
        self.mount.check(&self.path, &self.lock_of(FIRST))
    }

    /// Makes the folder, if it isn't there.
    fn make(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    pub(super) fn path_of(&self, key: &StoredKey) -> PathBuf {
        self.path.join(format!("{}{}", self.prefix, key.as_str()))
    }

    pub(super) fn key_in(&self, name: &str) -> Option<StoredKey> {
        StoredKey::parse(name.strip_prefix(&self.prefix)?)
    }

    /// The names of all files. A folder that was removed has none: it is made anew when a session is written.
    pub(super) fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let entries = if_there(fs::read_dir(&self.path))?.into_iter().flatten();
        Ok(entries.filter_map(|entry| match entry {
            // No session has a name that isn't text.
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        }))
    }

    /// The keys of all sessions, whether they have ended or not.
    pub(super) fn keys(&self) -> io::Result<impl Iterator<Item = io::Result<StoredKey>>> {
        let keys = |name: io::Result<String>| name.map(|name| self.key_in(&name)).transpose();
        Ok(self.names()?.filter_map(keys))
    }

    /// The lock of the part of the folder that `key` is in; it ends with what is returned.
    pub(super) fn lock(&self, key: &StoredKey) -> io::Result<fs::File> {
        self.lock_at(&self.lock_of(key.as_str().get(..1).unwrap_or_default()))
    }

    fn lock_of(&self, part: &str) -> PathBuf {
        self.path.join(format!("{LOCK}{part}"))
    }

    fn lock_at(&self, path: &Path) -> io::Result<fs::File> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        loop {
            let file = match if_there(options.open(path))? {
                Some(file) => file,
                None => {
                    self.make()?;
                    options.open(path)?
                }
            };
            file.lock()?;
            // The lock of a file that was removed meanwhile keeps nobody out.
            if is_at(&file, path)? {
                return Ok(file);
            }
        }
    }

    pub(super) fn live_row(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<Option<Row>> {
        let row = self.row(key)?;
        Ok(row.filter(|row| row.expires_at() > now))
    }

    fn row(&self, key: &StoredKey) -> io::Result<Option<Row>> {
        Ok(self.read(key)?.and_then(Result::ok))
    }

    /// The row under `key`, whether it has ended or not; an error in it: what lies there is no row.
    pub(super) fn read(&self, key: &StoredKey) -> io::Result<Option<Result<Row>>> {
        let path = self.path_of(key);
        match if_there(fs::symlink_metadata(&path))? {
            Some(about) if about.is_file() => {}
            // A folder is nobody's session, and isn't deleted as one.
            there => {
                let other = there.filter(|about| !about.is_dir());
                return Ok(other.map(|_| Err(Error::malformed())));
            }
        }
        let mut file = match if_there(fs::File::open(&path)) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            // It is this file's alone: the folder can be looked into.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let why = "this user may not read a session's file";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Err(error) => return Err(error),
        };
        // The file may be another by now than the one that was looked at.
        let about = file.metadata()?;
        if about.len() > LARGEST as u64 {
            return Err(too_large());
        }
        let changed_at = OffsetDateTime::from(about.modified()?);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Ok(payload) = String::from_utf8(bytes) else {
            return Ok(Some(Err(Error::malformed())));
        };
        let expires_at = self.lifetimes.end(&payload, changed_at);
        Ok(Some(Ok(Row::new(payload, expires_at))))
    }

    pub(super) fn write(&self, key: &StoredKey, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        if row.payload().len() > LARGEST {
            return Err(too_large());
        }
        let mut draft = self.draft()?;
        draft.write_all(row.payload().as_bytes())?;
        self.bring_to_disk(draft.as_file(), row, now)?;
        draft.persist(self.path_of(key))?;
        self.sync()
    }

    /// A new file, which only its owner may read and nobody else writes to: its name is random, and
    /// one that is taken is never opened. It is removed if it isn't renamed.
    fn draft(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(DRAFT).tempfile_in(&self.path)
    }

    /// Moves the end of a session that stays as it is.
    pub(super) fn touch(&self, key: &StoredKey, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        let file = fs::OpenOptions::new().write(true).open(self.path_of(key))?;
        self.bring_to_disk(&file, row, now)
    }

    /// Sets when a file was changed, and waits until all of it is on the disk.
    fn bring_to_disk(&self, file: &fs::File, row: &Row, now: OffsetDateTime) -> io::Result<()> {
        // No file can have been changed before 1970.
        let changed_at = self.lifetimes.changed_at(row, now).max(OffsetDateTime::UNIX_EPOCH);
        file.set_modified(changed_at.into())?;
        file.sync_all()
    }

    /// `false`: there is no file.
    pub(super) fn remove(&self, key: &StoredKey) -> io::Result<bool> {
        let path = self.path_of(key);
        if if_there(fs::symlink_metadata(&path))?.is_none_or(|about| about.is_dir()) {
            return Ok(false);
        }
        let removed = if_there(fs::remove_file(path))?;
        removed.map_or(Ok(false), |()| self.sync().map(|()| true))
    }

    /// Names are on the disk when their folder is.
    fn sync(&self) -> io::Result<()> {
        fs::File::open(&self.path)?.sync_all()
    }

    pub(super) fn clear(&self, key: &StoredKey, now: OffsetDateTime) -> io::Result<bool> {
        let is_over = |row: Option<Row>| row.is_some_and(|row| row.expires_at() <= now);
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
        if now - written_at(&about)? <= LEFT_BEHIND {
            return Ok(());
        }
        // Somebody else may clear too.
        if_there(fs::remove_file(path)).map(drop)
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            let about = fs::metadata(&self.path);
            if about.is_ok_and(|about| about.permissions().mode() & 0o077 != 0) {
                return vec![format!(
                    "other users of this machine can look into {}: chmod 700",
                    self.path.display()
                )];
            }
        }
        Vec::new()
    }
}

/// True if `file` is still the one that `path` names.
#[cfg(unix)]
fn is_at(file: &fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let (own, there) = (file.metadata()?, if_there(fs::metadata(path))?);
    Ok(there.is_some_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())))
}

/// A file that is open can't be removed here.
#[cfg(not(unix))]
fn is_at(_: &fs::File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// The last write of a draft, by the machine's clock: its time of change is a session's.
fn written_at(about: &fs::Metadata) -> io::Result<OffsetDateTime> {
    #[cfg(unix)]
    {
        let seconds = std::os::unix::fs::MetadataExt::ctime(about);
        OffsetDateTime::from_unix_timestamp(seconds).map_err(io::Error::other)
    }
    #[cfg(not(unix))]
    Ok(OffsetDateTime::from(about.modified()?))
}

/// The answer about a file; `None`: there is none.
fn if_there<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        answer => answer.map(Some),
    }
}

/// Somebody's session all the same, so it doesn't read as missing.
fn too_large() -> io::Error {
    let why = format!("a session's file has at most {LARGEST} bytes");
    io::Error::new(io::ErrorKind::FileTooLarge, why)
}
