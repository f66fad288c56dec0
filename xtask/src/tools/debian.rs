//! Single programs that are one of Debian's packages each.

use std::{env, process::Command};

use anyhow::Result;

use super::{Found, Tool, on_path, servers::may_install};

/// A program whose package has the same name.
pub(super) struct Debian {
    pub(super) program: &'static str,
    /// What can be done where it can't be installed.
    pub(super) by_hand: &'static str,
    /// Whether the rest goes on without it outside CI.
    pub(super) optional: bool,
}

/// Counts the instructions of a program: callgrind is in it.
pub(super) const VALGRIND: Debian = Debian {
    program: "valgrind",
    by_hand: "install valgrind 3.19 or newer in the usual way of your system; outside CI no \
              instructions are counted without",
    optional: true,
};

/// Asks for pages as fast as they come.
pub(super) const WRK: Debian = Debian {
    program: "wrk",
    by_hand: "install wrk 4.1 or newer in the usual way of your system: no site can be put under load \
              without",
    optional: false,
};

impl Tool for Debian {
    fn name(&self) -> String {
        self.program.to_owned()
    }

    fn find(&self) -> Result<Option<Found>> {
        let missing_is_fine = self.optional && env::var_os("CI").is_none() && !may_install();
        let there = on_path(self.program).is_some();
        Ok((there || missing_is_fine).then_some(Found::InPlace))
    }

    fn installer(&self) -> Command {
        let program = self.program;
        let mut apt = Command::new("sh");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args([
            "-c",
            &format!("apt-get update && apt-get install -y --no-install-recommends {program}"),
        ]);
        apt
    }

    fn takes(&self) -> &'static str {
        "a minute"
    }

    fn by_hand(&self) -> &'static str {
        self.by_hand
    }
}
