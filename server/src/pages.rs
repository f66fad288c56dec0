//! The handlers: each reads the session, and renders a page of the app.

use std::net::SocketAddr;

use app::{
    current_user::{CurrentUser, SessionStatus},
    form::{FieldError, FormErrors, FormInput, FormState, HomeForm, RejectedForm},
    pages::{ErrorPage, HomePage, LoginPage, LogoutPage, UnreadablePage},
    preferences::Preferences,
    server_fns::{Login, Logout},
    session_details::SessionDetails,
};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, FromRequest as _, RawQuery, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::{
    csrf,
    forms::{FormFn, FormPage, Rejection, submit},
    state::SiteState,
};

pub(crate) async fn home(
    State(state): State<SiteState>,
    preferences: Preferences,
    session: Option<Session>,
    RawQuery(query): RawQuery,
) -> Response {
    let form = query.and_then(|query| {
        let now = session.as_ref().map(Session::now);
        asked(FormInput::parse(query.as_bytes()), now)
    });
    let status = match &form {
        Some(form) if !form.rejected.errors.is_empty() => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    home_page(&state, preferences, session, status, form).await
}

/// A form that changes nothing: it asks for a key of the session, or when a choice would end.
fn asked(input: FormInput, now: Option<OffsetDateTime>) -> Option<FormState> {
    let (form, errors) = if !input.get("expiry").is_empty() {
        let errors = input.expiry().expiry(now?).err();
        (HomeForm::Expiry, errors.unwrap_or_default())
    } else if !input.get("key").is_empty() {
        let error = app::form::key(input.get("key")).err();
        (HomeForm::Get, FormErrors::of_fields([("key", error)]))
    } else {
        return None;
    };
    let rejected = RejectedForm { input, errors };
    Some(FormState { form, rejected })
}

async fn home_page(
    state: &SiteState,
    preferences: Preferences,
    session: Option<Session>,
    status: StatusCode,
    form: Option<FormState>,
) -> Response {
    let details = match &session {
        Some(session) => SessionDetails::of(session).await,
        None => Ok(None),
    };
    match details {
        Ok(None) if status == StatusCode::OK => {
            let guest = || view! { <HomePage details=None form=None /> }.into_any();
            html(
                state,
                status,
                state.guest_page.get(&state.site, preferences, guest),
            )
        }
        Ok(details) => page(state, preferences, status, || {
            view! { <HomePage details form /> }
        }),
        Err(error) => unreadable_page(state, preferences, &error),
    }
}

fn unreadable_page(
    state: &SiteState,
    preferences: Preferences,
    error: &huihua::session::Error,
) -> Response {
    tracing::error!(%error, "a session can't be read");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    page(state, preferences, status, || view! { <UnreadablePage /> })
}

pub(crate) async fn login(
    State(state): State<SiteState>,
    preferences: Preferences,
    session: Option<Session>,
) -> Response {
    let rejected = state.store.is_none().then(|| RejectedForm {
        errors: FormErrors::of_form(FieldError::SessionsOff),
        ..RejectedForm::default()
    });
    login_page(&state, preferences, session, StatusCode::OK, rejected)
}

fn login_page(
    state: &SiteState,
    preferences: Preferences,
    session: Option<Session>,
    status: StatusCode,
    rejected: Option<RejectedForm>,
) -> Response {
    let now = session.as_ref().map(Session::now);
    page(state, preferences, status, || {
        view! { <LoginPage rejected now /> }
    })
}

pub(crate) async fn login_handle(
    state: State<SiteState>,
    preferences: Preferences,
    session: Option<Session>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Err(seconds) = state.login_limit.check(peer, request.headers()) {
        tracing::warn!(event = "login_too_often");
        // What was typed is kept for the next try.
        let input = FormInput::from_request(request, &state).await;
        let rejected = RejectedForm {
            input: input.unwrap_or_default(),
            errors: FormErrors::of_form(FieldError::TooOften(seconds)),
        };
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut page = login_page(&state, preferences, session, status, Some(rejected));
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
        return page;
    }
    form::<Login>(state, preferences, session, request).await
}

/// Runs the server function `F` on a form; if it fails, shows the form's page again with what was
/// typed.
pub(crate) async fn form<F: FormFn>(
    State(state): State<SiteState>,
    preferences: Preferences,
    session: Option<Session>,
    request: Request,
) -> Response {
    let (status, rejected) = match submit::<F>(&state.site, request).await {
        Ok(response) | Err(Rejection::Answer(response)) => return response,
        Err(Rejection::Again(status, rejected)) => (status, rejected),
    };
    match F::PAGE {
        FormPage::Login => login_page(&state, preferences, session, status, Some(rejected)),
        FormPage::Home(form) => {
            let form = Some(FormState { form, rejected });
            home_page(&state, preferences, session, status, form).await
        }
        FormPage::WithoutFields if status == StatusCode::INTERNAL_SERVER_ERROR => {
            page(&state, preferences, status, || view! { <UnreadablePage /> })
        }
        FormPage::WithoutFields => status.into_response(),
    }
}

/// The manual's link. It logs out if the visitor followed it, and asks if it may have been
/// somebody else's idea: another site's, an image's, or a browser's that fetches ahead.
pub(crate) async fn logout_link(
    state: State<SiteState>,
    preferences: Preferences,
    session: Option<Session>,
    request: Request,
) -> Response {
    let headers = request.headers();
    let is_followed = csrf::is_navigation(headers) && csrf::is_from_this_site(headers);
    if request.method() == Method::GET && is_followed {
        form::<Logout>(state, preferences, session, request).await
    } else {
        let status = StatusCode::OK;
        page(&state, preferences, status, || view! { <LogoutPage /> })
    }
}

/// Who is logged in, and until when: what an open page asks now and then. Asking is no visit.
pub(crate) async fn session(session: Option<Session>) -> Response {
    if let Some(session) = &session {
        session.without_touch();
    }
    let user = match &session {
        Some(session) => CurrentUser::of(session).await,
        None => Ok(None),
    };
    match user {
        Ok(user) => Json(SessionStatus::of(user.as_ref())).into_response(),
        Err(error) => unreadable(&error),
    }
}

pub(crate) async fn not_found(
    State(state): State<SiteState>,
    preferences: Preferences,
) -> Response {
    error_page(&state, preferences, StatusCode::NOT_FOUND)
}

/// An answer that is nothing but its status, as a page.
pub(crate) fn error_page(
    state: &SiteState,
    preferences: Preferences,
    status: StatusCode,
) -> Response {
    let mut page = page(
        state,
        preferences,
        status,
        || view! { <ErrorPage status /> },
    );
    let no_store = HeaderValue::from_static("no-store");
    page.headers_mut().insert(header::CACHE_CONTROL, no_store);
    page
}

pub(crate) fn unreadable(error: &huihua::session::Error) -> Response {
    tracing::error!(%error, "a session can't be read");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// The answer that shows a page.
pub fn page<V: IntoView>(
    state: &SiteState,
    preferences: Preferences,
    status: StatusCode,
    view: impl FnOnce() -> V,
) -> Response {
    html(state, status, state.site.render(preferences, view))
}

fn html(state: &SiteState, status: StatusCode, html: impl Into<Body>) -> Response {
    let mut response = (status, Html(html.into())).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, state.page_policy.clone());
    response
}
