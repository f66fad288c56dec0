//! The store and the layer that the settings name.

use std::sync::Arc;

use super::{
    Settings,
    error::SettingError,
    names::{CacheName, EngineName, StoredForm},
};
#[cfg(any(feature = "redis", feature = "memcached"))]
use crate::django::DjangoEngine;
use crate::{
    clock::Clock, engine::Engine, layer::SessionLayer, store::Store, tower_sessions::Expiry,
};

impl Store {
    /// Opens what `SESSION_ENGINE` names, and makes what it needs: a table, a folder.
    ///
    /// # Errors
    /// When a setting can't be used, which the error names: a wrong address, a server that doesn't answer,
    /// or an engine that this program was built without.
    pub async fn open(settings: &Settings) -> Result<Self, SettingError> {
        Self::open_at(settings, &Clock::system()).await
    }

    /// The same, with the time from `clock`: for tests.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_at(settings: &Settings, clock: &Clock) -> Result<Self, SettingError> {
        let opener = Opener { settings, clock };
        // Boxed: nobody should carry the future of every engine on the stack.
        Ok(match settings.session_engine {
            EngineName::SignedCookies => Self::Cookie,
            EngineName::Db => Self::Rows(Box::pin(opener.db(false)).await?),
            EngineName::CachedDb => Self::Rows(Box::pin(opener.cached_db()).await?),
            EngineName::Cache => Self::Rows(opener.local_cache()?),
            EngineName::File => Self::Rows(opener.file()?),
            EngineName::Redis => Self::Rows(Box::pin(opener.redis()).await?.0),
            EngineName::Memcached => Self::Rows(Box::pin(opener.memcached()).await?.0),
        })
    }
}

impl SessionLayer {
    /// Sessions in `store`, which [`Store::open`] opens, and everything else as `settings` say.
    ///
    /// # Errors
    /// When there is no `SECRET_KEY` and none can be made.
    pub fn from_settings(
        store: impl Into<Store>,
        settings: &Settings,
    ) -> Result<Self, SettingError> {
        let layer = Self::on(store.into(), &settings.secret_keys()?)
            .with_hash_keys(settings.session_hash_keys)
            .with_cookie_age(settings.session_cookie_age)
            .with_max_bytes(settings.session_max_bytes)
            .with_always_save(settings.session_save_every_request);
        let at_close = settings.session_expire_at_browser_close;
        Ok(layer
            .with_config(|config| {
                config.absolute_age = settings.session_absolute_age;
                config.default_expiry = at_close.then_some(Expiry::OnSessionEnd);
            })
            .with_cookie(|cookie| *cookie = settings.cookie_config()))
    }
}

type OpenedEngine = Result<Arc<dyn Engine>, SettingError>;
/// An engine, and whether its server answers already.
type ProbedEngine = Result<(Arc<dyn Engine>, bool), SettingError>;

/// An engine about to be opened.
struct Opener<'a> {
    settings: &'a Settings,
    clock: &'a Clock,
}

#[cfg(any(feature = "redis", feature = "memcached"))]
impl Opener<'_> {
    /// The role of Redis or memcached for the sessions in it: their only home, or a cache of what lives in
    /// the database.
    fn role(&self) -> DjangoEngine {
        match self.settings.session_engine {
            EngineName::CachedDb => DjangoEngine::CachedDb,
            _ => DjangoEngine::Cache,
        }
    }

    /// True if it answers. The only home of sessions has to; a cache is used once it does.
    fn reached(&self, answer: Result<(), SettingError>) -> Result<bool, SettingError> {
        match answer {
            Err(error) if self.role() == DjangoEngine::CachedDb => {
                tracing::warn!(%error, "the cache doesn't answer; the database serves alone");
                Ok(false)
            }
            answer => answer.map(|()| true),
        }
    }
}

impl Opener<'_> {
    async fn cached_db(&self) -> OpenedEngine {
        use crate::engine::cached_db::CachedDb;

        let settings = self.settings;
        let local = settings.session_cache == CacheName::Local;
        let db = self.db(local).await?;
        let (cache, answers) = match settings.session_cache {
            CacheName::Local => (self.local_cache()?, true),
            CacheName::Redis => self.redis().await?,
            CacheName::Memcached => self.memcached().await?,
        };
        if settings.stored_form() == StoredForm::DjangoCache {
            return Ok(Arc::new(CachedDb::beside_django(db, cache)));
        }
        let engine = CachedDb::new(db, cache, settings.session_cache_ttl);
        let mut engine = engine.with_clock(self.clock.clone());
        if !answers {
            engine = engine.with_cache_unavailable();
        }
        #[cfg(feature = "postgres")]
        if local && settings.database_url.starts_with("postgres") {
            use crate::engine::db::InvalidationListener;

            let listener = InvalidationListener::listen(&settings.database_url).await;
            let unusable = |error| SettingError::of("DATABASE_URL", &error);
            engine = engine.invalidate_on(listener.map_err(unusable)?);
        }
        Ok(Arc::new(engine))
    }

    #[cfg(feature = "sql")]
    async fn db(&self, with_notifications: bool) -> OpenedEngine {
        let unusable = |error| SettingError::of("DATABASE_URL", &error);
        let db =
            crate::engine::db::Db::connect(&self.settings.database_url).await.map_err(unusable)?;
        db.migrate().await.map_err(unusable)?;
        let db = db.with_clock(self.clock.clone());
        #[cfg(feature = "postgres")]
        if with_notifications {
            return Ok(Arc::new(db.with_notifications()));
        }
        #[cfg(not(feature = "postgres"))]
        let _ = with_notifications;
        Ok(Arc::new(db))
    }

    #[cfg(not(feature = "sql"))]
    async fn db(&self, _: bool) -> OpenedEngine {
        Err(left_out("DATABASE_URL", "sqlite, postgres or mysql"))
    }

    #[cfg(feature = "cache")]
    fn local_cache(&self) -> OpenedEngine {
        let cache = crate::engine::cache::Cache::new(self.settings.session_cache_max_bytes);
        Ok(Arc::new(cache.with_clock(self.clock.clone())))
    }

    #[cfg(not(feature = "cache"))]
    fn local_cache(&self) -> OpenedEngine {
        Err(left_out("SESSION_ENGINE", "cache"))
    }

    #[cfg(feature = "file")]
    fn file(&self) -> OpenedEngine {
        let settings = self.settings;
        let files = crate::engine::file::File::open(
            &settings.session_file_path,
            &settings.cookie_name(),
            &settings.secret_keys()?,
            settings.session_cookie_age,
        );
        let files = files.map_err(|error| SettingError::of("SESSION_FILE_PATH", &error))?;
        Ok(Arc::new(files.with_clock(self.clock.clone())))
    }

    #[cfg(not(feature = "file"))]
    fn file(&self) -> OpenedEngine {
        Err(left_out("SESSION_ENGINE", "file"))
    }

    #[cfg(feature = "redis")]
    async fn redis(&self) -> ProbedEngine {
        use crate::engine::redis::{Redis, RedisAt};

        let redis = &self.settings.session_redis;
        let unusable = |error| SettingError::of(redis.address_setting, &error);
        let (username, password) = (redis.username.clone(), redis.password.clone());
        let at = if !redis.cluster.is_empty() {
            RedisAt::Cluster { nodes: redis.cluster.clone(), username, password }
        } else if !redis.sentinels.is_empty() {
            RedisAt::Sentinel {
                nodes: redis.sentinels.clone(),
                sentinel_username: redis.sentinel_username.clone(),
                sentinel_password: redis.sentinel_password.clone(),
                master: redis.sentinel_master.clone(),
                db: redis.db,
                username,
                password,
            }
        } else {
            RedisAt::Server { url: redis.url() }
        };
        let prefix = redis.prefix.as_deref();
        let engine = match redis.format {
            StoredForm::Payload => {
                Redis::lazy(at, prefix.unwrap_or("session")).map_err(unusable)?
            }
            StoredForm::DjangoCache => Redis::lazy(at, "").map_err(unusable)?.as_django_cache(
                self.role(),
                prefix.unwrap_or_default(),
                &self.settings.secret_keys()?,
                self.settings.session_max_bytes,
            ),
        };
        let answers = self.reached(engine.check().await.map_err(unusable))?;
        Ok((Arc::new(engine.with_clock(self.clock.clone())), answers))
    }

    #[cfg(not(feature = "redis"))]
    async fn redis(&self) -> ProbedEngine {
        Err(left_out("SESSION_ENGINE", "redis"))
    }

    #[cfg(feature = "memcached")]
    async fn memcached(&self) -> ProbedEngine {
        use crate::engine::memcached::Memcached;

        let unusable = |error| SettingError::of("SESSION_MEMCACHED_SERVERS", &error);
        let memcached = Memcached::lazy(&self.settings.session_memcached_servers);
        let memcached = memcached.map_err(unusable)?;
        let prefix = self.settings.session_memcached_prefix.as_deref();
        let memcached = match self.settings.session_memcached_format {
            StoredForm::Payload => match prefix.unwrap_or("session") {
                "" => memcached.with_prefix(""),
                prefix => memcached.with_prefix(format!("{prefix}:")),
            },
            StoredForm::DjangoCache => memcached.as_django_cache(
                self.role(),
                prefix.unwrap_or_default(),
                &self.settings.secret_keys()?,
                self.settings.session_max_bytes,
            ),
        };
        let memcached = memcached.map_err(unusable)?;
        let answers = self.reached(memcached.check().await.map_err(unusable))?;
        Ok((Arc::new(memcached.with_clock(self.clock.clone())), answers))
    }

    #[cfg(not(feature = "memcached"))]
    async fn memcached(&self) -> ProbedEngine {
        Err(left_out("SESSION_ENGINE", "memcached"))
    }
}

#[cfg(not(all(
    feature = "sql",
    feature = "cache",
    feature = "file",
    feature = "redis",
    feature = "memcached"
)))]
fn left_out(setting: &'static str, feature: &str) -> SettingError {
    let why =
        format!("needs the feature {feature} of huihua, which this program was built without");
    SettingError::new(setting, why)
}
