//! The stores that both sites have, and what each site is told of them.

use serde_json::json;
use servers::{
    Redis, Running,
    stores::{MARIADB, MEMCACHED, POSTGRES, REDIS},
};
use tempfile::TempDir;

pub(crate) struct Store {
    pub(crate) name: &'static str,
    pub(crate) programs: &'static [&'static str],
    pub(crate) share: fn(&Running) -> Shared,
}

const BACKENDS: &str = "django.contrib.sessions.backends";

pub(crate) const ALL: &[Store] = &[
    Store {
        name: "db_on_sqlite",
        programs: &[],
        share: |_| Shared::new("db", &format!("{BACKENDS}.db")),
    },
    Store {
        name: "db_on_postgres",
        programs: POSTGRES,
        share: |running| {
            let database = running.postgres();
            Shared::in_database(&database.database(), database.database())
        },
    },
    Store {
        name: "db_on_mariadb",
        programs: MARIADB,
        share: |running| {
            let database = running.mariadb();
            Shared::in_database(&database.database(), database.database())
        },
    },
    Store {
        name: "cached_db_on_sqlite_and_redis",
        programs: REDIS,
        share: |running| {
            Shared::new("cached_db", &format!("{BACKENDS}.cached_db"))
                .with_redis_cache(running)
                .tell_ours("SESSION_CACHE", "redis")
        },
    },
    Store {
        name: "file",
        programs: &[],
        share: |_| Shared::new("file", &format!("{BACKENDS}.file")),
    },
    Store {
        name: "signed_cookies",
        programs: &[],
        share: |_| Shared::new("signed_cookies", &format!("{BACKENDS}.signed_cookies")),
    },
    Store {
        name: "redis_by_django_redis_sessions",
        programs: REDIS,
        share: |running| Shared::new("redis", "redis_sessions.session").with_redis(running.redis()),
    },
    Store {
        name: "cache_on_redis",
        programs: REDIS,
        share: |running| {
            Shared::new("redis", &format!("{BACKENDS}.cache")).with_redis_cache(running)
        },
    },
    Store {
        name: "cache_on_memcached",
        programs: MEMCACHED,
        share: |running| {
            let server = running.memcached().swap_remove(0);
            let cache = json!({
                "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
                "LOCATION": server,
            });
            Shared::new("memcached", &format!("{BACKENDS}.cache"))
                .tell_ours("SESSION_MEMCACHED_SERVERS", &server)
                .tell_ours("SESSION_MEMCACHED_FORMAT", "django-cache")
                .tell_django("CACHES", &cache.to_string())
        },
    },
];

pub(crate) type Pairs = Vec<(String, String)>;

/// One store, as each site is told of it.
pub(crate) struct Shared {
    both: Pairs,
    ours: Pairs,
    django: Pairs,
    elsewhere: Option<String>,
    folder: TempDir,
}

impl Shared {
    fn new(ours: &str, django: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        // Django doesn't make the folder.
        std::fs::create_dir(folder.path().join("sessions")).unwrap();
        let both = vec![
            pair("SECRET_KEY", "old secret"),
            pair("DATABASE_URL", &format!("sqlite:{}", path("db.sqlite3"))),
            pair("SESSION_FILE_PATH", &path("sessions")),
        ];
        Self {
            both,
            ours: vec![pair("SESSION_ENGINE", ours), pair("SESSION_HASH_KEYS", "false")],
            django: vec![pair("SESSION_ENGINE", django)],
            elsewhere: None,
            folder,
        }
    }

    fn in_database(address: &str, elsewhere: String) -> Self {
        let mut shared = Self::new("db", &format!("{BACKENDS}.db")).with("DATABASE_URL", address);
        shared.elsewhere = Some(elsewhere);
        shared
    }

    fn with(mut self, name: &str, text: &str) -> Self {
        self.both.push(pair(name, text));
        self
    }

    fn with_redis(self, redis: &Redis) -> Self {
        self.with("SESSION_REDIS_PORT", &redis.port().to_string())
            .with("SESSION_REDIS_PASSWORD", redis.password())
    }

    fn with_redis_cache(self, running: &Running) -> Self {
        let redis = running.redis();
        let cache = json!({
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis.url(),
        });
        self.with_redis(redis)
            .tell_ours("SESSION_REDIS_FORMAT", "django-cache")
            .tell_django("CACHES", &cache.to_string())
    }

    /// Our name of the engine.
    pub(crate) fn engine(&self) -> &str {
        &self.ours[0].1
    }

    pub(crate) fn has_django_cache(&self) -> bool {
        self.django.iter().any(|(name, _)| name == "CACHES")
    }

    /// The address of another database, empty, of the same kind.
    pub(crate) fn elsewhere(&self) -> String {
        match &self.elsewhere {
            Some(address) => address.clone(),
            None => format!("sqlite:{}", self.folder.path().join("other.sqlite3").display()),
        }
    }

    fn tell_ours(mut self, name: &str, text: &str) -> Self {
        self.ours.push(pair(name, text));
        self
    }

    fn tell_django(mut self, name: &str, text: &str) -> Self {
        self.django.push(pair(name, text));
        self
    }

    /// Our settings, and `more` that win over them.
    pub(crate) fn ours(&self, more: &[(&str, &str)]) -> Pairs {
        together(&self.both, &self.ours, more)
    }

    /// Django's, and `more` that win over them.
    pub(crate) fn django(&self, more: &[(&str, &str)]) -> Pairs {
        together(&self.both, &self.django, more)
    }
}

fn pair(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn together(both: &Pairs, own: &Pairs, more: &[(&str, &str)]) -> Pairs {
    let more = more.iter().map(|(name, text)| pair(name, text));
    both.iter().chain(own).cloned().chain(more).collect()
}
