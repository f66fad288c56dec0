use leptos::prelude::*;

use super::FormError;
use crate::form::ExpiryInput;

/// Changes when the session ends, and goes to the first page. A `preset` says all of it in one
/// word: `idle-600`, `days-7`.
#[server(prefix = "/expiry", endpoint = "/")]
pub async fn change_expiry(
    preset: Option<String>,
    #[server(flatten)] choice: ExpiryInput,
) -> Result<(), FormError> {
    use crate::form::{FieldError, FormErrors};

    let session = super::session_of_user().await?;
    let choice = match preset {
        Some(preset) => ExpiryInput::preset(&preset),
        None => choice,
    };
    // To change nothing into the default could make a short session a long one.
    if choice.expiry.is_empty() {
        return Err(FormErrors::of("expiry", FieldError::Expiry))?;
    }
    session.set_expiry(choice.expiry(session.now())?);
    leptos_axum::redirect("/");
    Ok(())
}
