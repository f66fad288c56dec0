//! What load is put on.

use std::path::Path;

use crate::{
    programs::{At, Programs, start_redis},
    started::Started,
    visitors::Visitors,
    wrk::Deed,
};

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
