use leptos::prelude::*;

use super::{ActionError, session};
use crate::{
    current_user::UNAME,
    form::{FormErrors, FormInput},
};

/// Logs in under a name, for as long as was chosen, and goes to the first page.
#[server(prefix = "/login_handle", endpoint = "/")]
pub async fn login(
    uname: Option<String>,
    expiry: Option<String>,
    seconds: Option<String>,
    days: Option<String>,
) -> Result<(), ActionError> {
    let session = session().await?;
    let typed = FormInput {
        uname: uname.unwrap_or_default(),
        expiry: expiry.unwrap_or_default(),
        seconds: seconds.unwrap_or_default(),
        days: days.unwrap_or_default(),
        ..FormInput::default()
    };
    match (typed.name(), typed.expiry(session.now())) {
        (Ok(name), Ok(expiry)) => {
            session.login(UNAME, name).await?;
            session.set_expiry(expiry);
            leptos_axum::redirect("/");
            Ok(())
        }
        (name, expiry) => Err(ActionError::Form(FormErrors {
            uname: name.err(),
            ..expiry.err().unwrap_or_default()
        })),
    }
}
