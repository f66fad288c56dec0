//! The server function that changes the language and the theme.

use leptos::prelude::*;

use super::FormError;

/// Chooses the language, or light and dark, and goes back to the page where that was done.
///
/// The choice is kept in a cookie, because most visitors have no session; the language is kept
/// in the session as well, if there is one.
#[server(prefix = "/preferences", endpoint = "/")]
pub async fn prefer(
    #[server(default)] language: String,
    #[server(default)] theme: String,
    #[server(default)] next: String,
) -> Result<(), FormError> {
    use crate::{
        locale::{code, from_code},
        preferences::{LANGUAGE_COOKIE, LANGUAGE_SESSION_KEY, THEME_COOKIE, Theme},
        safe_redirect::safe_redirect,
    };

    if let Some(locale) = from_code(&language) {
        keep(LANGUAGE_COOKIE, code(locale));
        match super::session().await {
            Ok(session) if session.id().is_some() => {
                session.insert(LANGUAGE_SESSION_KEY, code(locale)).await?;
            }
            Ok(_) | Err(FormError::SessionsOff) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(theme) = Theme::from_name(&theme) {
        keep(THEME_COOKIE, theme.name());
    }
    leptos_axum::redirect(&safe_redirect(&next));
    Ok(())
}

/// Sets a cookie that a browser keeps for a year.
#[cfg(feature = "ssr")]
fn keep(name: &'static str, value: &'static str) {
    use axum::http::{HeaderValue, header};
    use axum_extra::extract::cookie::{Cookie, SameSite};
    use time::Duration;

    use crate::site::Site;

    let Site { secure, .. } = expect_context();
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365));
    if let Ok(cookie) = HeaderValue::try_from(cookie.build().to_string()) {
        expect_context::<leptos_axum::ResponseOptions>().append_header(header::SET_COOKIE, cookie);
    }
}
