//! The page of an error.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_i18n::td_string;

use crate::{document::Document, preferences::locale};

/// A request that has no other answer than its status.
#[component]
pub fn ErrorPage(status: StatusCode) -> impl IntoView {
    let locale = locale();
    let title = match status {
        StatusCode::BAD_REQUEST => td_string!(locale, site.status.bad_request),
        StatusCode::NOT_FOUND => td_string!(locale, site.title.not_found),
        StatusCode::METHOD_NOT_ALLOWED => td_string!(locale, site.status.method_not_allowed),
        StatusCode::REQUEST_TIMEOUT => td_string!(locale, site.status.request_timeout),
        StatusCode::PAYLOAD_TOO_LARGE => td_string!(locale, site.status.payload_too_large),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => td_string!(locale, site.status.unsupported),
        status if status.is_server_error() => td_string!(locale, site.status.server_error),
        _ => td_string!(locale, site.status.bad_request),
    };
    view! {
        <Document title path="/">
            <h1>{title}</h1>
            <p>
                <a href="/">{td_string!(locale, site.back_home)}</a>
            </p>
        </Document>
    }
    .into_any()
}
