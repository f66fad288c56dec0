//! How all sessions are, and what can be done with all of them.

use app::{
    form::{FieldError, FormInput},
    pages::console::{Now, NowView, OverviewPage, Stored},
    preferences::Preferences,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::{
    Console, PATH,
    gate::{self, Opened},
};
use crate::{forms::redirect, operator::pulse, pages::page};

/// Sessions that are read to see how they end. A share of all that is estimated by them is right to
/// three parts of a hundred, nineteen times of twenty.
const SAMPLE: usize = 1_000;
const JOBS: &str = "/console/#jobs";

async fn look(console: &Console) -> Now {
    let store = match &console.operator {
        None => None,
        Some(operator) => {
            // Before what they change is counted: what is done can be seen in the numbers.
            let jobs = operator.jobs();
            let (census, health) = operator.look(SAMPLE).await;
            Some(Stored {
                census: census.map_err(|error| error.to_string()),
                health,
                jobs,
            })
        }
    };
    Now {
        minutes: pulse::last_hour(),
        store,
    }
}

/// What the open page asks now and then. Asking is nothing done, so it keeps nothing open.
pub(super) async fn now(
    State(console): State<Console>,
    preferences: Preferences,
    session: Session,
) -> Response {
    session.without_touch();
    if !gate::is_open(&session).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let now = look(&console).await;
    let site = console.site.site.clone();
    Html(site.render(preferences, || view! { <NowView now /> })).into_response()
}

pub(super) async fn clear_expired(State(console): State<Console>, opened: Opened) -> Response {
    match &console.operator {
        None => redirect(PATH),
        Some(operator) => {
            operator.clear_expired(&opened.by);
            redirect(JOBS)
        }
    }
}

pub(super) async fn end_all_of(
    State(console): State<Console>,
    preferences: Preferences,
    opened: Opened,
    form: FormInput,
) -> Response {
    let uname = form.get("uname").trim();
    match &console.operator {
        None => redirect(PATH),
        Some(_) if uname.is_empty() => {
            let error = Some(FieldError::NameMissing);
            overview(
                &console,
                preferences,
                StatusCode::BAD_REQUEST,
                &opened,
                error,
            )
            .await
        }
        Some(operator) if operator.end_all_of(uname, &opened.by) => redirect(JOBS),
        Some(_) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let error = Some(FieldError::TooManyJobs);
            overview(&console, preferences, status, &opened, error).await
        }
    }
}

/// The overview; `error`: what is, with the name whose sessions were to end.
pub(super) async fn overview(
    console: &Console,
    preferences: Preferences,
    status: StatusCode,
    opened: &Opened,
    error: Option<FieldError>,
) -> Response {
    let notice = opened.notice().await;
    let now = look(console).await;
    let view = || view! { <OverviewPage now notice error /> };
    page(&console.site, preferences, status, view)
}
