use leptos::prelude::*;

use super::{ActionError, session};

/// Ends the session and goes to the first page. Where sessions are off, or there is none,
/// there is nothing to end.
#[server(prefix = "/logout", endpoint = "/")]
pub async fn logout() -> Result<(), ActionError> {
    match session().await {
        Ok(session) => session.flush().await?,
        Err(ActionError::SessionsOff) => {}
        Err(error) => return Err(error),
    }
    leptos_axum::redirect("/");
    Ok(())
}
