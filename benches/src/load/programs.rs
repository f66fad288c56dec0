//! The programs that are put under load, and what each is told.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use servers::{Python, Redis};

use crate::program::{self, CONNECTIONS, ROOM, SECRET, cores};

/// The site, as it is built.
pub(super) const HUIHUA: &str = "Huihua";
/// axum with Huihua's layer, and the same handlers as the next.
pub(super) const SWAPPED: &str = "axum with Huihua";
/// axum with stock tower-sessions.
pub(super) const TOWER: &str = "axum with tower-sessions";
/// axum with neither.
pub(super) const AXUM: &str = "axum";
pub(super) const DJANGO: &str = "Django";
pub(super) const EXPRESS: &str = "Express";

pub(super) const SQLITE: &str = "SQLite";
pub(super) const REDIS: &str = "Redis";
pub(super) const MEMORY: &str = "memory";
pub(super) const CACHED_DB: &str = "SQLite behind memory (cached_db)";
pub(super) const COOKIES: &str = "signed cookies";
pub(super) const NOWHERE: &str = "no sessions";

/// The programs that aren't on the `PATH`.
pub(super) struct Programs {
    huihua: PathBuf,
    /// Huihua's, wherever it runs.
    settings: Vec<(String, String)>,
    python: Python,
    /// Built together with this one.
    swapped: PathBuf,
}

/// The place of one of them.
pub(super) struct At<'a> {
    pub(super) store: &'static str,
    pub(super) port: u16,
    /// The file of a database.
    pub(super) database: String,
    pub(super) redis: Option<&'a Redis>,
}

impl At<'_> {
    fn redis_url(&self) -> String {
        self.redis.map(Redis::url).unwrap_or_default()
    }
}

impl Programs {
    pub(super) fn find() -> Result<Self> {
        let mut pythons = Python::installed().context("Django")?.into_iter();
        let python = pythons.find(|python| python.version.starts_with("5.2"));
        Ok(Self {
            huihua: program::huihua()?,
            settings: program::settings(&[ROOM])?,
            python: python.context("Django 5.2 is not installed")?,
            swapped: env::current_exe()?.with_file_name("swapped"),
        })
    }

    /// The command that starts the program of `who` there.
    pub(super) fn command(&self, who: &str, at: &At<'_>) -> Command {
        match who {
            HUIHUA => self.huihua(at),
            SWAPPED => on_axum(&self.swapped, at),
            DJANGO => django(&self.python, at),
            EXPRESS => express(at),
            _ => on_axum(Path::new("benches/stock/target/release/peer"), at),
        }
    }

    fn huihua(&self, at: &At<'_>) -> Command {
        let engine = match at.store {
            REDIS => "redis",
            MEMORY => "cache",
            CACHED_DB => "cached_db",
            COOKIES => "signed_cookies",
            _ => "db",
        };
        let mut command = Command::new(&self.huihua);
        command.envs(self.settings.iter().cloned()).envs([
            ("SESSION_ENGINE", engine),
            ("SESSION_ENABLED", &(at.store != NOWHERE).to_string()),
            ("SESSION_REDIS_URL", &at.redis_url()),
            ("DATABASE_URL", &format!("sqlite:{}", at.database)),
            ("LEPTOS_SITE_ADDR", &format!("127.0.0.1:{}", at.port)),
        ]);
        command
    }
}

fn on_axum(program: &Path, at: &At<'_>) -> Command {
    let store = match at.store {
        SQLITE => format!("sqlite:{}", at.database),
        REDIS => at.redis_url(),
        MEMORY => "memory".to_owned(),
        _ => "none".to_owned(),
    };
    let mut command = Command::new(program);
    command.args([at.port.to_string(), store]);
    command
}

/// With a process for each core. Without threads it would close every connection after one answer. A process
/// has its share of the connections and two more, as it keeps alive those beyond the number of its threads:
/// the first to wake up would otherwise take all of them, and every other core would idle.
fn django(python: &Python, at: &At<'_>) -> Command {
    let engine = match at.store {
        REDIS => "redis_sessions.session",
        COOKIES => "django.contrib.sessions.backends.signed_cookies",
        _ => "django.contrib.sessions.backends.db",
    };
    let run = format!(
        "{python} -m django migrate -v0 && exec {python} -m gunicorn --workers {} --worker-class gthread \
         --threads 2 --worker-connections {} --keep-alive 60 --log-level error --no-control-socket \
         --bind 127.0.0.1:{} wsgi",
        cores(),
        CONNECTIONS.div_ceil(cores()) + 2,
        at.port,
        python = python.program().display(),
    );
    let mut command = Command::new("sh");
    command.args(["-c", &run]).envs([
        ("PYTHONPATH", "benches/peers/django:end2end/django/site"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("DJANGO_SETTINGS_MODULE", "bench_settings"),
        ("SESSION_ENGINE", engine),
        ("DATABASE_URL", &format!("sqlite:{}", at.database)),
        ("SECRET_KEY", SECRET),
    ]);
    if let Some(redis) = at.redis {
        command.env("SESSION_REDIS_PORT", redis.port().to_string());
        command.env("SESSION_REDIS_PASSWORD", redis.password());
    }
    command
}

fn express(at: &At<'_>) -> Command {
    let mut command = Command::new("node");
    command.arg("benches/peers/express/server.js").envs([
        ("NODE_ENV", "production"),
        ("PORT", &at.port.to_string()),
        ("SECRET", SECRET),
        ("STORE", &at.store.to_lowercase()),
        ("SQLITE", &at.database),
        ("REDIS_URL", &at.redis_url()),
    ]);
    command
}
