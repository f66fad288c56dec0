//! Our site, with the routes that the races need beside its own.

use std::collections::HashMap;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use huihua::{Session, testing::TestClock, tower_sessions::Expiry};
use races::{Gates, Site, gate_routes};
use server::{settings::ServerSettings, startup};
use servers::{Running, folder_with_site, stores::Store};
use tempfile::TempDir;
use time::Duration;

pub(crate) struct Ours {
    pub(crate) site: Site,
    _folder: TempDir,
}

impl Ours {
    pub(crate) async fn start(store: &Store, running: &Running) -> Self {
        let folder = folder_with_site();
        let mut settings: HashMap<_, _> =
            store.settings(running, folder.path()).into_iter().collect();
        let root = folder.path().join("site").display().to_string();
        for (name, text) in [
            ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
            ("LEPTOS_SITE_ROOT", &root),
            ("SECRET_KEY", "a secret for tests"),
            ("LOGIN_RATE_LIMIT", "0"),
        ] {
            settings.insert(name.to_owned(), text.to_owned());
        }
        let settings = ServerSettings::read(|name| settings.get(name).cloned()).unwrap();
        let clock = TestClock::new();
        let site = startup::Site::bind_with(&settings, clock.clock(), routes().with_state(()))
            .await
            .unwrap();
        let url = format!("http://{}", site.addr().unwrap());
        tokio::spawn(site.run(std::future::pending()));
        let site = Site::at(url).unwrap();
        Self { site: site.with_clock(move |time| clock.pass(time)), _folder: folder }
    }
}

fn routes() -> Router {
    let gates = Gates::default();
    Router::new()
        .route("/race/name", get(name))
        .route("/race/keys", get(keys))
        .route("/race/set/{key}", get(set))
        .route("/race/idle", get(idle))
        .route("/race/fail/{name}", get(fail))
        .route("/race/slow/{gate}/{what}", get(slow))
        .with_state(gates.clone())
        .merge(gate_routes(gates))
}

async fn name(session: Session) -> String {
    let name = session.get_or("uname", "nobody".to_owned()).await;
    name.unwrap()
}

async fn keys(session: Session) -> String {
    session.keys().await.unwrap().join(" ")
}

async fn set(Path(key): Path<String>, session: Session) {
    session.insert(&key, 1).await.unwrap();
}

async fn idle(session: Session) {
    session.set_expiry(Some(Expiry::OnInactivity(Duration::seconds(100))));
}

async fn fail(Path(name): Path<String>, session: Session) -> StatusCode {
    session.login("uname", &name).await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn slow(
    Path((gate, what)): Path<(u64, String)>,
    State(gates): State<Gates>,
    session: Session,
) {
    gates.pass(gate).await;
    match what.as_str() {
        "saves" => session.insert("late", 1).await.unwrap(),
        "cycles" => session.cycle_id().await.unwrap(),
        // Touches: a visit, and nothing else.
        _ => {}
    }
}
