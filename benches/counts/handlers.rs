//! Handlers that do next to nothing, so that what is counted is the session layer.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use huihua::{Clock, Session, session::Error, tower_sessions::Expiry};
use time::{Duration, OffsetDateTime, macros::datetime};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);
/// The age of an idle session.
const IDLE: Duration = Duration::hours(1);

/// The seconds that have passed since [`START`].
pub(crate) type Seconds = Arc<AtomicI64>;

pub(crate) fn clock(seconds: &Seconds) -> Clock {
    let seconds = seconds.clone();
    Clock::from_fn(move || START + Duration::seconds(seconds.load(Ordering::Relaxed)))
}

pub(crate) fn handlers(seconds: Seconds) -> Router {
    let log_in = async |session: Session| session.login("uname", "小明").await.map_err(failed);
    let log_out = async |session: Session| session.flush().await.map_err(failed);
    let idle = async |session: Session| session.set_expiry(Some(Expiry::OnInactivity(IDLE)));
    Router::new()
        .route("/", get(name))
        .route("/login", get(log_in))
        .route("/logout", get(log_out))
        .route("/idle", get(idle))
        .route("/set", get(set))
        .route("/later", get(later))
        .with_state(seconds)
}

fn failed(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn name(session: Session) -> Result<String, StatusCode> {
    let name = session.get("uname").await.map_err(failed)?;
    Ok(name.unwrap_or("nobody".into()))
}

/// Numbers of one length, another each time.
async fn set(State(seconds): State<Seconds>, session: Session) -> Result<(), StatusCode> {
    let value = 1_000_000 + seconds.fetch_add(1, Ordering::Relaxed);
    session.insert("value", value).await.map_err(failed)
}

/// A minute passes at each visit.
async fn later(State(seconds): State<Seconds>, session: Session) -> Result<String, StatusCode> {
    seconds.fetch_add(60, Ordering::Relaxed);
    name(session).await
}
