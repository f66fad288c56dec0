//! The handlers: each reads the session, and renders a page of the app.

use std::net::SocketAddr;

use app::{
    current_user::CurrentUser,
    document::render,
    form::{FieldError, Form, FormErrors, FormInput, RejectedForm},
    pages::{Asked, HomePage, LoginPage, LogoutPage, NotFoundPage},
    preferences::Preferences,
    session_details::SessionDetails,
};
use axum::{
    Json,
    extract::{ConnectInfo, RawQuery, Request, State},
    http::{Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::{
    csrf,
    error_pages::UNAVAILABLE,
    forms::{Submitted, submit, typed, typed_in},
    preferences::Chosen,
    state::SiteState,
};

pub(crate) async fn home(
    State(state): State<SiteState>,
    Chosen(look): Chosen,
    session: Option<Session>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = query.and_then(|query| {
        let now = session.as_ref().map(Session::now);
        asked(typed(query.as_bytes()), now)
    });
    let is_wrong = asked
        .as_ref()
        .is_some_and(|asked| asked.refused.problems != FormErrors::default());
    let status = match is_wrong {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    };
    home_page(&state, look, session, status, asked).await
}

/// What a form asks that changes nothing: a key of the session, or when a choice would end.
fn asked(typed: FormInput, now: Option<OffsetDateTime>) -> Option<Asked> {
    let (form, problems) = if !typed.expiry.is_empty() {
        (Form::Expiry, typed.expiry(now?).err().unwrap_or_default())
    } else if !typed.key.is_empty() {
        let problems = typed.key().err().map(FormErrors::of_key);
        (Form::Get, problems.unwrap_or_default())
    } else {
        return None;
    };
    let refused = RejectedForm { typed, problems };
    Some(Asked { form, refused })
}

async fn home_page(
    state: &SiteState,
    look: Preferences,
    session: Option<Session>,
    status: StatusCode,
    asked: Option<Asked>,
) -> Response {
    let own = match &session {
        Some(session) => SessionDetails::of(session).await,
        None => Ok(None),
    };
    match own {
        Ok(own) => page(state, look, status, || view! { <HomePage own asked /> }),
        Err(error) => no_session_page(state, look, unreadable(&error).status()),
    }
}

/// All that can be done with a session that can't be read.
fn no_session_page(state: &SiteState, look: Preferences, status: StatusCode) -> Response {
    page(
        state,
        look,
        status,
        || view! { <LogoutPage is_unreadable=true /> },
    )
}

pub(crate) async fn login(
    State(state): State<SiteState>,
    Chosen(look): Chosen,
    session: Option<Session>,
) -> Response {
    let refused = state.store.is_none().then(|| RejectedForm {
        problems: FormErrors::of_form(FieldError::SessionsOff),
        ..RejectedForm::default()
    });
    let now = session.as_ref().map(Session::now);
    login_page(&state, look, StatusCode::OK, refused, now)
}

fn login_page(
    state: &SiteState,
    look: Preferences,
    status: StatusCode,
    refused: Option<RejectedForm>,
    now: Option<OffsetDateTime>,
) -> Response {
    page(state, look, status, || view! { <LoginPage refused now /> })
}

pub(crate) async fn login_handle(
    State(state): State<SiteState>,
    Chosen(look): Chosen,
    session: Option<Session>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let now = session.as_ref().map(Session::now);
    if let Err(seconds) = state.login_limit.check(peer, request.headers()) {
        tracing::warn!(event = "login_too_often");
        // What was typed is kept for the next try.
        let refused = RejectedForm {
            typed: typed_in(request).await,
            problems: FormErrors::of_form(FieldError::TooOften(seconds)),
        };
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut page = login_page(&state, look, status, Some(refused), now);
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
        return page;
    }
    match submit(&state.site, request).await {
        Submitted::Answer(answer) => answer,
        Submitted::Again(status, refused) => login_page(&state, look, status, Some(refused), now),
    }
}

pub(crate) async fn change_expiry(
    state: State<SiteState>,
    look: Chosen,
    session: Option<Session>,
    request: Request,
) -> Response {
    of_home(Form::Expiry, state, look, session, request).await
}

pub(crate) async fn set_entry(
    state: State<SiteState>,
    look: Chosen,
    session: Option<Session>,
    request: Request,
) -> Response {
    of_home(Form::Set, state, look, session, request).await
}

pub(crate) async fn delete_entry(
    state: State<SiteState>,
    look: Chosen,
    session: Option<Session>,
    request: Request,
) -> Response {
    of_home(Form::Delete, state, look, session, request).await
}

/// A form of the first page, which is shown again there if it is refused.
async fn of_home(
    form: Form,
    State(state): State<SiteState>,
    Chosen(look): Chosen,
    session: Option<Session>,
    request: Request,
) -> Response {
    match submit(&state.site, request).await {
        Submitted::Answer(answer) => answer,
        Submitted::Again(status, refused) => {
            let asked = Asked { form, refused };
            home_page(&state, look, session, status, Some(asked)).await
        }
    }
}

/// A form that has no fields that anybody could mend.
pub(crate) async fn without_fields(
    State(state): State<SiteState>,
    Chosen(look): Chosen,
    request: Request,
) -> Response {
    match submit(&state.site, request).await {
        Submitted::Answer(answer) => answer,
        Submitted::Again(status @ StatusCode::INTERNAL_SERVER_ERROR, _) => {
            no_session_page(&state, look, status)
        }
        Submitted::Again(status, _) => status.into_response(),
    }
}

/// The manual's link. It logs out if the visitor followed it, and asks if it may have been
/// somebody else's idea: another site's, an image's, or a browser's that fetches ahead.
pub(crate) async fn logout_link(
    state: State<SiteState>,
    Chosen(look): Chosen,
    request: Request,
) -> Response {
    let headers = request.headers();
    let is_followed = csrf::is_navigation(headers) && csrf::is_from_this_site(headers);
    if request.method() == Method::GET && is_followed {
        without_fields(state, Chosen(look), request).await
    } else {
        page(&state, look, StatusCode::OK, || view! { <LogoutPage /> })
    }
}

/// What the open page asks now and then: who is logged in, and until when. Asking is no visit.
pub(crate) async fn session(session: Option<Session>) -> Response {
    if let Some(session) = &session {
        session.peek();
    }
    let visitor = match &session {
        Some(session) => CurrentUser::of(session).await,
        None => Ok(None),
    };
    match visitor {
        Ok(visitor) => Json(app::current_user::State::of(visitor.as_ref())).into_response(),
        Err(error) => unreadable(&error),
    }
}

pub(crate) async fn not_found(State(state): State<SiteState>, Chosen(look): Chosen) -> Response {
    let status = StatusCode::NOT_FOUND;
    let mut page = page(&state, look, status, || view! { <NotFoundPage /> });
    let no_store = header::HeaderValue::from_static("no-store");
    page.headers_mut().insert(header::CACHE_CONTROL, no_store);
    page
}

/// The store has not answered an operator.
pub(crate) fn store_failed(error: &huihua::engine::Error) -> Response {
    tracing::error!(%error, "the session store is broken");
    (StatusCode::SERVICE_UNAVAILABLE, Html(UNAVAILABLE)).into_response()
}

pub(crate) fn unreadable(error: &huihua::session::Error) -> Response {
    tracing::error!(%error, "a session can't be read");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// The answer that shows a page.
pub fn page<V: IntoView>(
    state: &SiteState,
    look: Preferences,
    status: StatusCode,
    view: impl FnOnce() -> V,
) -> Response {
    let made = render(state.site.clone(), look, view);
    let mut response = (status, Html(made.html)).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        state.guard.policy_of_page(&made.nonce),
    );
    response
}
