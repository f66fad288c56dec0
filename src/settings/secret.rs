//! The secret key that is made once where none is set.

use std::{fs, io, io::Write as _, path::Path};

use rand::{Rng, distr::Alphanumeric};

use crate::signing::SHORTEST_SECRET_KEY;

const KEPT_IN: &str = "data/secret_key";
/// 64 letters and digits: 381 bits, more than the signature's 256.
const LENGTH: usize = 64;

/// The key in `data/secret_key`, made if it isn't there.
pub(crate) fn kept_key() -> Result<String, String> {
    let path = Path::new(KEPT_IN);
    let tried = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        // The reader of a pipe waits for its writer.
        Ok(about) if !about.is_file() => Err(io::Error::other("it is no file")),
        _ => fs::read_to_string(path),
    };
    match tried {
        // Nobody chose it, so it is one that was cut off.
        Ok(key) if key.trim().len() < SHORTEST_SECRET_KEY => Err(format!(
            "is not set, and {KEPT_IN} is too short to be a key: remove it, and a new one is made"
        )),
        Ok(key) => Ok(key.trim().to_owned()),
        Err(error) => Err(format!(
            "is not set, and {KEPT_IN} can't be read or made ({error}): set SECRET_KEY, or \
             start where that file may be written"
        )),
    }
}

/// The whole key appears under its name in one step, so that of several processes that start
/// at once one makes it and the others read it.
fn make(path: &Path) -> io::Result<String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let key: String = rand::rng().sample_iter(Alphanumeric).take(LENGTH).map(char::from).collect();
    // Only its owner may read it, and its name is nobody else's.
    let mut draft = tempfile::Builder::new().prefix(".secret_key.").tempfile_in(folder)?;
    writeln!(draft, "{key}")?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(kept) if kept.error.kind() != io::ErrorKind::AlreadyExists => Err(kept.error),
        _ => fs::read_to_string(path),
    }
}

#[cfg(test)]
mod tests;
