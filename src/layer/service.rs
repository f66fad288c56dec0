//! The service around another: it opens a request's session, and brings it into the store.

use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use http::{
    Request, Response,
    header::{CACHE_CONTROL, SET_COOKIE},
};
use tower_service::Service;
use tracing::{Instrument, Span};

use super::{
    failure::{FailureKind, FailureResponse},
    response::{PRIVATE, vary_by_cookie},
};
use crate::{
    cookie::CookieConfig,
    engine, events,
    key::Fingerprint,
    session::Session,
    unit_of_work::{Config, CookieAction, UnitOfWork},
};

/// The configuration that the layer and its services share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) config: Arc<Config>,
    pub(super) cookie: CookieConfig,
    /// Set once the cookie is known to be one that browsers take.
    pub(super) is_checked: OnceLock<()>,
    pub(super) failure_response: FailureResponse,
}

/// The head of the response is sent when this is gone, or there will be none.
struct Head {
    unit: Arc<UnitOfWork>,
    session: crate::tower_sessions::Session,
}

impl Drop for Head {
    fn drop(&mut self) {
        self.unit.close(&self.session);
    }
}

/// A service with sessions: see [`SessionLayer`](super::SessionLayer).
#[derive(Debug, Clone)]
pub struct SessionService<S> {
    pub(super) inner: S,
    pub(super) shared: Arc<Shared>,
}

impl<S> SessionService<S> {
    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside, to be changed.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service inside, alone.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for SessionService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    RequestBody: Send + 'static,
    ResponseBody: Default + Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        // The clone may not be ready; the service that was polled is.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let shared = self.shared.clone();
        Box::pin(async move {
            let cookies = shared.cookie.values_in(request.headers());
            let unit = match UnitOfWork::open(shared.config.clone(), cookies).await {
                Ok(unit) => unit,
                Err(error) => return Ok(shared.unavailable(&error)),
            };
            let known = unit.known();
            // Not at info: the span alone would cost a page a twentieth of its throughput.
            let span = known.map_or_else(
                Span::none,
                |session| tracing::debug_span!("unit_of_work", session = %Fingerprint::of(session)),
            );
            let head = Head { session: unit.session(), unit };
            request.extensions_mut().insert(Session::new(head.session.clone(), head.unit.clone()));
            request.extensions_mut().insert(head.session.clone());
            #[cfg(debug_assertions)]
            super::mismatch::explain_in(request.extensions_mut());

            let answer = async move {
                let mut response = inner.call(request).await?;
                let failed = response.status().is_server_error();
                let (action, committed) = head.unit.commit(&head.session, failed).await;
                if let Err(error) = committed.and_then(|()| head.unit.refused(failed)) {
                    response = shared.refusal(&error);
                }
                if let Err(error) =
                    shared.finish(&mut response, action, known.is_some(), &head.unit)
                {
                    response = shared.refusal(&error);
                }
                drop(head);
                Ok(response)
            };
            answer.instrument(span).await
        })
    }
}

impl Shared {
    fn finish<B>(
        &self,
        response: &mut Response<B>,
        action: CookieAction,
        had_session: bool,
        unit: &UnitOfWork,
    ) -> engine::Result<()> {
        let cookie = match action {
            CookieAction::Leave => None,
            CookieAction::Set { value, age } => {
                Some(self.cookie.set(&value, age, self.config.clock.now())?)
            }
            CookieAction::Remove => Some(self.cookie.removed()?),
        };
        let headers = response.headers_mut();
        vary_by_cookie(headers);
        if cookie.is_some() || (had_session && unit.was_accessed()) {
            headers.insert(CACHE_CONTROL, PRIVATE);
        } else if had_session {
            headers.entry(CACHE_CONTROL).or_insert(PRIVATE);
        }
        if let Some(cookie) = cookie {
            headers.append(SET_COOKIE, cookie);
        }
        Ok(())
    }

    /// The store failed before the handler ran: nothing has happened.
    fn unavailable<B: Default + 'static>(&self, error: &engine::Error) -> Response<B> {
        events::store_failed(error);
        self.failure_response.of(FailureKind::Unavailable, error)
    }

    /// The handler has run, and what it did to the session can't be kept.
    fn refusal<B: Default + 'static>(&self, error: &engine::Error) -> Response<B> {
        if error.is_of_session() {
            tracing::error!(%error, "a session can't be kept");
            return self.failure_response.of(FailureKind::NotKept, error);
        }
        events::store_failed(error);
        self.failure_response.of(FailureKind::Unsaved, error)
    }
}
