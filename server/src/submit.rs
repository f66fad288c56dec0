//! From a form to its server function, and back to a page.
//!
//! Left alone, a server function that fails without JavaScript redirects with its error in the
//! address. Here it answers as it would a program, and that answer becomes a page: 302 when it
//! is done, else the form again with what was typed.

use app::{
    actions::ActionError,
    form::{Problems, Refused, Typed},
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::FromServerFnError;
use percent_encoding::percent_decode;

/// Bytes of the largest form that is read: a name of 150 characters is at most 1800 of them.
pub(crate) const LARGEST_FORM: usize = 16 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";
/// Set by server functions that fail.
const FAILED: &str = "serverfnerror";

pub(crate) const SESSIONS_OFF: &str = "会话已关闭（SESSION_ENABLED=false），现在不能登录。";
const NOT_UTF8: &str = "表单不是 UTF-8 编码的，请重新填写。";
const NOT_OUR_FORM: &str = "表单不完整，或者有重复的字段，请重新填写。";

/// What became of a form.
pub(crate) enum Submitted {
    /// It is dealt with, and this is the answer.
    Answer(Response),
    /// It was not accepted: it is to be shown again.
    Again(StatusCode, Refused),
}

/// Hands the form to the server function that listens at its path.
pub(crate) async fn submit(request: Request) -> Submitted {
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
        let problems = Problems::with_form(NOT_UTF8);
        return Submitted::Again(StatusCode::BAD_REQUEST, Refused { typed, problems });
    }
    parts.method = Method::POST;
    for (name, value) in [
        (header::ACCEPT, "application/json"),
        (header::CONTENT_TYPE, FORM),
    ] {
        parts.headers.insert(name, HeaderValue::from_static(value));
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    let answer = leptos_axum::handle_server_fns(request)
        .await
        .into_response();
    if answer.headers().contains_key(FAILED) {
        let error = to_bytes(answer.into_body(), LARGEST_FORM).await;
        return refused(typed, ActionError::de(error.unwrap_or_default()));
    }
    let place = answer.headers().get(header::LOCATION).cloned();
    Submitted::Answer(found(place.unwrap_or(HeaderValue::from_static("/"))))
}

/// What was typed into a form that isn't handed on.
pub(crate) async fn typed_in(request: Request) -> Typed {
    let bytes = to_bytes(request.into_body(), LARGEST_FORM).await;
    typed(&bytes.unwrap_or_default())
}

fn refused(typed: Typed, error: ActionError) -> Submitted {
    let (status, problems) = match error {
        ActionError::Form(problems) => (StatusCode::BAD_REQUEST, problems),
        ActionError::Request(_) => (StatusCode::BAD_REQUEST, Problems::with_form(NOT_OUR_FORM)),
        ActionError::SessionsOff => (
            StatusCode::SERVICE_UNAVAILABLE,
            Problems::with_form(SESSIONS_OFF),
        ),
        ActionError::NobodyHere => {
            return Submitted::Answer(found(HeaderValue::from_static("/login/")));
        }
        ActionError::Session(error) => {
            tracing::error!(%error, "a session refused a form");
            return Submitted::Answer(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
    };
    Submitted::Again(status, Refused { typed, problems })
}

fn found(place: HeaderValue) -> Response {
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
fn typed(form: &Bytes) -> Typed {
    let field = |wanted: &str| {
        url::form_urlencoded::parse(form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Typed {
        uname: field("uname"),
        expiry: field("expiry"),
        seconds: field("seconds"),
        days: field("days"),
    }
}
