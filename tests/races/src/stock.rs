//! An axum site on tower-sessions as it comes, written as its documentation shows.

use std::io;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use races::{Gates, gate_routes};
use serde::Deserialize;
use time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer, session::Error};
use tower_sessions_memory_store::MemoryStore;

/// Starts it on a free port, and answers where.
pub(crate) async fn start() -> io::Result<String> {
    let gates = Gates::default();
    let layer = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let site = Router::new()
        .route("/login_handle/", post(log_in))
        .route("/logout/", get(log_out))
        .route("/race/name", get(name))
        .route("/race/keys", get(keys))
        .route("/race/set/{key}", get(set))
        .route("/race/idle", get(idle))
        .route("/race/fail/{name}", get(fail))
        .route("/race/slow/{gate}/{what}", get(slow))
        .with_state(gates.clone())
        .layer(layer)
        .merge(gate_routes(gates));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, site).await });
    Ok(url)
}

#[derive(Deserialize)]
struct Login {
    uname: String,
}

/// What went wrong with a session, as an answer.
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

const HOME: (StatusCode, [(header::HeaderName, &str); 1]) =
    (StatusCode::FOUND, [(header::LOCATION, "/")]);

async fn log_in(session: Session, Form(login): Form<Login>) -> Result<impl IntoResponse, Failed> {
    session.cycle_id().await?;
    session.insert("uname", login.uname).await?;
    Ok(HOME)
}

async fn log_out(session: Session) -> Result<impl IntoResponse, Failed> {
    session.flush().await?;
    Ok(HOME)
}

async fn name(session: Session) -> Result<String, Failed> {
    let name = session.get("uname").await?;
    Ok(name.unwrap_or_else(|| "nobody".to_owned()))
}

/// The session can't list its keys; these are all that there may be.
async fn keys(session: Session) -> Result<String, Failed> {
    let mut keys = Vec::new();
    for key in ["a", "b", "late", "uname"] {
        if session.get_value(key).await?.is_some() {
            keys.push(key);
        }
    }
    Ok(keys.join(" "))
}

async fn set(Path(key): Path<String>, session: Session) -> Result<(), Failed> {
    Ok(session.insert(&key, 1).await?)
}

async fn idle(session: Session) {
    session.set_expiry(Some(Expiry::OnInactivity(Duration::seconds(100))));
}

async fn fail(Path(name): Path<String>, session: Session) -> Result<StatusCode, Failed> {
    session.cycle_id().await?;
    session.insert("uname", name).await?;
    Ok(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn slow(
    Path((gate, what)): Path<(u64, String)>,
    State(gates): State<Gates>,
    session: Session,
) -> Result<(), Failed> {
    // The session in hand: tower-sessions loads it when it is first asked.
    session.load().await?;
    gates.pass(gate).await;
    match what.as_str() {
        "saves" => session.insert("late", 1).await?,
        "cycles" => session.cycle_id().await?,
        _ => {}
    }
    Ok(())
}
