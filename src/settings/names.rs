//! The names of engines and caches, as settings give them.

use std::{fmt, str::FromStr};

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl FromStr for EngineName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let short = name.strip_prefix("django.contrib.sessions.backends.");
        match short.unwrap_or(name) {
            "db" => Ok(Self::Db),
            "cache" => Ok(Self::Cache),
            "cached_db" => Ok(Self::CachedDb),
            "file" => Ok(Self::File),
            "signed_cookies" => Ok(Self::SignedCookies),
            "redis" | "redis_sessions.session" => Ok(Self::Redis),
            "memcached" => Ok(Self::Memcached),
            _ => Err(format!(
                "there is no engine \"{name}\"; there are: db, cache, cached_db, file, \
                 signed_cookies, redis, memcached"
            )),
        }
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Db => "db",
            Self::Cache => "cache",
            Self::CachedDb => "cached_db",
            Self::File => "file",
            Self::SignedCookies => "signed_cookies",
            Self::Redis => "redis",
            Self::Memcached => "memcached",
        })
    }
}

/// What `cached_db` caches in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheName {
    /// The memory of this process.
    Local,
    /// Redis.
    Redis,
    /// memcached servers.
    Memcached,
}

impl FromStr for CacheName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "local" => Ok(Self::Local),
            "redis" => Ok(Self::Redis),
            "memcached" => Ok(Self::Memcached),
            _ => Err(format!(
                "there is no cache \"{name}\"; there are: local, redis, memcached"
            )),
        }
    }
}

/// The form of sessions in Redis or memcached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredForm {
    /// The payload: what django-redis-sessions writes too.
    Payload,
    /// What Django's own cache engines write: a pickled dictionary.
    DjangoCache,
}

impl FromStr for StoredForm {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "payload" => Ok(Self::Payload),
            "django-cache" => Ok(Self::DjangoCache),
            _ => Err(format!(
                "there is no form \"{name}\"; there are: payload, django-cache"
            )),
        }
    }
}
