//! Every setting, named as in Django, with its default and its meaning.
//!
//! [`SETTINGS`] is the table that environments, command lines and documentation share;
//! [`Settings`] is what it means once read.

mod error;
mod names;
mod open;
mod redis;
mod secret;
mod source;
mod table;

use std::{
    borrow::Cow,
    env::{self, VarError},
    fmt,
};

use ::cookie::SameSite;
use time::Duration;

pub use self::{
    error::SettingError,
    names::{CacheName, EngineName, StoredForm},
    redis::RedisSettings,
    source::refuse_python_list,
    table::{SETTINGS, Setting},
};
use self::{
    source::Source,
    table::{DEFAULT_CACHE_MAX_BYTES, DEFAULT_DATABASE_URL},
};
use crate::{
    cookie::CookieConfig,
    expiry::DEFAULT_COOKIE_AGE,
    signing::{MAX_BYTES, SecretKeys, Signer},
};

const DEFAULT_CACHE_TTL: Duration = Duration::seconds(5);

/// The source of the signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKeySource {
    /// It was set, and has this many characters.
    Set {
        /// Characters of the key.
        length: usize,
    },
    /// It was made once and is kept in `data/secret_key`.
    File,
}

/// The settings, read and checked.
#[derive(Clone)]
#[expect(missing_docs, reason = "SETTINGS says what each means, under the same name")]
pub struct Settings {
    /// True if `LEPTOS_ENV` says so.
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
    /// When a setting can't be used: the first such, and what it may be.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let source = Source(&lookup);
        let production = source.production()?;
        let settings = Self {
            production,
            session_enabled: source.switch("SESSION_ENABLED", true)?,
            session_engine: source.parsed("SESSION_ENGINE", EngineName::Db, EngineName::parse)?,
            database_url: source.text("DATABASE_URL").unwrap_or(DEFAULT_DATABASE_URL.into()),
            session_redis: RedisSettings::read(&source)?,
            session_memcached_servers: source
                .list("SESSION_MEMCACHED_SERVERS")?
                .unwrap_or_else(|| vec!["localhost:11211".into()]),
            session_memcached_prefix: source.maybe_empty("SESSION_MEMCACHED_PREFIX"),
            session_memcached_format: source.stored_form("SESSION_MEMCACHED_FORMAT")?,
            session_file_path: source.text("SESSION_FILE_PATH").unwrap_or("data/sessions".into()),
            session_cache: source.parsed("SESSION_CACHE", CacheName::Local, CacheName::parse)?,
            session_cache_ttl: source.seconds("SESSION_CACHE_TTL")?.unwrap_or(DEFAULT_CACHE_TTL),
            session_cache_max_bytes: source.bytes(
                "SESSION_CACHE_MAX_BYTES",
                DEFAULT_CACHE_MAX_BYTES,
                1024 * 1024,
            )?,
            session_max_bytes: source.bytes("SESSION_MAX_BYTES", MAX_BYTES, 1024)?,
            secret_key: source.secret("SECRET_KEY"),
            secret_key_fallbacks: source.secrets("SECRET_KEY_FALLBACKS")?,
            session_cookie_name: source.text("SESSION_COOKIE_NAME"),
            session_cookie_age: source.seconds("SESSION_COOKIE_AGE")?.unwrap_or(DEFAULT_COOKIE_AGE),
            session_absolute_age: source.seconds("SESSION_ABSOLUTE_AGE")?,
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
        let checked = settings.cookie_config().check();
        checked.map_err(|((_, setting), why)| SettingError::new(setting, why))?;
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
    /// When the key is empty, or that file can't be read or made.
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
        Ok(Signer::new(&self.secret_keys()?, salt).with_max_bytes(self.session_max_bytes))
    }

    /// The source of the signing key: for the operator's tools.
    pub fn secret_key_source(&self) -> SecretKeySource {
        match &self.secret_key {
            Some(key) => SecretKeySource::Set { length: key.chars().count() },
            None => SecretKeySource::File,
        }
    }

    /// The number of characters that the shortest of the fallbacks has; `None`: there are none.
    pub fn shortest_fallback(&self) -> Option<usize> {
        self.secret_key_fallbacks.iter().map(|key| key.chars().count()).min()
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

    /// The form of what the engine, or the cache of `cached_db`, has in Redis or memcached.
    pub(crate) fn stored_form(&self) -> StoredForm {
        match (self.session_engine, self.session_cache) {
            (EngineName::Redis, _) | (EngineName::CachedDb, CacheName::Redis) => {
                self.session_redis.format
            }
            (EngineName::Memcached, _) | (EngineName::CachedDb, CacheName::Memcached) => {
                self.session_memcached_format
            }
            _ => StoredForm::Payload,
        }
    }

    /// Django stores keys as they are, so hashed ones would never be found.
    fn check_shared_form(&self) -> Result<(), SettingError> {
        if self.stored_form() == StoredForm::DjangoCache && self.session_hash_keys {
            return Err(SettingError::new(
                "SESSION_HASH_KEYS",
                "has to be false where the format is django-cache: Django stores keys as they are",
            ));
        }
        Ok(())
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
mod tests;
