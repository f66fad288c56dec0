//! Errors of a session's methods.

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use crate::tower_sessions::{session, session_store};

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is of another type than was asked for, or isn't JSON.
    Value,
    /// The session is too large to be kept.
    TooLarge,
    /// The session can't be read, or a cookie is needed after the head of the response was sent. A broken
    /// store reaches a handler only after that, and by [`Session::reload`](super::Session::reload); else the
    /// layer answers 503 in its place.
    Store,
}

/// Why a session's method failed. As a response it is 500, and its text is logged.
///
/// The errors of `tower_sessions::Session` become this by `?`.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] session::Error);

impl Error {
    pub(crate) fn store(error: session_store::Error) -> Self {
        Self(error.into())
    }

    pub(super) fn value(error: serde_json::Error) -> Self {
        Self(error.into())
    }

    /// The kind, by which a handler decides what to do.
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            session::Error::SerdeJson(_) => ErrorKind::Value,
            session::Error::Store(session_store::Error::Encode(_)) => ErrorKind::TooLarge,
            session::Error::Store(_) => ErrorKind::Store,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "a session's method failed");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
