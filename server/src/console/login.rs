//! Login to the console with `CONSOLE_TOKEN`, and logout.

use std::net::SocketAddr;

use admin::audit;
use app::{form::FieldError, pages::console::ConsoleLoginPage};
use axum::{
    extract::{ConnectInfo, RawForm, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use huihua::Session;
use leptos::prelude::*;

use super::{
    session::{ConsoleSession, log_in},
    state::{Console, PATH},
};
use crate::{
    forms::{field, found},
    pages::{page, unreadable},
    preferences::Chosen,
};

pub(super) async fn login(
    State(console): State<Console>,
    Chosen(look): Chosen,
    session: Session,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let by = console.by(peer, &headers);
    let again = |status, wrong| {
        let view = || view! { <ConsoleLoginPage wrong=Some(wrong) /> };
        page(&console.site, look, status, view)
    };
    if let Err(seconds) = console.limit.check(peer, &headers) {
        audit::console_refused(&by, "too often");
        let mut page = again(StatusCode::TOO_MANY_REQUESTS, FieldError::TooOften(seconds));
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
        return page;
    }
    if !console.token.is(&field(&form, "token")) {
        audit::console_refused(&by, "wrong token");
        return again(StatusCode::FORBIDDEN, FieldError::Token);
    }
    match log_in(&session).await {
        Ok(()) => {
            audit::console_opened(&by);
            found(PATH)
        }
        Err(error) => unreadable(&error),
    }
}

pub(super) async fn logout(session: ConsoleSession) -> Response {
    let by = session.by.clone();
    match session.log_out().await {
        Ok(()) => {
            audit::console_closed(&by);
            found(PATH)
        }
        Err(error) => unreadable(&error),
    }
}
