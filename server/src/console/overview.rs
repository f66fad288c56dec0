//! How all sessions are, and what can be done with all of them.

use admin::activity;
use app::{
    form::Wrong,
    look::Look,
    pages::console::{Now, NowView, OverviewPage, Stored},
};
use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::{
    Console, PATH,
    login::{self, ConsoleSession},
};
use crate::{
    look::Chosen,
    pages::page,
    submit::{field, found},
};

/// Sessions that are read to see how they end. A share of all that is estimated by them is right to
/// three parts of a hundred, nineteen times of twenty.
const SAMPLE: usize = 1_000;
const JOBS: &str = "/console/#jobs";

async fn look(console: &Console) -> Now {
    let store = match &console.admin {
        None => None,
        Some(admin) => {
            // Before what they change is counted: what is done can be seen in the numbers.
            let jobs = admin.jobs();
            let (statistics, health) = admin.overview(SAMPLE).await;
            Some(Stored {
                statistics: statistics.map_err(|error| error.to_string()),
                health,
                jobs,
            })
        }
    };
    Now {
        minutes: activity::last_hour(),
        store,
    }
}

/// What the open page asks now and then. Asking is nothing done, so it keeps nothing open.
pub(super) async fn now(
    State(console): State<Console>,
    Chosen(chosen): Chosen,
    session: Session,
) -> Response {
    session.peek();
    if !login::is_logged_in(&session).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let now = look(&console).await;
    let site = console.site.site.clone();
    Html(app::document::render(site, chosen, || view! { <NowView now /> }).html).into_response()
}

pub(super) async fn clear_expired(
    State(console): State<Console>,
    session: ConsoleSession,
) -> Response {
    match &console.admin {
        None => found(PATH),
        Some(admin) => {
            admin.clear_expired(&session.by);
            found(JOBS)
        }
    }
}

pub(super) async fn end_all_of(
    State(console): State<Console>,
    Chosen(chosen): Chosen,
    session: ConsoleSession,
    RawForm(form): RawForm,
) -> Response {
    let uname = field(&form, "uname");
    let uname = uname.trim();
    match &console.admin {
        None => found(PATH),
        Some(_) if uname.is_empty() => {
            let wrong = Some(Wrong::NameMissing);
            overview(&console, chosen, StatusCode::BAD_REQUEST, &session, wrong).await
        }
        Some(admin) if admin.end_all_of(uname, &session.by) => found(JOBS),
        Some(_) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let wrong = Some(Wrong::TooManyJobs);
            overview(&console, chosen, status, &session, wrong).await
        }
    }
}

/// The overview; `wrong`: what is, with the name whose sessions were to end.
pub(super) async fn overview(
    console: &Console,
    chosen: Look,
    status: StatusCode,
    session: &ConsoleSession,
    wrong: Option<Wrong>,
) -> Response {
    let notice = session.take_notice().await;
    let now = look(console).await;
    let view = || view! { <OverviewPage now notice wrong /> };
    page(&console.site, chosen, status, view)
}
