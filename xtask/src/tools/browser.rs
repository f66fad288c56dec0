//! The browser for the browser tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};

use super::{Found, Tool, on_path, version_of};
use crate::process::{self, NPX};

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

/// Debian's browser, with fonts for what the pages say.
const APT: &str = "apt-get update && apt-get install -y --no-install-recommends \
    chromium fonts-noto-cjk fonts-noto-color-emoji";

/// The browser that `CHROMIUM` names, one that is installed, or Playwright's own.
pub(super) struct Chromium {
    end2end: PathBuf,
}

impl Chromium {
    pub(super) fn new(end2end: PathBuf) -> Self {
        Self { end2end }
    }

    /// Where Playwright has, or would have, a browser of its own.
    fn of_playwright(&self) -> Option<PathBuf> {
        let ask = "require('@playwright/test').chromium.executablePath()";
        let mut node = Command::new("node");
        node.args(["--print", ask]).current_dir(&self.end2end);
        process::printed(&mut node).map(PathBuf::from)
    }
}

impl Tool for Chromium {
    fn name(&self) -> String {
        "Chromium".to_owned()
    }

    fn find(&self) -> Result<Option<Found>> {
        if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            ensure!(
                runs(Path::new(&named)),
                "{VARIABLE} names {}, which is no program that runs",
                named.display()
            );
            return Ok(Some(Found::Through(VARIABLE, named)));
        }
        let installed = NAMES
            .into_iter()
            .filter_map(on_path)
            .chain(MAC_APPLICATIONS.into_iter().map(PathBuf::from))
            .find(|program| runs(program));
        let found = installed.or_else(|| self.of_playwright().filter(|program| runs(program)));
        Ok(found.map(|program| Found::Through(VARIABLE, program.into_os_string())))
    }

    fn installer(&self) -> Command {
        let is_root = process::printed(Command::new("id").arg("-u")).as_deref() == Some("0");
        if is_root && is_debian() {
            let mut apt = Command::new("sh");
            apt.env("DEBIAN_FRONTEND", "noninteractive")
                .args(["-c", APT]);
            return apt;
        }
        let mut playwright = Command::new(NPX);
        playwright
            .args(["--no", "--", "playwright", "install"])
            // The libraries that the browser needs are the system's, and only root installs them.
            .args(is_root.then_some("--with-deps"))
            .arg("chromium")
            .current_dir(&self.end2end);
        playwright
    }

    fn takes(&self) -> &'static str {
        "a minute or two"
    }

    fn by_hand(&self) -> &'static str {
        "install Chromium or Chrome in the usual way of your system; if it is not found then, \
         name its program in the variable CHROMIUM"
    }
}

/// A program of that name may be there only to say how to get the browser.
fn runs(program: &Path) -> bool {
    program.is_file() && version_of(program).is_some()
}

/// Ubuntu's packages of that name lead to a snap, which does not run everywhere.
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}
