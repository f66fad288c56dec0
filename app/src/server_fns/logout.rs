use leptos::prelude::*;

use super::FormError;

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
