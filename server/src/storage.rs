//! The storage of sessions, for the picture that their owners see of it.

use app::storage::StorageInfo;
use huihua::Settings;

pub(crate) fn of(settings: &Settings) -> StorageInfo {
    StorageInfo {
        engine: settings.session_engine,
        cache: settings.session_cache,
        database: match settings.database_url.split(':').next() {
            Some("postgres" | "postgresql") => "PostgreSQL",
            Some("mysql" | "mariadb") => "MySQL",
            _ => "SQLite",
        },
        cookie_name: settings.cookie_name().leak(),
        cookie_attributes: attributes(settings).leak(),
    }
}

/// As they stand in `Set-Cookie`, but for those that say how long it lives.
fn attributes(settings: &Settings) -> String {
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
