//! Programs that are Debian's packages.

use std::{env, fs, path::Path};

use super::tool::{Found, Tool, apt, is_root, on_path};

/// Redis, memcached, MariaDB, PostgreSQL, PgBouncer and nginx, which the Rust tests start.
pub(super) fn servers() -> Tool {
    debian(
        "redis-server, memcached, mariadbd, initdb, pgbouncer, nginx",
        "redis-server memcached mariadb-server postgresql pgbouncer nginx-light openssl",
        "install redis 7, memcached 1.6, mariadb-server, postgresql, pgbouncer and nginx in the usual way \
         of your system; outside CI the tests that need them are left out without",
        true,
    )
}

/// Counts the instructions of a program: callgrind is in it.
pub(super) fn valgrind() -> Tool {
    debian(
        "valgrind",
        "valgrind",
        "install valgrind 3.19 or newer in the usual way of your system; outside CI no instructions are \
         counted without",
        true,
    )
}

/// Asks for pages as fast as they come.
pub(super) fn wrk() -> Tool {
    debian(
        "wrk",
        "wrk",
        "install wrk 4.1 or newer in the usual way of your system: no site can be put under load without",
        false,
    )
}

/// `optional`: where it can't be installed, the rest goes on without it outside CI.
fn debian(programs: &'static str, packages: &str, by_hand: &'static str, optional: bool) -> Tool {
    let find = move || {
        let may_install = is_root() && on_path("apt-get").is_some();
        let may_be_missing = optional && env::var_os("CI").is_none() && !may_install;
        let there = programs.split(", ").all(is_there);
        Ok((there || may_be_missing).then_some(Found::InPlace))
    };
    Tool::new(programs, find, apt(packages), by_hand)
}

/// On the `PATH`, or where Debian puts servers.
fn is_there(name: &str) -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions = versions.flatten().map(|version| version.path());
    on_path(name).is_some()
        || Path::new("/usr/sbin").join(name).is_file()
        || versions.any(|version| version.join("bin").join(name).is_file())
}
