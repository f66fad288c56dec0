//! From a form to its server function, and back to the page.

use std::sync::PoisonError;

use app::{
    form::{FieldError, FormErrors, FormInput, RejectedForm},
    paths,
    server_fns::FormError,
    site::Site,
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest as _, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::{
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::{
        ContentType as _, ServerFn,
        codec::{FromReq, Json, PostUrl},
        error::FromServerFnError as _,
    },
};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context};

use crate::redirect::redirect;

/// A server function that a form posts to.
pub(crate) trait FormFn:
    ServerFn<Output = (), Error = FormError> + FromReq<PostUrl, Request, FormError>
{
}

impl<F> FormFn for F where
    F: ServerFn<Output = (), Error = FormError> + FromReq<PostUrl, Request, FormError>
{
}

/// Runs the server function `F` on a form: 302 to where it leads, unless the body is no form of ours or
/// the function fails. To an island that calls it, it answers as server functions do. `Err`: the form
/// is to be shown again.
pub(crate) async fn submit<F: FormFn>(
    site: &Site,
    request: Request,
) -> Result<Response, (StatusCode, RejectedForm)> {
    let accept = request.headers().get(header::ACCEPT);
    let is_of_island = accept.is_some_and(|accept| accept == Json::CONTENT_TYPE);
    let (parts, body) = request.into_parts();
    let bytes = match Bytes::from_request(Request::new(body), &()).await {
        Ok(bytes) => bytes,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    if !bytes.is_empty() && !is_form(&parts.headers) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let (input, error) = FormInput::parse(&bytes);
    if let Some(error) = error {
        let errors = FormErrors::of_form(error);
        if is_of_island {
            let error = FormError::Fields(errors).ser();
            let content_type = [(header::CONTENT_TYPE, Json::CONTENT_TYPE)];
            return Ok((StatusCode::BAD_REQUEST, content_type, error).into_response());
        }
        return Err((StatusCode::BAD_REQUEST, RejectedForm { input, errors }));
    }
    let request = Request::from_parts(parts.clone(), Body::from(bytes));
    if is_of_island {
        let site = *site;
        let context = move || provide_context(site);
        let answer = handle_server_fns_with_context(context, request).await;
        return Ok(answer.into_response());
    }
    let done = run::<F>(site, parts, request).await;
    done.or_else(|error| rejected(input, error))
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
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

fn rejected(input: FormInput, error: FormError) -> Result<Response, (StatusCode, RejectedForm)> {
    let of_form = |status, error| (status, FormErrors::of_form(error));
    let (status, errors) = match error {
        FormError::Fields(errors) => (StatusCode::BAD_REQUEST, errors),
        FormError::Request(_) => of_form(StatusCode::BAD_REQUEST, FieldError::NotOurForm),
        FormError::SessionsOff => of_form(StatusCode::SERVICE_UNAVAILABLE, FieldError::SessionsOff),
        FormError::NotLoggedIn => return Ok(redirect(paths::LOGIN)),
        FormError::Session(error) => {
            tracing::error!(%error, "a session refused a form");
            of_form(StatusCode::INTERNAL_SERVER_ERROR, FieldError::SessionRefused)
        }
    };
    Err((status, RejectedForm { input, errors }))
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
