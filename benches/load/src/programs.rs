//! The programs that are put under load, and what each is told.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use servers::Python;

use crate::{
    absolute,
    sites::{Store, Who, cores},
    started::Started,
};

const SECRET: &str = "the key of the benchmark";
/// Bytes of sessions in the server's memory: more than all the logins of a run take, so that nobody is
/// thrown out for them.
const ROOM: &str = "4294967296";

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    root: PathBuf,
    huihua: PathBuf,
    site: PathBuf,
    swapped: PathBuf,
    without_sessions: PathBuf,
    peer: PathBuf,
    python: Python,
}

impl Programs {
    pub(crate) fn find(huihua: &Path, site: &Path) -> Result<Self, String> {
        let root = absolute(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")))?;
        // Built together with this program.
        let own = env::current_exe().map_err(|error| error.to_string())?;
        let pythons = Python::installed().map_err(|missing| missing.to_string())?;
        let python = pythons
            .into_iter()
            .find(|python| python.version.starts_with("5.2"));
        Ok(Self {
            huihua: absolute(huihua)?,
            site: absolute(site)?,
            swapped: absolute(&own.with_file_name("swapped"))?,
            without_sessions: absolute(&own.with_file_name("without_sessions"))?,
            peer: absolute(&root.join("benches/stock/target/release/peer"))?,
            python: python.ok_or("Django 5.2 is not installed")?,
            root,
        })
    }

    /// What starts it there.
    pub(crate) fn command(&self, who: Who, store: Store, at: &At<'_>) -> Command {
        let kind = match store {
            Store::Sqlite => "sqlite",
            Store::Redis => "redis",
            Store::Memory => "memory",
            _ => "none",
        };
        let mut command = match who {
            Who::Huihua => Command::new(&self.huihua),
            Who::NoSessions => Command::new(&self.without_sessions),
            Who::Swapped => Command::new(&self.swapped),
            Who::Tower | Who::Axum => Command::new(&self.peer),
            Who::Django => Command::new(self.python.program()),
            Who::Express => Command::new("node"),
        };
        match who {
            Who::Huihua | Who::NoSessions => {
                command.envs(self.settings(store, at));
            }
            Who::Swapped | Who::Tower | Who::Axum => {
                command.args([&at.port.to_string(), kind]);
                match store {
                    Store::Sqlite => command.arg(at.database()),
                    Store::Redis => command.arg(at.redis()),
                    _ => &mut command,
                };
            }
            Who::Django => {
                command.envs(self.django_settings(store, at));
                command.args(["-m", "gunicorn", "--workers", &cores().to_string()]);
                // Without threads it would close every connection after one answer.
                command.args(["--worker-class", "gthread", "--threads", "2"]);
                command.args(["--keep-alive", "60", "--log-level", "error"]);
                command.args(["--no-control-socket", "--bind"]);
                command.args([&format!("127.0.0.1:{}", at.port), "wsgi"]);
            }
            Who::Express => {
                command.arg(self.root.join("benches/peers/express/server.js"));
                command.envs([
                    ("NODE_ENV", "production"),
                    ("PORT", &at.port.to_string()),
                    ("SECRET", SECRET),
                    ("STORE", kind),
                    ("SQLITE", &at.database().display().to_string()),
                    ("REDIS_URL", &at.redis()),
                ]);
            }
        }
        command
    }

    fn settings(&self, store: Store, at: &At<'_>) -> Vec<(&'static str, String)> {
        let engine = match store {
            Store::Sqlite | Store::Nowhere => "db",
            Store::Redis => "redis",
            Store::Memory => "cache",
            Store::CachedDb => "cached_db",
            Store::Cookies => "signed_cookies",
        };
        vec![
            ("SESSION_ENGINE", engine.to_owned()),
            ("SESSION_ENABLED", (store != Store::Nowhere).to_string()),
            ("SESSION_CACHE_MAX_BYTES", ROOM.to_owned()),
            ("SESSION_REDIS_URL", at.redis()),
            (
                "DATABASE_URL",
                format!("sqlite:{}", at.database().display()),
            ),
            ("SECRET_KEY", SECRET.to_owned()),
            ("LOGIN_RATE_LIMIT", "0".to_owned()),
            ("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", at.port)),
            ("LEPTOS_SITE_ROOT", self.site.display().to_string()),
            ("RUST_LOG", "warn".to_owned()),
        ]
    }

    fn django_settings(&self, store: Store, at: &At<'_>) -> Vec<(&'static str, String)> {
        let engine = match store {
            Store::Redis => "redis_sessions.session",
            Store::Cookies => "django.contrib.sessions.backends.signed_cookies",
            _ => "django.contrib.sessions.backends.db",
        };
        let own = self.root.join("benches/peers/django");
        let site = self.root.join("end2end/django/site");
        let mut settings = vec![
            (
                "PYTHONPATH",
                format!("{}:{}", own.display(), site.display()),
            ),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("DJANGO_SETTINGS_MODULE", "bench_settings".to_owned()),
            ("SESSION_ENGINE", engine.to_owned()),
            (
                "DATABASE_URL",
                format!("sqlite:{}", at.database().display()),
            ),
            ("SECRET_KEY", SECRET.to_owned()),
        ];
        if let Some(port) = at.redis_port {
            settings.push(("SESSION_REDIS_PORT", port.to_string()));
        }
        settings
    }

    /// Django's tables.
    pub(crate) fn migrate(&self, store: Store, at: &At<'_>) -> Result<(), String> {
        let mut migrate = Command::new(self.python.program());
        migrate
            .envs(self.django_settings(store, at))
            .args(["-m", "django", "migrate", "-v0"]);
        let done = migrate.output().map_err(|error| error.to_string())?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    }
}

/// Where one of them is to be.
pub(crate) struct At<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) port: u16,
    pub(crate) redis_port: Option<u16>,
}

impl At<'_> {
    fn redis(&self) -> String {
        let port = self.redis_port.unwrap_or_default();
        format!("redis://127.0.0.1:{port}/0")
    }

    fn database(&self) -> PathBuf {
        self.folder.join("sessions.sqlite3")
    }
}

/// As Redis is when nobody sets anything, but that it takes no snapshot while load is put on.
pub(crate) fn start_redis(folder: &Path) -> Result<Started, String> {
    let command = |port: u16| {
        let mut redis = Command::new("redis-server");
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        redis.args(["--save", "", "--dir"]).arg(folder);
        redis
    };
    Started::new(command, &folder.join("redis.log"))
}
