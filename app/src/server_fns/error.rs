//! The error of a server function.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use crate::form::FormErrors;

/// The reason for which a server function has changed nothing.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
pub enum FormError {
    /// A field holds what it can't.
    #[error("a field is not right")]
    Fields(FormErrors),
    /// Only somebody who is logged in can do that.
    #[error("nobody is logged in")]
    NotLoggedIn,
    /// `SESSION_ENABLED=false`.
    #[error("sessions are off")]
    SessionsOff,
    /// The session refused.
    #[error("{0}")]
    Session(String),
    /// The request isn't one of our forms'.
    #[error(transparent)]
    Request(ServerFnErrorErr),
}

impl FromServerFnError for FormError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Request(error)
    }
}

impl From<FormErrors> for FormError {
    fn from(errors: FormErrors) -> Self {
        Self::Fields(errors)
    }
}

#[cfg(feature = "ssr")]
impl From<huihua::session::Error> for FormError {
    fn from(error: huihua::session::Error) -> Self {
        Self::Session(error.to_string())
    }
}
