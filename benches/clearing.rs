//! How long `clearsessions` takes to remove 500,000 expired sessions of 1,000,000, and how long
//! visitors wait meanwhile, on SQLite and PostgreSQL.
//!
//! ```sh
//! cargo bench --bench clearing --features full
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use huihua::{Db, Engine, SecretKeys, key::StoredKey, signing};
use measure::{SESSION, Timings};
use servers::Postgres;
use sqlx::AnyPool;
use time::OffsetDateTime;

/// Visitors who load a session, and at once another.
const VISITORS: usize = 4;
const SQLITE: &str = "
    WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1000000)
    INSERT INTO django_session
    SELECT lower(hex(randomblob(20))), 'PAYLOAD',
        CASE i % 2 WHEN 0 THEN '2020-01-01 00:00:00' ELSE '2090-01-01 00:00:00' END
    FROM numbers";
const POSTGRES: &str = "
    INSERT INTO django_session
    SELECT substr(encode(sha256(i::text::bytea), 'hex'), 1, 40), 'PAYLOAD',
        CASE i % 2 WHEN 0 THEN '2020-01-01 00:00:00Z' ELSE '2090-01-01 00:00:00Z' END::timestamptz
    FROM generate_series(1, 1000000) AS i";

#[tokio::main]
async fn main() {
    println!("| store | visitors | loads | median µs | p99 µs | longest µs |");
    println!("|---|---|---|---|---|---|");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sessions.sqlite3");
    clearing("SQLite", &format!("sqlite:{}", file.display()), SQLITE).await;
    match Postgres::start(true) {
        Ok(server) => clearing("PostgreSQL", &server.database(), POSTGRES).await,
        Err(missing) => eprintln!("PostgreSQL is left out: {missing}"),
    }
}

async fn clearing(name: &str, url: &str, fill: &str) {
    let db = Db::connect(url).await.expect("a database");
    db.migrate().await.expect("a table");
    let keys = SecretKeys::allow_short("the key of the benchmark").expect("a key");
    let signer = signing::Signer::new(&keys, signing::SERVER_SIDE_SALT);
    let payload = signer.sign(SESSION, OffsetDateTime::UNIX_EPOCH);
    let fill = fill.replace("PAYLOAD", &payload);
    let pool = AnyPool::connect(url).await.expect("a database");
    let filled = sqlx::query(sqlx::AssertSqlSafe(fill)).execute(&pool).await;
    assert_eq!(filled.expect("rows").rows_affected(), 1_000_000);
    let alive =
        "SELECT session_key FROM django_session WHERE expire_date > '2050-01-01' LIMIT 10000";
    let alive: Vec<String> = sqlx::query_scalar(alive)
        .fetch_all(&pool)
        .await
        .expect("keys");
    pool.close().await;
    let alive: Arc<[StoredKey]> = alive
        .iter()
        .map(|key| StoredKey::parse(key).expect("a key"))
        .collect();

    let quiet = Visitors::come(&db, &alive);
    tokio::time::sleep(Duration::from_secs(5)).await;
    quiet.leave(name, "before").await;
    let visitors = Visitors::come(&db, &alive);
    let start = Instant::now();
    let cleared = db.clear_expired().await.expect("cleared");
    let took = start.elapsed();
    visitors.leave(name, "meanwhile").await;
    println!("{name}: {cleared} removed in {:.1} s", took.as_secs_f64());
    assert_eq!(cleared, 500_000);
}

struct Visitors {
    have_to_leave: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<Timings>>,
}

impl Visitors {
    fn come(db: &Db, alive: &Arc<[StoredKey]>) -> Self {
        let have_to_leave = Arc::new(AtomicBool::new(false));
        let tasks = (0..VISITORS)
            .map(|visitor| {
                let (db, alive, stop) = (db.clone(), alive.clone(), have_to_leave.clone());
                tokio::spawn(async move {
                    let mut timings = Timings::default();
                    for key in alive.iter().cycle().skip(visitor * 2500) {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let start = Instant::now();
                        let row = db.load(key).await.expect("loaded");
                        timings.push(start.elapsed());
                        assert!(row.is_some(), "a session that is alive");
                    }
                    timings
                })
            })
            .collect();
        Self {
            have_to_leave,
            tasks,
        }
    }

    async fn leave(self, store: &str, when: &str) {
        self.have_to_leave.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for task in self.tasks {
            all.push(task.await.expect("a visitor"));
        }
        let all = Timings::join(all);
        println!(
            "| {store} | {VISITORS}, {when} | {} | {:.0} | {:.0} | {:.0} |",
            all.count(),
            all.micros(0.5),
            all.micros(0.99),
            all.micros(1.0)
        );
    }
}
