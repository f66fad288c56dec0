//! The operator's console: `/console/`, where `CONSOLE_TOKEN` is set.
//!
//! It has a session of its own, in the memory of this process, under a cookie that is only sent
//! below its path: a login to the console is none to the site, and a store that fails can still be
//! looked at. Every action is a form that is posted, and stands in the audit log.

mod login;
mod overview;
mod sealed_id;
mod sessions;
mod state;

use std::{io, sync::Arc};

use admin::Admin;
use app::paths;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use huihua::{Clock, SameSite, SessionLayer, engine::cache::Cache, tower_sessions::Expiry};
use time::Duration;
use tokio::sync::OnceCell;
use tracing::{Instrument as _, info_span};

use self::{sealed_id::SealingKey, state::Console};
use crate::{
    error::Error, error_pages, login_limit::LoginLimit, metrics::CONSOLE_SPAN,
    redirect::get_redirect, settings::ServerSettings, state::SiteState,
};

/// The time without a click after which its session ends.
const IDLE_AGE: Duration = Duration::minutes(15);
/// The time after which it ends in any case.
const ABSOLUTE_AGE: Duration = Duration::hours(12);
/// Bytes of its sessions: thousands of operators have room in them.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The console's routes, or none where it is off. Fails when the operating system has no randomness,
/// or there is no `SECRET_KEY`.
pub(crate) fn routes(
    settings: &ServerSettings,
    site: SiteState,
    admin: Option<Admin>,
    clock: Clock,
) -> Result<Router<SiteState>, Error> {
    let Some(token) = settings.console_token else {
        return Ok(Router::new());
    };
    let no_randomness = |_| io::Error::other("the operating system has no randomness");
    let console = Arc::new(Console {
        site,
        admin,
        token,
        limit: LoginLimit::of_console(&settings.trusted_proxies),
        sealing_key: SealingKey::new().map_err(no_randomness)?,
        orders: OnceCell::new(),
    });
    let secure = settings.sessions.session_cookie_secure;
    let cache = Cache::new(MAX_BYTES).with_clock(clock.clone());
    let sessions = SessionLayer::new(cache, &settings.sessions.secret_keys()?)
        .with_name(if secure { "__Secure-console" } else { "console" })
        .with_path(paths::CONSOLE)
        .with_same_site(SameSite::Strict)
        .with_secure(secure)
        .with_expiry(Expiry::OnInactivity(IDLE_AGE))
        .with_absolute_age(ABSOLUTE_AGE)
        .with_failure_response(error_pages::without_session)
        .with_clock(clock);
    let home = || get_redirect(paths::CONSOLE);
    let list = get_redirect(paths::CONSOLE_SESSIONS);
    Ok(Router::new()
        .route(paths::CONSOLE, get(overview::index).post(login::login))
        .route("/console", home())
        .route(paths::CONSOLE_LOGOUT, home().post(login::logout))
        .route(paths::CONSOLE_NOW, get(overview::now))
        .route(paths::CONSOLE_CLEAR, home().post(overview::clear_expired))
        .route(paths::CONSOLE_END_ALL, home().post(overview::end_all_of))
        .route(paths::CONSOLE_SESSIONS, get(sessions::list))
        .route(paths::CONSOLE_SESSION, get(sessions::one).post(sessions::one))
        .route(paths::CONSOLE_END_SESSION, list.post(sessions::end))
        .layer(sessions)
        .layer(middleware::from_fn(in_span))
        .with_state(console))
}

/// Marks the events of the console's own sessions, which aren't counted among the site's.
async fn in_span(request: Request, next: Next) -> Response {
    next.run(request).instrument(info_span!(CONSOLE_SPAN)).await
}
