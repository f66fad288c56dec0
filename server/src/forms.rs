//! From a form to its server function, and back to a page.
//!
//! Left alone, a server function that fails without JavaScript redirects with its error in the
//! address. Here it answers as it would a program, and that answer becomes a page: 302 when it
//! is done, else the form again with what was typed.

use app::{
    document::Site,
    form::{FieldError, FormErrors, FormInput, RejectedForm},
    server_fns::ActionError,
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{prelude::provide_context, server_fn::error::FromServerFnError};
use percent_encoding::percent_decode;

/// Bytes of the largest form that is read: a value of 4096 bytes is at most three times as many
/// in a form, and a name of 150 characters 1800.
pub(crate) const LARGEST_FORM: usize = 16 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";
/// Set by server functions that fail.
const FAILED: &str = "serverfnerror";

/// What became of a form.
pub(crate) enum Submitted {
    /// It is dealt with, and this is the answer.
    Answer(Response),
    /// It was not accepted: it is to be shown again.
    Again(StatusCode, RejectedForm),
}

/// Hands the form to the server function that listens at its path.
pub(crate) async fn submit(site: &Site, request: Request) -> Submitted {
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_FORM).await else {
        return Submitted::Answer(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    if !bytes.is_empty() && !content_type.is_some_and(is_form) {
        return Submitted::Answer(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let typed = typed(&bytes);
    if percent_decode(&bytes).decode_utf8().is_err() {
        let problems = FormErrors::of_form(FieldError::NotUtf8);
        return Submitted::Again(StatusCode::BAD_REQUEST, RejectedForm { typed, problems });
    }
    parts.method = Method::POST;
    for (name, value) in [
        (header::ACCEPT, "application/json"),
        (header::CONTENT_TYPE, FORM),
    ] {
        parts.headers.insert(name, HeaderValue::from_static(value));
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    let site = site.clone();
    let context = move || provide_context(site.clone());
    let answer = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    if answer.headers().contains_key(FAILED) {
        let error = to_bytes(answer.into_body(), LARGEST_FORM).await;
        return refused(typed, ActionError::de(error.unwrap_or_default()));
    }
    let place = answer.headers().get(header::LOCATION).cloned();
    let mut done = found_at(place.unwrap_or(HeaderValue::from_static("/")));
    for cookie in answer.headers().get_all(header::SET_COOKIE) {
        done.headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Submitted::Answer(done)
}

/// What was typed into a form that isn't handed on.
pub(crate) async fn typed_in(request: Request) -> FormInput {
    let bytes = to_bytes(request.into_body(), LARGEST_FORM).await;
    typed(&bytes.unwrap_or_default())
}

fn refused(typed: FormInput, error: ActionError) -> Submitted {
    let (status, problems) = match error {
        ActionError::Form(problems) => (StatusCode::BAD_REQUEST, problems),
        ActionError::Request(_) => (
            StatusCode::BAD_REQUEST,
            FormErrors::of_form(FieldError::NotOurForm),
        ),
        ActionError::SessionsOff => (
            StatusCode::SERVICE_UNAVAILABLE,
            FormErrors::of_form(FieldError::SessionsOff),
        ),
        ActionError::NobodyHere => {
            return Submitted::Answer(found("/login/"));
        }
        ActionError::Session(error) => {
            tracing::error!(%error, "a session refused a form");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                FormErrors::of_form(FieldError::SessionRefused),
            )
        }
    };
    Submitted::Again(status, RejectedForm { typed, problems })
}

/// 302 to a place of this site.
pub(crate) fn found(place: &str) -> Response {
    // What isn't ASCII has no place in an address.
    let place = HeaderValue::try_from(place);
    found_at(place.unwrap_or(HeaderValue::from_static("/")))
}

fn found_at(place: HeaderValue) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}

/// A form, in the only encoding that forms of ours have.
fn is_form(content_type: &HeaderValue) -> bool {
    let content_type = content_type.to_str().unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let mut charsets = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    });
    essence.eq_ignore_ascii_case(FORM)
        && charsets.all(|charset| charset.eq_ignore_ascii_case("utf-8"))
}

/// What was typed, for showing it again. Of repeated fields, the first.
pub(crate) fn typed(form: &[u8]) -> FormInput {
    let field = |wanted| field(form, wanted);
    FormInput {
        uname: field("uname"),
        expiry: field("expiry"),
        seconds: field("seconds"),
        days: field("days"),
        key: field("key"),
        // Where a key is read, a value stands for one that isn't there.
        value: Some(field("value"))
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| field("default")),
        kind: field("kind"),
    }
}

/// One field of a form; empty where there is none. Of repeated fields, the first.
pub(crate) fn field(form: &[u8], wanted: &str) -> String {
    url::form_urlencoded::parse(form)
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
