//! Every setting, named as in Django, with its default and its meaning.
//!
//! [`SETTINGS`] is the table that environments, command lines and documentation share;
//! [`Settings`] is what it means once read.

mod check;
mod names;
mod redis;
mod source;
mod table;

use std::{
    borrow::Cow,
    env::{self, VarError},
    fmt,
};

use time::Duration;
use tower_sessions::cookie::SameSite;

use self::source::Source;
pub use self::{
    names::{CacheName, EngineName, StoredForm},
    redis::RedisSettings,
    source::refuse_python_list,
    table::{SETTINGS, Setting},
};
use crate::{
    cookie::CookieConfig,
    secret,
    signing::{MAX_BYTES, SecretKeys, Signer},
};

/// Django's two weeks.
pub(crate) const DEFAULT_COOKIE_AGE: Duration = Duration::weeks(2);
const DEFAULT_CACHE_TTL: Duration = Duration::seconds(5);
const DEFAULT_CACHE_MAX_BYTES: u64 = 256 * 1024 * 1024;
const DEFAULT_DATABASE_URL: &str = "sqlite:data/huihua.sqlite3";

/// A setting that can't be used, in one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    name: &'static str,
    problem: String,
    is_store_failure: bool,
}

impl SettingError {
    /// `problem` says what is wrong with the setting `name` and what it may be.
    pub fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self {
            name,
            problem: problem.into(),
            is_store_failure: false,
        }
    }

    /// Whether the store that the setting names has failed: it doesn't answer, or refuses. Another
    /// try may succeed with the same settings.
    pub fn is_store_failure(&self) -> bool {
        self.is_store_failure
    }

    #[cfg(feature = "redis")]
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    #[cfg(any(feature = "sql", feature = "redis", feature = "memcached"))]
    pub(crate) fn of_store(mut self) -> Self {
        self.is_store_failure = true;
        self
    }
}

/// Where the signing key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKeySource {
    /// It was set, and has this many characters.
    Set {
        /// Characters of the key.
        length: usize,
    },
    /// It was made once and is kept in `data/secret_key`.
    Kept,
}

/// The settings, read and checked.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "SETTINGS says what each means, under the same name"
)]
pub struct Settings {
    /// Whether `LEPTOS_ENV` says so.
    pub production: bool,
    pub session_enabled: bool,
    pub session_engine: EngineName,
    pub database_url: String,
    pub session_redis: RedisSettings,
    pub session_memcached_servers: Vec<String>,
    pub session_memcached_prefix: Option<String>,
    pub session_memcached_format: StoredForm,
    pub session_file_path: String,
    pub session_cache: CacheName,
    pub session_cache_ttl: Duration,
    pub session_cache_max_bytes: u64,
    /// The most bytes of JSON that a session may have: `SESSION_MAX_BYTES`.
    pub session_max_bytes: usize,
    /// `None`: made once, kept in `data/secret_key`.
    secret_key: Option<String>,
    secret_key_fallbacks: Vec<String>,
    /// `None`: see [`SETTINGS`].
    pub session_cookie_name: Option<String>,
    pub session_cookie_age: Duration,
    pub session_absolute_age: Option<Duration>,
    pub session_cookie_domain: Option<String>,
    pub session_cookie_path: String,
    pub session_cookie_httponly: bool,
    pub session_cookie_samesite: SameSite,
    pub session_cookie_secure: bool,
    pub session_expire_at_browser_close: bool,
    pub session_save_every_request: bool,
    pub session_hash_keys: bool,
}

impl Settings {
    /// Reads the settings, and `LEPTOS_ENV`, from wherever `lookup` finds a name's text. Text
    /// that is missing or empty leaves the default.
    ///
    /// ```
    /// use huihua::Settings;
    ///
    /// let settings = Settings::read(|name| (name == "SESSION_ENGINE").then(|| "cache".into()))?;
    /// assert!(settings.session_enabled);
    /// # Ok::<(), huihua::settings::SettingError>(())
    /// ```
    ///
    /// # Errors
    /// Names the first setting that can't be used, and says what it may be.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let source = Source::new(lookup);
        let production = source.production()?;
        source.check_lists(&[
            "SESSION_MEMCACHED_SERVERS",
            "SESSION_REDIS_CLUSTER",
            "SESSION_REDIS_SENTINELS",
            "SESSION_REDIS_SENTINEL_LIST",
        ])?;
        let fallbacks = source.text("SECRET_KEY_FALLBACKS").unwrap_or_default();
        refuse_python_list("SECRET_KEY_FALLBACKS", &fallbacks)?;
        let settings = Self {
            production,
            session_enabled: source.switch("SESSION_ENABLED", true)?,
            session_engine: source.parsed("SESSION_ENGINE", EngineName::Db)?,
            database_url: source
                .text("DATABASE_URL")
                .unwrap_or(DEFAULT_DATABASE_URL.into()),
            session_redis: RedisSettings::read(&source)?,
            session_memcached_servers: source
                .list("SESSION_MEMCACHED_SERVERS")
                .unwrap_or_else(|| vec!["localhost:11211".into()]),
            session_memcached_prefix: source.maybe_empty("SESSION_MEMCACHED_PREFIX"),
            session_memcached_format: source
                .parsed("SESSION_MEMCACHED_FORMAT", StoredForm::Payload)?,
            session_file_path: source
                .text("SESSION_FILE_PATH")
                .unwrap_or("data/sessions".into()),
            session_cache: source.parsed("SESSION_CACHE", CacheName::Local)?,
            session_cache_ttl: source.seconds("SESSION_CACHE_TTL", DEFAULT_CACHE_TTL)?,
            session_cache_max_bytes: source.bytes(
                "SESSION_CACHE_MAX_BYTES",
                DEFAULT_CACHE_MAX_BYTES,
                1024 * 1024,
            )?,
            session_max_bytes: source.bytes("SESSION_MAX_BYTES", MAX_BYTES, 1024)?,
            secret_key: source.secret("SECRET_KEY"),
            secret_key_fallbacks: source.secrets("SECRET_KEY_FALLBACKS"),
            session_cookie_name: source.text("SESSION_COOKIE_NAME"),
            session_cookie_age: source.seconds("SESSION_COOKIE_AGE", DEFAULT_COOKIE_AGE)?,
            session_absolute_age: match source.text("SESSION_ABSOLUTE_AGE") {
                Some(_) => Some(source.seconds("SESSION_ABSOLUTE_AGE", DEFAULT_COOKIE_AGE)?),
                None => None,
            },
            session_cookie_domain: source.text("SESSION_COOKIE_DOMAIN"),
            session_cookie_path: source.text("SESSION_COOKIE_PATH").unwrap_or("/".into()),
            session_cookie_httponly: source.switch("SESSION_COOKIE_HTTPONLY", true)?,
            session_cookie_samesite: source.same_site("SESSION_COOKIE_SAMESITE")?,
            session_cookie_secure: source.switch("SESSION_COOKIE_SECURE", production)?,
            session_expire_at_browser_close: source
                .switch("SESSION_EXPIRE_AT_BROWSER_CLOSE", false)?,
            session_save_every_request: source.switch("SESSION_SAVE_EVERY_REQUEST", false)?,
            session_hash_keys: source.switch("SESSION_HASH_KEYS", true)?,
        };
        settings.check_cookie()?;
        settings.check_shared_form()?;
        Ok(settings)
    }

    /// Reads the settings from the environment.
    ///
    /// # Errors
    /// As [`Settings::read`], or if a setting isn't UTF-8.
    pub fn from_env() -> Result<Self, SettingError> {
        let names = SETTINGS.iter().map(|setting| setting.name);
        for name in names.chain(["LEPTOS_ENV"]) {
            if let Err(VarError::NotUnicode(_)) = env::var(name) {
                return Err(SettingError::new(name, "isn't UTF-8"));
            }
        }
        Self::read(|name| env::var(name).ok())
    }

    /// `SECRET_KEY` and its fallbacks. Without a `SECRET_KEY`, the one in `data/secret_key`,
    /// which is made if it isn't there yet and which only its owner may read.
    ///
    /// # Errors
    /// If the key is empty, or that file can't be read or made.
    pub fn secret_keys(&self) -> Result<SecretKeys, SettingError> {
        let secret_key = match &self.secret_key {
            Some(secret_key) => secret_key.clone(),
            None => secret::kept_key().map_err(|why| SettingError::new("SECRET_KEY", why))?,
        };
        // A site that moves here from Django has the key that it has; `huihua doctor` warns of it.
        SecretKeys::allow_short(secret_key)
            .and_then(|keys| keys.with_fallbacks(self.secret_key_fallbacks.clone()))
            .map_err(|why| SettingError::new("SECRET_KEY", why.to_string()))
    }

    /// Signs and opens payloads for one salt, as the layer does.
    ///
    /// # Errors
    /// As [`Settings::secret_keys`].
    pub fn signer(&self, salt: &str) -> Result<Signer, SettingError> {
        let signer = Signer::new(&self.secret_keys()?, salt);
        Ok(signer.with_max_bytes(self.session_max_bytes))
    }

    /// Where the signing key comes from: for the operator's tools.
    pub fn secret_key_source(&self) -> SecretKeySource {
        match &self.secret_key {
            Some(key) => SecretKeySource::Set {
                length: key.chars().count(),
            },
            None => SecretKeySource::Kept,
        }
    }

    /// How many characters the shortest of the fallbacks has; `None`: there are none.
    pub fn shortest_fallback(&self) -> Option<usize> {
        let lengths = self.secret_key_fallbacks.iter();
        lengths.map(|key| key.chars().count()).min()
    }

    /// The name of the session's cookie.
    pub fn cookie_name(&self) -> String {
        self.cookie_config().name().to_owned()
    }

    pub(crate) fn cookie_config(&self) -> CookieConfig {
        CookieConfig {
            name: self.session_cookie_name.clone().map(Cow::Owned),
            http_only: self.session_cookie_httponly,
            same_site: self.session_cookie_samesite,
            secure: self.session_cookie_secure,
            path: self.session_cookie_path.clone().into(),
            domain: self.session_cookie_domain.clone().map(Cow::Owned),
        }
    }
}

impl fmt::Debug for Settings {
    /// The addresses of stores may hold passwords, and the keys are secret: none is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("session_engine", &self.session_engine)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn the_defaults_are_djangos() {
        let settings = read(&[("DATABASE_URL", "")]).unwrap();
        assert!(settings.session_enabled && settings.session_hash_keys);
        assert_eq!(settings.session_engine, EngineName::Db);
        assert_eq!(settings.database_url, "sqlite:data/huihua.sqlite3");
        assert_eq!(settings.session_cookie_age, Duration::seconds(1_209_600));
        assert_eq!(settings.session_cookie_samesite, SameSite::Lax);
        assert_eq!(settings.cookie_config().name(), "sessionid");
        assert!(!settings.session_cookie_secure && settings.session_cookie_httponly);
    }

    #[test]
    fn production_is_secure() {
        for spelling in ["PROD", "prod", "production", "Production", " PROD "] {
            let settings = read(&[("LEPTOS_ENV", spelling)]).unwrap();
            assert!(settings.production && settings.session_cookie_secure);
            assert_eq!(settings.cookie_config().name(), "__Host-sessionid");
        }
        for spelling in ["DEV", "development", "", " "] {
            let settings = read(&[("LEPTOS_ENV", spelling)]).unwrap();
            assert!(!settings.production && !settings.session_cookie_secure);
        }
    }

    #[test]
    fn no_text_that_is_not_understood_passes() {
        for (name, texts) in [
            (
                "LEPTOS_ENV",
                &["PRDO", "staging", "true", "1", "PROD,", "P ROD"][..],
            ),
            ("SESSION_COOKIE_SECURE", &["ture", "2", "-1", "none", "o n"]),
            ("SESSION_COOKIE_HTTPONLY", &["flase", "tru e"]),
            ("SESSION_COOKIE_SAMESITE", &["Lax;", "strictt", "true"]),
            (
                "SESSION_COOKIE_AGE",
                &["0", "-1", "1.5", "4294967296", "14d", "1e3", "٣"],
            ),
            ("SESSION_ABSOLUTE_AGE", &["0", "-1", "none", "1 000"]),
            ("SESSION_CACHE_TTL", &["0", "5s"]),
            (
                "SESSION_CACHE_MAX_BYTES",
                &["-1", "0", "1000", "256MB", "18446744073709551616"],
            ),
            ("SESSION_ENGINE", &["DB", "db,", "database"]),
            ("SESSION_CACHE", &["Local", "none"]),
            ("SESSION_MEMCACHED_SERVERS", &[",", " , "]),
            ("SESSION_REDIS_CLUSTER", &[",", "['a:1']"]),
            (
                "SECRET_KEY_FALLBACKS",
                &[
                    "['abc']",
                    " [ \"abc\", 'd' ] ",
                    "('abc',)",
                    "[]",
                    "None",
                    "['old', None]",
                    "[\t'old'\r]",
                    "[b'old']",
                    "[\n'abc']",
                ],
            ),
            ("SESSION_REDIS_SENTINELS", &[", ,", "[('a', 1)]"]),
            (
                "SESSION_COOKIE_NAME",
                &["a\nb", "a;b", "a\0b", "名", "a=b", "a,b"],
            ),
            (
                "SESSION_COOKIE_PATH",
                &["app", "/a\nb", "/a;b", "/a\0b", "/路", "/a b"],
            ),
            (
                "SESSION_COOKIE_DOMAIN",
                &[
                    "a\r\nb",
                    "a;b",
                    "a\0b",
                    "例子.cn",
                    "a:80",
                    ".",
                    "a..b",
                    "a b",
                    "a.b/",
                    "a.",
                ],
            ),
        ] {
            for text in texts {
                let refused = read(&[(name, *text)]).map(drop).unwrap_err().to_string();
                assert!(refused.starts_with(name), "{name}={text:?}: {refused}");
                assert_eq!(refused.lines().count(), 1, "{refused}");
            }
        }
        let domain = |text| read(&[("SESSION_COOKIE_DOMAIN", text)]).is_ok();
        assert!(domain(".example.com") && domain("localhost") && domain("xn--fsqu00a.xn--0zwm56d"));
    }

    #[test]
    fn a_secret_key_is_taken_as_it_is() {
        let settings = read(&[("SECRET_KEY", " a ")]).unwrap();
        let length = SecretKeySource::Set { length: 3 };
        assert_eq!(settings.secret_key_source(), length);
        let settings = read(&[("SECRET_KEY_FALLBACKS", "long-enough,short,,")]).unwrap();
        assert_eq!(settings.shortest_fallback(), Some(5));
        let settings =
            read(&[("SECRET_KEY", "new"), ("SECRET_KEY_FALLBACKS", "old, a , ")]).unwrap();
        let signer = settings.signer("salt").unwrap();
        for key in [" a ", "a", "old"] {
            let then = read(&[("SECRET_KEY", key)])
                .unwrap()
                .signer("salt")
                .unwrap();
            assert!(
                signer
                    .verify(&then.sign("{}", OffsetDateTime::UNIX_EPOCH))
                    .is_ok(),
                "{key:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (pairs, message) in [
            (
                [("SESSION_COOKIE_AGE", "soon")],
                "SESSION_COOKIE_AGE: \"soon\" is not a number of seconds from 1 to 4294967295",
            ),
            (
                [("SESSION_ENABLED", "maybe")],
                "SESSION_ENABLED: \"maybe\" is neither true nor false",
            ),
            (
                [("SESSION_ENGINE", "floppy")],
                "SESSION_ENGINE: there is no engine \"floppy\"; there are: db, cache, cached_db, \
                 file, signed_cookies, redis, memcached",
            ),
            (
                [("SESSION_COOKIE_SAMESITE", "none")],
                "SESSION_COOKIE_SAMESITE: is None, so browsers want it Secure",
            ),
            (
                [("SESSION_COOKIE_NAME", "a b")],
                "SESSION_COOKIE_NAME: may only have letters, digits and !#$%&'*+-.^_`|~, 200 at most",
            ),
            (
                [("SESSION_COOKIE_PATH", "app")],
                "SESSION_COOKIE_PATH: has to begin with / and hold no semicolon, space or character \
                 beyond ASCII",
            ),
        ] {
            assert_eq!(read(&pairs).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn redis_is_named_as_in_settings_py() {
        let dict = r#"{"host":"r","port":7,"db":2,"password":"p w","socket_timeout":1}"#;
        let redis = read(&[("SESSION_REDIS", dict)]).unwrap().session_redis;
        assert_eq!(redis.url(), "redis://:p%20w@r:7/2");
        // What django-redis-sessions does without one.
        assert_eq!(redis.prefix.as_deref(), Some(""));
        let redis = read(&[
            ("SESSION_REDIS", dict),
            ("SESSION_REDIS_HOST", "h"),
            ("SESSION_REDIS_PREFIX", "session"),
            ("SESSION_REDIS_SENTINEL_MASTER_ALIAS", "m"),
        ]);
        let redis = redis.unwrap().session_redis;
        assert_eq!((redis.host.as_str(), redis.port), ("h", 7));
        assert_eq!(redis.prefix.as_deref(), Some("session"));
        assert_eq!(redis.sentinel_master, "m");
        let socket = ("SESSION_REDIS_UNIX_DOMAIN_SOCKET_PATH", "/run/redis");
        let redis = read(&[socket]).unwrap().session_redis;
        assert_eq!(redis.url(), "redis+unix:///run/redis?db=0");
        assert_eq!(redis.prefix, None);
        let broken = read(&[("SESSION_REDIS", "{'password': 'hush'}")]).unwrap_err();
        assert!(!broken.to_string().contains("hush"), "{broken}");
    }

    #[test]
    fn the_form_of_djangos_cache_needs_keys_as_they_are() {
        let form = ("SESSION_REDIS_FORMAT", "django-cache");
        let refused = read(&[("SESSION_ENGINE", "redis"), form]).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("SESSION_HASH_KEYS: has to be false")
        );
        assert!(read(&[form]).is_ok());
        assert!(
            read(&[
                ("SESSION_ENGINE", "redis"),
                form,
                ("SESSION_HASH_KEYS", "False")
            ])
            .is_ok()
        );
    }

    #[test]
    fn a_prefix_that_browsers_would_refuse_is_refused_first() {
        assert!(read(&[("SESSION_COOKIE_NAME", "__Host-id")]).is_err());
        assert!(
            read(&[
                ("SESSION_COOKIE_NAME", "__Host-id"),
                ("SESSION_COOKIE_SECURE", "True"),
            ])
            .is_ok()
        );
    }
}
