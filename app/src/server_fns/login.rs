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
