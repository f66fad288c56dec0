use http::{HeaderValue, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

use super::{ActionError, place::place, session};
use crate::{
    document::Site,
    locale::{code, named},
    preferences::{LANGUAGE_COOKIE, LANGUAGE_SESSION_KEY, THEME_COOKIE, Theme},
};

/// How long a browser keeps what was chosen.
const KEPT: Duration = Duration::days(365);

/// Chooses the language, or light and dark, and goes back to the page where that was done.
///
/// The choice is kept in a cookie, because most visitors have no session; the language is kept
/// in the session as well, if there is one.
#[server(prefix = "/preferences", endpoint = "/")]
pub async fn prefer(
    language: Option<String>,
    theme: Option<String>,
    next: Option<String>,
) -> Result<(), ActionError> {
    let response: ResponseOptions = expect_context();
    let Site { secure, .. } = expect_context();
    let keep = |name: &'static str, value: &'static str| {
        let cookie = Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .max_age(KEPT);
        if let Ok(cookie) = HeaderValue::try_from(cookie.build().to_string()) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    };
    if let Some(language) = language.as_deref().and_then(named) {
        keep(LANGUAGE_COOKIE, code(language));
        match session().await {
            Ok(session) if session.id().is_some() => {
                session.insert(LANGUAGE_SESSION_KEY, code(language)).await?;
            }
            Ok(_) | Err(ActionError::SessionsOff) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(theme) = theme.as_deref().and_then(Theme::named) {
        keep(THEME_COOKIE, theme.name());
    }
    leptos_axum::redirect(&place(next.as_deref().unwrap_or_default()));
    Ok(())
}
