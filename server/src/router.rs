//! Which route goes where, and what stands before it: the whole order of the middleware.

use std::{convert::Infallible, sync::Arc, time::Duration};

use admin::Admin;
use app::{
    form::HomeForm,
    head::Head,
    paths,
    server_fns::{
        ChangeExpiry, ClearEntries, DeleteEntry, FlushSession, Login, Logout, Prefer, SetEntry,
    },
    site::Site,
    storage::StorageInfo,
};
use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use huihua::{Clock, SessionLayer, Store};
use leptos::{config::LeptosOptions, server_fn::ServerFn};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer,
    services::ServeDir, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
    validate_request::ValidateRequestHeaderLayer,
};

use crate::{
    console, csrf,
    error::Error,
    error_pages,
    forms::FormFn,
    health,
    login_limit::LoginLimit,
    pages::{self, FormPage, form},
    plain_http,
    redirect::get_redirect,
    security_headers,
    settings::ServerSettings,
    state::{Shared, SiteState},
};

/// Bytes of the longest path to a file of the site.
const LONGEST_PATH: usize = 1024;
/// Bytes of the longest name that a file can have, with room for `.br` or `.gz`.
const LONGEST_NAME: usize = 252;
/// Characters of the hash that cargo-leptos puts before the ending of a name.
const HASH: usize = 22;

/// No page takes this long; a client that sends its form this slowly has given up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Bytes of the largest form that is read: a value of 4096 bytes is at most three times as many
/// in a form, and a name of 150 characters 1800.
const LARGEST_FORM: usize = 16 * 1024;

/// The whole site: a request in, an answer out.
pub type SiteService = BoxCloneSyncService<Request, Response, Infallible>;

/// The whole site; `admin`: of the store, where it has rows. Fails as [`console::routes`].
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
    let secure = of_sessions.session_cookie_secure;
    let health = health::routes(store.as_ref(), admin.clone());
    let head = Head::new(options);
    let state = Arc::new(Shared {
        headers: security_headers::headers(secure),
        site: Site {
            head,
            cookie_age: of_sessions.session_cookie_age,
            secure,
            storage: StorageInfo::of(of_sessions),
        },
        guest_page: Default::default(),
        page_policy: security_headers::page_policy(&head.script_hashes()),
        clock: clock.clone(),
        login_limit: LoginLimit::new(settings.login_rate_limit, &settings.trusted_proxies),
    });
    let console = console::routes(settings, state.clone(), admin, clock)?;
    let routes = Router::new()
        .merge(health)
        .merge(dynamic(sessions, console, more).with_state(state.clone()))
        .fallback_service(files(options, state.clone()));
    // No request lasts for ever, and no panic reaches a client as a cut connection. Around the router,
    // not in it: there, each layer would be made anew for every route and copied for every request.
    let routes = ServiceBuilder::new()
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_REQUEST))
        .service(routes);
    Ok(SiteService::new(service_fn(move |request| answer(state.clone(), routes.clone(), request))))
}

/// The answer of `routes` as it leaves the site: with the headers by which browsers guard a page and,
/// where it is an error without a page, with one. The checks of health keep their one line of text.
async fn answer<S, B>(state: SiteState, routes: S, request: Request) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response<B>, Error = Infallible>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if state.site.secure {
        plain_http::warn_of(&request);
    }
    let cookies = request.headers().get(header::COOKIE).cloned();
    let has_pages = !health::PATHS.contains(&request.uri().path());
    let mut response = routes.oneshot(request).await?.map(Body::new);
    if has_pages {
        response = error_pages::with_page(&state, cookies, response);
    }
    for (name, value) in &state.headers {
        let there = response.headers_mut().entry(name);
        there.or_insert_with(|| value.clone());
    }
    Ok(response)
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
        .route(paths::LOGIN, get(pages::login))
        .route(Login::PATH, get_redirect(paths::LOGIN).post(pages::login_handle))
        .route(Logout::PATH, get(pages::logout_link).post(pages::logout_handle))
        .merge(form_at_home::<ChangeExpiry>(Some(HomeForm::Expiry)))
        .merge(form_at_home::<SetEntry>(Some(HomeForm::Set)))
        .merge(form_at_home::<DeleteEntry>(Some(HomeForm::Delete)))
        .merge(form_at_home::<ClearEntries>(None))
        .merge(form_at_home::<FlushSession>(None))
        .merge(form_at_home::<Prefer>(None))
        .route(paths::SESSION_STATUS, get(pages::session))
        .route("/login", get_redirect(paths::LOGIN))
        .route("/logout", get_redirect(Logout::PATH))
        .merge(more);
    // Before the session: nobody else's site may act in a visitor's name, and a form that is
    // too large isn't read. Around it: what depends on the visitor is kept in no cache.
    let no_store = HeaderValue::from_static("no-store");
    let no_store = SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store);
    let around = || {
        ServiceBuilder::new()
            .layer(no_store.clone())
            .layer(RequestBodyLimitLayer::new(LARGEST_FORM))
            .layer(ValidateRequestHeaderLayer::custom(csrf::validate))
    };
    routes.layer(around().option_layer(sessions)).merge(console.layer(around()))
}

fn form_at_home<F: FormFn + 'static>(form_of: Option<HomeForm>) -> Router<SiteState> {
    let page = form_of.map_or(FormPage::WithoutFields, FormPage::Home);
    let handle = move |context, request| form::<F>(page, context, request);
    Router::new().route(F::PATH, get_redirect("/").post(handle))
}

/// The files of the built site: compressed once if `cargo leptos build -P` has done so, else on
/// the way. A name with a hash never changes what it means; of every other, browsers ask each time
/// whether it has, which costs no body.
fn files(options: &LeptosOptions, state: SiteState) -> Router {
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(get(pages::not_found).with_state(state));
    let hashed = options.hash_files;
    let package = format!("/{}/", options.site_pkg_dir);
    let cached = move |request: Request, next: middleware::Next| {
        let path = request.uri().path();
        let hash = path.rsplit('.').nth(1).filter(|_| hashed && path.starts_with(&package));
        let is_hashed = hash.is_some_and(|hash| hash.len() == HASH && !hash.contains('/'));
        // Such a name is an error to the file system, not a file that isn't there.
        let is_of_no_file = path.len() > LONGEST_PATH
            || path.split('/').any(|name| name.len() > LONGEST_NAME)
            || path.contains("%00");
        async move {
            if is_of_no_file {
                return StatusCode::NOT_FOUND.into_response();
            }
            let mut response = next.run(request).await;
            let value = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
            let there = response.headers_mut().entry(header::CACHE_CONTROL);
            there.or_insert(HeaderValue::from_static(value));
            // What is unchanged came compressed or not too.
            let varies = response.headers_mut().entry(header::VARY);
            varies.or_insert(HeaderValue::from_static("accept-encoding"));
            response
        }
    };
    Router::new().fallback_service(
        ServiceBuilder::new()
            .layer(middleware::from_fn(cached))
            .layer(CompressionLayer::new())
            .service(files),
    )
}
