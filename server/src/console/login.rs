//! Login to the console with `CONSOLE_TOKEN`, and logout.

use std::{net::SocketAddr, sync::Arc};

use admin::audit;
use app::{
    form::{FieldError, FormInput},
    pages::console::ConsoleLoginPage,
    paths,
    preferences::Preferences,
};
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::state::{Console, ConsoleSession, OPEN};
use crate::{
    pages::{page, unreadable},
    redirect::redirect,
};

pub(super) async fn login(
    State(console): State<Arc<Console>>,
    preferences: Preferences,
    session: Session,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: FormInput,
) -> Result<Response, Response> {
    let by = console.by(peer, &headers);
    let again = |status, error| {
        let view = || view! { <ConsoleLoginPage error=Some(error) /> };
        page(&console.site, preferences, status, view)
    };
    if let Err(seconds) = console.limit.check(peer, &headers) {
        audit::console_refused(&by, "too often");
        let page = again(StatusCode::TOO_MANY_REQUESTS, FieldError::TooOften(seconds));
        return Err(([(header::RETRY_AFTER, seconds.to_string())], page).into_response());
    }
    if !console.token.is(form.get("token")) {
        audit::console_refused(&by, "wrong token");
        return Err(again(StatusCode::FORBIDDEN, FieldError::Token));
    }
    session.login(OPEN, true).await.map_err(unreadable)?;
    audit::console_opened(&by);
    Ok(redirect(paths::CONSOLE))
}

pub(super) async fn logout(operator: ConsoleSession) -> Result<Response, Response> {
    operator.session.flush().await.map_err(unreadable)?;
    audit::console_closed(&operator.by);
    Ok(redirect(paths::CONSOLE))
}
