//! The browser for the browser tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};

use super::tool::{Found, Tool, apt, is_root, on_path, version_of};
use crate::{
    process,
    repo::{NPX, end2end},
};

/// Where to look for one, and what to call it: Playwright's settings read it.
const VARIABLE: &str = "CHROMIUM";

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

const MAC_APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser that `CHROMIUM` names, one that is installed, or Playwright's own.
pub(super) fn chromium() -> Tool {
    Tool {
        name: "Chromium".to_owned(),
        find: Box::new(find),
        installer: installer(),
        folder: None,
        by_hand: "install Chromium or Chrome in the usual way of your system; if it is not found then, \
                  name its program in the variable CHROMIUM",
    }
}

fn find() -> Result<Option<Found>> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let works = runs(Path::new(&named));
        ensure!(
            works,
            "{VARIABLE} names {}, which is no program that runs",
            named.display()
        );
        return Ok(Some(Found::Through(VARIABLE, named)));
    }
    let ask = "require('@playwright/test').chromium.executablePath()";
    let mut node = Command::new("node");
    node.args(["--print", ask]).current_dir(end2end());
    let mut programs = NAMES
        .into_iter()
        .filter_map(on_path)
        .chain(MAC_APPLICATIONS.map(PathBuf::from))
        .chain(process::printed(&mut node).map(PathBuf::from));
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
    let mut playwright = Command::new(NPX);
    playwright
        .args(["--no", "--", "playwright", "install"])
        // The libraries that the browser needs are the system's, and only root installs them.
        .args(is_root().then_some("--with-deps"))
        .arg("chromium")
        .current_dir(end2end());
    playwright
}

/// A program of that name may be there only to say how to get the browser.
fn runs(program: &Path) -> bool {
    program.is_file() && version_of(program).is_some()
}
