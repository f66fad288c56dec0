//! Django, the peer that sessions are shared with.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{Found, Tool, on_path};
use crate::{process, repo};

/// The release that everything is written for, and the newest other one that this Python runs.
const RELEASES: [(&str, &str); 2] = [
    ("django-5.2", "Django==5.2.*"),
    ("django-other", "Django!=5.2.*"),
];

/// Each release in a folder of its own, with what its engines need.
pub(super) struct Django {
    home: PathBuf,
}

impl Django {
    pub(super) fn new(home: PathBuf) -> Self {
        Self { home }
    }

    /// Whether `folder` holds what is asked for today, and works.
    fn is_there(folder: &Path, requirement: &str) -> Result<bool> {
        let others = fs::read_to_string(requirements()).context("no requirements.txt")?;
        let wanted = format!("{others}{requirement}\n");
        let installed = fs::read_to_string(folder.join("requirements.txt"));
        let mut probe = Command::new(folder.join("bin/python"));
        probe.args(["-c", "print(__import__('django'))"]);
        Ok(installed.is_ok_and(|installed| installed == wanted)
            && process::printed(&mut probe).is_some())
    }
}

fn requirements() -> PathBuf {
    repo::end2end().join("django/requirements.txt")
}

impl Tool for Django {
    fn name(&self) -> String {
        "Django 5.2 and the newest other".to_owned()
    }

    fn find(&self) -> Result<Option<Found>> {
        // Who has no Python runs the other tests; only CI has to run all.
        if env::var_os("CI").is_none() && on_path("python3").is_none() {
            return Ok(Some(Found::InPlace));
        }
        let mut folders = Vec::new();
        for (name, requirement) in RELEASES {
            let folder = self.home.join(name);
            if !Self::is_there(&folder, requirement)? {
                return Ok(None);
            }
            folders.push(folder);
        }
        let folders = env::join_paths(folders)?;
        Ok(Some(Found::Through("HUIHUA_DJANGO", folders)))
    }

    fn installer(&self) -> Command {
        // Debian has the module venv in a package of its own.
        let script = r#"set -e
            requirements=$1
            shift
            while [ $# -gt 0 ]; do
                rm -rf "$1"
                python3 -m venv "$1" || {
                    apt-get update
                    apt-get install -y --no-install-recommends python3-venv
                    python3 -m venv --clear "$1"
                }
                { cat "$requirements"; echo "$2"; } > "$1/wanted.txt"
                "$1/bin/pip" install --disable-pip-version-check -r "$1/wanted.txt"
                mv "$1/wanted.txt" "$1/requirements.txt"
                shift 2
            done"#;
        let mut sh = Command::new("sh");
        sh.args(["-c", script, "sh"]).arg(requirements());
        for (name, requirement) in RELEASES {
            sh.arg(self.home.join(name)).arg(requirement);
        }
        sh
    }

    fn takes(&self) -> &'static str {
        "half a minute"
    }

    fn by_hand(&self) -> &'static str {
        "install Python 3.10 or newer with its module venv (Debian: python3-venv); outside CI the \
         tests that need Django are left out without Python"
    }
}
