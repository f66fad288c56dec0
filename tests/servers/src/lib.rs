//! Real servers for tests: each on free ports, in a folder of its own, stopped when dropped.
//!
//! Everything here is for tests, so what can't be started panics with the reason; what isn't
//! installed is [`Missing`].

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod deployed;
mod django;
mod fleet;
mod huihua;
mod installed;
mod listener;
mod mariadb;
mod memcached;
mod nginx;
mod pgbouncer;
mod postgres;
mod process;
mod proxy;
mod redis;
mod running;
mod sentinels;
pub mod stores;
mod trials;

pub use self::{
    django::{Django, Python},
    fleet::Fleet,
    huihua::{Huihua, folder_with_site},
    installed::installed,
    listener::Listener,
    mariadb::MariaDb,
    memcached::Memcached,
    nginx::Nginx,
    pgbouncer::PgBouncer,
    postgres::Postgres,
    process::{free_port, send_signal},
    proxy::Proxy,
    redis::{Cluster, Redis, RedisTls},
    running::Running,
    sentinels::Sentinels,
    trials::Trials,
};

/// A server to which things happen.
pub trait Server {
    /// Kills it as a power cut would.
    fn kill(&mut self);

    /// Starts it again after [`Server::kill`], on the same port and on what was on its disk.
    fn start_again(&mut self);

    /// Stops it where it is: its connections stay open, and it answers nobody.
    fn freeze(&mut self);

    /// Lets it go on after [`Server::freeze`].
    fn thaw(&mut self);
}

/// A program that isn't installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl std::error::Error for Missing {}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not installed", self.0)
    }
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
