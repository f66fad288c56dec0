//! From a form to its server function, and back to a page.
//!
//! Left alone, a server function that fails without JavaScript redirects with its error in the
//! address. Here it answers as it would a program, and that answer becomes a page: 302 when it
//! is done, else the form again with what was typed.

use app::{actions::ActionError, form::Typed};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::FromServerFnError;

/// Bytes of the largest form that is read: a name of 150 characters is at most 1800 of them.
pub(crate) const LARGEST_FORM: usize = 16 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";
/// Set by server functions that fail.
const FAILED: &str = "serverfnerror";

/// A form whose server function did not do what it was asked.
pub(crate) enum Unsubmitted {
    /// The server function said why.
    Refused { typed: Typed, error: ActionError },
    /// It was never asked.
    NotAForm(Response),
}

/// Hands the form to the server function that listens at its path.
pub(crate) async fn submit(request: Request) -> Result<Response, Unsubmitted> {
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_FORM).await else {
        let answer = StatusCode::PAYLOAD_TOO_LARGE.into_response();
        return Err(Unsubmitted::NotAForm(answer));
    };
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    if !bytes.is_empty() && !content_type.is_some_and(is_form) {
        let answer = StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
        return Err(Unsubmitted::NotAForm(answer));
    }
    let typed = typed(&bytes);
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
        let error = to_bytes(answer.into_body(), LARGEST_FORM)
            .await
            .unwrap_or_default();
        let error = ActionError::de(error);
        return Err(Unsubmitted::Refused { typed, error });
    }
    let place = answer.headers().get(header::LOCATION).cloned();
    let place = place.unwrap_or(HeaderValue::from_static("/"));
    Ok((StatusCode::FOUND, [(header::LOCATION, place)]).into_response())
}

fn is_form(content_type: &HeaderValue) -> bool {
    let essence = content_type.to_str().unwrap_or_default().split(';').next();
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM))
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
