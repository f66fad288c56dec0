//! From a form to its server function, and back to the page.

use std::sync::PoisonError;

use app::{
    form::{FieldError, FormErrors, FormInput, HomeForm, RejectedForm},
    server_fns::{
        ChangeExpiry, ClearEntries, DeleteEntry, FlushSession, FormError, Login, Logout, Prefer,
        SetEntry,
    },
    site::Site,
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::{
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::{
        ContentType as _, ServerFn,
        codec::{FromReq, Json, PostUrl},
    },
};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context};
use percent_encoding::percent_decode;

use crate::redirect::redirect;

/// Bytes of the largest form that is read: a value of 4096 bytes is at most three times as many
/// in a form, and a name of 150 characters 1800.
pub(crate) const LARGEST_FORM: usize = 16 * 1024;

/// The page of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FormPage {
    Login,
    Home(HomeForm),
    /// It has no fields that anybody could mend.
    WithoutFields,
}

/// A server function that a form posts to.
pub(crate) trait FormFn:
    ServerFn<Output = (), Error = FormError> + FromReq<PostUrl, Request, FormError>
{
    /// The page of its form.
    const PAGE: FormPage = FormPage::WithoutFields;
}

impl FormFn for Login {
    const PAGE: FormPage = FormPage::Login;
}

impl FormFn for ChangeExpiry {
    const PAGE: FormPage = FormPage::Home(HomeForm::Expiry);
}

impl FormFn for SetEntry {
    const PAGE: FormPage = FormPage::Home(HomeForm::Set);
}

impl FormFn for DeleteEntry {
    const PAGE: FormPage = FormPage::Home(HomeForm::Delete);
}

impl FormFn for ClearEntries {}
impl FormFn for FlushSession {}
impl FormFn for Prefer {}
impl FormFn for Logout {}

/// Why a form's answer isn't a redirect.
pub(crate) enum Rejection {
    /// It is to be shown again.
    Again(StatusCode, RejectedForm),
    /// This is the answer.
    Answer(Response),
}

/// Runs the server function `F` on a form: 302 to where it leads, unless the body is no form of ours or
/// the function fails. To an island that calls it, it answers as server functions do.
pub(crate) async fn submit<F: FormFn>(
    site: &Site,
    request: Request,
) -> Result<Response, Rejection> {
    let accept = request.headers().get(header::ACCEPT);
    if accept.is_some_and(|accept| accept == Json::CONTENT_TYPE) {
        let site = *site;
        let context = move || provide_context(site);
        let answer = handle_server_fns_with_context(context, request).await;
        return Ok(answer.into_response());
    }
    let (parts, body) = request.into_parts();
    let status = |status: StatusCode| Rejection::Answer(status.into_response());
    let Ok(bytes) = to_bytes(body, LARGEST_FORM).await else {
        return Err(status(StatusCode::PAYLOAD_TOO_LARGE));
    };
    if !bytes.is_empty() && !is_form(&parts.headers) {
        return Err(status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let input = FormInput::parse(&bytes);
    if percent_decode(&bytes).decode_utf8().is_err() {
        let errors = FormErrors::of_form(FieldError::NotUtf8);
        let rejected = RejectedForm { input, errors };
        return Err(Rejection::Again(StatusCode::BAD_REQUEST, rejected));
    }
    let request = Request::from_parts(parts.clone(), Body::from(bytes));
    let done = run::<F>(site, parts, request).await;
    done.map_err(|error| rejection(input, error))
}

/// Runs `F` as Leptos does: what it extracts and how it answers are in the context.
async fn run<F: FormFn>(
    site: &Site,
    parts: Parts,
    request: Request,
) -> Result<Response, FormError> {
    let function = F::from_req(request).await?;
    let options = ResponseOptions::default();
    let owner = Owner::new();
    let done = owner.with(|| {
        provide_context(parts);
        provide_context(options.clone());
        provide_context(*site);
        ScopedFuture::new(function.run_body())
    });
    done.await?;
    let options = options.0.read().unwrap_or_else(PoisonError::into_inner);
    let headers = &options.headers;
    let location = headers.get(header::LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let mut response = redirect(location.unwrap_or("/"));
    for cookie in headers.get_all(header::SET_COOKIE) {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

fn rejection(input: FormInput, error: FormError) -> Rejection {
    let of_form = |status, error| (status, FormErrors::of_form(error));
    let (status, errors) = match error {
        FormError::Fields(errors) => (StatusCode::BAD_REQUEST, errors),
        FormError::Request(_) => of_form(StatusCode::BAD_REQUEST, FieldError::NotOurForm),
        FormError::SessionsOff => of_form(StatusCode::SERVICE_UNAVAILABLE, FieldError::SessionsOff),
        FormError::NotLoggedIn => return Rejection::Answer(redirect("/login/")),
        FormError::Session(error) => {
            tracing::error!(%error, "a session refused a form");
            of_form(
                StatusCode::INTERNAL_SERVER_ERROR,
                FieldError::SessionRefused,
            )
        }
    };
    Rejection::Again(status, RejectedForm { input, errors })
}

/// `true`: the body is a form, in the only encoding that forms of ours have.
fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|content_type| content_type.to_str().ok());
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let mut charsets = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    });
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && charsets.all(|charset| charset.eq_ignore_ascii_case("utf-8"))
}
