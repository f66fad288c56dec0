//! The server functions. A form posts to each of them, with and without JavaScript, and an island
//! could call them: they are compiled for both.

mod entry;
mod error;
mod login;
mod preferences;

pub use entry::*;
pub use error::FormError;
pub use login::*;
pub use preferences::*;

#[cfg(feature = "ssr")]
async fn session() -> Result<huihua::Session, FormError> {
    leptos_axum::extract::<Option<huihua::Session>>()
        .await
        .map_err(FormError::Request)?
        .ok_or(FormError::SessionsOff)
}

/// The session of somebody who is logged in.
#[cfg(feature = "ssr")]
async fn session_of_user() -> Result<huihua::Session, FormError> {
    let session = session().await?;
    match crate::current_user::CurrentUser::of(&session).await? {
        Some(_) => Ok(session),
        None => Err(FormError::NotLoggedIn),
    }
}
