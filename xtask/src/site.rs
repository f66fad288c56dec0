//! Building the site with cargo-leptos, and what is done with the built site in a browser.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::{process, repo, tools::Toolbox};

/// What a build is made from, relative to the repository's root.
const INPUTS: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "crates",
    "app",
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
    let inputs = fingerprint(INPUTS.map(|input| repo::root().join(input)))?;
    let now = || {
        anyhow::Ok(format!(
            "{inputs} {}",
            fingerprint([repo::huihua(), repo::site()])?
        ))
    };
    if fs::read_to_string(&stamp).is_ok_and(|recorded| now().is_ok_and(|now| now == recorded)) {
        println!("site … there, nothing has changed");
        return Ok(());
    }
    println!("site … building");
    let mut leptos = tools.command("cargo-leptos");
    leptos
        .args(["leptos", "build", "--release", "--precompress"])
        .env("CARGO_TARGET_DIR", repo::target())
        // In builds alone: cargo-leptos doesn't rename the files again while it watches.
        .env("LEPTOS_HASH_FILES", "true")
        .current_dir(repo::root());
    process::run(&mut leptos)?;
    fs::write(&stamp, now()?).with_context(|| stamp.display().to_string())
}

/// Changes when a file at or below one of `paths` comes, goes or is written.
fn fingerprint(paths: impl IntoIterator<Item = PathBuf>) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths.into_iter().filter(|path| path.exists()) {
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry?;
            let metadata = entry.metadata()?;
            // A folder's time also changes with the temporary files of editors.
            if metadata.is_file() {
                (entry.path(), metadata.len(), metadata.modified()?).hash(&mut hasher);
            }
        }
    }
    Ok(hasher.finish())
}

/// A program that visits the built site: `soak` or `cluster`, with `args`.
pub(crate) fn visitors(
    tools: &Toolbox,
    program: &str,
    args: &[std::ffi::OsString],
) -> Result<Command> {
    build(tools)?;
    // It is started in a folder of its own.
    let at = |path: &Path| fs::canonicalize(path).with_context(|| path.display().to_string());
    let mut cargo = tools.command("cargo");
    cargo
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "visitors",
            "--bin",
            program,
            "--",
        ])
        .arg("--huihua")
        .arg(at(&repo::huihua())?)
        .arg("--site")
        .arg(at(&repo::site())?)
        .args(args)
        .current_dir(repo::root());
    Ok(cargo)
}

/// Checks the types of everything that is run in a browser.
pub(crate) fn types(tools: &Toolbox) -> Result<()> {
    process::run(npx(tools).args(["tsc", "--noEmit"]))
}

/// Runs Playwright on the built site: the tests, or what another configuration names.
pub(crate) fn playwright(tools: &Toolbox, config: Option<&str>) -> Result<()> {
    let mut playwright = npx(tools);
    playwright
        .args(["playwright", "test"])
        .args(config.map(|config| format!("--config={config}")))
        .env("HUIHUA_BIN", repo::huihua())
        .env("HUIHUA_SERVERS", repo::target().join("debug/servers"))
        .env("HUIHUA_SITE_ROOT", repo::site());
    process::run(&mut playwright)
}

/// Runs what `npm ci` has installed; without `--no`, npx would fetch whatever package has the
/// name of a program that is missing.
fn npx(tools: &Toolbox) -> Command {
    let mut npx = tools.command(repo::NPX);
    npx.args(["--no", "--"]).current_dir(repo::end2end());
    npx
}

#[cfg(test)]
mod tests;
