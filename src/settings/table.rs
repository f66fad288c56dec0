//! The table that environments, command lines and documentation share.

pub(super) const DEFAULT_DATABASE_URL: &str = "sqlite:data/huihua.sqlite3";
pub(super) const DEFAULT_CACHE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// One setting: an environment variable, and a flag of the same name.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name, as in the environment.
    pub name: &'static str,
    /// Its default, for people to read.
    pub default: &'static str,
    /// Its meaning, in one line.
    pub meaning: &'static str,
}

/// The table: each name, its default and its meaning.
macro_rules! settings {
    ($($name:literal, $default:expr, $meaning:literal;)*) => {
        &[$(Setting {
            name: $name,
            default: $default,
            meaning: $meaning,
        }),*]
    };
}

/// All settings of the library.
pub const SETTINGS: &[Setting] = settings! {
    "SESSION_ENABLED", "true", "false takes sessions out: pages work, nobody can log in";
    "SESSION_ENGINE", "db",
        "where sessions are kept: db, cache, cached_db, file, signed_cookies, redis or memcached";
    "DATABASE_URL", DEFAULT_DATABASE_URL,
        "the database: sqlite:PATH (made, with its folder), postgres://… or mysql://…";
    "SESSION_REDIS_HOST", "localhost", "the host of Redis, or the path of its socket";
    "SESSION_REDIS_PORT", "6379", "its port";
    "SESSION_REDIS_DB", "0", "the number of its database";
    "SESSION_REDIS_USER", "none", "the name of an ACL user of Redis";
    "SESSION_REDIS_PASSWORD", "none", "its password";
    "SESSION_REDIS_PREFIX", "session",
        "what the names of sessions begin with in Redis, before a colon; may be set to nothing";
    "SESSION_REDIS_FORMAT", "payload",
        "payload (as django-redis-sessions) or django-cache (as Django's own cache engines; the prefix \
         is then the KEY_PREFIX of Django's cache, by default none)";
    "SESSION_REDIS_URL", "none",
        "instead of host, port, database, user and password: redis://, rediss:// or redis+unix://";
    "SESSION_REDIS_CLUSTER", "none", "nodes of a Redis Cluster, comma-separated: host:port";
    "SESSION_REDIS_SENTINELS", "none", "Redis Sentinels, comma-separated: host:port";
    "SESSION_REDIS_SENTINEL_USER", "none", "the name of an ACL user of the Sentinels";
    "SESSION_REDIS_SENTINEL_PASSWORD", "none", "its password, or that of the Sentinels";
    "SESSION_REDIS_SENTINEL_MASTER", "mymaster", "the name by which the Sentinels know the master";
    "SESSION_REDIS", "none",
        "host, port, db, username, password, prefix, url and unix_domain_socket_path as one JSON object, \
         as django-redis-sessions 0.6 has them; the settings above win over it";
    "SESSION_REDIS_UNIX_DOMAIN_SOCKET_PATH", "none",
        "django-redis-sessions' name for a SESSION_REDIS_HOST that is a socket";
    "SESSION_REDIS_SENTINEL_LIST", "none", "django-redis-sessions' name for SESSION_REDIS_SENTINELS";
    "SESSION_REDIS_SENTINEL_MASTER_ALIAS", "none",
        "django-redis-sessions' name for SESSION_REDIS_SENTINEL_MASTER";
    "SESSION_MEMCACHED_SERVERS", "localhost:11211", "memcached servers, comma-separated: host:port";
    "SESSION_MEMCACHED_PREFIX", "session",
        "what the names of sessions begin with in memcached, before a colon; may be set to nothing";
    "SESSION_MEMCACHED_FORMAT", "payload", "payload, or django-cache as for Redis";
    "SESSION_FILE_PATH", "data/sessions", "folder of the file engine; it is made";
    "SESSION_CACHE", "local", "what cached_db caches in: local, redis or memcached";
    "SESSION_CACHE_TTL", "5", "seconds after which cached_db asks the database again";
    "SESSION_CACHE_MAX_BYTES", "268435456", "bytes of memory that sessions in a local cache may take";
    "SESSION_MAX_BYTES", "1048576",
        "bytes of JSON that a session may have, written or read; a larger one is refused and logged";
    "SECRET_KEY", "made once, kept in data/secret_key", "the key that signs sessions";
    "SECRET_KEY_FALLBACKS", "none", "earlier keys, comma-separated: they verify, but don't sign";
    "SESSION_COOKIE_NAME", "sessionid, or __Host-sessionid where Secure, Path=/ and no Domain",
        "name of the cookie";
    "SESSION_COOKIE_AGE", "1209600", "seconds that a session lasts after its last change";
    "SESSION_ABSOLUTE_AGE", "none",
        "seconds after its login at which a session ends, whatever else holds for it";
    "SESSION_COOKIE_DOMAIN", "none", "domain of the cookie; none: only the host that set it";
    "SESSION_COOKIE_PATH", "/", "path of the cookie";
    "SESSION_COOKIE_HTTPONLY", "true", "whether scripts are kept from the cookie";
    "SESSION_COOKIE_SAMESITE", "Lax", "which requests from other sites bring the cookie: Strict, Lax or None";
    "SESSION_COOKIE_SECURE", "true if LEPTOS_ENV=PROD, else false",
        "whether the cookie is only sent over HTTPS";
    "SESSION_EXPIRE_AT_BROWSER_CLOSE", "false", "whether sessions that choose nothing end with the browser";
    "SESSION_SAVE_EVERY_REQUEST", "false", "whether every request writes its session";
    "SESSION_HASH_KEYS", "true",
        "whether keys are hashed before they are stored; sharing with Django needs false";
};
