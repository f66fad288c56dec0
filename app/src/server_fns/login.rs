//! Server functions that log in, change the expiry, and log out.

use leptos::prelude::*;

use super::FormError;
use crate::form::ExpiryInput;

/// Logs in under a name, for as long as was chosen, and goes to the first page.
#[server(prefix = "/login_handle", endpoint = "/")]
pub async fn login(
    #[server(default)] uname: String,
    #[server(flatten)] choice: ExpiryInput,
) -> Result<(), FormError> {
    use crate::{
        current_user::UNAME,
        form::{self, FormErrors},
    };

    let session = super::session().await?;
    match (form::name(&uname), choice.expiry(session.now())) {
        (Ok(name), Ok(expiry)) => {
            session.login(UNAME, name).await?;
            session.set_expiry(expiry);
            leptos_axum::redirect("/");
            Ok(())
        }
        (name, expiry) => {
            let errors = FormErrors::of_fields([("uname", name.err())]);
            Err(errors.and(expiry.err().unwrap_or_default()))?
        }
    }
}

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

/// Ends the session and goes to the first page. Where sessions are off, or there is none,
/// there is nothing to end.
#[server(prefix = "/logout", endpoint = "/")]
pub async fn logout() -> Result<(), FormError> {
    match super::session().await {
        Ok(session) => session.flush().await?,
        Err(FormError::SessionsOff) => {}
        Err(error) => return Err(error),
    }
    leptos_axum::redirect("/");
    Ok(())
}
