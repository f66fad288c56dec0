//! The tower layer: cookie in, unit of work, cookie out, headers.

mod cookie_key;
mod failure;
#[cfg(debug_assertions)]
mod mismatch;
mod response;
mod service;

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use ::cookie::SameSite;
use axum_core::response::IntoResponse;
use time::Duration;
use tokio_util::task::TaskTracker;
use tower_layer::Layer;

pub use self::{
    cookie_key::CookieKey,
    failure::{Failure, FailureKind},
    service::SessionService,
};
use self::{failure::FailureResponse, service::Shared};
use crate::{
    clock::Clock,
    cookie::CookieConfig,
    engine::Engine,
    expiry::DEFAULT_COOKIE_AGE,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, SecretKeys, Signer},
    store::Store,
    tower_sessions::Expiry,
    unit_of_work::{Codec, Config, RecentlyRevoked, StripedLock},
};

/// The time that a request waits for its store: where that is broken, the answer comes within two seconds.
const STORE_TIMEOUT: Duration = Duration::milliseconds(1800);

/// Gives every request behind it a session: [`crate::Session`] and `tower_sessions::Session`.
///
/// It takes the place of `SessionManagerLayer`, with the same builder methods. Put it on dynamic routes only.
/// Every response says `Vary: Cookie`, and `Cache-Control: private, no-store` if it shows a session. While
/// the store is broken the answer is 503 with `Retry-After`, and nobody is logged out.
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
    /// A layer with sessions in `engine`, signed with the first of `secret_keys`. The defaults are Django's,
    /// two weeks after the last change, `HttpOnly` and `SameSite=Lax`, but for `Secure`, which is set.
    pub fn new(engine: impl Engine, secret_keys: &SecretKeys) -> Self {
        Self::on(engine.into(), secret_keys)
    }

    /// A layer with sessions in their cookies, as with Django's `signed_cookies`; else as
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
            failure_response: FailureResponse::default(),
        };
        Self { shared: Arc::new(shared) }
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

    /// Sets the cookie's name. Default: `__Host-sessionid` if the cookie is `Secure`, for the path `/` and
    /// without a domain; else `sessionid`.
    #[must_use]
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.name = Some(name.into()))
    }

    /// Sets the cookie's `HttpOnly` attribute, which hides it from scripts. Default: true.
    #[must_use]
    pub fn with_http_only(self, http_only: bool) -> Self {
        self.with_cookie(|cookie| cookie.http_only = http_only)
    }

    /// Sets the cookie's `SameSite` attribute: whether requests from other sites send it. Default: `Lax`.
    #[must_use]
    pub fn with_same_site(self, same_site: SameSite) -> Self {
        self.with_cookie(|cookie| cookie.same_site = same_site)
    }

    /// Sets the cookie's `Secure` attribute: it is sent over HTTPS only. Default: true.
    #[must_use]
    pub fn with_secure(self, secure: bool) -> Self {
        self.with_cookie(|cookie| cookie.secure = secure)
    }

    /// Sets the cookie's `Path` attribute: it is sent for this path and those below it. Default: `/`.
    #[must_use]
    pub fn with_path(self, path: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.path = path.into())
    }

    /// Sets the cookie's `Domain` attribute. Default: none, so that only the host that set it is sent it.
    #[must_use]
    pub fn with_domain(self, domain: impl Into<Cow<'static, str>>) -> Self {
        self.with_cookie(|cookie| cookie.domain = Some(domain.into()))
    }

    /// Doesn't compile: a signed cookie would be no safer. What `SessionManagerLayer` signs is a key of 165 random
    /// bits here, and what sessions hold is signed in any case.
    ///
    /// ```compile_fail,E0277
    /// # fn layer(layer: huihua::SessionLayer, key: cookie::Cookie<'static>) -> huihua::SessionLayer {
    /// layer.with_signed(key)
    /// # }
    /// ```
    #[must_use]
    pub fn with_signed(self, _: impl CookieKey) -> Self {
        self
    }

    /// Doesn't compile: see [`SessionLayer::with_signed`]. Nobody can read in the cookie what a session holds,
    /// unless it lives there: see [`SessionLayer::signed_cookies`].
    #[must_use]
    pub fn with_private(self, _: impl CookieKey) -> Self {
        self
    }

    /// Sets the expiry of sessions that choose none. Default: [`SessionLayer::with_cookie_age`]. Unlike with
    /// `SessionManagerLayer`, time of inactivity counts from the last visit.
    #[must_use]
    pub fn with_expiry(self, expiry: Expiry) -> Self {
        self.with_config(|config| config.default_expiry = Some(expiry))
    }

    /// Sets whether every request saves its session and sends the cookie again. Default: false. Django's
    /// `SESSION_SAVE_EVERY_REQUEST`.
    #[must_use]
    pub fn with_always_save(self, always_save: bool) -> Self {
        self.with_config(|config| config.save_every_request = always_save)
    }

    /// Sets how long a session lasts after its last change. Default: two weeks. (`SESSION_COOKIE_AGE`)
    #[must_use]
    pub fn with_cookie_age(self, age: Duration) -> Self {
        self.with_config(|config| config.cookie_age = age)
    }

    /// Sets how long after its login a session ends, whatever its policy and however often it is visited.
    /// Default: no limit. The time of the login is kept in the session, so it outlives changes of the key; a
    /// session that nobody logs in to counts from when it was made, and one from before this was set from its
    /// next visit. (OWASP ASVS 5.0, 7.3.2.)
    #[must_use]
    pub fn with_absolute_age(self, age: Duration) -> Self {
        self.with_config(|config| config.absolute_age = Some(age))
    }

    /// Sets the most bytes of JSON that a session may have when it is written or read (`SESSION_MAX_BYTES`).
    /// Default: 1 MiB. Saving a larger session is an error, and it stays as it was. Reading one that another
    /// program stored is an error too, answered with 500 and logged; its owner can still log out.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        self.with_config(|config| config.codec.set_max_bytes(max_bytes))
    }

    /// Sets whether keys are hashed before they are stored. Default: true. Sharing with Django needs false.
    #[must_use]
    pub fn with_hash_keys(self, hash_keys: bool) -> Self {
        self.with_config(|config| config.hash_keys = hash_keys)
    }

    /// Sets how long a request waits for its store in all; then the answer is 503. Default: 1.8 seconds.
    #[must_use]
    pub fn with_store_timeout(self, store_timeout: Duration) -> Self {
        self.with_config(|config| config.store_timeout = store_timeout)
    }

    /// Sets the response in the place of the handler's where a session can't be had or kept. Its status and
    /// `Cache-Control` are set by the layer, as [`FailureKind`] says. Default: a short text in English.
    ///
    /// A body can be sent only where that of the service around which the layer is put is axum's `Body`; to any
    /// other the layer gives an empty one.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # fn layer(db: huihua::Db, secret: &huihua::SecretKeys) -> huihua::SessionLayer {
    /// use axum::response::Html;
    /// use huihua::{SessionLayer, layer::FailureKind};
    ///
    /// let sessions = SessionLayer::new(db, secret).with_failure_response(|failure| match failure.kind {
    ///     FailureKind::Unavailable => Html("<p>Please try again in a moment."),
    ///     _ => Html("<p>Please look whether it is done before you do it again."),
    /// });
    /// # sessions }
    /// ```
    #[must_use]
    pub fn with_failure_response<R: IntoResponse>(
        mut self,
        respond: impl Fn(&Failure<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.shared).failure_response = FailureResponse::new(respond);
        self
    }

    /// Sets the source of the time. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with_config(|config| config.clock = clock)
    }

    /// Waits for the commits in flight, also where the client has gone away. Call it once the server has
    /// stopped, before the program ends.
    pub async fn wait_for_commits(&self) {
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
            if let Err(((part, _), why)) = self.shared.cookie.check() {
                panic!("SessionLayer: the cookie's {part} {why}");
            }
        });
        SessionService { inner, shared: self.shared.clone() }
    }
}

impl<S> SessionService<S> {
    /// The service around `inner` with the sessions of `layer`: what [`SessionLayer`] makes as a layer.
    ///
    /// # Panics
    /// As [`SessionLayer`].
    pub fn new(inner: S, layer: &SessionLayer) -> Self {
        layer.layer(inner)
    }
}
