use tower_sessions::cookie::SameSite;

use super::{CacheName, EngineName, SettingError, Settings, StoredForm};

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

    /// Whatever a browser would refuse, it would refuse in silence: nobody could log in.
    pub(super) fn check_cookie(&self) -> Result<(), SettingError> {
        let secure = self.session_cookie_secure;
        let host_only = self.session_cookie_domain.is_none() && self.session_cookie_path == "/";
        let name = self.session_cookie_name.as_deref().unwrap_or("sessionid");
        let lower = name.to_ascii_lowercase();
        let problem = |name, text: &str| Err(SettingError::new(name, text));
        if !name.bytes().all(is_token) {
            return problem(
                "SESSION_COOKIE_NAME",
                "may only have letters, digits and !#$%&'*+-.^_`|~",
            );
        }
        if lower.starts_with("__host-") && !(secure && host_only) {
            return problem(
                "SESSION_COOKIE_NAME",
                "begins with __Host-, so browsers want SESSION_COOKIE_SECURE=true, \
                 SESSION_COOKIE_PATH=/ and no SESSION_COOKIE_DOMAIN",
            );
        }
        if lower.starts_with("__secure-") && !secure {
            return problem(
                "SESSION_COOKIE_NAME",
                "begins with __Secure-, so browsers want SESSION_COOKIE_SECURE=true",
            );
        }
        if self.session_cookie_samesite == SameSite::None && !secure {
            return problem(
                "SESSION_COOKIE_SAMESITE",
                "is None, so browsers want SESSION_COOKIE_SECURE=true",
            );
        }
        let path = &self.session_cookie_path;
        if !path.starts_with('/') || path.bytes().any(|byte| byte == b';' || !is_printable(byte)) {
            return problem(
                "SESSION_COOKIE_PATH",
                "has to begin with / and hold no semicolon or space",
            );
        }
        if !self.session_cookie_domain.as_deref().is_none_or(is_host) {
            return problem(
                "SESSION_COOKIE_DOMAIN",
                "has to be the name of a host, such as example.com",
            );
        }
        Ok(())
    }
}

/// Whether browsers may take `domain` for a host's name. A dot before it is an older way to write it.
fn is_host(domain: &str) -> bool {
    let mut labels = domain.strip_prefix('.').unwrap_or(domain).split('.');
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    labels.all(|label| !label.is_empty() && label.bytes().all(is_of_label))
}

/// The characters of an HTTP token, which a cookie's name is made of.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~')
}
