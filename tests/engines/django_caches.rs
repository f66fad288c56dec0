//! Django's caches: how large a session in them may be, and what Python's pickle doesn't take.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use futures_util::future::BoxFuture;
use huihua::{
    Engine, Session, SessionLayer,
    django::DjangoEngine,
    engine::{
        ErrorKind, Order, Replaced, Row,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::{SessionKey, StoredKey},
    signing::{MAX_BYTES, SERVER_SIDE_SALT, Signer},
    testing::TestClock,
};
use servers::stores::{MEMCACHED, REDIS};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt as _;

use crate::{
    fixtures::{DJANGO, put_into_memcached, put_into_redis, secret_keys},
    restarts::Restart,
};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "promise_9_a_large_session_in_redis_is_read_or_refused",
        programs: REDIS,
        run: || Box::pin(promise_9_a_large_session_in_redis_is_read_or_refused()),
    },
    Restart {
        name: "promise_9_a_large_session_in_memcached_is_read_or_refused",
        programs: MEMCACHED,
        run: || Box::pin(promise_9_a_large_session_in_memcached_is_read_or_refused()),
    },
    Restart {
        name: "what_a_pickle_does_not_hold_is_refused_and_harms_nobody_else",
        programs: REDIS,
        run: || Box::pin(what_a_pickle_does_not_hold_is_refused_and_harms_nobody_else()),
    },
];

const ENGINE: DjangoEngine = DjangoEngine::Cache;

/// `{"uname": "ming", "large": "aaa…"}` as Python pickles it.
fn pickle_of(bytes: usize) -> Vec<u8> {
    let text = |text: &str| {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        [b"X", &length[..], text.as_bytes()].concat()
    };
    let words = ["uname", "ming", "large", &"a".repeat(bytes)].map(text);
    [b"\x80\x02}(", &words.concat()[..], b"u."].concat()
}

fn row_of(json: &str) -> Row {
    let signer = Signer::new(&secret_keys(), SERVER_SIDE_SALT);
    Row::new(signer.sign(json, OffsetDateTime::UNIX_EPOCH), TestClock::new().now() + Duration::DAY)
}

async fn redis(at: &RedisAt, max_bytes: usize) -> Redis {
    let redis = Redis::connect(at.clone(), "").await.unwrap();
    redis.as_django_cache(ENGINE, "", &secret_keys(), max_bytes)
}

/// What a page answers that asks who is logged in, by `key`.
async fn page(engine: &Arc<dyn Engine>, max_bytes: usize, key: &SessionKey) -> (StatusCode, bool) {
    let name = |session: Session| async move {
        // Whoever takes an error for a guest shows the page to nobody.
        let name = session.get::<String>("uname").await;
        name.ok().flatten().unwrap_or_default()
    };
    let layer = SessionLayer::new(engine.clone(), &secret_keys());
    let layer = layer.with_hash_keys(false).with_max_bytes(max_bytes);
    let app = Router::new().route("/", get(name)).layer(layer.with_name("sessionid"));
    let request = Request::get("/").header(header::COOKIE, format!("sessionid={}", key.expose()));
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (response.status(), response.headers().contains_key(header::SET_COOKIE))
}

async fn a_large_session_is_read_or_refused(
    [small, large]: [Arc<dyn Engine>; 2],
    put: impl Fn(String, Vec<u8>) -> BoxFuture<'static, bool>,
) {
    let (key, neighbour) = (SessionKey::generate(), SessionKey::generate().stored(false));
    let stored = key.stored(false);
    let name = format!("{DJANGO}{}", stored.as_str());
    assert!(put(name, pickle_of(2 * MAX_BYTES)).await);
    assert!(small.create(&neighbour, &row_of("{}")).await.unwrap());

    // Not silently a guest.
    let refused = small.load(&stored).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert!(refused.to_string().contains("SESSION_MAX_BYTES"), "{refused}");
    let row = row_of("{}");
    let refused = small.replace(&stored, &row, &row).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    let refused = (StatusCode::INTERNAL_SERVER_ERROR, false);
    assert_eq!(page(&small, MAX_BYTES, &key).await, refused);
    let listed = async |engine: &Arc<dyn Engine>| {
        let page = engine.inspected().unwrap().scan(Order::Natural, None, 100).await.unwrap();
        let rows = page.rows.into_iter().filter(|(_, row)| row.is_ok());
        rows.map(|(key, _)| key).collect::<Vec<StoredKey>>()
    };
    assert_eq!(listed(&small).await, [neighbour]);

    let larger = 4 * MAX_BYTES;
    let loaded = large.load(&stored).await.unwrap().unwrap();
    let signer = Signer::new(&secret_keys(), SERVER_SIDE_SALT).with_max_bytes(larger);
    assert!(signer.verify(loaded.payload()).unwrap().json.len() > 2 * MAX_BYTES);
    assert_eq!(page(&large, larger, &key).await, (StatusCode::OK, false));
    assert_eq!(listed(&large).await.len(), 2);
    // The layer's own limit is heard, too.
    assert_eq!(page(&large, MAX_BYTES, &key).await, refused);
    let replaced = large.replace(&stored, &loaded, &row).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    assert_eq!(small.load(&stored).await.unwrap().unwrap().payload(), row.payload());
    small.delete(&stored).await.unwrap();
}

async fn promise_9_a_large_session_in_redis_is_read_or_refused() {
    let server = servers::Redis::start().unwrap();
    let at = &RedisAt::Server { url: server.url() };
    let engines: [Arc<dyn Engine>; 2] =
        [Arc::new(redis(at, MAX_BYTES).await), Arc::new(redis(at, 4 * MAX_BYTES).await)];
    let put = |name: String, value: Vec<u8>| -> BoxFuture<'static, bool> {
        let at = at.clone();
        Box::pin(async move { put_into_redis(&at, &name, &value).await })
    };
    a_large_session_is_read_or_refused(engines, put).await;
}

async fn promise_9_a_large_session_in_memcached_is_read_or_refused() {
    let server = servers::Memcached::start_with(&["-I", "8m"]).unwrap();
    let servers = &[server.address()];
    let engine = async |max_bytes| {
        let memcached = Memcached::connect(servers).await.unwrap();
        let shared = memcached.as_django_cache(ENGINE, "", &secret_keys(), max_bytes);
        let engine: Arc<dyn Engine> = Arc::new(shared.unwrap());
        engine
    };
    let engines = [engine(MAX_BYTES).await, engine(4 * MAX_BYTES).await];
    let put = |name: String, value: Vec<u8>| -> BoxFuture<'static, bool> {
        let servers = servers.clone();
        Box::pin(async move { put_into_memcached(&servers, &name, &value).await })
    };
    a_large_session_is_read_or_refused(engines, put).await;
}

async fn what_a_pickle_does_not_hold_is_refused_and_harms_nobody_else() {
    let server = servers::Redis::start().unwrap();
    let redis = redis(&RedisAt::Server { url: server.url() }, MAX_BYTES).await;
    let nested = |levels| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        row_of(&format!(r#"{{"nested":{value}}}"#))
    };
    let key = SessionKey::generate().stored(false);
    let refused = redis.create(&key, &nested(128)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    assert_eq!(redis.load(&key).await.unwrap(), None);
    // What is written can be read.
    let deep = nested(127);
    assert!(redis.create(&key, &deep).await.unwrap());
    assert_eq!(redis.load(&key).await.unwrap().unwrap().payload(), deep.payload());
    let refused = redis.replace(&key, &deep, &nested(128)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    assert_eq!(redis.load(&key).await.unwrap().unwrap().payload(), deep.payload());
}
