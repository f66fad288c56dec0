//! The costs of a session, a load and a touch in Redis and PostgreSQL, as these count them.

use std::fs;

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use huihua::{
    Clock, Db, Engine,
    engine::{
        Replaced, Row,
        redis::{Redis, RedisAt},
    },
    key::{SessionKey, StoredKey},
};
use servers::Postgres;
use time::Duration;

use crate::program;

/// So many sessions all over the store are loaded and touched.
pub(super) const CALLS: usize = 10_000;
/// So many at once.
const AT_ONCE: usize = 2;

/// The costs of one store.
#[derive(Debug, Default)]
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
    let more = "--appendfsync everysec --auto-aof-rewrite-percentage 0";
    let more: Vec<_> = more.split(' ').collect();
    let server = servers::Redis::start_with(&more).context("Redis")?;
    let figure = |name: &str| -> f64 {
        let info = server.cli(&["info", "everything"]);
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| *known == name);
        let figure = found.and_then(|(_, figure)| figure.trim().parse().ok());
        figure.expect("a figure that Redis 7 has")
    };
    let before = figure("used_memory");
    let at = RedisAt::Server { url: server.url() };
    let engine = Redis::connect(at, "session").await?;
    let keys: Vec<_> = (0..sessions).map(|_| SessionKey::generate().stored(true)).collect();
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
    Ok(Costs {
        store: "Redis",
        written: 400.0,
        bytes_a_session: bytes / f64::from(sessions),
        ..calls(&engine, &keys, spent).await
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
        let logged = number("SELECT pg_current_wal_insert_lsn() - '0/0'");
        [processes.lines().map(micros).sum(), logged]
    };
    Ok(Costs {
        store: "PostgreSQL",
        written: 500.0,
        bytes_a_session: size / f64::from(sessions),
        ..calls(&engine, &keys, spent).await
    })
}

/// Microseconds of the processor that the store has had, and bytes of its log.
type Spent = [f64; 2];

/// Measures loads and touches.
async fn calls(engine: &impl Engine, keys: &[StoredKey], spent: impl Fn() -> Spent) -> Costs {
    let load = async |key| {
        let row = engine.load(key).await.expect("loaded");
        (key, row.expect("it is there"))
    };
    let loads = || stream::iter(keys).map(load).buffer_unordered(AT_ONCE);
    // Connections and prepared statements are made before anything is counted.
    loads().take(100).collect::<Vec<_>>().await;
    let before = spent();
    let loaded: Vec<_> = loads().collect().await;
    let between = spent();
    let touches = stream::iter(loaded).map(|(key, row)| async move {
        let later = Row::new(row.payload(), row.expires_at() + Duration::hours(1));
        let replaced = engine.replace(key, &row, &later).await;
        assert_eq!(replaced.expect("replaced"), Replaced::Done);
    });
    touches.buffer_unordered(AT_ONCE).collect::<()>().await;
    let after = spent();
    let each = |before: f64, after: f64| (after - before) / keys.len() as f64;
    Costs {
        load: each(before[0], between[0]),
        touch: each(between[0], after[0]),
        logged_a_touch: each(between[1], after[1]),
        ..Costs::default()
    }
}

/// The payload of a session as sites have them: who it is, in which language, and a few things more.
fn payload(number: usize) -> String {
    program::payload(&format!(
        r#"{{"_language":"zh-hans","_session_expiry":1209600,"cart":[3,1415,{number}],"csrf":"{number:032x}","uname":"visitor{number}"}}"#
    ))
}

/// The processor's time of a process.
fn micros(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanos = stat.split(' ').next().map(str::parse::<f64>);
    nanos.and_then(Result::ok).unwrap_or_default() / 1e3
}
