use leptos::prelude::*;

use super::{ActionError, session};
use crate::{
    current_user::CurrentUser,
    form::{FieldError, FormErrors, FormInput},
};

/// Chooses anew when the session ends, and goes to the first page. A `preset` says all of it in one
/// word: `idle-600`, `days-7`.
#[server(prefix = "/expiry", endpoint = "/")]
pub async fn change_expiry(
    preset: Option<String>,
    expiry: Option<String>,
    seconds: Option<String>,
    days: Option<String>,
) -> Result<(), ActionError> {
    let session = session().await?;
    if CurrentUser::of(&session).await?.is_none() {
        return Err(ActionError::NobodyHere);
    }
    let typed = match preset {
        Some(preset) => FormInput::preset(&preset),
        None => FormInput {
            expiry: expiry.unwrap_or_default(),
            seconds: seconds.unwrap_or_default(),
            days: days.unwrap_or_default(),
            ..FormInput::default()
        },
    };
    // To change nothing into the default could make a short session a long one.
    if typed.expiry.is_empty() {
        return Err(ActionError::Form(FormErrors {
            expiry: Some(FieldError::Expiry),
            ..FormErrors::default()
        }));
    }
    session.set_expiry(typed.expiry(session.now()).map_err(ActionError::Form)?);
    leptos_axum::redirect("/");
    Ok(())
}
