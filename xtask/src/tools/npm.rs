//! npm packages: those of the browser tests, and of a site that is measured beside this one.

use std::{fs, path::PathBuf};

use anyhow::Context;

use super::tool::{Found, Tool};
use crate::process;

/// The packages that `package-lock.json` in `folder` names.
pub(super) fn packages(folder: PathBuf) -> Tool {
    let mut npm = process::command("npm ci --no-audit --no-fund");
    npm.current_dir(&folder);
    let name = folder.file_name().unwrap_or_default().display();
    let name = format!("packages of {name}");
    let find = move || {
        let written = |file: &str| fs::metadata(folder.join(file))?.modified();
        let wanted = written("package-lock.json").context("no package-lock.json")?;
        // npm writes its own list of what it has installed last.
        let installed = written("node_modules/.package-lock.json");
        let is_current = installed.is_ok_and(|installed| installed >= wanted);
        Ok(is_current.then_some(Found::InPlace))
    };
    let by_hand = "npm comes with Node.js (version 20 or newer, https://nodejs.org); with it, run the \
                   command above and read what it says";
    Tool::new(name, find, npm, by_hand)
}

#[cfg(test)]
mod tests;
