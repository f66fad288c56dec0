//! Where sessions live: in an engine's rows, or in the browser's cookie.

use std::sync::Arc;

use crate::{
    engine::Engine,
    settings::{CacheName, EngineName, SettingError, Settings, StoredForm},
};

/// Where sessions live.
#[derive(Debug, Clone)]
pub enum Store {
    /// On the server: the cookie holds a key, the engine keeps the rows.
    Rows(Arc<dyn Engine>),
    /// In the cookie, signed: the server keeps nothing, so a copied cookie works until it
    /// expires, whoever logs out meanwhile. Django's `signed_cookies`.
    Cookie,
}

impl<E: Engine> From<E> for Store {
    fn from(engine: E) -> Self {
        Self::Rows(Arc::new(engine))
    }
}

impl Store {
    /// Opens what `SESSION_ENGINE` names, and makes what it needs: a table, a folder.
    ///
    /// # Errors
    /// Names the setting that can't be used: a wrong address, a server that doesn't answer, or
    /// an engine that this program was built without.
    pub async fn open(settings: &Settings) -> Result<Self, SettingError> {
        // Boxed: nobody should carry the future of every engine on the stack.
        Ok(match settings.session_engine {
            EngineName::SignedCookies => Self::Cookie,
            EngineName::Db => Self::Rows(Box::pin(db(settings, false)).await?),
            EngineName::CachedDb => Self::Rows(Box::pin(cached_db(settings)).await?),
            EngineName::Cache => Self::Rows(local_cache(settings)?),
            EngineName::File => Self::Rows(file(settings)?),
            EngineName::Redis => Self::Rows(Box::pin(redis(settings, Home::Here)).await?),
            EngineName::Memcached => Self::Rows(Box::pin(memcached(settings, Home::Here)).await?),
        })
    }

    /// The engine, unless sessions live in the cookie.
    pub fn engine(&self) -> Option<&Arc<dyn Engine>> {
        match self {
            Self::Rows(engine) => Some(engine),
            Self::Cookie => None,
        }
    }
}

type Opened = Result<Arc<dyn Engine>, SettingError>;

/// What Redis or memcached is to the sessions in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// Their only home.
    Here,
    /// A cache of what lives in the database.
    Database,
}

#[cfg(any(feature = "redis", feature = "memcached"))]
impl Home {
    fn django_engine(self) -> crate::engine::django_cache::DjangoEngine {
        use crate::engine::django_cache::DjangoEngine;

        match self {
            Self::Here => DjangoEngine::Cache,
            Self::Database => DjangoEngine::CachedDb,
        }
    }
}

async fn cached_db(settings: &Settings) -> Opened {
    use crate::engine::cached_db::{BesideDjango, CachedDb};

    let local = settings.session_cache == CacheName::Local;
    let db = db(settings, local).await?;
    let (cache, form) = match settings.session_cache {
        CacheName::Local => (local_cache(settings)?, StoredForm::Payload),
        CacheName::Redis => (
            redis(settings, Home::Database).await?,
            settings.session_redis.format,
        ),
        CacheName::Memcached => (
            memcached(settings, Home::Database).await?,
            settings.session_memcached_format,
        ),
    };
    if form == StoredForm::DjangoCache {
        return Ok(Arc::new(BesideDjango::new(db, cache)));
    }
    let engine = CachedDb::new(db, cache, settings.session_cache_ttl);
    #[cfg(feature = "postgres")]
    if local && crate::engine::db::speaks_postgres(&settings.database_url) {
        use crate::engine::db::Notices;

        engine.heed(Notices::listen(&settings.database_url).await?);
    }
    Ok(Arc::new(engine))
}

#[cfg(feature = "sql")]
async fn db(settings: &Settings, with_notices: bool) -> Opened {
    let db = crate::engine::db::Db::connect(&settings.database_url).await?;
    db.migrate()
        .await
        .map_err(|error| SettingError::new("DATABASE_URL", error.to_string()))?;
    #[cfg(feature = "postgres")]
    if with_notices {
        return Ok(Arc::new(db.with_notices()));
    }
    #[cfg(not(feature = "postgres"))]
    let _ = with_notices;
    Ok(Arc::new(db))
}

#[cfg(not(feature = "sql"))]
async fn db(_: &Settings, _: bool) -> Opened {
    Err(left_out("DATABASE_URL", "sqlite, postgres or mysql"))
}

#[cfg(feature = "cache")]
fn local_cache(settings: &Settings) -> Opened {
    let bytes = settings.session_cache_max_bytes;
    Ok(Arc::new(crate::engine::cache::Cache::new(bytes)))
}

#[cfg(not(feature = "cache"))]
fn local_cache(_: &Settings) -> Opened {
    Err(left_out("SESSION_ENGINE", "cache"))
}

#[cfg(feature = "file")]
fn file(settings: &Settings) -> Opened {
    Ok(Arc::new(crate::engine::file::File::open(
        &settings.session_file_path,
        &settings.cookie_name(),
        &settings.secret_keys()?,
        settings.session_cookie_age,
    )?))
}

#[cfg(not(feature = "file"))]
fn file(_: &Settings) -> Opened {
    Err(left_out("SESSION_ENGINE", "file"))
}

#[cfg(feature = "redis")]
async fn redis(settings: &Settings, home: Home) -> Opened {
    use crate::engine::redis::{Redis, RedisAt};

    let redis = &settings.session_redis;
    let at = if !redis.cluster.is_empty() {
        RedisAt::Cluster {
            nodes: redis.cluster.clone(),
            password: redis.password.clone(),
        }
    } else if !redis.sentinels.is_empty() {
        RedisAt::Sentinel {
            nodes: redis.sentinels.clone(),
            master: redis.sentinel_master.clone(),
            db: redis.db,
            password: redis.password.clone(),
        }
    } else {
        RedisAt::Server { url: redis.url() }
    };
    Ok(Arc::new(match redis.format {
        StoredForm::Payload => {
            Redis::connect(at, redis.prefix.as_deref().unwrap_or("session")).await?
        }
        StoredForm::DjangoCache => Redis::connect(at, "").await?.as_django_cache(
            home.django_engine(),
            redis.prefix.as_deref().unwrap_or_default(),
            &settings.secret_keys()?,
        ),
    }))
}

#[cfg(not(feature = "redis"))]
async fn redis(_: &Settings, _: Home) -> Opened {
    Err(left_out("SESSION_ENGINE", "redis"))
}

#[cfg(feature = "memcached")]
async fn memcached(settings: &Settings, home: Home) -> Opened {
    use crate::engine::memcached::Memcached;

    let memcached = Memcached::connect(&settings.session_memcached_servers).await?;
    let prefix = settings.session_memcached_prefix.as_deref();
    Ok(Arc::new(match settings.session_memcached_format {
        StoredForm::Payload => match prefix.unwrap_or("session") {
            "" => memcached.with_prefix("")?,
            prefix => memcached.with_prefix(format!("{prefix}:"))?,
        },
        StoredForm::DjangoCache => memcached.as_django_cache(
            home.django_engine(),
            prefix.unwrap_or_default(),
            &settings.secret_keys()?,
        )?,
    }))
}

#[cfg(not(feature = "memcached"))]
async fn memcached(_: &Settings, _: Home) -> Opened {
    Err(left_out("SESSION_ENGINE", "memcached"))
}

#[cfg(not(all(
    feature = "sql",
    feature = "cache",
    feature = "file",
    feature = "redis",
    feature = "memcached"
)))]
fn left_out(setting: &'static str, feature: &str) -> SettingError {
    SettingError::new(
        setting,
        format!("needs the feature {feature} of huihua, which this program was built without"),
    )
}
