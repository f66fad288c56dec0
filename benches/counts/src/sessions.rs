//! One request through the session layer, with handlers that do next to nothing.
//!
//! What the router and the making of the request take is in it, and the same for all.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use huihua::{Clock, SecretKeys, Session, SessionLayer, engine::cache::Cache};
use server::startup::SiteService;
use time::{Duration, OffsetDateTime, macros::datetime};
use tower_sessions::{Expiry, session::Error};

use crate::{Scenario, block_on, visitor::Visitor};

const START: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);
/// More than anything here fills.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How long an idle session lasts.
const IDLE: Duration = Duration::hours(1);

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "anonymous",
        what: "request through the layer, engine cache: somebody without a cookie reads a key",
        rounds: 1000,
        run: anonymous,
    },
    Scenario {
        name: "read",
        what: "the same by somebody logged in",
        rounds: 8000,
        run: read,
    },
    Scenario {
        name: "change",
        what: "somebody logged in changes a key",
        rounds: 1000,
        run: change,
    },
    Scenario {
        name: "touch",
        what: "a visit renews a session that ends by inactivity",
        rounds: 4000,
        run: touch,
    },
    Scenario {
        name: "login-logout",
        what: "two requests: a login and a logout",
        rounds: 1000,
        run: login_and_logout,
    },
    Scenario {
        name: "read-signed-cookie",
        what: "request through the layer, engine signed_cookies: somebody logged in reads a key",
        rounds: 1000,
        run: read_signed_cookie,
    },
];

fn anonymous(rounds: u32) {
    let (router, _) = in_cache();
    block_on(async {
        let mut visitor = Visitor::new(SiteService::new(router.clone()));
        for _ in 0..rounds {
            assert_eq!(visitor.get("/").await.text, "nobody");
        }
    });
}

fn read(rounds: u32) {
    read_from(&in_cache().0, rounds);
}

fn read_signed_cookie(rounds: u32) {
    let layer = SessionLayer::signed_cookies(&secret());
    read_from(&handlers(layer, &still()), rounds);
}

fn read_from(router: &Router, rounds: u32) {
    block_on(async {
        let mut visitor = logged_in(router).await;
        for _ in 0..rounds {
            let answer = visitor.get("/").await;
            assert_eq!(answer.text, "小明");
            assert!(!answer.sets_cookie);
        }
    });
}

fn change(rounds: u32) {
    let (router, _) = in_cache();
    block_on(async {
        let mut visitor = logged_in(&router).await;
        // Numbers of one length, whatever the round.
        for round in 1_000_000..1_000_000 + rounds {
            let answer = visitor.get(&format!("/set/{round}")).await;
            assert!(answer.status.is_success() && answer.sets_cookie);
        }
    });
}

fn touch(rounds: u32) {
    let (router, seconds) = in_cache();
    block_on(async {
        let mut visitor = logged_in(&router).await;
        visitor.get("/idle").await;
        for _ in 0..rounds {
            seconds.fetch_add(60, Ordering::Relaxed);
            let answer = visitor.get("/").await;
            assert_eq!(answer.text, "小明");
            assert!(answer.sets_cookie);
        }
    });
}

fn login_and_logout(rounds: u32) {
    let (router, _) = in_cache();
    block_on(async {
        for _ in 0..rounds {
            let mut visitor = logged_in(&router).await;
            assert!(visitor.get("/logout").await.sets_cookie);
        }
    });
}

async fn logged_in(router: &Router) -> Visitor {
    let mut visitor = Visitor::new(SiteService::new(router.clone()));
    assert!(visitor.get("/login").await.sets_cookie);
    visitor
}

/// Handlers on the `cache` engine, and the seconds that have passed for them.
fn in_cache() -> (Router, Arc<AtomicI64>) {
    let seconds = Arc::new(AtomicI64::new(0));
    let passed = seconds.clone();
    let clock = Clock::from_fn(move || START + Duration::seconds(passed.load(Ordering::Relaxed)));
    let engine = Cache::new(MAX_BYTES).with_clock(clock.clone());
    (
        handlers(SessionLayer::new(engine, &secret()), &clock),
        seconds,
    )
}

fn still() -> Clock {
    Clock::from_fn(|| START)
}

fn secret() -> SecretKeys {
    SecretKeys::allow_short("the key of the counts").expect("a key")
}

fn handlers(layer: SessionLayer, clock: &Clock) -> Router {
    Router::new()
        .route("/", get(name))
        .route("/login", get(login))
        .route("/logout", get(logout))
        .route("/set/{value}", get(set))
        .route("/idle", get(idle))
        .layer(layer.with_clock(clock.clone()))
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

async fn set(Path(value): Path<String>, session: Session) -> Answer {
    session.insert("value", &value).await.map_err(failed)?;
    Ok(value)
}

async fn idle(session: Session) {
    session.set_expiry(Some(Expiry::OnInactivity(IDLE)));
}
