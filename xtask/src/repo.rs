//! Paths in the repository.

use std::{env, path::PathBuf};

/// The repository's root.
///
/// Cargo says at run time where this package is; what it said at compile time goes wrong once
/// the repository is moved, which is no reason for it to compile this program again.
pub(crate) fn root() -> PathBuf {
    let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    let mut root = PathBuf::from(xtask);
    root.pop();
    root
}

/// The folder of the built site, whatever the user's own settings say: `huihua` started from the
/// repository's root looks for its files here.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// The files for the browser.
pub(crate) fn site() -> PathBuf {
    target().join("site")
}

/// The server.
pub(crate) fn huihua() -> PathBuf {
    target().join("release/huihua")
}
