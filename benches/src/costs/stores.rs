//! What a session, a load and a touch cost Redis and PostgreSQL, by what they say of themselves.

use std::fs;

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use huihua::{
    Clock, Db, Engine, SecretKeys,
    engine::{
        Replaced, Row,
        redis::{Redis, RedisAt},
    },
    key::{SessionKey, StoredKey},
    signing::{SERVER_SIDE_SALT, Signer},
};
use servers::Postgres;
use time::Duration;

use crate::program::SECRET;

/// So many sessions all over the store are loaded and touched.
pub(super) const CALLS: usize = 10_000;
/// So many at once.
const AT_ONCE: usize = 2;

/// What one store was found to cost.
#[derive(Debug)]
pub(super) struct Costs {
    pub(super) store: &'static str,
    /// Bytes of a session, as `docs/scaling.md` has them.
    pub(super) written: f64,
    /// Of memory or disk, indexes and all.
    pub(super) bytes_a_session: f64,
    /// Microseconds of the store's processor.
    pub(super) load: f64,
    pub(super) touch: f64,
    /// Bytes of its log on the disk.
    pub(super) logged_a_touch: f64,
}

pub(super) async fn redis(sessions: u32) -> Result<Costs> {
    // The log grows by what is written, and is never made anew meanwhile.
    let more = [
        "--appendfsync",
        "everysec",
        "--auto-aof-rewrite-percentage",
        "0",
    ];
    let server = servers::Redis::start_with(&more).context("Redis")?;
    let figure = |name: &str| -> f64 {
        let info = server.cli(&["info", "everything"]);
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| *known == name);
        found
            .and_then(|(_, figure)| figure.trim().parse().ok())
            .expect("a figure that Redis 7 has")
    };
    let before = figure("used_memory");
    let at = RedisAt::Server { url: server.url() };
    let engine = Redis::connect(at, "session").await?;
    let keys: Vec<_> = (0..sessions)
        .map(|_| SessionKey::generate().stored(true))
        .collect();
    let created = stream::iter(&keys).enumerate().map(|(number, key)| {
        let row = Row::new(payload(number), Clock::system().now() + Duration::weeks(2));
        let engine = &engine;
        async move { assert!(engine.create(key, &row).await.expect("created")) }
    });
    created.buffer_unordered(64).collect::<()>().await;
    let bytes = figure("used_memory") - before;
    let spent = || {
        let micros = figure("used_cpu_user_main_thread") + figure("used_cpu_sys_main_thread");
        [1e6 * micros, figure("aof_current_size")]
    };
    let every = (keys.len() / CALLS).max(1);
    let keys: Vec<_> = keys.into_iter().step_by(every).collect();
    let [[load, _], [touch, logged_a_touch]] = calls(&engine, &keys, spent).await;
    let bytes_a_session = bytes / f64::from(sessions);
    Ok(Costs {
        store: "Redis",
        written: 400.0,
        bytes_a_session,
        load,
        touch,
        logged_a_touch,
    })
}

pub(super) async fn postgres(sessions: u32) -> Result<Costs> {
    let server = Postgres::deployed("").context("PostgreSQL")?;
    let url = server.database();
    let name = url.rsplit('/').next().unwrap_or_default();
    let sql = |statement: &str| server.sql(name, statement);
    let number = |statement: &str| -> f64 { sql(statement).trim().parse().expect("a number") };
    let engine = Db::connect(&url).await?;
    engine.migrate().await?;
    sql(&format!(
        "INSERT INTO django_session
         SELECT substr(encode(sha256(i::text::bytea), 'hex'), 1, 40), '{}',
             now() + random() * interval '14 days' + interval '1 hour'
         FROM generate_series(1, {sessions}) AS i",
        payload(1),
    ));
    let size = number("SELECT pg_total_relation_size('django_session')");
    let some = format!("SELECT session_key FROM django_session ORDER BY random() LIMIT {CALLS}");
    let keys: Vec<_> = sql(&some).lines().filter_map(StoredKey::parse).collect();
    // Each page is logged whole the first time after a checkpoint.
    sql("CHECKPOINT");
    let spent = || {
        let processes = sql("SELECT pid FROM pg_stat_activity \
                             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
        [
            processes.lines().map(micros).sum(),
            number("SELECT pg_current_wal_insert_lsn() - '0/0'"),
        ]
    };
    let [[load, _], [touch, logged_a_touch]] = calls(&engine, &keys, spent).await;
    let bytes_a_session = size / f64::from(sessions);
    Ok(Costs {
        store: "PostgreSQL",
        written: 500.0,
        bytes_a_session,
        load,
        touch,
        logged_a_touch,
    })
}

/// Microseconds of the processor that the store has had, and bytes of its log.
type Spent = [f64; 2];

/// What a load and a touch cost.
async fn calls(engine: &impl Engine, keys: &[StoredKey], spent: impl Fn() -> Spent) -> [Spent; 2] {
    let load = async |key| {
        (
            key,
            engine
                .load(key)
                .await
                .expect("loaded")
                .expect("it is there"),
        )
    };
    // Connections and prepared statements are made before anything is counted.
    stream::iter(keys)
        .take(100)
        .map(load)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let before = spent();
    let loaded: Vec<_> = stream::iter(keys)
        .map(load)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let between = spent();
    let touches = stream::iter(loaded).map(|(key, row)| async move {
        let later = Row::new(row.payload(), row.expires_at() + Duration::hours(1));
        let replaced = engine.replace(key, &row, &later).await;
        assert_eq!(replaced.expect("replaced"), Replaced::Done);
    });
    touches.buffer_unordered(AT_ONCE).collect::<()>().await;
    let after = spent();
    let each = |before: f64, after: f64| (after - before) / keys.len() as f64;
    [(before, between), (between, after)]
        .map(|(before, after)| [0, 1].map(|of: usize| each(before[of], after[of])))
}

/// The payload of a session as sites have them: who it is, in which language, and a few things more.
fn payload(number: usize) -> String {
    let keys = SecretKeys::allow_short(SECRET).expect("a key");
    let session = format!(
        r#"{{"_language":"zh-hans","_session_expiry":1209600,"cart":[3,1415,{number}],"csrf":"{number:032x}","uname":"visitor{number}"}}"#
    );
    Signer::new(&keys, SERVER_SIDE_SALT).sign(&session, Clock::system().now())
}

/// What a process has had of the processor.
fn micros(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanos = stat
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or_default() / 1e3
}
