//! The tower layer and its service: cookie in, unit of work, cookie out, headers.

use std::{
    borrow::Cow,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, Entry, RETRY_AFTER, SET_COOKIE, VARY},
};
use time::Duration;
use tokio_util::task::TaskTracker;
use tower_layer::Layer;
use tower_service::Service;
use tower_sessions::{Expiry, cookie::SameSite};
use tracing::{Instrument, Span};

use crate::{
    clock::Clock,
    cookie::CookieConfig,
    engine::{self, Engine},
    events,
    expiry::DEFAULT_COOKIE_AGE,
    key::Fingerprint,
    session::Session,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, SecretKeys, Signer},
    store::Store,
    unit_of_work::{Codec, Config, CookieAction, RecentlyRevoked, StripedLock, UnitOfWork},
};

/// Two seconds after a request came in at the latest, whoever sent it knows that the store is broken.
/// The rest of that is for everything else.
const STORE_TIMEOUT: Duration = Duration::milliseconds(1800);
/// Seconds after which a browser may try again when the store is broken.
const RETRY_AFTER_SECONDS: &str = "5";
/// What is somebody's own is kept by no cache: `private` for those that know no `no-store`.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
const UNAVAILABLE_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Unavailable</title>\
    <p>The session store is not answering. Nothing is lost: please try again in a moment.";
const UNSAVED_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not saved</title>\
    <p>The session store stopped answering before all was saved, so what you just did may be done only \
    in part. Please look before you do it again.";
const NOT_KEPT_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not kept</title>\
    <p>Your session holds more than this site keeps, so it was left as it was.";

/// Gives every request behind it a session: [`crate::Session`] and `tower_sessions::Session`.
///
/// It takes the place of `SessionManagerLayer`, with the same builder methods. Put it on
/// dynamic routes only. Every response says `Vary: Cookie`, and `Cache-Control: private, no-store` if
/// it shows a session. While the store is broken the answer is 503 with `Retry-After`, and
/// nobody is logged out.
///
/// # Panics
/// When it is put around a service, if its cookie is one that browsers would refuse without a word: a
/// name, path or domain with characters that can't stand there, a prefix of the name whose conditions
/// aren't met, `SameSite=None` without `Secure`.
#[derive(Debug, Clone)]
pub struct SessionLayer {
    /// Shared, because routers put a layer around a service for each request.
    shared: Arc<Shared>,
}

impl SessionLayer {
    /// Sessions in `engine`, signed by `secret_key`, under Django's defaults: two weeks after
    /// the last change, `SameSite=Lax`, `HttpOnly`, and `Secure`.
    pub fn new(engine: impl Engine, secret_keys: &SecretKeys) -> Self {
        Self::on(engine.into(), secret_keys)
    }

    /// Sessions that live in their cookies, as with Django's `signed_cookies`; else as
    /// [`SessionLayer::new`].
    ///
    /// Everybody who has the cookie can read what is in it. A session that would be too large for
    /// a cookie is answered with 500, and stays as it was. **A logout can't revoke a copied
    /// cookie**: it works until it expires. Where that matters, keep sessions on the server.
    pub fn signed_cookies(secret_keys: &SecretKeys) -> Self {
        Self::on(Store::Cookie, secret_keys)
    }

    pub(crate) fn on(store: Store, secret_keys: &SecretKeys) -> Self {
        let salt = match store {
            Store::Rows(_) => SERVER_SIDE_SALT,
            Store::Cookie => SIGNED_COOKIES_SALT,
        };
        let cookie = CookieConfig::default();
        let shared = Shared {
            config: Arc::new(Config {
                store,
                codec: Codec::new(Signer::new(secret_keys, salt)),
                clock: Clock::system(),
                recently_revoked: RecentlyRevoked::default(),
                locks: StripedLock::default(),
                commits: TaskTracker::default(),
                store_timeout: STORE_TIMEOUT,
                hash_keys: true,
                cookie_age: DEFAULT_COOKIE_AGE,
                absolute_age: None,
                default_expiry: None,
                save_every_request: false,
                cookie_room: cookie.room(),
            }),
            cookie,
            is_checked: OnceLock::new(),
            unavailable_page: UNAVAILABLE_PAGE,
            unsaved_page: UNSAVED_PAGE,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    pub(crate) fn with_config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        change(Arc::make_mut(&mut shared.config));
        self
    }

    pub(crate) fn with_cookie(mut self, change: impl FnOnce(&mut CookieConfig)) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        change(&mut shared.cookie);
        shared.is_checked = OnceLock::new();
        Arc::make_mut(&mut shared.config).cookie_room = shared.cookie.room();
        self
    }

    /// The cookie's name. Without this it is `sessionid`, or `__Host-sessionid` where the
    /// cookie is Secure, for `/`, and for no domain in particular.
    #[must_use]
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.name = Some(name.into()))
    }

    /// Whether scripts are kept from the cookie. Default: they are.
    #[must_use]
    pub fn with_http_only(self, http_only: bool) -> Self {
        self.with_cookie(|cookie| cookie.http_only = http_only)
    }

    /// Which requests from other sites bring the cookie. Default: `Lax`.
    #[must_use]
    pub fn with_same_site(self, same_site: SameSite) -> Self {
        self.with_cookie(|cookie| cookie.same_site = same_site)
    }

    /// Whether the cookie is only sent over HTTPS. Default: it is.
    #[must_use]
    pub fn with_secure(self, secure: bool) -> Self {
        self.with_cookie(|cookie| cookie.secure = secure)
    }

    /// The path below which the cookie is sent. Default: `/`.
    #[must_use]
    pub fn with_path(self, path: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.path = path.into())
    }

    /// The domain whose hosts are sent the cookie. Default: only the host that set it.
    #[must_use]
    pub fn with_domain(self, domain: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.domain = Some(domain.into()))
    }

    /// What holds for sessions that choose nothing themselves. Unlike with
    /// `SessionManagerLayer`, time of inactivity counts from the last visit.
    #[must_use]
    pub fn with_expiry(self, expiry: Expiry) -> Self {
        self.with_config(|config| config.default_expiry = Some(expiry))
    }

    /// Whether every request writes its session and sends the cookie again. Default: only
    /// what changes is written. Django's `SESSION_SAVE_EVERY_REQUEST`.
    #[must_use]
    pub fn with_always_save(self, always_save: bool) -> Self {
        self.with_config(|config| config.save_every_request = always_save)
    }

    /// How long sessions last after their last change. Default: two weeks. Django's
    /// `SESSION_COOKIE_AGE`.
    #[must_use]
    pub fn with_cookie_age(self, age: Duration) -> Self {
        self.with_config(|config| config.cookie_age = age)
    }

    /// How long after its login a session ends, whatever its policy and however often it is
    /// visited. Default: this ends none. It is kept in the session, so it outlives changes of the
    /// key; a session that nobody logs in to counts from when it was made, and one from before
    /// this was set from its next visit. (OWASP ASVS 5.0, 7.3.2.)
    #[must_use]
    pub fn with_absolute_age(self, age: Duration) -> Self {
        self.with_config(|config| config.absolute_age = Some(age))
    }

    /// The most bytes of JSON that a session may have, when it is written and when it is read. Default:
    /// 1 MiB. A larger one is refused when it is saved, as an error that says so, and the session stays
    /// as it was. What another program stored larger than that is an error for the handler that asks for
    /// it, answered with 500 and logged: raise it. Its owner can log out. `SESSION_MAX_BYTES`.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        self.with_config(|config| config.codec.set_max_bytes(max_bytes))
    }

    /// Whether keys are hashed before they are stored. Default: they are. Sharing a store with
    /// Django needs them as they are.
    #[must_use]
    pub fn with_hash_keys(self, hash_keys: bool) -> Self {
        self.with_config(|config| config.hash_keys = hash_keys)
    }

    /// How long a request waits for its store in all, however often it asks it, before it is
    /// answered with 503. Default: 1.8 seconds.
    #[must_use]
    pub fn with_store_timeout(self, store_timeout: Duration) -> Self {
        self.with_config(|config| config.store_timeout = store_timeout)
    }

    /// The page, HTML, that is sent with 503 if the store breaks after the handler has run: what it did
    /// to the session isn't saved, and what it did elsewhere is done.
    #[must_use]
    pub fn with_unsaved_page(mut self, html: &'static str) -> Self {
        Arc::make_mut(&mut self.shared).unsaved_page = html;
        self
    }

    /// The page, HTML, that is sent with 503 and `Retry-After` while the store is broken, before the
    /// handler runs.
    #[must_use]
    pub fn with_unavailable_page(mut self, html: &'static str) -> Self {
        Arc::make_mut(&mut self.shared).unavailable_page = html;
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with_config(|config| config.clock = clock)
    }

    /// Waits until every change that a request has begun is stored, also where its client has gone away: for a
    /// program that is about to end, once its server has.
    pub async fn finished(&self) {
        self.shared.config.commits.close();
        self.shared.config.commits.wait().await;
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    #[expect(
        clippy::panic,
        reason = "nobody could log in, and a program that starts with it would never be told"
    )]
    fn layer(&self, inner: S) -> Self::Service {
        self.shared.is_checked.get_or_init(|| {
            if let Err((part, why)) = self.shared.cookie.check() {
                panic!("SessionLayer: the cookie's {part} {why}");
            }
        });
        SessionService {
            inner,
            shared: self.shared.clone(),
        }
    }
}

#[derive(Debug, Clone)]
struct Shared {
    config: Arc<Config>,
    cookie: CookieConfig,
    /// Set once the cookie is known to be one that browsers take.
    is_checked: OnceLock<()>,
    unavailable_page: &'static str,
    unsaved_page: &'static str,
}

/// The head of the response is sent when this is gone, or there will be none.
struct Head {
    unit: Arc<UnitOfWork>,
    session: tower_sessions::Session,
}

impl Drop for Head {
    fn drop(&mut self) {
        self.unit.close(&self.session);
    }
}

/// What [`SessionLayer`] puts around a service.
#[derive(Debug, Clone)]
pub struct SessionService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for SessionService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    RequestBody: Send + 'static,
    ResponseBody: From<&'static str> + Send,
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
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let shared = self.shared.clone();
        Box::pin(async move {
            let cookies = shared.cookie.values_in(request.headers());
            let unit = match UnitOfWork::open(shared.config.clone(), cookies).await {
                Ok(unit) => unit,
                Err(error) => return Ok(shared.refusal(&error, FailedAt::BeforeHandler)),
            };
            let known = unit.known();
            let span = match known {
                // Not at info: the span alone would cost a page a twentieth of its throughput.
                Some(session) => {
                    tracing::debug_span!("unit_of_work", session = %Fingerprint::of(session))
                }
                None => Span::none(),
            };
            let session = unit.session();
            let head = Head {
                unit: unit.clone(),
                session: session.clone(),
            };
            request
                .extensions_mut()
                .insert(Session::new(session.clone(), unit.clone()));
            request.extensions_mut().insert(session.clone());

            let answer = async move {
                let mut response = inner.call(request).await?;
                let failed = response.status().is_server_error();
                let (action, committed) = unit.commit(&session, failed).await;
                if let Err(error) = committed.and_then(|()| unit.refused(failed)) {
                    response = shared.refusal(&error, FailedAt::AfterHandler);
                }
                if let Err(error) = shared.finish(&mut response, action, known.is_some(), &unit) {
                    response = shared.refusal(&error, FailedAt::AfterHandler);
                }
                drop(head);
                Ok(response)
            };
            answer.instrument(span).await
        })
    }
}

/// When the store failed.
#[derive(Clone, Copy)]
enum FailedAt {
    /// Before the handler ran: nothing has happened.
    BeforeHandler,
    /// After it.
    AfterHandler,
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
            CookieAction::Set { value, expiry } => {
                let age = self.config.cookie_age(expiry);
                Some(self.cookie.set(&value, age, self.config.clock.now())?)
            }
            CookieAction::Remove => Some(self.cookie.removed()?),
        };
        let headers = response.headers_mut();
        vary_by_cookie(headers);
        if cookie.is_some() || (had_session && unit.was_looked_at()) {
            headers.insert(CACHE_CONTROL, PRIVATE);
        } else if had_session {
            headers.entry(CACHE_CONTROL).or_insert(PRIVATE);
        }
        if let Some(cookie) = cookie {
            headers.append(SET_COOKIE, cookie);
        }
        Ok(())
    }

    fn refusal<B: From<&'static str>>(&self, error: &engine::Error, at: FailedAt) -> Response<B> {
        if error.is_of_session() {
            tracing::error!(%error, "a session can't be kept");
            return failure(StatusCode::INTERNAL_SERVER_ERROR, NOT_KEPT_PAGE);
        }
        events::store_failed(error);
        let (page, retry) = match at {
            FailedAt::BeforeHandler => (self.unavailable_page, true),
            FailedAt::AfterHandler => (self.unsaved_page, false),
        };
        let mut response = failure(StatusCode::SERVICE_UNAVAILABLE, page);
        if retry {
            let seconds = HeaderValue::from_static(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

fn failure<B: From<&'static str>>(status: StatusCode, page: &'static str) -> Response<B> {
    let mut response = Response::new(B::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, html);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    vary_by_cookie(headers);
    response
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let cookie = HeaderValue::from_static("Cookie");
    match headers.entry(VARY) {
        Entry::Vacant(vary) => {
            vary.insert(cookie);
        }
        Entry::Occupied(mut vary) => {
            if !vary.iter().any(names_cookie) {
                vary.append(cookie);
            }
        }
    }
}

fn names_cookie(vary: &HeaderValue) -> bool {
    let mut names = vary.to_str().unwrap_or_default().split(',').map(str::trim);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case("cookie"))
}
