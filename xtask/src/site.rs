//! Building the site with cargo-leptos.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use anyhow::{Context, Result};

use crate::{files, process, repo, tools::Toolbox};

/// What a build is made from, relative to the repository's root.
const INPUTS: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "app",
    "crates",
    "server",
    "style",
];

/// Builds `target/release/huihua` and `target/site`, unless they are there already.
///
/// cargo-leptos empties `target/site` and makes everything in it anew each time, also when
/// nothing has changed. So that a second start takes no time, a stamp beside it records what
/// went in and what came out.
pub(crate) fn build(tools: &Toolbox) -> Result<()> {
    let stamp = repo::target().join("xtask-build.stamp");
    // Taken before the build: what is saved while it runs has to be built the next time.
    let made_from = inputs()?;
    let is_current = || {
        let recorded = fs::read_to_string(&stamp).ok()?;
        Some(recorded == format!("{made_from} {}", outputs().ok()?))
    };
    if is_current() == Some(true) {
        println!("site … there, nothing has changed");
        return Ok(());
    }

    println!("site … building");
    process::run(
        tools
            .command("cargo-leptos")
            .args(["leptos", "build", "--release", "--precompress"])
            .env("CARGO_TARGET_DIR", repo::target())
            // In builds alone: cargo-leptos doesn't rename the files again while it watches.
            .env("LEPTOS_HASH_FILES", "true")
            .current_dir(repo::root()),
    )?;
    fs::write(&stamp, format!("{made_from} {}", outputs()?))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

fn inputs() -> Result<u64> {
    fingerprint(INPUTS.iter().map(|input| repo::root().join(input)))
}

fn outputs() -> Result<u64> {
    fingerprint([repo::huihua(), repo::site()])
}

/// Changes when a file at or below one of `paths` comes, goes or is written.
fn fingerprint(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for (path, metadata) in files::below(path.as_ref())? {
            // A folder's time also changes with the temporary files of editors.
            if metadata.is_file() {
                (path, metadata.len(), metadata.modified()?).hash(&mut hasher);
            }
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_fingerprint_follows_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inner/file");
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(&file, "one").unwrap();
        let now = || fingerprint([folder.path()]).unwrap();

        let first = now();
        assert_eq!(now(), first);

        let written = fs::File::options().append(true).open(&file).unwrap();
        let modified = written.metadata().unwrap().modified().unwrap();
        written
            .set_modified(modified - Duration::from_secs(5))
            .unwrap();
        let touched = now();
        assert_ne!(touched, first);

        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        assert_ne!(now(), touched);
        fs::remove_file(&other).unwrap();
        assert_eq!(now(), touched);
    }

    #[test]
    fn what_is_not_there_has_no_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        assert!(fingerprint([folder.path().join("gone")]).is_err());
    }
}
