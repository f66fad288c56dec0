//! In which language a request is answered, and in which colours.

use std::convert::Infallible;

use app::preferences::Preferences;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use huihua::Session;

/// What the sender of a request has chosen; where it has a session, that knows best.
#[derive(Debug, Clone, Copy)]
pub struct Chosen(pub Preferences);

impl<S: Sync> FromRequestParts<S> for Chosen {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let look = Preferences::of_cookies(|name| cookie(&parts.headers, name));
        Ok(Self(match parts.extensions.get::<Session>() {
            Some(session) if session.is_readable() => look.or_of(session).await,
            _ => look,
        }))
    }
}

/// The value of a cookie that this site sets; of several of that name, the browser's first.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(its_name, value)| (its_name == name).then_some(value))
        // Some clients put quotes around it.
        .map(|value| value.trim_matches('"'))
}
