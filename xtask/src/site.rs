//! Building the site with cargo-leptos, and what is done with the built site in a browser.

use std::{
    ffi::OsString,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::{process, repo, tools::Toolbox};

/// The inputs of a build, relative to the repository's root.
const INPUTS: [&str; 7] = ["Cargo.toml", "Cargo.lock", "src", "crates", "app", "server", "style"];

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
        let built = fingerprint([repo::huihua(), repo::site()])?;
        anyhow::Ok(format!("{inputs} {built}"))
    };
    if fs::read_to_string(&stamp).is_ok_and(|recorded| now().is_ok_and(|now| now == recorded)) {
        println!("site … there, nothing has changed");
        return Ok(());
    }
    println!("site … building");
    let mut leptos = tools.command("cargo-leptos leptos build --release --precompress");
    // In builds alone: cargo-leptos doesn't rename the files again while it watches.
    process::run(leptos.env("LEPTOS_HASH_FILES", "true"))?;
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

/// Runs a program that visits the built site: `soak` or `cluster`, with `args`.
pub(crate) fn visit(program: &str, tools: &str, args: &[OsString]) -> Result<()> {
    let tools = Toolbox::with(tools)?;
    build(&tools)?;
    let run = "cargo run --quiet --release --package visitors --bin";
    let mut visitors = tools.command(&format!("{run} {program} --"));
    visitors.arg("--huihua").arg(repo::huihua());
    visitors.arg("--site").arg(repo::site()).args(args);
    process::hand_over(visitors)
}

/// Checks the types of everything that is run in a browser.
pub(crate) fn types(tools: &Toolbox) -> Result<()> {
    process::run(&mut npx(tools, "tsc --noEmit"))
}

/// Runs Playwright on the built site, as a configuration in the folder of the browser tests has it.
pub(crate) fn playwright(tools: &Toolbox, config: &str) -> Result<()> {
    let mut playwright = npx(tools, &format!("playwright test --config={config}"));
    playwright
        .env("HUIHUA_BIN", repo::huihua())
        .env("HUIHUA_SERVERS", repo::target().join("debug/servers"))
        .env("HUIHUA_SITE_ROOT", repo::site());
    process::run(&mut playwright)
}

/// Runs what `npm ci` has installed; without `--no`, npx would fetch whatever package has the
/// name of a program that is missing.
fn npx(tools: &Toolbox, line: &str) -> Command {
    let mut npx = tools.command(&format!("npx --no -- {line}"));
    npx.current_dir(repo::root().join("end2end"));
    npx
}

#[cfg(test)]
mod tests;
