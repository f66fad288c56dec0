//! The session as an axum extractor.

use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::{StatusCode, request::Parts};

use super::Session;

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let session: Option<Self> = parts.extensions.get().cloned();
        session.inspect(|session| session.unit.set_accessed()).ok_or((
            StatusCode::INTERNAL_SERVER_ERROR,
            "There is no session: SessionLayer is not on this route.",
        ))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        let session: Option<Self> = parts.extensions.get().cloned();
        Ok(session.inspect(|session| session.unit.set_accessed()))
    }
}
