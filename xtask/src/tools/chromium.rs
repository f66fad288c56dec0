//! The browser for the browser tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};

use super::tool::{Found, Tool, apt, is_root, on_path, version_of};
use crate::{process, repo::end2end};

/// The variable that names one: Playwright's settings read it.
const VARIABLE: &str = "CHROMIUM";

/// On the `PATH`, and where macOS has applications.
const PROGRAMS: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser that `CHROMIUM` names, one that is installed, or Playwright's own.
pub(super) fn chromium() -> Tool {
    let by_hand = "install Chromium or Chrome in the usual way of your system; if it is not found then, \
                   name its program in the variable CHROMIUM";
    Tool::new("Chromium", find, installer(), by_hand)
}

fn find() -> Result<Option<Found>> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let why = format!("{VARIABLE} names {}, which is no program that runs", named.display());
        ensure!(runs(Path::new(&named)), why);
        return Ok(Some(Found::Through(VARIABLE, named)));
    }
    let ask = "require('@playwright/test').chromium.executablePath()";
    let mut node = process::command("node --print");
    node.arg(ask).current_dir(end2end());
    let programs = PROGRAMS.into_iter().filter_map(on_path);
    let mut programs = programs.chain(process::printed(&mut node).map(PathBuf::from));
    let found = programs.find(|program| runs(program));
    Ok(found.map(|program| Found::Through(VARIABLE, program.into_os_string())))
}

fn installer() -> Command {
    // Ubuntu's packages of that name lead to a snap, which does not run everywhere.
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if is_root() && system.lines().any(|line| line == "ID=debian") {
        // With fonts for what the pages say.
        return apt("chromium fonts-noto-cjk fonts-noto-color-emoji");
    }
    // The libraries that the browser needs are the system's, and only root installs them.
    let libraries = if is_root() { " --with-deps" } else { "" };
    let install = format!("npx --no -- playwright install{libraries} chromium");
    let mut playwright = process::command(&install);
    playwright.current_dir(end2end());
    playwright
}

/// A program of that name may be there only to say how to get the browser.
fn runs(program: &Path) -> bool {
    program.is_file() && version_of(program).is_some()
}
