//! Preferences: the language and the colours in which somebody reads the site.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::Cookie;
use huihua::Session;
use leptos::prelude::use_context;

use crate::locale::{Locale, from_code};

/// The cookie of the language: Django's `LANGUAGE_COOKIE_NAME`, so that a Django site beside this
/// one speaks the same.
pub const LANGUAGE_COOKIE: &str = "django_language";
/// The session's key of the language, as Django before 4.0 had it.
pub const LANGUAGE_SESSION_KEY: &str = "_language";
/// The cookie of the theme.
pub const THEME_COOKIE: &str = "theme";

/// The language and the theme of a page. An extractor: the session's language goes before the
/// cookies', and who has chosen none reads 简体中文 in the colours of their system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Preferences {
    /// The language.
    pub locale: Locale,
    /// The colours.
    pub theme: Theme,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the visitor's system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The preferences of the page that is being rendered.
pub fn preferences() -> Preferences {
    use_context().unwrap_or_default()
}

/// Its language.
pub fn locale() -> Locale {
    preferences().locale
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in forms, in the cookie and in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

impl Preferences {
    /// The choice in the cookies of a request. A value that the site doesn't know counts as none.
    pub fn from_cookies(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::COOKIE).iter();
        let cookies =
            lines.filter_map(|line| line.to_str().ok()).flat_map(Cookie::split_parse).flatten();
        let (mut locale, mut theme) = (None, None);
        // Of several of one name, the first is that of the longest path (RFC 6265, 5.4).
        for cookie in cookies {
            let value = cookie.value_trimmed();
            match cookie.name() {
                LANGUAGE_COOKIE => locale = locale.or(Some(from_code(value))),
                THEME_COOKIE => theme = theme.or(Some(Theme::from_name(value))),
                _ => {}
            }
        }
        Self {
            locale: locale.flatten().unwrap_or_default(),
            theme: theme.flatten().unwrap_or_default(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Preferences {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut preferences = Self::from_cookies(&parts.headers);
        if let Some(session) = parts.extensions.get::<Session>()
            && session.is_readable()
        {
            let kept = session.get_value(LANGUAGE_SESSION_KEY).await.ok().flatten();
            let locale = kept.as_ref().and_then(|code| from_code(code.as_str()?));
            preferences.locale = locale.unwrap_or(preferences.locale);
        }
        Ok(preferences)
    }
}

#[cfg(test)]
mod tests;
