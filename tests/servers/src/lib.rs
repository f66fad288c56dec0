//! Real servers for tests: each on free ports, in a folder of its own, stopped when dropped.
//!
//! Everything here is for tests, so what can't be started panics with the reason; what isn't
//! installed is [`Missing`].

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod django;
mod mariadb;
mod memcached;
mod nginx;
mod postgres;
mod process;
mod redis;

pub use self::{
    django::{Django, Python},
    mariadb::MariaDb,
    memcached::Memcached,
    nginx::Nginx,
    postgres::Postgres,
    redis::{Cluster, Redis, RedisTls, Sentinels},
};

/// A program that isn't installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not installed", self.0)
    }
}

/// Whether the programs are installed. Each server's own are named at its type.
///
/// # Errors
/// Names the first that isn't.
pub fn installed(programs: &[&'static str]) -> Result<(), Missing> {
    let folders = postgres::folders();
    programs
        .iter()
        .try_for_each(|name| process::program(name, &folders).map(drop))
}

/// What was started. Without the program, CI fails; elsewhere `test` is left out, and says so.
pub fn or_left_out<T>(started: Result<T, Missing>, test: &str) -> Option<T> {
    use std::io::Write as _;

    match started {
        Ok(server) => Some(server),
        Err(missing) if std::env::var_os("CI").is_some() => panic!("{test}: {missing}"),
        Err(missing) => {
            // Not by a macro, whose words a test that passes keeps to itself.
            let _ = writeln!(std::io::stderr(), "{test} is left out: {missing}");
            None
        }
    }
}
