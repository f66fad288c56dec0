//! Handlers that do next to nothing, so that what is counted is the session layer.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use huihua::{Clock, Session};
use time::{Duration, OffsetDateTime, macros::datetime};
use tower_sessions::{Expiry, session::Error};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);
/// How long an idle session lasts.
const IDLE: Duration = Duration::hours(1);

/// The seconds that have passed since [`START`].
pub(crate) type Seconds = Arc<AtomicI64>;

pub(crate) fn clock(seconds: &Seconds) -> Clock {
    let seconds = seconds.clone();
    Clock::from_fn(move || START + Duration::seconds(seconds.load(Ordering::Relaxed)))
}

pub(crate) fn handlers(seconds: Seconds) -> Router {
    Router::new()
        .route("/", get(name))
        .route("/login", get(login))
        .route("/logout", get(logout))
        .route("/set", get(set))
        .route("/idle", get(idle))
        .route("/later", get(later))
        .with_state(seconds)
}

/// One handler that answers without a session.
pub(crate) fn bare() -> Router {
    Router::new().route("/", get(async || Answer::Ok("nobody".into())))
}

type Answer = Result<String, StatusCode>;

fn failed(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn name(session: Session) -> Answer {
    let name = session.get("uname").await.map_err(failed)?;
    Ok(name.unwrap_or("nobody".into()))
}

async fn login(session: Session) -> Answer {
    session.login("uname", "小明").await.map_err(failed)?;
    Ok("hello".into())
}

async fn logout(session: Session) -> Answer {
    session.flush().await.map_err(failed)?;
    Ok("bye".into())
}

async fn set(State(seconds): State<Seconds>, session: Session) -> Answer {
    // Numbers of one length, another each time.
    let value = 1_000_000 + seconds.fetch_add(1, Ordering::Relaxed);
    session.insert("value", value).await.map_err(failed)?;
    Ok("set".into())
}

/// A minute passes at each visit.
async fn later(State(seconds): State<Seconds>, session: Session) -> Answer {
    seconds.fetch_add(60, Ordering::Relaxed);
    name(session).await
}

async fn idle(session: Session) {
    session.set_expiry(Some(Expiry::OnInactivity(IDLE)));
}
