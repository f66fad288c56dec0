//! npm packages: those of the browser tests, and of a site that is measured beside this one.

use std::{fs, io, path::PathBuf, process::Command, time::SystemTime};

use anyhow::{Context, Result};

use super::{Found, Tool};
use crate::process::NPM;

/// What `package-lock.json` in a folder names.
pub(super) struct Packages {
    folder: PathBuf,
    /// Whose packages they are.
    of: &'static str,
}

impl Packages {
    pub(super) fn new(folder: PathBuf, of: &'static str) -> Self {
        Self { folder, of }
    }

    fn written(&self, file: &str) -> io::Result<SystemTime> {
        fs::metadata(self.folder.join(file))?.modified()
    }
}

impl Tool for Packages {
    fn name(&self) -> String {
        format!("packages of {}", self.of)
    }

    /// npm writes its own list of what it has installed last.
    fn find(&self) -> Result<Option<Found>> {
        let wanted = self
            .written("package-lock.json")
            .with_context(|| format!("no package-lock.json in {}", self.folder.display()))?;
        let installed = self.written("node_modules/.package-lock.json");
        let is_current = installed.is_ok_and(|installed| installed >= wanted);
        Ok(is_current.then_some(Found::InPlace))
    }

    fn installer(&self) -> Command {
        let mut npm = Command::new(NPM);
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&self.folder);
        npm
    }

    fn takes(&self) -> &'static str {
        "less than a minute"
    }

    fn by_hand(&self) -> &'static str {
        "npm comes with Node.js (version 20 or newer, https://nodejs.org); with it, run the \
         command above and read what it says"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn packages_are_there_once_they_are_newer_than_their_list() {
        let folder = tempfile::tempdir().unwrap();
        let packages = Packages::new(folder.path().to_owned(), "a test");
        let is_there = || packages.find().map(|found| found.is_some());
        assert!(is_there().is_err());

        let wanted = fs::File::create(folder.path().join("package-lock.json")).unwrap();
        assert!(!is_there().unwrap());

        fs::create_dir(folder.path().join("node_modules")).unwrap();
        assert!(!is_there().unwrap());

        let installed = folder.path().join("node_modules/.package-lock.json");
        let installed = fs::File::create(installed).unwrap();
        let time = wanted.metadata().unwrap().modified().unwrap();
        installed.set_modified(time).unwrap();
        assert!(is_there().unwrap());

        wanted.set_modified(time + Duration::from_secs(1)).unwrap();
        assert!(!is_there().unwrap());
    }
}
