//! The session's cookie: found among the request's, written for the response.

use std::borrow::Cow;

use ::cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use time::{Duration, OffsetDateTime};

use crate::engine::{Error, Result};

/// The most bytes of name and value that browsers keep
/// ([RFC 6265bis, section 5.7](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-5.7)).
const LARGEST: usize = 4096;
/// Leaves room for a key beside it, with much to spare.
const LONGEST_NAME: usize = 200;

/// The name and attributes of the session's cookie.
#[derive(Debug, Clone)]
pub(crate) struct CookieConfig {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) secure: bool,
    pub(crate) path: Cow<'static, str>,
    pub(crate) domain: Option<Cow<'static, str>>,
}

impl Default for CookieConfig {
    fn default() -> Self {
        Self {
            name: None,
            http_only: true,
            same_site: SameSite::Lax,
            secure: true,
            path: "/".into(),
            domain: None,
        }
    }
}

impl CookieConfig {
    /// The cookie's name. Where a browser would enforce it, the default has the prefix that
    /// keeps other hosts of the domain from setting it
    /// ([RFC 6265bis, section 4.1.3](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-4.1.3)).
    pub(crate) fn name(&self) -> &str {
        match &self.name {
            Some(name) => name,
            None if self.secure && self.path == "/" && self.domain.is_none() => "__Host-sessionid",
            None => "sessionid",
        }
    }

    /// Bytes that browsers keep of its value.
    pub(crate) fn room(&self) -> usize {
        LARGEST.saturating_sub(self.name().len())
    }

    /// The values under the cookie's name, in the browser's order, without the quotes that some clients put
    /// around them. Names are compared byte for byte: only spaces and tabs are trimmed, so that no look-alike
    /// passes for a prefixed name. (A header holds no other blanks of ASCII.)
    pub(crate) fn values_in<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        let name = self.name().as_bytes();
        headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
            .filter_map(move |pair| {
                let equals = pair.iter().position(|byte| *byte == b'=')?;
                let (its_name, value) =
                    (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
                (its_name == name).then(|| unquoted(value))
            })
    }

    /// `Set-Cookie` for a session; an `age` of `None` ends with the browser.
    ///
    /// # Errors
    /// When it can't stand in a header, which [`CookieConfig::check`] rules out.
    pub(crate) fn set(
        &self,
        value: &str,
        age: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<HeaderValue> {
        let mut cookie = Cookie::build((self.name(), value))
            .path(&*self.path)
            .http_only(self.http_only)
            .secure(self.secure)
            .same_site(self.same_site);
        if let Some(domain) = &self.domain {
            cookie = cookie.domain(&**domain);
        }
        if let Some(age) = age {
            cookie = cookie.max_age(age).expires(now.saturating_add(age));
        }
        HeaderValue::try_from(cookie.to_string())
            .map_err(|error| Error::because("writing the session's cookie", error))
    }

    /// `Set-Cookie` that makes the browser forget the cookie.
    ///
    /// # Errors
    /// As [`CookieConfig::set`].
    pub(crate) fn removed(&self) -> Result<HeaderValue> {
        self.set("", Some(Duration::ZERO), OffsetDateTime::UNIX_EPOCH)
    }

    /// Checks what a browser would refuse in silence, so that nobody could log in.
    ///
    /// # Errors
    /// When a part can't be used: which, and why.
    pub(crate) fn check(&self) -> Result<(), (CookiePart, &'static str)> {
        let name = self.name();
        let lower = name.to_ascii_lowercase();
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_token) {
            return Err((NAME, "may only have letters, digits and !#$%&'*+-.^_`|~, 200 at most"));
        }
        let host_only = self.domain.is_none() && self.path == "/";
        if lower.starts_with("__host-") && !(self.secure && host_only) {
            return Err((
                NAME,
                "begins with __Host-, so browsers want it Secure, with Path=/ and no Domain",
            ));
        }
        if lower.starts_with("__secure-") && !self.secure {
            return Err((NAME, "begins with __Secure-, so browsers want it Secure"));
        }
        let mut http_only = ["__http-", "__host-http-"].iter();
        if http_only.any(|prefix| lower.starts_with(prefix)) && !(self.secure && self.http_only) {
            return Err((
                NAME,
                "has -Http- in its prefix, so browsers want it Secure and HttpOnly",
            ));
        }
        if self.same_site == SameSite::None && !self.secure {
            return Err((SAME_SITE, "is None, so browsers want it Secure"));
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(stands_in_a_path) {
            return Err((
                PATH,
                "has to begin with / and hold no semicolon, space or character beyond ASCII",
            ));
        }
        if !self.domain.as_deref().is_none_or(is_host) {
            return Err((DOMAIN, "has to be the name of a host, such as example.com"));
        }
        Ok(())
    }
}

/// A part of the cookie that can't be used: its name, and that of its setting.
pub(crate) type CookiePart = (&'static str, &'static str);

const NAME: CookiePart = ("name", "SESSION_COOKIE_NAME");
const PATH: CookiePart = ("path", "SESSION_COOKIE_PATH");
const DOMAIN: CookiePart = ("domain", "SESSION_COOKIE_DOMAIN");
const SAME_SITE: CookiePart = ("SameSite", "SESSION_COOKIE_SAMESITE");

/// The characters of an HTTP token, which a cookie's name is made of.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn stands_in_a_path(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && byte != b';'
}

/// True if browsers may take `domain` for a host's name. A dot before it is an older way to write it.
fn is_host(domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_of_label);
    // Django's settings say `None` where there is none.
    domain.split('.').all(is_label) && !domain.eq_ignore_ascii_case("none")
}

/// Nothing of ours has to be escaped in quotes.
fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"");
    inner.and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests;
