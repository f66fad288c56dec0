//! The overview, its refresh, and the actions on all sessions.

use std::sync::Arc;

use admin::{StoreOverview, activity::last_hour};
use app::{
    form::{FieldError, FormInput},
    pages::console::{ConsoleLoginPage, LiveOverview, OverviewPage},
    paths,
    preferences::Preferences,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::state::{Console, ConsoleSession, is_logged_in};
use crate::{pages::page, redirect::redirect};

/// Sessions that are read to see how they end. A share of all that is estimated by them is right to
/// three parts of a hundred, nineteen times of twenty.
const SAMPLE: usize = 1_000;
const JOBS: &str = "/console/#jobs";

/// The overview, or the login before it.
pub(super) async fn index(
    State(console): State<Arc<Console>>,
    preferences: Preferences,
    session: Result<ConsoleSession, Response>,
) -> Response {
    match session {
        Ok(operator) => overview_page(&operator, StatusCode::OK, None).await,
        Err(_) => {
            let view = || view! { <ConsoleLoginPage error=None /> };
            page(&console.site, preferences, StatusCode::OK, view)
        }
    }
}

async fn store(console: &Console) -> Option<StoreOverview> {
    Some(console.admin.as_ref()?.overview(SAMPLE).await)
}

/// The refresh of the open page, which doesn't extend the console's session.
pub(super) async fn now(
    State(console): State<Arc<Console>>,
    preferences: Preferences,
    session: Session,
) -> Response {
    session.without_touch();
    if !is_logged_in(&session).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (store, site) = (store(&console).await, console.site.site);
    let view = || view! { <LiveOverview minutes=last_hour() store /> };
    Html(site.render(preferences, view)).into_response()
}

pub(super) async fn clear_expired(operator: ConsoleSession) -> Response {
    match &operator.console.admin {
        None => redirect(paths::CONSOLE),
        Some(admin) => {
            admin.clear_expired(&operator.by);
            redirect(JOBS)
        }
    }
}

pub(super) async fn end_all_of(operator: ConsoleSession, form: FormInput) -> Response {
    // To the letter, blanks too.
    let uname = form.get("uname");
    let (status, error) = match &operator.console.admin {
        None => return redirect(paths::CONSOLE),
        Some(_) if uname.trim().is_empty() => (StatusCode::BAD_REQUEST, FieldError::NameMissing),
        Some(admin) if admin.end_all_of(uname, &operator.by) => return redirect(JOBS),
        Some(_) => (StatusCode::TOO_MANY_REQUESTS, FieldError::TooManyJobs),
    };
    overview_page(&operator, status, Some(error)).await
}

/// The overview; `error`: the fault of the name whose sessions were to end.
async fn overview_page(
    operator: &ConsoleSession,
    status: StatusCode,
    error: Option<FieldError>,
) -> Response {
    let notice = operator.take_notice().await;
    let store = store(&operator.console).await;
    operator.page(status, || view! { <OverviewPage minutes=last_hour() store notice error /> })
}
