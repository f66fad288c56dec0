//! A watch over the folder's file system: it has to be the one on which the folder was.

use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// The file system that a folder is on.
///
/// A folder that isn't there was removed, and its sessions have ended. One whose file system was unmounted,
/// or is hidden by another, isn't there either, but its sessions will be again.
#[derive(Debug, Default)]
pub(super) struct Mount(AtomicU64);

impl Mount {
    /// Remembers on which one `folder` is.
    pub(super) fn remember(&self, folder: &Path) -> io::Result<()> {
        self.0.store(device(folder)?, Ordering::Relaxed);
        Ok(())
    }

    /// # Errors
    /// When `folder` is on another one than before, unless what `marks` ours is there: mounted again, it may
    /// have another number.
    pub(super) fn check(&self, folder: &Path, marks: &Path) -> io::Result<()> {
        if device(folder)? == self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        match fs::symlink_metadata(marks) {
            Ok(_) => self.remember(folder),
            Err(_) => Err(io::Error::other(
                "the folder isn't on the file system any more on which it was: mount it again",
            )),
        }
    }
}

/// The device that `path` is on, or would be made on.
#[cfg(unix)]
fn device(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;

    for path in std::path::absolute(path)?.ancestors() {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // One that leads nowhere is no folder that was removed.
            Ok(about) if about.is_symlink() => return Ok(fs::metadata(path)?.dev()),
            about => return Ok(about?.dev()),
        }
    }
    Ok(0)
}

#[cfg(not(unix))]
fn device(_: &Path) -> io::Result<u64> {
    Ok(0)
}
