//! The site's session store, in words.

use leptos_i18n::td_string;

use crate::locale::Locale;

/// The session store of this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StorageInfo {
    /// The kind of store.
    pub kind: StorageKind,
    /// The name of their cookie.
    pub cookie_name: &'static str,
    /// Its attributes, but for how long it lives.
    pub cookie_attributes: &'static str,
}

/// A kind of session store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StorageKind {
    /// A table of a database.
    InTable(Database),
    /// The same, behind a cache.
    BehindCache(Cache, Database),
    /// The memory of the process.
    InMemory,
    /// Files.
    InFiles,
    /// Redis.
    InRedis,
    /// Memcached.
    InMemcached,
    /// Nothing but the cookie itself.
    InCookie,
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mysql,
}

/// A cache before a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cache {
    /// In the memory of the process.
    Local,
    /// Redis.
    Redis,
    /// Memcached.
    Memcached,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
        }
    }
}

impl Cache {
    fn name(self, locale: Locale) -> &'static str {
        match self {
            Self::Local => td_string!(locale, site.storage.memory),
            Self::Redis => "Redis",
            Self::Memcached => "Memcached",
        }
    }
}

impl StorageKind {
    /// True if there is a store beside the server's own memory.
    pub fn has_store(self) -> bool {
        !matches!(self, Self::InMemory | Self::InCookie)
    }

    /// The engine, in words.
    pub fn engine(self, locale: Locale) -> String {
        match self {
            Self::InTable(database) => {
                td_string!(locale, site.storage.engine_db, database = database.name())
            }
            Self::BehindCache(cache, database) => td_string!(
                locale,
                site.storage.engine_cached_db,
                cache = cache.name(locale),
                database = database.name()
            ),
            Self::InMemory => td_string!(locale, site.storage.engine_cache).into(),
            Self::InFiles => td_string!(locale, site.storage.engine_file).into(),
            Self::InRedis => td_string!(locale, site.storage.engine_redis).into(),
            Self::InMemcached => td_string!(locale, site.storage.engine_memcached).into(),
            Self::InCookie => td_string!(locale, site.storage.engine_signed_cookies).into(),
        }
    }

    /// The server's part in keeping a session.
    pub fn at_server(self, locale: Locale) -> &'static str {
        match self {
            Self::InMemory => td_string!(locale, site.storage.server_keeps),
            Self::BehindCache(Cache::Local, _) => td_string!(locale, site.storage.server_caches),
            Self::InCookie => td_string!(locale, site.storage.server_verifies),
            _ => td_string!(locale, site.storage.server_looks_up),
        }
    }

    /// The place of a session in the store.
    pub fn at_store(self, locale: Locale) -> String {
        match self {
            Self::InTable(database) | Self::BehindCache(Cache::Local, database) => {
                td_string!(locale, site.storage.in_table, database = database.name())
            }
            Self::BehindCache(cache, database) => td_string!(
                locale,
                site.storage.in_cache_and_table,
                cache = cache.name(locale),
                database = database.name()
            ),
            Self::InFiles => td_string!(locale, site.storage.in_file).into(),
            Self::InRedis => td_string!(locale, site.storage.in_redis).into(),
            Self::InMemcached => td_string!(locale, site.storage.in_memcached).into(),
            Self::InMemory | Self::InCookie => td_string!(locale, site.storage.store_unused).into(),
        }
    }
}
