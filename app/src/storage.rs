//! The site's session store, in words.

use huihua::settings::{CacheName, EngineName, Settings};
use leptos_i18n::td_string;

use crate::locale::Locale;

/// The session store of this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StorageInfo {
    /// The engine.
    pub engine: EngineName,
    /// The cache of `cached_db`.
    pub cache: CacheName,
    /// The product name of the database: `PostgreSQL`.
    pub database: &'static str,
    /// The name of the cookie.
    pub cookie_name: &'static str,
    /// Its attributes, but for how long it lives.
    pub cookie_attributes: &'static str,
}

impl StorageInfo {
    /// The store that the settings name. The texts are kept for as long as the process lives.
    pub fn of(settings: &Settings) -> Self {
        Self {
            engine: settings.session_engine,
            cache: settings.session_cache,
            database: match settings.database_url.split(':').next() {
                Some("postgres" | "postgresql") => "PostgreSQL",
                Some("mysql" | "mariadb") => "MySQL",
                _ => "SQLite",
            },
            cookie_name: settings.cookie_name().leak(),
            cookie_attributes: cookie_attributes(settings).leak(),
        }
    }

    /// True if there is a store beside the server's own memory.
    pub fn has_store(self) -> bool {
        !matches!(self.engine, EngineName::Cache | EngineName::SignedCookies)
    }

    fn cache_name(self, locale: Locale) -> &'static str {
        match self.cache {
            CacheName::Local => td_string!(locale, site.storage.memory),
            CacheName::Redis => "Redis",
            CacheName::Memcached => "Memcached",
        }
    }

    /// The engine, in words.
    pub fn engine(self, locale: Locale) -> String {
        let (database, cache) = (self.database, self.cache_name(locale));
        match self.engine {
            EngineName::Db => td_string!(locale, site.storage.engine_db, database),
            EngineName::CachedDb => {
                td_string!(locale, site.storage.engine_cached_db, cache, database)
            }
            EngineName::Cache => td_string!(locale, site.storage.engine_cache).into(),
            EngineName::File => td_string!(locale, site.storage.engine_file).into(),
            EngineName::Redis => td_string!(locale, site.storage.engine_redis).into(),
            EngineName::Memcached => td_string!(locale, site.storage.engine_memcached).into(),
            EngineName::SignedCookies => {
                td_string!(locale, site.storage.engine_signed_cookies).into()
            }
        }
    }

    /// The server's part in keeping a session.
    pub fn at_server(self, locale: Locale) -> &'static str {
        match (self.engine, self.cache) {
            (EngineName::Cache, _) => td_string!(locale, site.storage.server_keeps),
            (EngineName::CachedDb, CacheName::Local) => {
                td_string!(locale, site.storage.server_caches)
            }
            (EngineName::SignedCookies, _) => td_string!(locale, site.storage.server_verifies),
            _ => td_string!(locale, site.storage.server_looks_up),
        }
    }

    /// The place of a session in the store.
    pub fn at_store(self, locale: Locale) -> String {
        let (database, cache) = (self.database, self.cache_name(locale));
        match (self.engine, self.cache) {
            (EngineName::Db, _) | (EngineName::CachedDb, CacheName::Local) => {
                td_string!(locale, site.storage.in_table, database)
            }
            (EngineName::CachedDb, _) => {
                td_string!(locale, site.storage.in_cache_and_table, cache, database)
            }
            (EngineName::File, _) => td_string!(locale, site.storage.in_file).into(),
            (EngineName::Redis, _) => td_string!(locale, site.storage.in_redis).into(),
            (EngineName::Memcached, _) => td_string!(locale, site.storage.in_memcached).into(),
            _ => td_string!(locale, site.storage.store_unused).into(),
        }
    }
}

/// As they stand in `Set-Cookie`, but for those that say how long it lives.
fn cookie_attributes(settings: &Settings) -> String {
    let domain = settings.session_cookie_domain.as_ref();
    let parts = [
        settings.session_cookie_httponly.then(|| "HttpOnly".to_owned()),
        Some(format!("SameSite={}", settings.session_cookie_samesite)),
        settings.session_cookie_secure.then(|| "Secure".to_owned()),
        Some(format!("Path={}", settings.session_cookie_path)),
        domain.map(|domain| format!("Domain={domain}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
