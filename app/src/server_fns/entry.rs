use huihua::Session;
use leptos::prelude::*;

use super::{ActionError, session};
use crate::{
    current_user::CurrentUser,
    form::{FieldError, FormErrors, FormInput, MOST_KEYS, is_protected},
};

/// Where a visitor is who has changed their session.
const DICTIONARY: &str = "/#dictionary";

/// Writes a key of the session. Django's `session[key] = value`.
#[server(prefix = "/session/set", endpoint = "/")]
pub async fn set_entry(
    key: Option<String>,
    value: Option<String>,
    kind: Option<String>,
) -> Result<(), ActionError> {
    let session = of_visitor().await?;
    let typed = FormInput {
        key: key.unwrap_or_default(),
        value: value.unwrap_or_default(),
        kind: kind.unwrap_or_default(),
        ..FormInput::default()
    };
    let (key, value) = match (typed.key_of_visitor(), typed.value()) {
        (Ok(key), Ok(value)) => (key, value),
        (key, value) => {
            return Err(ActionError::Form(FormErrors {
                key: key.err(),
                value: value.err(),
                ..FormErrors::default()
            }));
        }
    };
    let keys = session.keys().await?;
    let of_visitor = keys.iter().filter(|key| !is_protected(key)).count();
    if of_visitor >= MOST_KEYS && !keys.iter().any(|there| there == key) {
        return Err(ActionError::Form(FormErrors::of_key(FieldError::TooMany)));
    }
    let before = session.get_value(key).await?;
    session.insert_value(key, value).await?;
    if !session.fits().await? {
        // What is refused leaves the session as it was.
        if let Some(value) = before {
            session.insert_value(key, value).await?;
        } else {
            session.remove_value(key).await?;
        }
        return Err(ActionError::Form(FormErrors::of_value(
            FieldError::TooLarge,
        )));
    }
    leptos_axum::redirect(DICTIONARY);
    Ok(())
}

/// Removes a key of the session. Django's `del session[key]`, without the `KeyError`.
#[server(prefix = "/session/delete", endpoint = "/")]
pub async fn delete_entry(key: Option<String>) -> Result<(), ActionError> {
    let session = of_visitor().await?;
    let typed = FormInput {
        key: key.unwrap_or_default(),
        ..FormInput::default()
    };
    let key = typed
        .key_of_visitor()
        .map_err(|wrong| ActionError::Form(FormErrors::of_key(wrong)))?;
    session.remove_value(key).await?;
    leptos_axum::redirect(DICTIONARY);
    Ok(())
}

/// Removes every key, also the visitor's name. The session stays. Django's `session.clear()`.
#[server(prefix = "/session/clear", endpoint = "/")]
pub async fn clear_entries() -> Result<(), ActionError> {
    of_visitor().await?.clear().await;
    leptos_axum::redirect("/");
    Ok(())
}

/// Ends the session. Django's `session.flush()`.
#[server(prefix = "/session/flush", endpoint = "/")]
pub async fn flush_session() -> Result<(), ActionError> {
    of_visitor().await?.flush().await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// The session of somebody who is logged in.
async fn of_visitor() -> Result<Session, ActionError> {
    let session = session().await?;
    match CurrentUser::of(&session).await? {
        Some(_) => Ok(session),
        None => Err(ActionError::NobodyHere),
    }
}
