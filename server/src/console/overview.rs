//! How all sessions are, and what can be done with all of them.

use app::pages::console::{Now, NowView, Stored};
use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use huihua::Session;
use leptos::prelude::*;

use super::{
    Console, PATH,
    gate::{self, Opened},
};
use crate::{
    look::Chosen,
    operator::pulse,
    submit::{field, found},
};

/// Sessions that are read to see how they end: what is said of all is off by about a sixteenth of a
/// half of them at most, nineteen times of twenty.
const SAMPLE: usize = 1_000;
const JOBS: &str = "/console/#jobs";

pub(super) async fn look(console: &Console) -> Now {
    let store = match &console.operator {
        None => None,
        Some(operator) => {
            let (census, health) = tokio::join!(operator.census(SAMPLE), operator.health());
            Some(Stored {
                census: census.map_err(|error| error.to_string()),
                health,
                jobs: operator.jobs(),
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
    Chosen(chosen): Chosen,
    session: Session,
) -> Response {
    session.peek();
    if !gate::is_open(&session).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let now = look(&console).await;
    let site = console.site.site.clone();
    Html(app::document::render(site, chosen, || view! { <NowView now /> }).html).into_response()
}

pub(super) async fn clear_expired(State(console): State<Console>, opened: Opened) -> Response {
    match &console.operator {
        None => found(PATH),
        Some(operator) => {
            operator.clear_expired(&opened.by);
            found(JOBS)
        }
    }
}

pub(super) async fn end_all_of(
    State(console): State<Console>,
    opened: Opened,
    RawForm(form): RawForm,
) -> Response {
    let uname = field(&form, "uname");
    let uname = uname.trim();
    match &console.operator {
        Some(operator) if !uname.is_empty() => {
            operator.end_all_of(uname, &opened.by);
            found(JOBS)
        }
        _ => found(PATH),
    }
}
