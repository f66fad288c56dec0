//! The booktest site on axum with Huihua in the place of stock tower-sessions: the handlers are
//! the same, only the layer isn't. `peer` in `benches/stock` is the other.
//!
//! `swapped PORT memory|sqlite:PATH|redis://…`

// Clippy looks deeper into what the engines wait for than the 128 that it may by default.
#![recursion_limit = "256"]

#[path = "../../peers/routes.rs"]
mod routes;

use std::error::Error;

use axum::Router;
use huihua::{
    Db, Engine, SecretKeys, Session, SessionLayer,
    engine::{
        cache::Cache,
        redis::{Redis, RedisAt},
    },
    tower_sessions::Expiry,
};
use mimalloc::MiMalloc;

use crate::routes::{arguments, routes, serve};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Bytes of sessions in local memory: more than all the logins of a run take, so that nobody is thrown
/// out for them.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (port, at) = arguments()?;
    let site = if at.starts_with("sqlite:") {
        let db = Db::connect(&at).await?;
        db.migrate().await?;
        on(db)
    } else if at.starts_with("redis:") {
        on(Redis::connect(RedisAt::Server { url: at }, "session").await?)
    } else {
        on(Cache::new(MEMORY))
    };
    Ok(serve(port, site).await?)
}

fn on(engine: impl Engine) -> Router {
    let keys = SecretKeys::allow_short("the key of the benchmark").expect("a key");
    let sessions = SessionLayer::new(engine, &keys).with_secure(false).with_name("sessionid");
    routes().layer(sessions)
}
