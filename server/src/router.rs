//! Which route goes where, and what stands before it: the whole order of the middleware.

use std::{convert::Infallible, sync::Arc, time::Duration};

use admin::Admin;
use app::document::{Head, Site};
use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
    routing::get,
};
use huihua::{Clock, SessionLayer, Store};
use leptos::config::LeptosOptions;
use tower::{ServiceBuilder, util::BoxCloneSyncService};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer,
    services::ServeDir, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

use crate::{
    console,
    csrf::CsrfLayer,
    error::Error,
    forms::LARGEST_FORM,
    health,
    login_limit::LoginLimit,
    pages,
    redirect::to,
    security_headers::Guard,
    settings::ServerSettings,
    state::{Shared, SiteState},
    storage,
};

/// No page takes this long; a client that sends its form this slowly has given up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// The whole site: a request in, an answer out.
pub type SiteService = BoxCloneSyncService<Request, Response, Infallible>;

/// `admin`: of the store, where it has rows.
///
/// # Errors
/// If the console needs what isn't there.
pub(crate) fn router(
    options: &LeptosOptions,
    settings: &ServerSettings,
    clock: Clock,
    store: Option<Store>,
    sessions: Option<SessionLayer>,
    admin: Option<Admin>,
    more: Router<SiteState>,
) -> Result<SiteService, Error> {
    let of_sessions = &settings.sessions;
    let guard = Guard::new(of_sessions.session_cookie_secure);
    let health = health::routes(store.as_ref(), admin.clone());
    let state = Arc::new(Shared {
        guard,
        site: Site::new(
            Head::new(options),
            of_sessions.session_cookie_age.whole_seconds(),
            of_sessions.session_cookie_secure,
            storage::of(of_sessions),
        ),
        login_limit: LoginLimit::new(settings.login_rate_limit, &settings.trusted_proxies),
        store,
    });
    let console = console::routes(settings, state.clone(), admin, clock)?;
    let pages = dynamic(sessions, console, more).with_state(state.clone());
    let headers = guard.headers();
    let site = Router::new()
        .merge(health)
        .merge(pages)
        .fallback_service(files(options, state));
    // No request lasts for ever, no panic reaches a client as a cut connection, and seen from
    // outside before both: every answer says what a browser may do with it. Around the router, not
    // in it: there, each of these would be made anew for every route and copied for every request.
    let site = ServiceBuilder::new()
        .map_response(move |response| guarded(response, &headers))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST_REQUEST,
        ))
        .service(site);
    Ok(SiteService::new(site))
}

fn guarded<B>(response: Response<B>, headers: &[(HeaderName, HeaderValue)]) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let mut response = response.map(Body::new);
    for (name, value) in headers {
        let there = response.headers_mut().entry(name);
        there.or_insert_with(|| value.clone());
    }
    response
}

/// The routes that depend on who asks, and `more`, which are given a session; and the console, which
/// has one of its own.
fn dynamic(
    sessions: Option<SessionLayer>,
    console: Router<SiteState>,
    more: Router<SiteState>,
) -> Router<SiteState> {
    let routes = Router::new()
        .route("/", get(pages::home))
        .route("/login/", get(pages::login))
        .route("/login_handle/", to("/login/").post(pages::login_handle))
        .route("/expiry/", to("/").post(pages::change_expiry))
        .route("/session/set/", to("/").post(pages::set_entry))
        .route("/session/delete/", to("/").post(pages::delete_entry))
        .route("/session/clear/", to("/").post(pages::without_fields))
        .route("/session/flush/", to("/").post(pages::without_fields))
        .route("/preferences/", to("/").post(pages::without_fields))
        .route(
            "/logout/",
            get(pages::logout_link).post(pages::without_fields),
        )
        .route("/session/", get(pages::session))
        .route("/login", to("/login/"))
        .route("/logout", to("/logout/"))
        .merge(more);
    // Before the session: nobody else's site may act in a visitor's name, and a form that is
    // too large isn't read. Around it: what depends on the visitor is kept in no cache.
    let around = || {
        ServiceBuilder::new()
            .layer(said("cache-control", "no-store"))
            .layer(RequestBodyLimitLayer::new(LARGEST_FORM))
            .layer(CsrfLayer)
    };
    let routes = routes.layer(around().option_layer(sessions));
    routes.merge(console.layer(around()))
}

/// The files of the built site: compressed once if `cargo leptos build -P` has done so, else on
/// the way. Browsers ask each time whether they have changed, which costs no body.
fn files(options: &LeptosOptions, state: SiteState) -> Router {
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(get(pages::not_found).with_state(state));
    Router::new().fallback_service(
        ServiceBuilder::new()
            .layer(said("cache-control", "no-cache"))
            .layer(CompressionLayer::new())
            .service(files),
    )
}

fn said(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}
