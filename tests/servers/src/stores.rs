use std::path::Path;

use crate::Running;

/// Settings: a name and its text.
pub type Settings = Vec<(String, String)>;

/// A store that the site can be told to keep its sessions in.
#[derive(Debug, Clone, Copy)]
pub struct Store {
    /// What it is called in tests.
    pub name: &'static str,
    /// The programs that it needs.
    pub programs: &'static [&'static str],
    /// What the site is told.
    settings: fn(&Running) -> Settings,
}

/// What PostgreSQL needs.
pub const POSTGRES: &[&str] = &["initdb", "postgres", "psql"];
/// What PostgreSQL behind PgBouncer needs.
pub const PGBOUNCER: &[&str] = &["initdb", "postgres", "psql", "pgbouncer"];
/// What MariaDB needs.
pub const MARIADB: &[&str] = &["mariadbd", "mariadb", "mariadb-install-db"];
/// What Redis needs.
pub const REDIS: &[&str] = &["redis-server", "redis-cli"];
/// What Redis by TLS needs.
pub const REDIS_TLS: &[&str] = &["redis-server", "redis-cli", "openssl"];
/// What memcached needs.
pub const MEMCACHED: &[&str] = &["memcached"];

impl Store {
    /// What the site is told; what it keeps in files is in `folder`.
    pub fn settings(&self, running: &Running, folder: &Path) -> Settings {
        let path = |name: &str| folder.join(name).display().to_string();
        let sqlite = format!("sqlite:{}", path("test.sqlite3"));
        let mut settings =
            told(&[("DATABASE_URL", &sqlite), ("SESSION_FILE_PATH", &path("sessions"))]);
        // The last that is said of a name holds.
        settings.extend((self.settings)(running));
        settings
    }

    /// The store called `name`, or the first of the engine called so.
    pub fn named(name: &str) -> Option<&'static Self> {
        let exactly = STORES.iter().find(|store| store.name == name);
        exactly.or_else(|| STORES.iter().find(|store| store.name.starts_with(name)))
    }
}

/// Every store that keeps sessions on the server.
pub const STORES: &[Store] = &[
    Store { name: "db_on_sqlite", programs: &[], settings: |_| told(&[("SESSION_ENGINE", "db")]) },
    Store {
        name: "db_on_postgres",
        programs: POSTGRES,
        settings: |running| database(&running.postgres().database()),
    },
    Store {
        // A database that refuses a statement rather than let it see another's work.
        name: "db_on_postgres_with_serializable_transactions",
        programs: POSTGRES,
        settings: |running| {
            let serializable = "?options=-c%20default_transaction_isolation%3Dserializable";
            database(&(running.postgres().database() + serializable))
        },
    },
    Store {
        name: "db_on_postgres_behind_pgbouncer",
        programs: PGBOUNCER,
        settings: |running| database(&running.behind_pgbouncer()),
    },
    Store {
        name: "db_on_mariadb",
        programs: MARIADB,
        settings: |running| database(&running.mariadb().database()),
    },
    Store { name: "cache", programs: &[], settings: |_| told(&[("SESSION_ENGINE", "cache")]) },
    Store { name: "cached_db_on_sqlite_and_local", programs: &[], settings: |_| cached("local") },
    Store {
        name: "cached_db_on_postgres_and_local",
        programs: POSTGRES,
        settings: |running| {
            let mut settings = database(&running.postgres().database());
            settings.extend(cached("local"));
            settings
        },
    },
    Store {
        name: "cached_db_on_sqlite_and_redis",
        programs: REDIS,
        settings: |running| {
            let mut settings = redis(running, &running.redis().url());
            settings.extend(cached("redis"));
            settings
        },
    },
    Store {
        name: "cached_db_on_sqlite_and_memcached",
        programs: MEMCACHED,
        settings: |running| {
            let mut settings = memcached(running, 2);
            settings.extend(cached("memcached"));
            settings
        },
    },
    Store {
        name: "cached_db_on_sqlite_beside_django",
        programs: REDIS,
        settings: |running| {
            let mut settings = redis(running, &running.redis().url());
            settings.extend(cached("redis"));
            settings.extend(told(&[
                ("SESSION_REDIS_FORMAT", "django-cache"),
                ("SESSION_HASH_KEYS", "false"),
            ]));
            settings
        },
    },
    Store { name: "file", programs: &[], settings: |_| told(&[("SESSION_ENGINE", "file")]) },
    Store {
        name: "redis",
        programs: REDIS,
        settings: |running| redis(running, &running.redis().url()),
    },
    Store {
        name: "redis_by_socket",
        programs: REDIS,
        settings: |running| redis(running, &running.redis().socket_url()),
    },
    Store {
        name: "redis_by_tls",
        programs: REDIS_TLS,
        settings: |running| redis(running, &running.redis_tls().url()),
    },
    Store {
        name: "redis_cluster",
        programs: REDIS,
        settings: |running| {
            let nodes = running.cluster().nodes().join(",");
            let mut settings = redis(running, "");
            settings.extend(told(&[("SESSION_REDIS_CLUSTER", &nodes)]));
            settings
        },
    },
    Store {
        name: "redis_by_sentinels",
        programs: REDIS,
        settings: |running| {
            let sentinels = running.sentinels();
            let mut settings = redis(running, "");
            settings.extend(told(&[
                ("SESSION_REDIS_SENTINELS", &sentinels.nodes().join(",")),
                ("SESSION_REDIS_PASSWORD", sentinels.password()),
            ]));
            settings
        },
    },
    Store {
        name: "redis_as_django_cache",
        programs: REDIS,
        settings: |running| {
            let mut settings = redis(running, &running.redis().url());
            settings.extend(told(&[
                ("SESSION_REDIS_FORMAT", "django-cache"),
                ("SESSION_HASH_KEYS", "false"),
            ]));
            settings
        },
    },
    Store { name: "memcached", programs: MEMCACHED, settings: |running| memcached(running, 2) },
    Store {
        name: "memcached_as_django_cache",
        programs: MEMCACHED,
        settings: |running| {
            let mut settings = memcached(running, 1);
            settings.extend(told(&[
                ("SESSION_MEMCACHED_FORMAT", "django-cache"),
                ("SESSION_HASH_KEYS", "false"),
            ]));
            settings
        },
    },
];

fn told(settings: &[(&str, &str)]) -> Settings {
    settings.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn database(url: &str) -> Settings {
    told(&[("SESSION_ENGINE", "db"), ("DATABASE_URL", url)])
}

fn cached(cache: &str) -> Settings {
    told(&[("SESSION_ENGINE", "cached_db"), ("SESSION_CACHE", cache)])
}

fn redis(running: &Running, url: &str) -> Settings {
    told(&[
        ("SESSION_ENGINE", "redis"),
        ("SESSION_REDIS_URL", url),
        ("SESSION_REDIS_PREFIX", &running.prefix()),
    ])
}

fn memcached(running: &Running, servers: usize) -> Settings {
    let addresses = running.memcached();
    told(&[
        ("SESSION_ENGINE", "memcached"),
        ("SESSION_MEMCACHED_SERVERS", &addresses[..servers].join(",")),
        ("SESSION_MEMCACHED_PREFIX", &running.prefix()),
    ])
}
