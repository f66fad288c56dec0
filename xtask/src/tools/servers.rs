//! The servers that the Rust tests run on: each test starts its own.

use std::{env, fs, path::Path, process::Command};

use anyhow::Result;

use super::{Found, Tool, on_path};
use crate::process;

const PROGRAMS: [&str; 6] = [
    "redis-server",
    "memcached",
    "mariadbd",
    "initdb",
    "pgbouncer",
    "nginx",
];

const APT: &str = "apt-get update && apt-get install -y --no-install-recommends \
    redis-server memcached mariadb-server postgresql pgbouncer nginx-light openssl";

/// Redis, memcached, MariaDB, PostgreSQL, PgBouncer and nginx.
pub(super) struct Servers;

impl Tool for Servers {
    fn name(&self) -> String {
        "Redis, memcached, MariaDB, PostgreSQL, PgBouncer and nginx".to_owned()
    }

    fn find(&self) -> Result<Option<Found>> {
        let there = PROGRAMS.iter().all(|name| is_there(name));
        // Who can't be given them runs the other tests; only CI has to run all.
        let optional = env::var_os("CI").is_none() && !may_install();
        Ok((there || optional).then_some(Found::InPlace))
    }

    fn installer(&self) -> Command {
        let mut apt = Command::new("sh");
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-c", APT]);
        apt
    }

    fn takes(&self) -> &'static str {
        "a minute or two"
    }

    fn by_hand(&self) -> &'static str {
        "install redis 7, memcached 1.6, mariadb-server, postgresql, pgbouncer and nginx in the usual way of your \
         system; outside CI the tests that need them are left out without"
    }
}

/// On the `PATH`, or where Debian puts servers.
fn is_there(name: &str) -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    on_path(name).is_some()
        || Path::new("/usr/sbin").join(name).is_file()
        || folders
            .into_iter()
            .any(|folder| folder.join(name).is_file())
}

/// Whether Debian's packages can be installed.
pub(super) fn may_install() -> bool {
    let is_root = process::printed(Command::new("id").arg("-u")).as_deref() == Some("0");
    is_root && on_path("apt-get").is_some()
}
