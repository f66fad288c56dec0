//! Listing and removing files.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// `path` and, if it is a folder, everything below it, in a stable order.
pub(crate) fn below(path: &Path) -> Result<Vec<(PathBuf, Metadata)>> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        let unreadable = || format!("cannot read {}", path.display());
        let metadata = fs::metadata(&path).with_context(unreadable)?;
        if metadata.is_dir() {
            for entry in fs::read_dir(&path).with_context(unreadable)? {
                waiting.push(entry.with_context(unreadable)?.path());
            }
        }
        found.push((path, metadata));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// Removes the folder `path`, which need not be there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
