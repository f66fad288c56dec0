//! SQLite's file, and whether what was opened is still at its path.
//!
//! By itself SQLite in WAL mode goes on in a file that was deleted, and all of it is gone when the
//! program ends. A new one isn't opened instead: it would take the old one's `-wal` for its own.

use std::{fs, io, path::PathBuf, time::SystemTime};

/// A file that was opened.
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Option<Identity>,
}

/// Device and inode.
type Identity = (u64, u64);

/// Size and time of the last change.
pub(super) type Version = (u64, SystemTime);

impl OpenedFile {
    /// The file that is at `path` now.
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let identity = identity(&path);
        Self { path, identity }
    }

    /// The version of the file. `None`: a part of it stands beside it.
    pub(super) fn version(&self) -> Option<Version> {
        let has_part = |end| {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            fs::metadata(path).is_ok_and(|about| about.len() > 0)
        };
        if has_part("-wal") || has_part("-journal") {
            return None;
        }
        let about = fs::metadata(&self.path).ok()?;
        Some((about.len(), about.modified().ok()?))
    }

    /// Asks the file system whether it is still there.
    ///
    /// # Errors
    /// When it isn't, or is another.
    pub(super) fn check(&self) -> io::Result<()> {
        if identity(&self.path) == self.identity {
            return Ok(());
        }
        let path = self.path.display();
        Err(io::Error::other(format!(
            "the file {path} was deleted or replaced while it was open: put it back, or end this \
             program, delete {path}-wal and {path}-shm, and start it again"
        )))
    }
}

#[cfg(unix)]
fn identity(path: &PathBuf) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

/// Here, only whether there is one.
#[cfg(not(unix))]
fn identity(path: &PathBuf) -> Option<Identity> {
    fs::metadata(path).ok().map(|_| (0, 0))
}
