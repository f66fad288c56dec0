//! The secret key that is made once where none is set.

use std::{fs, io, io::Write as _, path::Path};

use rand::{Rng, distr::Alphanumeric};

const KEPT_IN: &str = "data/secret_key";
/// 64 letters and digits: 381 bits, more than the signature's 256.
const LENGTH: usize = 64;

/// The key in `data/secret_key`, made if it isn't there.
pub(crate) fn kept_key() -> Result<String, String> {
    let path = Path::new(KEPT_IN);
    let tried = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        read => read,
    };
    match tried {
        Ok(key) if key.trim().is_empty() => Err(format!(
            "{KEPT_IN} is empty: remove it, and a new key is made"
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
    let key: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(LENGTH)
        .map(char::from)
        .collect();
    let draft = folder.join(format!(".secret_key.{}", std::process::id()));
    write_for_owner_only(&draft, &key)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}

fn write_for_owner_only(path: &Path, key: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{key}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret_key");
        let key = make(&path).unwrap();
        assert_eq!(key.trim().len(), LENGTH);
        assert_eq!(make(&path).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }
}
