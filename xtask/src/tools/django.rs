//! Django, the peer that sessions are shared with.

use std::{env, fs, path::Path, process::Command};

use super::tool::{Found, Tool, on_path};
use crate::{process, repo};

/// The release that everything is written for, and the newest other one that this Python runs.
const RELEASES: [(&str, &str); 2] =
    [("django-5.2", "Django==5.2.*"), ("django-other", "Django!=5.2.*")];

/// Each release in a folder of its own in `home`, with what its engines need.
pub(super) fn django(home: &Path) -> Tool {
    let requirements = repo::end2end().join("django/requirements.txt");
    let releases = RELEASES.map(|(name, requirement)| (home.join(name), requirement));
    let mut installer = process::command("sh");
    installer.arg(repo::end2end().join("django/install.sh")).arg(&requirements);
    for (folder, requirement) in &releases {
        installer.arg(folder).arg(requirement);
    }
    let find = move || {
        // Who has no Python runs the other tests; only CI has to run all.
        if env::var_os("CI").is_none() && on_path("python3").is_none() {
            return Ok(Some(Found::InPlace));
        }
        let others = fs::read_to_string(&requirements)?;
        // It holds what is asked for today, and works.
        let is_there = releases.iter().all(|(folder, requirement)| {
            let installed = fs::read_to_string(folder.join("requirements.txt"));
            let mut probe = Command::new(folder.join("bin/python"));
            probe.args(["-c", "print(__import__('django'))"]);
            installed.is_ok_and(|installed| installed == format!("{others}{requirement}\n"))
                && process::printed(&mut probe).is_some()
        });
        let folders = env::join_paths(releases.iter().map(|(folder, _)| folder))?;
        Ok(is_there.then_some(Found::Through("HUIHUA_DJANGO", folders)))
    };
    let by_hand = "install Python 3.10 or newer with its module venv (Debian: python3-venv); outside CI \
                   the tests that need Django are left out without Python";
    Tool::new("Django 5.2 and the newest other", find, installer, by_hand)
}
