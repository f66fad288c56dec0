//! What load is put on.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use servers::Python;

use crate::{absolute, started::Started, visitors::Visitors, wrk::Deed};

const SECRET: &str = "the key of the benchmark";

/// Whose program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The site, as it is built.
    Huihua,
    /// The site's own page of values that are known beforehand, with sessions switched off.
    NoSessions,
    /// axum with Huihua's layer, and the same handlers as the next.
    Swapped,
    /// axum with stock tower-sessions.
    Tower,
    /// axum with neither.
    Axum,
    Django,
    Express,
}

/// Where sessions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Redis,
    Memory,
    CachedDb,
    Cookies,
    Nowhere,
}

impl Store {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Redis => "Redis",
            Self::Memory => "memory",
            Self::CachedDb => "SQLite behind memory (cached_db)",
            Self::Cookies => "signed cookies",
            Self::Nowhere => "no sessions",
        }
    }
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Huihua | Self::NoSessions => "Huihua",
            Self::Swapped => "axum with Huihua",
            Self::Tower => "axum with tower-sessions",
            Self::Axum => "axum",
            Self::Django => "Django",
            Self::Express => "Express",
        }
    }

    pub(crate) fn does(self, deed: Deed) -> bool {
        match deed {
            Deed::Greeting => true,
            Deed::Guest => matches!(self, Self::Huihua | Self::NoSessions),
            Deed::OneKey => !matches!(self, Self::Huihua | Self::NoSessions | Self::Django),
            _ => !matches!(self, Self::NoSessions | Self::Axum),
        }
    }

    /// Where the logged-in greeting is.
    pub(crate) fn greeting(self) -> &'static str {
        match self {
            Self::NoSessions => "/known/",
            _ => "/",
        }
    }

    /// What it says there.
    pub(crate) fn greeted(self) -> &'static str {
        match self {
            Self::Axum => "你好：游客",
            _ => "你好：ming",
        }
    }

    /// A change of a session: where, and its form, with `{n}` for a number that is another each time.
    pub(crate) fn change(self) -> (&'static str, &'static str) {
        match self {
            Self::Huihua | Self::NoSessions => ("/expiry/", "expiry=days&days={n}"),
            Self::Django => ("/login_handle/", "uname=ming&expiry=days"),
            _ => ("/expiry/", "days={n}"),
        }
    }
}

/// Something that runs and answers.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) who: Who,
    pub(crate) store: Store,
    pub(crate) visitors: Visitors,
    started: Started,
    /// Its Redis, if it has one: of its own, so that nobody's keys are in another's way.
    _redis: Option<Started>,
}

impl Site {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.started.port)
    }

    pub(crate) fn name(&self) -> String {
        format!("{}, {}", self.who.name(), self.store.name())
    }
}

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

    fn command(&self, who: Who, store: Store, at: &At<'_>) -> Command {
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
    fn migrate(&self, store: Store, at: &At<'_>) -> Result<(), String> {
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
struct At<'a> {
    folder: &'a Path,
    port: u16,
    redis_port: Option<u16>,
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

const ALL: [(Who, Store); 18] = [
    (Who::Huihua, Store::Sqlite),
    (Who::Huihua, Store::Redis),
    (Who::Huihua, Store::Memory),
    (Who::Huihua, Store::CachedDb),
    (Who::Huihua, Store::Cookies),
    (Who::NoSessions, Store::Nowhere),
    (Who::Django, Store::Sqlite),
    (Who::Django, Store::Redis),
    (Who::Django, Store::Cookies),
    (Who::Express, Store::Sqlite),
    (Who::Express, Store::Redis),
    (Who::Swapped, Store::Sqlite),
    (Who::Tower, Store::Sqlite),
    (Who::Swapped, Store::Redis),
    (Who::Tower, Store::Redis),
    (Who::Swapped, Store::Memory),
    (Who::Tower, Store::Memory),
    (Who::Axum, Store::Nowhere),
];

/// Starts all of them.
pub(crate) fn start(programs: &Programs, folder: &Path) -> Result<Vec<Site>, String> {
    ALL.iter()
        .map(|(who, store)| start_one(programs, folder, *who, *store))
        .collect()
}

/// As Redis is when nobody sets anything, but that it takes no snapshot while load is put on.
fn start_redis(folder: &Path) -> Result<Started, String> {
    let command = |port: u16| {
        let mut redis = Command::new("redis-server");
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        redis.args(["--save", "", "--dir"]).arg(folder);
        redis
    };
    Started::new(command, &folder.join("redis.log"))
}

fn start_one(programs: &Programs, folder: &Path, who: Who, store: Store) -> Result<Site, String> {
    let folder = folder.join(format!("{who:?}-{store:?}"));
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let redis = match store {
        Store::Redis => Some(start_redis(&folder)?),
        _ => None,
    };
    let at = |port| At {
        folder: &folder,
        port,
        redis_port: redis.as_ref().map(|redis| redis.port),
    };
    if who == Who::Django {
        programs.migrate(store, &at(0))?;
    }
    let log = folder.join("log");
    let started = Started::new(|port| programs.command(who, store, &at(port)), &log)?;
    Ok(Site {
        who,
        store,
        visitors: Visitors::default(),
        started,
        _redis: redis,
    })
}

/// One process, or one thread, for each.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
