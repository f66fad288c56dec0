//! The operator's console: `/console/`, where `CONSOLE_TOKEN` is set.
//!
//! It has a session of its own, in the memory of this process, under a cookie that is only sent
//! below its path: who opens it there is nobody on the site, and a store that is broken can still be
//! looked at. Every action is a form that is posted, and stands in the audit log.

mod login;
mod overview;
mod sealed_id;
mod sessions;

use std::sync::Arc;

use admin::Admin;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use huihua::{
    SessionLayer,
    engine::{Order, cache::Cache},
};
use time::Duration;
use tokio::sync::OnceCell;
use tower_sessions::{Expiry, cookie::SameSite};
use tracing::{Instrument as _, info_span};

use self::sealed_id::SealingKey;
use crate::{
    error::Error,
    login_limit::LoginLimit,
    pages,
    settings::{ConsoleToken, ServerSettings},
    site::{SiteState, to},
};

/// The span of everything that is logged while a request to the console is answered.
pub(crate) const SPAN: &str = "console";
const PATH: &str = "/console/";
/// After so long without a click the console closes.
const IDLE: Duration = Duration::minutes(15);
/// And after so long in any case.
const WHOLE: Duration = Duration::hours(12);
/// Thousands of operators have room in it.
const MEMORY: u64 = 4 * 1024 * 1024;

/// What its handlers know.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    site: SiteState,
    /// `None`: there are no rows to look after.
    admin: Option<Admin>,
    token: ConsoleToken,
    limit: LoginLimit,
    sealing_key: SealingKey,
    /// The orders that the store has, once somebody has asked.
    orders: Arc<OnceCell<Vec<Order>>>,
}

/// The console's routes, or none where it is off.
///
/// # Errors
/// If what it needs isn't there: randomness, or a `SECRET_KEY`.
pub(crate) fn routes(
    settings: &ServerSettings,
    site: SiteState,
    admin: Option<Admin>,
    clock: huihua::Clock,
) -> Result<Router<SiteState>, Error> {
    let Some(token) = settings.console_token else {
        return Ok(Router::new());
    };
    let no_randomness = |_| std::io::Error::other("the operating system has no randomness");
    let console = Console {
        site,
        admin,
        token,
        limit: LoginLimit::of_console(&settings.trusted_proxies),
        sealing_key: SealingKey::new().map_err(no_randomness)?,
        orders: Arc::default(),
    };
    let secure = settings.sessions.session_cookie_secure;
    let sessions = SessionLayer::new(
        Cache::new(MEMORY).with_clock(clock.clone()),
        &settings.sessions.secret_keys()?,
    )
    .with_name(match secure {
        true => "__Secure-console",
        false => "console",
    })
    .with_path(PATH)
    .with_same_site(SameSite::Strict)
    .with_secure(secure)
    .with_expiry(Expiry::OnInactivity(IDLE))
    .with_absolute_age(WHOLE)
    .with_unavailable_page(pages::UNAVAILABLE)
    .with_unsaved_page(pages::UNSAVED)
    .with_clock(clock);
    Ok(Router::new()
        .route(PATH, get(login::index).post(login::login))
        .route("/console", to(PATH))
        .route("/console/leave/", to(PATH).post(login::logout))
        .route("/console/now/", get(overview::now))
        .route("/console/clear/", to(PATH).post(overview::clear_expired))
        .route("/console/end-all/", to(PATH).post(overview::end_all_of))
        .route("/console/sessions/", get(sessions::table))
        .route(
            "/console/session/",
            get(sessions::one).post(sessions::values),
        )
        .route(
            "/console/session/end/",
            to("/console/sessions/").post(sessions::end),
        )
        .layer(sessions)
        .layer(middleware::from_fn(apart))
        .with_state(console))
}

/// Marks what is logged of the console's own session: it is none of the site's, and isn't counted
/// among them.
async fn apart(request: Request, next: Next) -> Response {
    next.run(request).instrument(info_span!(SPAN)).await
}
