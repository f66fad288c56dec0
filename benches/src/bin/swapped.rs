//! The booktest site on axum with Huihua in the place of stock tower-sessions: the handlers are
//! the same, only the layer isn't. `peer` in `benches/stock` is the other.
//!
//! ```sh
//! swapped PORT memory
//! swapped PORT sqlite PATH
//! swapped PORT redis URL
//! ```

// Clippy looks deeper into what the engines wait for than the 128 that it may by default.
#![recursion_limit = "256"]

#[path = "../../peers/routes.rs"]
mod routes;

use std::{env, error::Error};

use axum::Router;
use huihua::{
    Db, Engine, SecretKeys, Session, SessionLayer,
    engine::{
        cache::Cache,
        redis::{Redis, RedisAt},
    },
};
use mimalloc::MiMalloc;
use tower_sessions::Expiry;

use crate::routes::{routes, serve};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USAGE: &str =
    "say on which port, and on what: swapped PORT memory|sqlite|redis [PATH or URL]";
/// Bytes of sessions in local memory: more than all the logins of a run take, so that nobody is thrown
/// out for them.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let (port, site) = match arguments[..] {
        [port, "memory"] => (port, on(Cache::new(MEMORY))),
        [port, "sqlite", path] => (port, on(sqlite(path).await?)),
        [port, "redis", url] => (port, on(redis(url).await?)),
        _ => return Err(USAGE.into()),
    };
    let port = port.parse().map_err(|_| USAGE)?;
    Ok(serve(port, site).await?)
}

fn on(engine: impl Engine) -> Router {
    let keys = SecretKeys::allow_short("the key of the benchmark").expect("a key");
    let sessions = SessionLayer::new(engine, &keys)
        .with_secure(false)
        .with_name("sessionid");
    routes().layer(sessions)
}

async fn sqlite(path: &str) -> Result<Db, Box<dyn Error>> {
    let db = Db::connect(&format!("sqlite:{path}")).await?;
    db.migrate().await?;
    Ok(db)
}

async fn redis(url: &str) -> Result<Redis, Box<dyn Error>> {
    let url = url.to_owned();
    Ok(Redis::connect(RedisAt::Server { url }, "session").await?)
}
