//! The session's cookie: found among the request's, written for the response.

use std::borrow::Cow;

use http::{HeaderMap, header::COOKIE};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::{Cookie, Expiration, SameSite};

/// The most bytes of name and value that browsers keep
/// ([RFC 6265bis, section 5.7](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-5.7)).
const LARGEST: usize = 4096;

/// A session that doesn't fit into its cookie.
#[derive(Debug, thiserror::Error)]
#[error(
    "the session takes {bytes} bytes as a cookie, name included, and browsers keep {LARGEST}; \
     nothing was changed: keep less in it, or choose an engine that keeps sessions on the server"
)]
pub(crate) struct TooLarge {
    bytes: usize,
}

/// How the session's cookie looks.
#[derive(Debug, Clone)]
pub(crate) struct CookieRules {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) secure: bool,
    pub(crate) path: Cow<'static, str>,
    pub(crate) domain: Option<Cow<'static, str>>,
}

impl Default for CookieRules {
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

impl CookieRules {
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

    /// What stands under the cookie's name, in the browser's order. Names are compared byte for
    /// byte: only spaces and tabs are trimmed, so that no look-alike passes for a prefixed name.
    pub(crate) fn values_in<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        let name = self.name().as_bytes();
        headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
            .filter_map(move |pair| {
                let equals = pair.iter().position(|byte| *byte == b'=')?;
                let (its_name, value) = (trim(&pair[..equals]), trim(&pair[equals + 1..]));
                (its_name == name).then_some(value)
            })
    }

    /// `Set-Cookie` for a session; an `age` of `None` ends with the browser.
    ///
    /// # Errors
    /// If browsers would drop the cookie without a word, because name and value are too long.
    pub(crate) fn set(
        &self,
        value: &str,
        age: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<String, TooLarge> {
        if value.len() > self.room() {
            let bytes = self.name().len() + value.len();
            return Err(TooLarge { bytes });
        }
        let mut cookie = self.bare(value);
        if let Some(age) = age {
            cookie.set_max_age(age);
            cookie.set_expires(Expiration::from(now.saturating_add(age)));
        }
        Ok(cookie.to_string())
    }

    /// `Set-Cookie` that makes the browser forget the cookie.
    pub(crate) fn removed(&self) -> String {
        let mut cookie = self.bare("");
        cookie.set_max_age(Duration::ZERO);
        cookie.set_expires(Expiration::from(OffsetDateTime::UNIX_EPOCH));
        cookie.to_string()
    }

    fn bare<'a>(&'a self, value: &'a str) -> Cookie<'a> {
        let mut cookie = Cookie::build((self.name(), value))
            .path(&*self.path)
            .http_only(self.http_only)
            .secure(self.secure)
            .same_site(self.same_site)
            .build();
        if let Some(domain) = &self.domain {
            cookie.set_domain(&**domain);
        }
        cookie
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !is_space(byte));
    let end = bytes.iter().rposition(|byte| !is_space(byte));
    match (start, end) {
        (Some(start), Some(end)) => &bytes[start..=end],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::key::SessionKey;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz012345";
    const OTHER: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

    fn found(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(COOKIE, HeaderValue::from_bytes(header.as_bytes()).unwrap());
        }
        let key = CookieRules::default()
            .values_in(&map)
            .find_map(SessionKey::parse)?;
        Some(key.expose().to_owned())
    }

    #[test]
    fn the_key_is_found_among_other_cookies() {
        let ours = format!("__Host-sessionid={KEY}");
        for headers in [
            vec![ours.clone()],
            vec![format!("a=b; {ours};c")],
            vec!["a=b".into(), format!(" {ours} ")],
            vec![format!("__Host-sessionid=bad; {ours}")],
            vec![format!("{ours}; __Host-sessionid={OTHER}")],
        ] {
            let headers: Vec<_> = headers.iter().map(String::as_str).collect();
            assert_eq!(found(&headers).as_deref(), Some(KEY), "{headers:?}");
        }
    }

    #[test]
    fn look_alikes_are_not_ours() {
        for header in [
            format!("\u{2000}__Host-sessionid={KEY}"),
            format!("__host-sessionid={KEY}"),
            format!("x__Host-sessionid={KEY}"),
            format!("sessionid={KEY}"),
            format!("__Host-sessionid=\"{KEY}\""),
            "__Host-sessionid".into(),
            ";;;=;".into(),
        ] {
            assert_eq!(found(&[&header]), None, "{header}");
        }
    }

    #[test]
    fn the_prefix_is_only_taken_where_browsers_accept_it() {
        let rules = CookieRules::default();
        assert_eq!(rules.name(), "__Host-sessionid");
        for rules in [
            CookieRules {
                secure: false,
                ..CookieRules::default()
            },
            CookieRules {
                path: "/app".into(),
                ..CookieRules::default()
            },
            CookieRules {
                domain: Some("example.com".into()),
                ..CookieRules::default()
            },
        ] {
            assert_eq!(rules.name(), "sessionid");
        }
    }
}
