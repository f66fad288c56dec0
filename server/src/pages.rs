//! The handlers: each reads the session, and renders a page of the app.

use std::{convert::Infallible, net::SocketAddr};

use app::{
    current_user::{CurrentUser, SessionDetails, SessionStatus},
    form::{FieldError, FormErrors, FormInput, FormState, HomeForm, RejectedForm},
    pages::{ErrorPage, HomePage, LoginPage, LogoutPage},
    preferences::Preferences,
    server_fns::{Login, Logout},
};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, FromRequest as _, FromRequestParts, RawQuery, Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::{
    csrf,
    forms::{FormFn, submit},
    state::SiteState,
};

/// The page of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FormPage {
    Login,
    Home(HomeForm),
    /// It has no fields that anybody could mend.
    WithoutFields,
}

/// The context of a page: the site, how the visitor wants to see it, and the session, where there is one.
pub(crate) struct PageContext {
    state: SiteState,
    preferences: Preferences,
    session: Option<Session>,
}

impl FromRequestParts<SiteState> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &SiteState) -> Result<Self, Infallible> {
        Ok(Self {
            state: state.clone(),
            preferences: Preferences::from_request_parts(parts, state).await?,
            session: Option::from_request_parts(parts, state).await?,
        })
    }
}

impl PageContext {
    fn page<V: IntoView>(&self, status: StatusCode, view: impl FnOnce() -> V) -> Response {
        page(&self.state, self.preferences, status, view)
    }

    async fn home_page(&self, status: StatusCode, form: Option<FormState>) -> Response {
        let details = match &self.session {
            Some(session) => SessionDetails::of(session).await,
            None => Ok(None),
        };
        match details {
            Ok(None) if status == StatusCode::OK => {
                let (state, preferences) = (&self.state, self.preferences);
                let guest = || view! { <HomePage details=None form=None /> }.into_any();
                let guest = state.guest_page.get(&state.site, preferences, guest);
                html(state, status, guest)
            }
            Ok(details) => self.page(status, || view! { <HomePage details form /> }),
            Err(error) => {
                tracing::error!(%error, "a session can't be read");
                self.unreadable_page()
            }
        }
    }

    fn login_page(&self, status: StatusCode, rejected: Option<RejectedForm>) -> Response {
        let now = self.state.clock.now();
        self.page(status, || view! { <LoginPage rejected now /> })
    }

    fn unreadable_page(&self) -> Response {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.page(status, || view! { <LogoutPage unreadable=true /> })
    }
}

pub(crate) async fn home(context: PageContext, RawQuery(query): RawQuery) -> Response {
    let form = query.and_then(|query| {
        let (input, _) = FormInput::parse(query.as_bytes());
        form_of_query(input, context.state.clock.now())
    });
    let status = match &form {
        Some(form) if !form.rejected.errors.is_empty() => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    context.home_page(status, form).await
}

/// A form that changes nothing: it asks for a key of the session, or when a choice would end.
fn form_of_query(input: FormInput, now: OffsetDateTime) -> Option<FormState> {
    let (form, errors) = if !input.get("expiry").is_empty() {
        let errors = input.expiry().expiry(now).err();
        (HomeForm::Expiry, errors.unwrap_or_default())
    } else if input.has("key") {
        let error = app::form::key(input.get("key")).err();
        (HomeForm::Get, FormErrors::of_fields([("key", error)]))
    } else {
        return None;
    };
    let rejected = RejectedForm { input, errors };
    Some(FormState { form, rejected })
}

pub(crate) async fn login(context: PageContext) -> Response {
    let rejected = context.session.is_none().then(|| RejectedForm {
        errors: FormErrors::of_form(FieldError::SessionsOff),
        ..RejectedForm::default()
    });
    context.login_page(StatusCode::OK, rejected)
}

pub(crate) async fn login_handle(
    context: PageContext,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let limit = &context.state.login_limit;
    if let Err(seconds) = limit.check(peer, request.headers()) {
        tracing::warn!(event = "login_too_often");
        // What was typed is kept for the next try.
        let input = FormInput::from_request(request, &context.state).await;
        let rejected = RejectedForm {
            input: input.unwrap_or_default(),
            errors: FormErrors::of_form(FieldError::TooOften(seconds)),
        };
        let page = context.login_page(StatusCode::TOO_MANY_REQUESTS, Some(rejected));
        return ([(header::RETRY_AFTER, seconds.to_string())], page).into_response();
    }
    form::<Login>(FormPage::Login, context, request).await
}

/// Runs the server function `F` on a form; if it fails, shows the form's page again with what was typed.
pub(crate) async fn form<F: FormFn>(
    page: FormPage,
    context: PageContext,
    request: Request,
) -> Response {
    let (status, rejected) = match submit::<F>(&context.state.site, request).await {
        Ok(response) => return response,
        Err(rejected) => rejected,
    };
    match page {
        FormPage::Login => context.login_page(status, Some(rejected)),
        FormPage::Home(form) => {
            let form = FormState { form, rejected };
            context.home_page(status, Some(form)).await
        }
        FormPage::WithoutFields if status == StatusCode::INTERNAL_SERVER_ERROR => {
            context.unreadable_page()
        }
        FormPage::WithoutFields => status.into_response(),
    }
}

pub(crate) async fn logout_handle(context: PageContext, request: Request) -> Response {
    form::<Logout>(FormPage::WithoutFields, context, request).await
}

/// The manual's link. It logs out if the visitor followed it, and asks if it may have been
/// somebody else's idea: another site's, an image's, or a browser's that fetches ahead.
pub(crate) async fn logout_link(context: PageContext, request: Request) -> Response {
    let headers = request.headers();
    let is_followed = csrf::is_navigation(headers) && csrf::is_from_this_site(headers);
    if request.method() == Method::GET && is_followed {
        logout_handle(context, request).await
    } else {
        context.page(StatusCode::OK, || view! { <LogoutPage /> })
    }
}

/// The user and the session's end, for which an open page asks now and then. Asking is no visit.
pub(crate) async fn session(session: Option<Session>) -> Result<Json<SessionStatus>, Response> {
    let user = match &session {
        Some(session) => {
            session.without_touch();
            CurrentUser::of(session).await.map_err(unreadable)?
        }
        None => None,
    };
    Ok(Json(SessionStatus::of(user.as_ref())))
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
    let view = || view! { <ErrorPage status /> };
    let page = page(state, preferences, status, view);
    // Its language and its colours are those of the cookies.
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::VARY, "Cookie")];
    (headers, page).into_response()
}

pub(crate) fn unreadable(error: huihua::session::Error) -> Response {
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
    let policy = (header::CONTENT_SECURITY_POLICY, state.page_policy.clone());
    (status, [policy], Html(html.into())).into_response()
}
