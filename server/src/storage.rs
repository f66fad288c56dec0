//! The storage of sessions, for the picture that their owners see of it.

use app::storage::{Cache, Database, StorageInfo, StorageKind};
use huihua::{
    Settings,
    settings::{CacheName, EngineName},
};

pub(crate) fn of(settings: &Settings) -> StorageInfo {
    let database = match settings.database_url.split(':').next() {
        Some("postgres" | "postgresql") => Database::Postgres,
        Some("mysql" | "mariadb") => Database::Mysql,
        _ => Database::Sqlite,
    };
    let cache = match settings.session_cache {
        CacheName::Local => Cache::Local,
        CacheName::Redis => Cache::Redis,
        CacheName::Memcached => Cache::Memcached,
    };
    StorageInfo {
        kind: match settings.session_engine {
            EngineName::Db => StorageKind::InTable(database),
            EngineName::CachedDb => StorageKind::BehindCache(cache, database),
            EngineName::Cache => StorageKind::InMemory,
            EngineName::File => StorageKind::InFiles,
            EngineName::Redis => StorageKind::InRedis,
            EngineName::Memcached => StorageKind::InMemcached,
            EngineName::SignedCookies => StorageKind::InCookie,
        },
        cookie_name: settings.cookie_name().leak(),
        cookie_attributes: attributes(settings).leak(),
    }
}

/// As they stand in `Set-Cookie`, but for those that say how long it lives.
fn attributes(settings: &Settings) -> String {
    let domain = settings.session_cookie_domain.as_ref();
    let parts = [
        settings
            .session_cookie_httponly
            .then(|| "HttpOnly".to_owned()),
        Some(format!("SameSite={}", settings.session_cookie_samesite)),
        settings.session_cookie_secure.then(|| "Secure".to_owned()),
        Some(format!("Path={}", settings.session_cookie_path)),
        domain.map(|domain| format!("Domain={domain}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
