//! How the store is.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use huihua::{
    Engine,
    engine::{self, About, Error},
    key::SessionKey,
};
use tokio::time::timeout;

use crate::{Health, Statistics, admin::Admin};

/// How long the store may take.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

impl Admin {
    /// How many sessions there are and how they end, by reading `sample` of them, and how the store
    /// is: it is asked once for both.
    pub async fn overview(&self, sample: usize) -> (engine::Result<Statistics>, Health) {
        let about = timeout(STORE_TIMEOUT, self.engine.about());
        let (latency, about) = tokio::join!(lookup_latency(&self.engine), about);
        let about = about.unwrap_or_else(|_| Err(late()));
        let statistics = match &about {
            Ok(about) => self.statistics_of(about, sample).await,
            Err(error) => Err(error.clone()),
        };
        let about = about.unwrap_or_else(|error| About {
            warnings: vec![format!("it doesn't say what it is: {error}")],
            ..About::default()
        });
        let figures = self.engine.figures();
        let health = Health {
            server: about.server,
            warnings: about.warnings,
            latency,
            pool: figures.pool,
            cache: figures.cache,
        };
        (statistics, health)
    }
}

/// How long the store takes to look up a key, or why it doesn't. Nobody has this key, so a store
/// that works says so.
pub async fn lookup_latency(engine: &Arc<dyn Engine>) -> Result<Duration, String> {
    let key = SessionKey::generate().stored(true);
    let start = Instant::now();
    match timeout(STORE_TIMEOUT, engine.load(&key)).await {
        Ok(Ok(_)) => Ok(start.elapsed()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late().to_string()),
    }
}

fn late() -> Error {
    Error::new("it has not answered in time")
}
