//! [axum-login](https://docs.rs/axum-login/0.18) on these sessions (feature `axum-login`).
//!
//! axum-login's own `AuthManagerLayerBuilder` takes nothing but the `SessionManagerLayer` of tower-sessions. The one
//! here has its methods and takes a [`SessionLayer`]; everything else of axum-login stays as it is.
//!
//! A login in a session in which somebody is logged in already gets a new key, which axum-login alone leaves as it
//! was: whoever planted the key of their own session would be logged in as the other (ASVS 5.0, 7.2.4).
//!
//! ```no_run
//! # use huihua::axum_login::axum_login;
//! use axum_login::AuthnBackend;
//! use huihua::{SessionLayer, axum_login::AuthManagerLayerBuilder};
//!
//! # fn router<B: AuthnBackend + 'static>(backend: B, sessions: SessionLayer) -> axum::Router {
//! let auth = AuthManagerLayerBuilder::new(backend, sessions).build();
//! axum::Router::new().layer(auth)
//! # }
//! ```

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

pub use axum_login;
use axum_login::{AuthManager, AuthnBackend};
use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Session, SessionLayer, layer::SessionService};

/// The key under which axum-login keeps who is logged in, unless it is told another.
const DATA_KEY: &str = "axum-login.data";

/// Builds an [`AuthManagerLayer`].
#[derive(Debug, Clone)]
pub struct AuthManagerLayerBuilder<Backend> {
    layer: AuthManagerLayer<Backend>,
}

impl<Backend: AuthnBackend> AuthManagerLayerBuilder<Backend> {
    /// A builder of a layer with the users of `backend` and the sessions of `sessions`.
    pub fn new(backend: Backend, sessions: SessionLayer) -> Self {
        Self { layer: AuthManagerLayer { backend, sessions, data_key: DATA_KEY } }
    }

    /// Sets the key under which a session keeps who is logged in. Default: `axum-login.data`.
    #[must_use]
    pub fn with_data_key(mut self, data_key: &'static str) -> Self {
        self.layer.data_key = data_key;
        self
    }

    /// The layer.
    pub fn build(self) -> AuthManagerLayer<Backend> {
        self.layer
    }
}

/// Gives every request behind it a session and axum-login's `AuthSession`.
#[derive(Debug, Clone)]
pub struct AuthManagerLayer<Backend> {
    backend: Backend,
    sessions: SessionLayer,
    data_key: &'static str,
}

impl<S, Backend: AuthnBackend> Layer<S> for AuthManagerLayer<Backend> {
    type Service = SessionService<RenewKey<AuthManager<S, Backend>>>;

    fn layer(&self, inner: S) -> Self::Service {
        let manager = AuthManager::new(inner, self.backend.clone(), self.data_key);
        self.sessions.layer(RenewKey { inner: manager, data_key: self.data_key })
    }
}

/// The service that renews a session's key where another has logged in to it.
#[derive(Debug, Clone)]
pub struct RenewKey<S> {
    inner: S,
    data_key: &'static str,
}

impl<S, B> Service<Request<B>> for RenewKey<S>
where
    S: Service<Request<B>, Response: Send, Error: Send> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone may not be ready; the service that was polled is.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let data_key = self.data_key;
        let session = request.extensions().get::<Session>().cloned();
        Box::pin(async move {
            let Some(session) = session else {
                return inner.call(request).await;
            };
            // One that can't be read is for axum-login to answer.
            let before = session.get_value(data_key).await.unwrap_or_default();
            let response = inner.call(request).await?;
            let after = session.get_value(data_key).await.unwrap_or_default();
            if before.is_some() && after.is_some() && before != after {
                // An error is one of the session, which the layer answers.
                if let Err(error) = session.cycle_id().await {
                    tracing::error!(%error, "a login has kept its key");
                }
            }
            Ok(response)
        })
    }
}
