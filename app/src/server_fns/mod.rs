//! The server functions. A form posts to each of them, with and without JavaScript.
//!
//! Whoever serves them turns an [`ActionError`] into a page: the form again, with what was
//! typed and what is wrong.

mod entry;
mod expiry;
mod login;
mod logout;
mod place;
mod preferences;

pub use entry::{ClearEntries, DeleteEntry, FlushSession, SetEntry};
pub use expiry::ChangeExpiry;
pub use login::Login;
pub use logout::Logout;
pub use place::place;
pub use preferences::Prefer;

use huihua::Session;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use crate::form::FormErrors;

/// Why an action was not done.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
pub enum ActionError {
    /// Some field holds what it can't.
    #[error("a field is not right")]
    Form(FormErrors),
    /// Only somebody who is logged in can do that.
    #[error("nobody is logged in")]
    NobodyHere,
    /// `SESSION_ENABLED=false`.
    #[error("sessions are off")]
    SessionsOff,
    /// The session refused.
    #[error("{0}")]
    Session(String),
    /// The request wasn't that of our forms.
    #[error(transparent)]
    Request(ServerFnErrorErr),
}

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Request(error)
    }
}

impl From<huihua::session::Error> for ActionError {
    fn from(error: huihua::session::Error) -> Self {
        Self::Session(error.to_string())
    }
}

async fn session() -> Result<Session, ActionError> {
    leptos_axum::extract::<Option<Session>>()
        .await
        .map_err(ActionError::Request)?
        .ok_or(ActionError::SessionsOff)
}
