//! The booktest site on axum with tower-sessions 0.14, or with no sessions at all, to be put
//! under load beside Huihua.
//!
//! `peer PORT none|memory|sqlite:PATH|redis://…`

#[path = "../../peers/routes.rs"]
mod routes;

use std::error::Error;

use axum::{Router, routing::get};
use mimalloc::MiMalloc;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};
use tower_sessions_moka_store::MokaStore;
use tower_sessions_redis_store::{
    RedisStore,
    fred::prelude::{ClientLike, Config, Pool},
};
use tower_sessions_sqlx_store::SqliteStore;

use crate::routes::{arguments, page, routes, serve};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (port, at) = arguments()?;
    let site = match at.split_once(':') {
        Some(("sqlite", path)) => on(sqlite(path).await?),
        Some(("redis", _)) => on(redis(&at).await?),
        _ if at == "memory" => on(MokaStore::new(None)),
        // What the rest of the program costs.
        _ => Router::new()
            .route("/", get(|| async { page("游客") }))
            .route("/one/", get(|| async { "游客" })),
    };
    Ok(serve(port, site).await?)
}

fn on(store: impl SessionStore + Clone) -> Router {
    let sessions = SessionManagerLayer::new(store)
        .with_secure(false)
        .with_name("sessionid")
        .with_expiry(Expiry::OnInactivity(Duration::weeks(2)));
    routes().layer(sessions)
}

/// As durable as Huihua's, and with as many connections: see the other program.
async fn sqlite(path: &str) -> Result<SqliteStore, Box<dyn Error>> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(8);
    let store = SqliteStore::new(pool.connect_with(options).await?);
    store.migrate().await?;
    Ok(store)
}

async fn redis(url: &str) -> Result<RedisStore<Pool>, Box<dyn Error>> {
    let pool = Pool::new(Config::from_url(url)?, None, None, None, 6)?;
    pool.connect();
    pool.wait_for_connect().await?;
    Ok(RedisStore::new(pool))
}
