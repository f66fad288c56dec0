//! The names of engines and caches, as settings give them.

use std::fmt;

/// The place of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EngineName {
    /// A SQL database.
    Db,
    /// The memory of this process.
    Cache,
    /// A SQL database behind a cache.
    CachedDb,
    /// A folder of files.
    File,
    /// The browser: the cookie holds the whole session, signed.
    SignedCookies,
    /// Redis: one server, a Cluster, or what Sentinels name.
    Redis,
    /// memcached servers.
    Memcached,
}

impl EngineName {
    const NAMES: [(&str, Self); 7] = [
        ("db", Self::Db),
        ("cache", Self::Cache),
        ("cached_db", Self::CachedDb),
        ("file", Self::File),
        ("signed_cookies", Self::SignedCookies),
        ("redis", Self::Redis),
        ("memcached", Self::Memcached),
    ];

    pub(super) fn parse(name: &str) -> Result<Self, String> {
        if name == "redis_sessions.session" {
            return Ok(Self::Redis);
        }
        let short = name.strip_prefix("django.contrib.sessions.backends.");
        find("engine", short.unwrap_or(name), &Self::NAMES)
    }
}

/// The one called `name` among `names`.
fn find<T: Copy>(what: &str, name: &str, names: &[(&str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|(_, found)| *found).ok_or_else(|| {
        let known: Vec<_> = names.iter().map(|(known, _)| *known).collect();
        format!("there is no {what} \"{name}\"; there are: {}", known.join(", "))
    })
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Self::NAMES.iter();
        let name = names.find(|(_, engine)| engine == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

/// The cache of `cached_db`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheName {
    /// The memory of this process.
    Local,
    /// Redis.
    Redis,
    /// memcached servers.
    Memcached,
}

impl CacheName {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let names =
            [("local", Self::Local), ("redis", Self::Redis), ("memcached", Self::Memcached)];
        find("cache", name, &names)
    }
}

/// The form of sessions in Redis or memcached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredForm {
    /// The payload: what django-redis-sessions writes too.
    Payload,
    /// A pickled dictionary, as Django's own cache engines write.
    DjangoCache,
}

impl StoredForm {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        find("form", name, &[("payload", Self::Payload), ("django-cache", Self::DjangoCache)])
    }
}
