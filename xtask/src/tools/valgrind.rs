//! What counts the instructions of a program.

use std::{env, process::Command};

use anyhow::Result;

use super::{Found, Tool, on_path, servers::may_install};

const APT: &str = "apt-get update && apt-get install -y --no-install-recommends valgrind";

/// Valgrind, with callgrind in it.
pub(super) struct Valgrind;

impl Tool for Valgrind {
    fn name(&self) -> String {
        "Valgrind".to_owned()
    }

    fn find(&self) -> Result<Option<Found>> {
        // Who can't be given it runs the other tests; only CI has to run all.
        let optional = env::var_os("CI").is_none() && !may_install();
        let there = on_path("valgrind").is_some();
        Ok((there || optional).then_some(Found::InPlace))
    }

    fn installer(&self) -> Command {
        let mut apt = Command::new("sh");
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-c", APT]);
        apt
    }

    fn takes(&self) -> &'static str {
        "a minute"
    }

    fn by_hand(&self) -> &'static str {
        "install valgrind 3.19 or newer in the usual way of your system; outside CI no instructions \
         are counted without"
    }
}
