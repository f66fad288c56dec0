//! What PostgreSQL says of itself, and the kernel of its processes.

use std::{collections::HashMap, fs, net::SocketAddr, sync::atomic::Ordering};

use huihua::Db;
use servers::{Missing, Postgres};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions, query, query_as, query_scalar};

use crate::{
    Arguments, Costs, PerRequest,
    asked::{Meter, kinds, payload},
    forwarder::Forwarder,
};

/// So many sessions all over the table are touched to see what that logs.
const TOUCHED: u32 = 10_000;
const COUNTS: &str = "shared_preload_libraries = 'pg_stat_statements'";

pub(crate) async fn costs(arguments: &Arguments) -> Result<Costs, Missing> {
    let server = Postgres::deployed(COUNTS)?;
    let url = server.database();
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await;
    let pool = pool.expect("PostgreSQL");
    query("CREATE EXTENSION pg_stat_statements")
        .execute(&pool)
        .await
        .expect("what counts statements");
    Db::connect(&url)
        .await
        .expect("PostgreSQL")
        .migrate()
        .await
        .expect("a table");

    let fill = format!(
        "INSERT INTO django_session
         SELECT substr(encode(sha256(i::text::bytea), 'hex'), 1, 40), '{}',
             now() + random() * interval '14 days'
         FROM generate_series(1, {}) AS i",
        payload(arguments.sessions),
        arguments.sessions,
    );
    query(AssertSqlSafe(fill))
        .execute(&pool)
        .await
        .expect("sessions");
    let size: i64 = query_scalar("SELECT pg_total_relation_size('django_session')")
        .fetch_one(&pool)
        .await
        .expect("its size");

    let logged_a_touch = touches(&pool).await;

    let store = url
        .split('@')
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let store: SocketAddr = store
        .and_then(|addr| addr.parse().ok())
        .expect("its address");
    let forwarder = Forwarder::start(store).await;
    let through = url.replace(&store.to_string(), &forwarder.addr.to_string());
    let settings = [("SESSION_ENGINE", "db"), ("DATABASE_URL", &through)];
    let settings = settings.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let mut meter = OfPostgres {
        pool,
        forwarder,
        seen: HashMap::new(),
        micros: 0.0,
    };
    Ok(Costs {
        store: "PostgreSQL",
        bytes_a_session: size as f64 / f64::from(arguments.sessions),
        logged_a_touch,
        kinds: kinds(arguments, &settings.to_vec(), &mut meter).await,
    })
}

struct OfPostgres {
    pool: PgPool,
    forwarder: Forwarder,
    /// What each process had had of the processor when it was last looked at.
    seen: HashMap<i32, f64>,
    /// All of it, of those that have ended too.
    micros: f64,
}

impl Meter for OfPostgres {
    async fn read(&mut self) -> PerRequest {
        let (operations, writes): (f64, f64) = query_as(
            "SELECT coalesce(sum(calls), 0)::float8, \
                 coalesce(sum(calls) FILTER (WHERE query !~ '^SELECT'), 0)::float8 \
             FROM pg_stat_statements \
             WHERE query LIKE '%django_session%' AND query NOT LIKE '%pg_stat_statements%'",
        )
        .fetch_one(&self.pool)
        .await
        .expect("its statements");
        let processes: Vec<i32> = query_scalar(
            "SELECT pid FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        .fetch_all(&self.pool)
        .await
        .expect("its processes");
        for process in processes {
            let now = micros(process);
            self.micros += now - self.seen.insert(process, now).unwrap_or_default();
        }
        PerRequest {
            operations,
            writes,
            micros: self.micros,
            to_store: self.forwarder.there.load(Ordering::Relaxed) as f64,
            from_store: self.forwarder.back.load(Ordering::Relaxed) as f64,
            logged: logged(&self.pool).await,
        }
    }
}

/// Bytes that a touch logs, where sessions are touched all over the table after a checkpoint: each
/// page is then logged whole the first time.
async fn touches(pool: &PgPool) -> f64 {
    query("CHECKPOINT")
        .execute(pool)
        .await
        .expect("a checkpoint");
    let before = logged(pool).await;
    let touch = format!(
        "UPDATE django_session SET expire_date = expire_date + interval '1 hour' \
         WHERE session_key IN (SELECT session_key FROM django_session \
         ORDER BY random() LIMIT {TOUCHED})"
    );
    query(AssertSqlSafe(touch))
        .execute(pool)
        .await
        .expect("touches");
    (logged(pool).await - before) / f64::from(TOUCHED)
}

/// Bytes of its log.
async fn logged(pool: &PgPool) -> f64 {
    query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::float8")
        .fetch_one(pool)
        .await
        .expect("its log")
}

/// What a process has had of the processor.
fn micros(process: i32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanos = stat
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or_default() / 1e3
}
