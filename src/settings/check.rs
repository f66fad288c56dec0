use super::{
    Settings,
    error::SettingError,
    names::{CacheName, EngineName, StoredForm},
};
use crate::cookie::CookiePart;

impl Settings {
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
    pub(super) fn check_shared_form(&self) -> Result<(), SettingError> {
        if self.stored_form() == StoredForm::DjangoCache && self.session_hash_keys {
            return Err(SettingError::new(
                "SESSION_HASH_KEYS",
                "has to be false where the format is django-cache: Django stores keys as they are",
            ));
        }
        Ok(())
    }

    pub(super) fn check_cookie(&self) -> Result<(), SettingError> {
        let setting = |part| match part {
            CookiePart::Name => "SESSION_COOKIE_NAME",
            CookiePart::Path => "SESSION_COOKIE_PATH",
            CookiePart::Domain => "SESSION_COOKIE_DOMAIN",
            CookiePart::SameSite => "SESSION_COOKIE_SAMESITE",
        };
        let checked = self.cookie_config().check();
        checked.map_err(|(part, why)| SettingError::new(setting(part), why))
    }
}
