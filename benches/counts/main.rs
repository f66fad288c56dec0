//! Instructions of a request and of its parts: `cargo xtask counts`.
//!
//! Each scenario runs [`ROUNDS`] times under callgrind once it is warm. Its limit is a few percent
//! above what it takes: a cache tidies up by the clock, and hash maps are seeded anew.

mod handlers;
#[path = "../src/rounds.rs"]
mod rounds;
mod visitor;

use std::{collections::HashMap, hint::black_box};

use axum::{Router, routing::get};
use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig, prelude::*};
use huihua::{
    SecretKeys, SessionLayer,
    engine::cache::Cache,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
};
use mimalloc::MiMalloc;
use serde_json::{Value, json};
use server::{
    settings::ServerSettings,
    startup::{Site, SiteService},
};
use servers::folder_with_site;
use tokio::runtime::{Builder, Runtime};

use crate::{
    handlers::{START, Seconds, clock, handlers},
    rounds::ROUNDS,
    visitor::Visitor,
};

/// As in the `huihua` command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// More than anything here fills.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Rounds before it is counted.
const WARM: u64 = 20;

/// Does one thing so many times.
type Scenario = Box<dyn FnMut(u64)>;

#[library_benchmark]
#[bench::key(args = (key()), config = at_most(4_600))]
#[bench::sign(args = (sign()), config = at_most(375_000))]
#[bench::open(args = (open()), config = at_most(54_000))]
#[bench::encode(args = (encode()), config = at_most(412_000))]
#[bench::decode(args = (decode()), config = at_most(78_000))]
#[bench::bare(args = (bare()), config = at_most(7_300))]
#[bench::anonymous(args = (in_cache(&[], &["/"])), config = at_most(13_400))]
#[bench::read(args = (in_cache(&["/login"], &["/"])), config = at_most(24_700))]
#[bench::change(args = (in_cache(&["/login"], &["/set"])), config = at_most(380_000))]
#[bench::touch(args = (in_cache(&["/login", "/idle"], &["/later"])), config = at_most(47_000))]
#[bench::login_logout(args = (in_cache(&[], &["/login", "/logout"])), config = at_most(404_000))]
#[bench::read_signed_cookie(args = (from_cookie()), config = at_most(26_500))]
#[bench::home_guest(args = (site(&[], &["/"])), config = at_most(29_500))]
#[bench::home(args = (site(&[LOGIN], &["/"])), config = at_most(163_000))]
#[bench::session(args = (site(&[LOGIN], &["/session/"])), config = at_most(36_000))]
fn scenario(mut scenario: Scenario) -> Scenario {
    scenario(ROUNDS);
    scenario
}

library_benchmark_group!(name = requests, benchmarks = scenario);
main!(library_benchmark_groups = requests);

/// The configuration of a scenario whose rounds take so many instructions at most.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions * ROUNDS)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

fn warm(mut scenario: impl FnMut(u64) + 'static) -> Scenario {
    scenario(WARM);
    Box::new(scenario)
}

fn each(mut round: impl FnMut() + 'static) -> Scenario {
    warm(move |rounds| (0..rounds).for_each(|_| round()))
}

fn key() -> Scenario {
    each(|| {
        let key = SessionKey::parse(black_box(b"abcdefghijklmnopqrstuvwxyz012345"));
        black_box(key.expect("a key").stored(true));
    })
}

fn sign() -> Scenario {
    let (signer, json) = (signer(), Value::from_iter(values()).to_string());
    each(move || drop(black_box(signer.sign(black_box(&json), START))))
}

fn open() -> Scenario {
    let signer = signer();
    let payload = signer.encode(&values(), START);
    each(move || {
        black_box(signer.verify(black_box(&payload)).expect("our own payload"));
    })
}

fn encode() -> Scenario {
    let (signer, values) = (signer(), values());
    each(move || drop(black_box(signer.encode(black_box(&values), START))))
}

fn decode() -> Scenario {
    let signer = signer();
    let payload = signer.encode(&values(), START);
    each(move || {
        let decoded = signer.decode(black_box(&payload));
        assert!(!decoded.expect("our own payload").is_empty());
    })
}

fn secret() -> SecretKeys {
    SecretKeys::allow_short("the key of the counts").expect("a key")
}

fn signer() -> Signer {
    Signer::new(&secret(), SERVER_SIDE_SALT)
}

/// The session of a user of Django and a shop.
fn values() -> HashMap<String, Value> {
    let hash = "67b8a2db9a11f20a0a7107b74c79f0f7cf7c6da789d5741f6b65b93c65a418f6";
    let values = json!({
        "_auth_user_id": "12345",
        "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
        "_auth_user_hash": hash,
        "_language": "zh-hans",
        "cart": [{"id": 12, "n": 2, "price": 9.5}, {"id": 7, "n": 1, "price": 120.0}],
        "last_seen": "2026-11-24T12:00:00+00:00",
    });
    serde_json::from_value(values).expect("an object")
}

type Paths = &'static [&'static str];

fn in_cache(before: Paths, paths: Paths) -> Scenario {
    let seconds = Seconds::default();
    let engine = Cache::new(MAX_BYTES).with_clock(clock(&seconds));
    on_axum(SessionLayer::new(engine, &secret()), seconds, before, paths)
}

fn from_cookie() -> Scenario {
    let layer = SessionLayer::signed_cookies(&secret());
    on_axum(layer, Seconds::default(), &["/login"], &["/"])
}

/// Requests to small handlers under a layer.
fn on_axum(layer: SessionLayer, seconds: Seconds, before: Paths, paths: Paths) -> Scenario {
    let layer = layer.with_clock(clock(&seconds));
    visits(runtime(), SiteService::new(handlers(seconds).layer(layer)), before, paths)
}

/// Requests to one handler that answers without a session.
fn bare() -> Scenario {
    let router = Router::new().route("/", get(async || "nobody"));
    visits(runtime(), SiteService::new(router), &[], &["/"])
}

/// 小明 logs in, as a browser sends it.
const LOGIN: &str = "/login_handle/?uname=%E5%B0%8F%E6%98%8E";

/// Requests through the router of the site, as `huihua serve` makes it, on the engine `cache`.
fn site(before: Paths, paths: Paths) -> Scenario {
    // The server wants to see the built site; no page depends on what is in its files.
    let folder = folder_with_site();
    let settings = ServerSettings::read(|name| match name {
        "LEPTOS_SITE_ADDR" => Some("127.0.0.1:0".to_owned()),
        "LEPTOS_SITE_ROOT" => Some(folder.path().join("site").display().to_string()),
        "SECRET_KEY" => Some("the key of the counts".to_owned()),
        "SESSION_ENGINE" => Some("cache".to_owned()),
        _ => None,
    });
    let runtime = runtime();
    let site = runtime.block_on(Site::bind(&settings.expect("settings")));
    visits(runtime, site.expect("a site").into_service(), before, paths)
}

/// A visitor goes to some paths once, and to others each round.
fn visits(runtime: Runtime, service: SiteService, before: Paths, paths: Paths) -> Scenario {
    let mut visitor = Visitor::new(service);
    runtime.block_on(async {
        for path in before {
            visitor.go(path).await;
        }
        let greeting = visitor.go("/").await;
        assert_eq!(greeting.contains("小明"), !before.is_empty());
    });
    warm(move |rounds| {
        runtime.block_on(async {
            for _ in 0..rounds {
                for path in paths {
                    black_box(visitor.go(path).await);
                }
            }
        });
    })
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}
