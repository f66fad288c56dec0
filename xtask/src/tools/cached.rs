//! The tools that are installed into a folder of their own, named by their version.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::tool::{Found, Tool, home, on_path, unfinished, version_of};
use crate::{process, repo};

/// cargo-leptos takes any wasm-opt and wasm-bindgen that are on the `PATH`, and downloads what
/// it does not find there. Newer releases need a newer compiler than the workspace promises.
pub(super) fn cargo_leptos() -> Result<Tool> {
    cargo("cargo-leptos", "0.3.10", 0, true)
}

/// The program writes what the library of exactly the same version reads.
///
/// Not `--locked`: its lock file names versions no older than itself, which a mirror of the registry
/// that lags behind does not have.
pub(super) fn wasm_bindgen() -> Result<Tool> {
    cargo("wasm-bindgen-cli", &locked("wasm-bindgen")?, 0, false)
}

/// Runs the benchmarks of exactly the same version.
pub(super) fn gungraun_runner() -> Result<Tool> {
    cargo("gungraun-runner", &locked("gungraun")?, 0, false)
}

/// Checks what the workspace is made of: licences, sources, duplicates.
pub(super) fn cargo_deny() -> Result<Tool> {
    cargo("cargo-deny", "0.20.2", 1, false)
}

/// Asks for a page so many times a second. The newest versions of what it is made of need a newer
/// compiler.
pub(super) fn oha() -> Result<Tool> {
    cargo("oha", "1.16.0", 3, true)
}

/// Makes the WebAssembly smaller: the npm package has it for every system.
pub(super) fn wasm_opt() -> Result<Tool> {
    npm("binaryen", "132.0.0", "wasm-opt", "132")
}

/// Says how good a page is. Newer releases need a newer Node.js than the rest.
pub(super) fn lighthouse() -> Result<Tool> {
    npm("lighthouse", "12.8.2", "lighthouse", "12.8.2")
}

/// Most of them run for seconds a build: optimising them takes minutes more than it saves.
fn cargo(package: &str, version: &str, opt_level: u8, lock: bool) -> Result<Tool> {
    let folder = home()?.join(format!("{package}-{version}"));
    let mut cargo = process::command(&format!("cargo install {package}@{version} --root"));
    cargo
        .arg(unfinished(&folder))
        .args(lock.then_some("--locked"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level.to_string())
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_TARGET_DIR", unfinished(&folder).join("target"));
    let by_hand = "run the command above and read what it says; with --root left out it installs the \
                   program among your own, where it is found as well";
    let program = package.trim_end_matches("-cli");
    let find = find(folder.join("bin"), program, version);
    Ok(Tool {
        folder: Some(folder),
        ..Tool::new(format!("{package} {version}"), find, cargo, by_hand)
    })
}

fn npm(package: &str, version: &str, program: &str, says: &str) -> Result<Tool> {
    let folder = home()?.join(format!("{package}-{version}"));
    let mut npm = process::command("npm install --no-save --no-audit --no-fund --prefix");
    npm.arg(unfinished(&folder)).arg(format!("{package}@{version}"));
    let by_hand = "npm comes with Node.js (version 20 or newer, https://nodejs.org)";
    let find = find(folder.join("node_modules/.bin"), program, says);
    Ok(Tool {
        folder: Some(folder),
        ..Tool::new(format!("{package} {version}"), find, npm, by_hand)
    })
}

/// A program whose `--version` has the word `says`: in its own folder, or on the `PATH`.
fn find(folder: PathBuf, program: &str, says: &str) -> impl Fn() -> Result<Option<Found>> + use<> {
    let (program, says) = (program.to_owned(), says.to_owned());
    move || {
        let is_wanted = |program: &Path| {
            let printed = version_of(program).unwrap_or_default();
            printed.split_whitespace().any(|word| word == says)
        };
        if is_wanted(&folder.join(&program)) {
            return Ok(Some(Found::InFolder(folder.clone())));
        }
        let elsewhere = on_path(&program).filter(|program| is_wanted(program));
        Ok(elsewhere.map(|_| Found::InPlace))
    }
}

/// The version of `package` that the workspace has.
fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(repo::root().join("Cargo.lock"))?;
    version_in(&lock, package).with_context(|| format!("Cargo.lock has no {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests;
