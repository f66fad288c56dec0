//! Server functions that change the keys and values of a session.

use leptos::prelude::*;

use super::FormError;

/// Writes a key of the session. Django's `session[key] = value`.
#[server(prefix = "/session/set", endpoint = "/")]
pub async fn set_entry(
    #[server(default)] key: String,
    #[server(default)] value: String,
    #[server(default)] kind: String,
) -> Result<(), FormError> {
    use crate::{
        current_user::is_protected,
        form::{self, FieldError, FormErrors, MOST_KEYS},
    };

    let session = super::session_of_user().await?;
    let (key, value) = match (form::key_of_user(&key), form::value(&kind, &value)) {
        (Ok(key), Ok(value)) => (key, value),
        (key, value) => {
            let errors = [("key", key.err()), ("value", value.err())];
            return Err(FormErrors::of_fields(errors))?;
        }
    };
    let keys = session.keys().await?;
    let of_user = keys.iter().filter(|key| !is_protected(key)).count();
    if of_user >= MOST_KEYS && !keys.iter().any(|there| there == key) {
        return Err(FormErrors::of("key", FieldError::TooMany))?;
    }
    let before = session.get_value(key).await?;
    session.insert_value(key, value).await?;
    if !session.fits().await? {
        // A value that is refused leaves the session as it was.
        if let Some(value) = before {
            session.insert_value(key, value).await?;
        } else {
            session.remove_value(key).await?;
        }
        return Err(FormErrors::of("value", FieldError::TooLarge))?;
    }
    leptos_axum::redirect(DICTIONARY);
    Ok(())
}

/// Removes a key of the session. Django's `del session[key]`, without the `KeyError`.
#[server(prefix = "/session/delete", endpoint = "/")]
pub async fn delete_entry(#[server(default)] key: String) -> Result<(), FormError> {
    use crate::form::{self, FormErrors};

    let session = super::session_of_user().await?;
    let key = form::key_of_user(&key).map_err(|error| FormErrors::of("key", error))?;
    session.remove_value(key).await?;
    leptos_axum::redirect(DICTIONARY);
    Ok(())
}

/// Removes every key, also the user's name. The session stays. Django's `session.clear()`.
#[server(prefix = "/session/clear", endpoint = "/")]
pub async fn clear_entries() -> Result<(), FormError> {
    super::session_of_user().await?.clear().await;
    leptos_axum::redirect("/");
    Ok(())
}

/// Ends the session. Django's `session.flush()`.
#[server(prefix = "/session/flush", endpoint = "/")]
pub async fn flush_session() -> Result<(), FormError> {
    super::session_of_user().await?.flush().await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// The part of the first page that shows what is in the session.
#[cfg(feature = "ssr")]
const DICTIONARY: &str = "/#dictionary";
