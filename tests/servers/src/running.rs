use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use crate::{Cluster, MariaDb, Memcached, PgBouncer, Postgres, Redis, RedisTls, Sentinels};

/// The servers that run: each is started when it is first needed, and stopped when this is dropped.
#[derive(Debug, Default)]
pub struct Running {
    postgres: OnceLock<Postgres>,
    pgbouncer: OnceLock<PgBouncer>,
    mariadb: OnceLock<MariaDb>,
    redis: OnceLock<Redis>,
    redis_of_old: OnceLock<Redis>,
    redis_tls: OnceLock<RedisTls>,
    cluster: OnceLock<Cluster>,
    sentinels: OnceLock<Sentinels>,
    memcached: OnceLock<[Memcached; 2]>,
    prefixes: AtomicUsize,
}

impl Running {
    /// PostgreSQL, which waits for no disk.
    pub fn postgres(&self) -> &Postgres {
        self.postgres.get_or_init(|| Postgres::start(false).unwrap())
    }

    /// The address of a new, empty database in PostgreSQL, through a PgBouncer.
    pub fn behind_pgbouncer(&self) -> String {
        let postgres = self.postgres();
        let start = || PgBouncer::start(postgres.port()).unwrap();
        let port = self.pgbouncer.get_or_init(start).port();
        let direct = format!(":{}/", postgres.port());
        postgres.database().replace(&direct, &format!(":{port}/"))
    }

    /// What another program is answered that comes to such a database by the PgBouncer.
    pub fn through_pgbouncer(&self, url: &str, statement: &str) -> String {
        let database = url.rsplit('/').next().unwrap_or_default();
        let port = self.pgbouncer.get().unwrap().port();
        self.postgres().sql_at(port, database, statement)
    }

    /// MariaDB, which waits for no disk.
    pub fn mariadb(&self) -> &MariaDb {
        self.mariadb.get_or_init(|| MariaDb::start(false).unwrap())
    }

    /// Redis, by TCP and by a socket.
    pub fn redis(&self) -> &Redis {
        self.redis.get_or_init(|| Redis::start().unwrap())
    }

    /// Redis without what only Redis 7 has.
    pub fn redis_of_old(&self) -> &Redis {
        let without = ["--rename-command", "PEXPIRETIME", ""];
        self.redis_of_old.get_or_init(|| Redis::start_with(&without).unwrap())
    }

    /// Redis, by TLS.
    pub fn redis_tls(&self) -> &RedisTls {
        self.redis_tls.get_or_init(|| RedisTls::start().unwrap())
    }

    /// A Redis Cluster.
    pub fn cluster(&self) -> &Cluster {
        self.cluster.get_or_init(|| Cluster::start().unwrap())
    }

    /// Redis with Sentinels.
    pub fn sentinels(&self) -> &Sentinels {
        self.sentinels.get_or_init(|| Sentinels::start().unwrap())
    }

    /// The addresses of two memcacheds.
    pub fn memcached(&self) -> Vec<String> {
        self.memcached
            .get_or_init(|| [Memcached::start().unwrap(), Memcached::start().unwrap()])
            .iter()
            .map(Memcached::address)
            .collect()
    }

    /// A beginning of names that nobody else has.
    pub fn prefix(&self) -> String {
        // What a pattern of Redis would understand, on purpose.
        format!("t[{}]*", self.prefixes.fetch_add(1, Ordering::SeqCst))
    }
}
